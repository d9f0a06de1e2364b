"""Single paths that a hypothesis claims, with the sizes that a drafted population gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product

from coprod_measure.simulation.claims import carriers
from coprod_measure.simulation.effects_file import EffectsFile, Size
from coprod_measure.theory.definition import Hypothesis, Theory
from coprod_measure.theory.formula import read_formula

_PATHS = ("direct", "mediated", "stage_transition", "incremental", "relative_importance", "over_time")
BENT = ("moderated", "discrepancy")


@dataclass(frozen=True, slots=True)
class Edge:
    """A path that a hypothesis claims, or a lag."""

    target: str
    source: str
    value: float
    why: str


def claimed_paths(
    hypothesis: Hypothesis, theory: Theory, sizes: EffectsFile, known: Mapping[str, Mapping[str, float]]
) -> Iterator[Edge]:
    """Single paths that a hypothesis claims; of a chain, those of each step.

    A chain has the claimed sign as a whole: its last step turns what the known signs of the others leave.
    """
    if hypothesis.level not in (*_PATHS, *BENT) or hypothesis.rises:
        return
    beside = hypothesis.moderators if hypothesis.level in BENT else (hypothesis.balance or "",)
    steps = [[*hypothesis.sources, *filter(None, beside)], *hypothesis.steps, hypothesis.targets]
    carried: dict[str, int] = {}
    for number, (causes, effects) in enumerate(pairwise(steps)):
        last = number == len(steps) - 2
        for cause, effect in product(causes, effects):
            named = cause.removeprefix("-")
            parts = carriers(theory, named)
            claimed = signed(hypothesis.source_signs.get(named, hypothesis.sign)) if last else 1
            claimed = -claimed if cause.startswith("-") else claimed
            for part, target in product(parts, carriers(theory, effect.removeprefix("-"))):
                size = sizes.size_of((part, named), target)
                sign = claimed * carried.get(part, 1) * (-1 if is_reversed(theory, named, part) else 1)
                value = sign * spread(size, len(parts))
                there = known.get(target, {}).get(part, value)
                carried.setdefault(target, carried.get(part, 1) * (-1 if there < 0 else 1))
                yield Edge(target, part, value, f"{hypothesis.id}; {size.source}")


def signed(sign: str) -> int:
    """Give the sign of a claim: that of none is positive."""
    return -1 if sign == "negative" else 1


def spread(size: Size, k: int, r: float = 0.4) -> float:
    """Share a size out over the k parts of a cause, which correlate by r."""
    return size.size if k == 1 else float(size.size / (k + k * (k - 1) * r) ** 0.5)


def is_reversed(theory: Theory, structure: str, part: str) -> bool:
    """Say whether more of a part is less of what it is part of."""
    rule = theory.constructs[structure].computed if structure in theory.constructs else None
    if rule is not None and rule.formula is not None:
        return read_formula(rule.formula).falls_with(part)
    return structure in theory.higher_order and f"-{part}" in theory.higher_order[structure].facets
