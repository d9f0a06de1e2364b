"""Estimate a parameter table from sample moments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.discrepancy import Discrepancy
from coprod_measure.estimation.model.model import Model, compile_model
from coprod_measure.estimation.sample.moments import SampleMoments
from coprod_measure.estimation.solution.constrained import minimize_along, minimize_constrained
from coprod_measure.estimation.solution.minimize import (
    DECREMENT,
    ITERATIONS,
    Minimum,
    minimize,
    minimize_patiently,
)
from coprod_measure.estimation.solution.starting_values import StartingPoints, Style
from coprod_measure.estimation.specification.parameter_table import ParameterTable

# Steps times parameters after which no other starting point is tried.
PATIENCE = 40_000
# Drawn starting points where the usual ones lead nowhere, the steps each may take, the patience with them.
SCATTERED = 12
SHORT = 59
DRAWN_WORK = 40_000
# Steps where a group has fewer people than parameters: a minimum that exists is found in some twenty.
FEW, SPARSE_WORK = 30, 70_000
# Of an observed variance: a residual variance that is so much below zero does not come back.
FAR_BELOW = 20.0
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Solution:
    """A model with its estimates."""

    model: Model
    sample: SampleMoments
    discrepancy: Discrepancy
    minimum: Minimum

    @property
    def counted(self) -> float:
        """Share of the respondents that F counts: least squares leave out one a group, as in lavaan."""
        one_less = self.discrepancy.one_less
        return self.sample.n / (self.sample.n + self.model.table.n_groups) if one_less else 1.0


def estimate(
    table: ParameterTable,
    sample: SampleMoments,
    discrepancy: Discrepancy | Callable[[Model], Discrepancy],
    near: Solution | None = None,
    *,
    afresh: bool = True,
) -> Solution:
    """Compile a table and minimise a discrepancy.

    Parameters
    ----------
    discrepancy : Discrepancy or callable
        What is minimised, or how to build it from the compiled model.
    near : Solution, optional
        Of a similar model on the same data. The search starts there; should it not converge, afresh.
    afresh : bool
        Whether it does so, from every starting point there is; searches over many models try one each.
    """
    model = compile_model(table, sample)
    built = discrepancy(model) if callable(discrepancy) else discrepancy
    if near is not None:
        found = _from_nearby(model, sample, built, near)
        if found is not None and (found.minimum.converged or not afresh):
            return found
    return resume(model, sample, built, None if afresh else next(_starts(model, sample, built), None))


def _from_nearby(
    model: Model, sample: SampleMoments, discrepancy: Discrepancy, near: Solution
) -> Solution | None:
    """Start at the values of the same cells; where they are equal now, at their mean.

    Under linear constraints at the point that meets them and is nearest in the metric of the information.
    """
    known = dict(zip(_cells(near.model), near.model.raw_values(near.minimum.x), strict=True))
    values = np.array([known.get(cell, np.nan) for cell in _cells(model)])
    free = model.free_of_row >= 0
    if not near.minimum.converged or np.isnan(values[free]).any():
        return None
    position = model.free_of_row[free]
    point = np.bincount(position, values[free]) / np.bincount(position)
    reduce = model.constraints
    if reduce.directions is not None:
        metric = discrepancy.information(model, point)
        nearest = reduce.expand(reduce.contract(point, metric))
        if np.isfinite(discrepancy.value(model, nearest)):
            return resume(model, sample, discrepancy, nearest)
    point = reduce.expand(reduce.contract(point))
    if not np.isfinite(discrepancy.value(model, point)):
        return None
    return resume(model, sample, discrepancy, point)


def _cells(model: Model) -> list[tuple[str, str, str, int]]:
    return [(row.lhs, row.op, row.rhs, row.group) for row in model.table.rows]


def resume(
    model: Model,
    sample: SampleMoments,
    discrepancy: Discrepancy,
    start: Floats | None = None,
    *,
    tolerance: float = DECREMENT,
) -> Solution:
    """Minimise for a model that is compiled already; parameters as for :func:`estimate`."""
    points = _starts(model, sample, discrepancy) if start is None else iter([start])
    found: list[Minimum] = []
    seen: list[Floats] = []
    lost = _without_end(model, sample)
    sparse = bool(outnumbered(model, sample))
    most = min(ITERATIONS, max(FEW, SPARSE_WORK // max(model.n_free, 1))) if sparse else ITERATIONS
    how = {"tolerance": tolerance, "near": start is not None, "lost": lost, "max_iterations": most}
    for point in points:
        # Without paths among factors the structured point is the plain one.
        if not any(np.array_equal(point, other) for other in seen):
            found.append(_search(discrepancy, model, point, **how))
        seen.append(point)
        if len(seen) > 2 and not model.constrained:
            found.append(minimize_patiently(discrepancy, model, point))
        if found[0].converged:
            break
        # Another start costs about what this one did.
        if sum(one.n_iterations for one in found) * model.n_free > PATIENCE:
            break
    tried = len({tuple(point) for point in seen})
    if start is None and not (model.constrained or sparse or any(one.converged for one in found)):
        reached = min((one.value for one in found), default=np.inf)
        drawn, scattered = _scattered(model, sample, discrepancy, tolerance, reached)
        tried += drawn
        # A minimum above what was reached elsewhere is not the one.
        found += [one for one in scattered if one.value <= reached]
    if not found:
        raise EstimationError(
            "no starting point implies a possible covariance matrix",
            place="model",
            cure="Look at values fixed by hand (negative variances, large covariances)",
            code="no-start",
        )
    best = min(found, key=lambda one: (not one.converged, one.value))
    if not best.converged:
        steps = sum(one.n_iterations for one in found)
        words = "one starting point" if tried == 1 else f"{tried} starting points"
        best = replace(best, reason=f"{best.reason}; tried {words} and {steps} steps")
    return Solution(model, sample, discrepancy, best)


def outnumbered(model: Model, sample: SampleMoments) -> list[tuple[int, int, int]]:
    """List groups with fewer people than parameters: number from 1, people, parameters."""
    if model.table.levels:
        return []
    free = [
        {row.key for row in model.table.rows if row.free and row.group == k + 1}
        for k in range(len(sample.groups))
    ]
    sizes = [(k + 1, int(group.n), len(free[k])) for k, group in enumerate(sample.groups)]
    return [one for one in sizes if one[1] < one[2]]


def _search(discrepancy: Discrepancy, model: Model, point: Floats, **how: Any) -> Minimum:
    if model.completed is not None:
        return minimize_along(discrepancy, model, point, model.completed)
    if model.constrained:
        return minimize_constrained(discrepancy, model, point)
    return minimize(discrepancy, model, point, **how)


def _without_end(model: Model, sample: SampleMoments) -> Callable[[Floats], bool]:
    """Ask of a point whether the residual variance of a variable is far below zero, in its own variances.

    Two items that hardly correlate but through a factor, in few people: F falls for ever while one loading
    grows and the residual of its item pays for it.
    """
    place = {} if model.table.levels else {name: k for k, name in enumerate(model.table.variables.observed)}
    rows = [
        (k, sample.groups[row.group - 1].cov[place[row.lhs], place[row.lhs]])
        for k, row in enumerate(model.table.rows)
        if row.op == "~~" and row.lhs == row.rhs and row.lhs in place and row.free
    ]
    chosen = np.array([k for k, _ in rows], dtype=np.int64)
    least = -FAR_BELOW * np.array([variance for _, variance in rows])
    return lambda x: bool((model.raw_values(x)[chosen] < least).any())


def _scattered(
    model: Model, sample: SampleMoments, discrepancy: Discrepancy, tolerance: float, reached: float
) -> tuple[int, list[Minimum]]:
    """Search shortly from drawn points, where there is one by a cheaper discrepancy near this one.

    What did not come below what was ``reached`` elsewhere is not searched on. Says how many were drawn, too.
    """
    cheaper = discrepancy.surrogate()
    searched = cheaper or discrepancy
    points = StartingPoints(model, sample)
    found: list[Minimum] = []
    drawn = 0
    while drawn < SCATTERED and sum(one.n_iterations for one in found) * model.n_free <= DRAWN_WORK:
        point = model.constraints.expand(model.constraints.contract(points.drawn(drawn)))
        drawn += 1
        if np.isfinite(searched.value(model, point)):
            found.append(_search(searched, model, point, tolerance=tolerance, max_iterations=SHORT))
    near = min(found, key=lambda one: (not one.converged, one.value), default=None)
    if near is None or not np.isfinite(discrepancy.value(model, near.x)):
        return drawn, []
    if cheaper is None and (near.converged or near.value >= reached):
        return drawn, [near]
    last = _search(discrepancy, model, near.x, tolerance=tolerance)
    steps = last.n_iterations + sum(one.n_iterations for one in found)
    return drawn, [replace(last, n_iterations=steps)]


def _starts(model: Model, sample: SampleMoments, discrepancy: Discrepancy) -> Iterator[Floats]:
    """Give starting points that imply possible moments: the better of two, then others if wanted."""
    expand, contract = model.constraints.expand, model.constraints.contract

    def valued(points: StartingPoints, style: Style) -> tuple[float, Floats]:
        point = expand(contract(points.point(style)))
        point = point if model.completed is None else model.completed(point)
        return discrepancy.value(model, point), point

    usual = StartingPoints(model, sample)
    first, second = valued(usual, "structured"), valued(usual, "plain")
    # Which of two equally good points is taken is not left to rounding.
    as_good = first[0] <= second[0] + ROUNDING * abs(second[0])
    best, other = (first, second) if as_good else (second, first)
    yield from _possible(best)
    if any(not np.isnan(row.start) for row in model.table.rows):
        # Starts given by hand that lead nowhere are the first to be doubted.
        yield from _possible(valued(usual, "unaided"))
    yield from _possible(other)
    yield from _possible(valued(StartingPoints(model, sample, turned=True), "turned"))


def _possible(*points: tuple[float, Floats]) -> list[Floats]:
    return [point for value, point in points if np.isfinite(value)]
