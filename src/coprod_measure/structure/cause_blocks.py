"""Causes put together in blocks: as the theory file says, or by what the theory knows of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from coprod_measure.theory.definition import Hypothesis, Theory

GroupedBy = Literal["claim", "structure", "domain", "branch", "stage"]


@dataclass(frozen=True, slots=True)
class CauseBlocks:
    """Which causes are ranked as one.

    Attributes
    ----------
    by : str
        What put them together: the claim's own ``blocks``, the structure that they are facets of, the domain,
        its first branch, or the stage.
    blocks : mapping
        Block to its causes; a cause that stands alone is its own block. A domain is written
        ``stage/domain``, a stage ``stage/``.
    """

    by: GroupedBy
    blocks: Mapping[str, tuple[str, ...]]


def blocks_of(
    hypothesis: Hypothesis, causes: Collection[str], theory: Theory, most: int
) -> CauseBlocks | None:
    """Put causes together: as their claim says, else, where they are too many, by the theory.

    Of what the theory knows the finest grouping that leaves at most ``most`` blocks is taken; None where
    there is none, or where causes are few and their claim names no blocks.

    Examples
    --------
    >>> from coprod_measure.theory.read import read_theory
    >>> theory = read_theory("etgar2007")
    >>> claim = theory.hypotheses["H6c"]
    >>> joys = theory.first_order("drv_intrinsic")
    >>> found = blocks_of(claim, [*claim.sources, *joys], theory, 9)
    >>> found.by, list(found.blocks)
    ('structure', ['drv_risk_reduction', 'drv_intrinsic'])
    """
    if hypothesis.blocks:
        named = {id_: name for name, ids in hypothesis.blocks.items() for id_ in ids}
        own = _joined(causes, lambda id_: named.get(id_, id_))
        return CauseBlocks("claim", own) if len(own) > 1 else None
    if len(causes) <= most:
        return None
    for by, key in _KEYS.items():
        found = _joined(causes, lambda id_, key=key: key(id_, theory) or id_)  # type: ignore[misc]
        if 1 < len(found) <= most:
            return CauseBlocks(by, found)
    return None


def _structure(id_: str, theory: Theory) -> str:
    own = theory.constructs.get(id_)
    above = (one.id for one in theory.higher_order.values() if id_ in _without_signs(one.facets))
    return (own.parent if own else None) or next(above, "")


def _without_signs(facets: Collection[str]) -> list[str]:
    return [facet.removeprefix("-") for facet in facets]


def _domain(id_: str, theory: Theory, depth: int | None = None) -> str:
    own = theory.constructs.get(id_)
    parts = own.domain.split("/")[:depth] if own and own.domain else []
    return "/".join([own.stage, *parts]) if own and parts else ""


def _stage(id_: str, theory: Theory) -> str:
    stage = theory.stage_of(id_)
    return f"{stage}/" if stage else ""


_KEYS: Mapping[GroupedBy, Callable[[str, Theory], str]] = {
    "structure": _structure,
    "domain": _domain,
    "branch": lambda id_, theory: _domain(id_, theory, 1),
    "stage": _stage,
}


def _joined(causes: Collection[str], key: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for id_ in causes:
        found[key(id_)] = (*found.get(key(id_), ()), id_)
    return found
