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
        explained = gradient @ np.linalg.lstsq(curved, gradient, rcond=None)[0]
        return float(solution.sample.n * (metric.value(model, x) - 0.5 * explained))
    discrepancy = solution.discrepancy
    if not isinstance(discrepancy, WeightedLeastSquares):
        raise EstimationError(
            "the distribution-free test of residuals is one of least squares",
            place="option test",
            cure='Use test="browne_residual_nt", or estimator="ULS"',
            code="unsupported-test",
        )
    slopes = [one.toarray() @ directions for one in discrepancy.jacobians(model, x)]
    sizes = [np.sqrt(group.n - 1.0) for group in discrepancy.groups]
    residuals = discrepancy.residuals(model, x)
    outside = null_space(np.vstack([size * own for size, own in zip(sizes, slopes, strict=True)]).T)
    left = outside.T @ np.concatenate([size * own for size, own in zip(sizes, residuals, strict=True)])
    spread, start = np.zeros((outside.shape[1], outside.shape[1])), 0
    for group in discrepancy.groups:
        along = group.gamma.factor @ outside[start : start + group.vector.size]
        spread += along.T @ along
        start += group.vector.size
    return float(left @ np.linalg.lstsq(spread, left, rcond=None)[0])
