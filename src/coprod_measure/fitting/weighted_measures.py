"""Fit measures of weighted least squares: residuals of moments, and robust indices for ordered variables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.correlation_likelihood import correlation_chi_square
from coprod_measure.estimation.discrepancies.weighted_least_squares import WeightedGroup, WeightedLeastSquares
from coprod_measure.estimation.inference.chi_square import ChiSquare
from coprod_measure.estimation.sample.ordinal_moments import below_diagonal
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.fitting.fit_measures import Measures, robust_measures


def least_squares_of(solution: Solution) -> WeightedLeastSquares | None:
    """Get the discrepancy if it is one of weighted least squares."""
    return solution.discrepancy if isinstance(solution.discrepancy, WeightedLeastSquares) else None


def weighted_residual_measures(solution: Solution, discrepancy: WeightedLeastSquares, df: float) -> Measures:
    """SRMR of (co)variances, and GFI, AGFI and PGFI of all moments.

    Parameters
    ----------
    solution : Solution
        The estimates.
    discrepancy : WeightedLeastSquares
        Its discrepancy.
    df : float
        Degrees of freedom.

    Returns
    -------
    dict
        Several groups count by their shares.
    """
    residuals = discrepancy.residuals(solution.model, solution.minimum.x)
    srmr, gfi, count = 0.0, 0.0, 0
    for group, residual in zip(discrepancy.groups, residuals, strict=True):
        share = group.n / discrepancy.n
        srmr += share * _srmr(group, residual)
        own = float(residual @ group.weigh(residual))
        gfi += share * (1.0 - own / float(group.vector @ group.weigh(group.vector)))
        count += residual.size
    found = {"srmr": srmr, "gfi": gfi}
    if df > 0:
        found |= {"agfi": 1.0 - (count / df) * (1.0 - gfi), "pgfi": gfi * df / count}
    return found


def _srmr(group: WeightedGroup, residual: Floats) -> float:
    """Root mean square of residuals over sample standard deviations.

    With ordered variables lavaan counts covariances alone, and divides by the number of all variables,
    covariates too, in the place of the variances.
    """
    structure = group.structure
    p = structure.ordered.size
    tail = p * (p - 1) // 2
    n_variances = int(np.count_nonzero(~structure.ordered))
    variances = group.vector[group.vector.size - tail - n_variances : group.vector.size - tail]
    sd = np.ones(p)
    sd[~structure.ordered] = np.sqrt(variances)
    rows, columns = below_diagonal(p)
    covariance = residual[residual.size - tail :] / (sd[rows] * sd[columns])
    total, count = float(covariance @ covariance), tail + p + structure.covariates.size
    if not structure.ordered.any():
        variance = residual[residual.size - tail - n_variances : residual.size - tail] / variances
        mean = residual[: structure.n_first] / sd[: structure.n_first]
        total, count = total + float(variance @ variance + mean @ mean), count + structure.n_first
    return float(np.sqrt(total / count))


def ordinal_robust_measures(
    solution: Solution, test: ChiSquare, baseline: ChiSquare, inverse: Floats | None
) -> Measures | NotAvailable:
    """CFI, TLI, RNI and RMSEA that do not depend on the weights of least squares.

    Parameters
    ----------
    solution : Solution
        The estimates.
    test, baseline : ChiSquare
        Unscaled tests of model and baseline.
    inverse : (q, q) float or None
        Of the information.

    Returns
    -------
    dict or NotAvailable
        Or the reason why not.
    """
    discrepancy = least_squares_of(solution)
    assert discrepancy is not None
    if any(not g.structure.ordered.all() or g.structure.covariates.size for g in discrepancy.groups):
        return NotAvailable("robust indices need all variables ordered and no fixed covariates")
    rows = solution.model.table.rows
    shared = [row.key for row in rows if row.op == "|" and row.free]
    if len(set(shared)) < len(shared) or any(row.op == "|" and not row.free for row in rows):
        return NotAvailable("robust indices are not defined when thresholds are constrained")
    if inverse is None or test.df <= 0:
        return NotAvailable("robust indices need an identified model with degrees of freedom")
    model, x = solution.model, solution.minimum.x
    implied = [
        group.vector - residual
        for group, residual in zip(discrepancy.groups, discrepancy.residuals(model, x), strict=True)
    ]
    found = correlation_chi_square(discrepancy, implied, discrepancy.jacobians(model, x), inverse)
    if found is None:
        return NotAvailable("a matrix of polychoric correlations is not positive definite")
    c, baseline_c = found.trace / test.df, found.baseline_trace / baseline.df
    own = replace(test, value=found.value)
    return robust_measures(
        own,
        replace(own, value=found.value / c, scale=c),
        c,
        replace(baseline, value=found.baseline),
        baseline_c,
        solution.sample.n,
        len(discrepancy.groups),
    )
