"""Estimate a parameter table from sample moments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.constrained import minimize_constrained
from coprod_measure.estimation.discrepancy import Discrepancy
from coprod_measure.estimation.matrices import Floats
from coprod_measure.estimation.minimize import DECREMENT, Minimum, minimize
from coprod_measure.estimation.model import Model, compile_model
from coprod_measure.estimation.moments import SampleMoments
from coprod_measure.estimation.parameter_table import ParameterTable
from coprod_measure.estimation.starting_values import starting_values


@dataclass(frozen=True, slots=True)
class Solution:
    """A model with its estimates.

    Attributes
    ----------
    model : Model
    sample : SampleMoments
    discrepancy : Discrepancy
    minimum : Minimum
    """

    model: Model
    sample: SampleMoments
    discrepancy: Discrepancy
    minimum: Minimum


def estimate(
    table: ParameterTable,
    sample: SampleMoments,
    discrepancy: Discrepancy | Callable[[Model], Discrepancy],
    start: Floats | None = None,
) -> Solution:
    """Compile a table and minimise a discrepancy.

    Parameters
    ----------
    table : ParameterTable
        All parameters.
    sample : SampleMoments
        The data.
    discrepancy : Discrepancy or callable
        What is minimised, or how to build it from the compiled model.
    start : (q,) float, optional
        Starting point; computed when not given.

    Returns
    -------
    Solution
    """
    model = compile_model(table, sample)
    built = discrepancy(model) if callable(discrepancy) else discrepancy
    return resume(model, sample, built, start)


def resume(
    model: Model,
    sample: SampleMoments,
    discrepancy: Discrepancy,
    start: Floats | None = None,
    *,
    tolerance: float = DECREMENT,
) -> Solution:
    """Minimise for a model that is compiled already; parameters as for :func:`estimate`."""
    point = _start(model, sample, discrepancy) if start is None else start
    constraints = model.constraints
    if len(constraints.equalities) or len(constraints.inequalities):
        return Solution(model, sample, discrepancy, minimize_constrained(discrepancy, model, point))
    return Solution(model, sample, discrepancy, minimize(discrepancy, model, point, tolerance=tolerance))


def _start(model: Model, sample: SampleMoments, discrepancy: Discrepancy) -> Floats:
    """Choose the best start: with or without a guess of the structural part or the user's values."""
    points = [
        starting_values(model, sample),
        starting_values(model, sample, structured=False),
    ]
    expand, contract = model.constraints.expand, model.constraints.contract
    values = [discrepancy.value(model, expand(contract(point))) for point in points]
    if not np.isfinite(values).any():
        points.append(starting_values(model, sample, structured=False, given=False))
        values.append(discrepancy.value(model, expand(contract(points[-1]))))
    if not np.isfinite(values).any():
        raise EstimationError(
            "no starting point implies a possible covariance matrix",
            place="model",
            cure="Look at values fixed by hand (negative variances, large covariances)",
            code="no-start",
        )
    return points[int(np.argmin(values))]
