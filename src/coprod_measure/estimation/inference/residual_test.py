"""Browne's test of the residuals: chi-square whatever discrepancy gave the estimates."""

from __future__ import annotations

import numpy as np
from scipy.linalg import null_space

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.covariances import without_curvature
from coprod_measure.estimation.discrepancies.quadratic_normal import generalized_least_squares
from coprod_measure.estimation.discrepancies.weighted_least_squares import WeightedLeastSquares
from coprod_measure.estimation.solution.estimate import Solution

TINY = float(np.finfo(np.float64).tiny)


def residual_chi_square(solution: Solution, directions: Floats, *, normal: bool) -> float:
    """Compute what the sample moments leave unexplained beyond every linear change of the parameters.

    N (e' V e - e' V D (D' V D)^-1 D' V e), e the residuals, D their derivatives, V the inverse of the
    sampling covariance of the moments (Browne 1984, eq. 2.20).

    Parameters
    ----------
    directions : (q, r) float
        What the constraints leave free.
    normal : bool
        Whether V is that of normal answers; else it is distribution-free, from a `WeightedLeastSquares`.
    """
    model, x = solution.model, solution.minimum.x
    if normal:
        metric = generalized_least_squares(solution.sample)
        gradient = directions.T @ metric.gradient(model, x)
        curved = directions.T @ without_curvature(metric, model, x) @ directions
        diagonal = np.diagonal(curved)
        scale = np.sqrt(np.where(diagonal > 0.0, diagonal, 1.0))
        on_scale = np.linalg.lstsq(curved / np.outer(scale, scale), gradient / scale, rcond=None)[0]
        explained = gradient / scale @ on_scale
        return float(solution.sample.n * (metric.value(model, x) - 0.5 * explained))
    discrepancy = solution.discrepancy
    if not isinstance(discrepancy, WeightedLeastSquares):
        raise EstimationError(
            "the distribution-free test of residuals is one of least squares",
            place="option test",
            cure='Use test="browne_residual_nt", or estimator="ULS"',
            code="unsupported-test",
        )
    # In standard errors of the moments: of columns in other units none is taken for nothing.
    units = [np.sqrt(group.gamma.diagonal / (group.n - 1.0)) for group in discrepancy.groups]
    parts = zip(units, discrepancy.jacobians(model, x), discrepancy.residuals(model, x), strict=True)
    slopes, residuals = zip(
        *((jacobian.toarray() @ directions / unit[:, None], own / unit) for unit, jacobian, own in parts),
        strict=True,
    )
    along = np.vstack(slopes)
    outside = null_space((along / np.maximum(np.linalg.norm(along, axis=0), TINY)).T)
    left = outside.T @ np.concatenate(residuals)
    spread, start = np.zeros((outside.shape[1], outside.shape[1])), 0
    for group, unit in zip(discrepancy.groups, units, strict=True):
        turned = outside[start : start + unit.size] / (unit[:, None] * np.sqrt(group.n - 1.0))
        influence = group.gamma.factor @ turned
        spread += influence.T @ influence
        start += unit.size
    return float(left @ np.linalg.lstsq(spread, left, rcond=None)[0])
