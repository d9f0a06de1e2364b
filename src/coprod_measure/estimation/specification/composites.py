"""Composites: variables that their items make up, with whatever else is in the model (Henseler 2021)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from coprod_measure.errors import ModelError

if TYPE_CHECKING:
    from coprod_measure.estimation.specification.syntax import Formula, ModelText

FOLLOWS = ("=~*", "~~*", "~1*")
"""Operators of what follows from the weights: loadings, residual covariances and intercepts of the items."""


@dataclass(frozen=True, slots=True)
class Composite:
    """``c <~ x1 + x2``: its name and its items."""

    name: str
    items: tuple[str, ...]


def with_composites(text: ModelText) -> ModelText:
    """Mark every ``<~`` of a model as a composite with random items, as lavaan 0.7 does.

    Raises
    ------
    ModelError
        If an item is latent, an outcome, or belongs to another construct too, or a variance that follows is
        written.
    """
    marked = tuple(replace(f, composite=True) if f.op == "<~" else f for f in text.formulas)
    measured = {f.lhs for f in marked if f.op in ("=~", "<~")}
    caused = {f.lhs for f in marked if f.op == "~"}
    owner: dict[str, str] = {}
    _refuse_what_follows(marked)
    for f in marked:
        if f.op not in ("=~", "<~"):
            continue
        first = owner.setdefault(f.rhs, f.lhs)
        if f.composite and (f.rhs in measured | caused or first != f.lhs):
            what = "a construct" if f.rhs in measured else "explained or measured elsewhere too"
            raise ModelError(
                f"{f.rhs}, an item of the composite {f.lhs}, is {what}",
                place=f.place,
                cure='Use items that stand nowhere else, or lavaan="0.6", where they are fixed causes',
                code="composite-item",
            )
    return replace(text, formulas=marked)


def _refuse_what_follows(formulas: tuple[Formula, ...]) -> None:
    names = {f.lhs for f in formulas if f.composite}
    items = {f.rhs for f in formulas if f.composite}
    for f in formulas:
        own = f.lhs in names and (f.op == "~1" or (f.op == "~~" and f.lhs == f.rhs))
        if own or (f.op == "~~" and {f.lhs, f.rhs} & items):
            cause = f"{f.lhs} {f.op} {f.rhs} follows from the items of a composite and its weights"
            raise ModelError(cause, place=f.place, cure="Remove it", code="composite-follows")


def composites_of(formulas: tuple[Formula, ...]) -> tuple[Composite, ...]:
    """Collect the composites, in the order written."""
    found: dict[str, list[str]] = {}
    for f in formulas:
        if f.composite:
            found.setdefault(f.lhs, []).append(f.rhs)
    return tuple(Composite(name, tuple(items)) for name, items in found.items())


def following(composite: Composite, *, means: bool) -> list[tuple[str, str, str]]:
    """List what follows from the weights of a composite, which no table shows."""
    rows = [(composite.name, "=~*", x) for x in composite.items]
    rows += [(a, "~~*", b) for k, a in enumerate(composite.items) for b in composite.items[k:]]
    return rows + ([(x, "~1*", "") for x in composite.items] if means else [])


def shared_moments(composite: Composite) -> list[tuple[str, str, str]]:
    """List the covariances of the items, which are those of the sample."""
    return [(a, "~~", b) for a, b in combinations(composite.items, 2)]
