"""Exploratory blocks in model text: factors that measure the same variables, with every loading free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coprod_measure.errors import ModelError

if TYPE_CHECKING:
    from coprod_measure.estimation.specification.syntax import Formula


@dataclass(frozen=True, slots=True)
class EfaBlock:
    """``efa("name")*f1 + efa("name")*f2 =~ x1 + x2 + ...``: its factors and what they measure."""

    name: str
    factors: tuple[str, ...]
    indicators: tuple[str, ...]


def efa_blocks(formulas: tuple[Formula, ...]) -> tuple[EfaBlock, ...]:
    """Collect the exploratory blocks of a model, or of one group.

    Raises
    ------
    ModelError
        If the factors of a block measure different variables, too few of them, or have modifiers.
    """
    measured: dict[str, dict[str, dict[str, Formula]]] = {}
    for f in formulas:
        if f.efa:
            measured.setdefault(f.efa, {}).setdefault(f.lhs, {})[f.rhs] = f
    found = []
    for name, factors in measured.items():
        first = next(iter(factors.values()))
        for factor, own in factors.items():
            some = next(iter(own.values()))
            if set(own) != set(first):
                cause = f"the factors of the block {name} measure different variables"
                raise ModelError(cause, place=some.place, cure=f"Write all of them for {factor}")
            if any(f.fixed or f.label or f.start for f in own.values()):
                cause = f"loadings of the exploratory factor {factor} are free, without values and labels"
                raise ModelError(cause, place=some.place, cure="Remove the modifiers, or write f =~ ...")
        if len(first) <= len(factors):
            cause = f"{len(factors)} factors of the block {name} measure {len(first)} variables"
            some = next(iter(first.values()))
            raise ModelError(cause, place=some.place, cure="Use fewer factors, or more variables")
        found.append(EfaBlock(name, tuple(factors), tuple(first)))
    return tuple(found)


def exploratory_factors(blocks: tuple[EfaBlock, ...]) -> frozenset[str]:
    """Names of all factors of the blocks."""
    return frozenset(factor for block in blocks for factor in block.factors)


def block_covariances(blocks: tuple[EfaBlock, ...]) -> list[tuple[str, str, str]]:
    """List covariances of the factors of each block, which rotation makes."""
    pairs = ((b.factors[i], b.factors[k]) for b in blocks for i in range(len(b.factors)) for k in range(i))
    return [(second, "~~", first) for first, second in pairs]


def unrotated_zeros(block: EfaBlock) -> set[tuple[str, str, str]]:
    """List the loadings that are zero in the echelon by which a block is estimated before it is rotated."""
    return {(factor, "=~", block.indicators[i]) for k, factor in enumerate(block.factors) for i in range(k)}
