"""CFI, TLI, RNI and RMSEA of incomplete and of ordered answers, as complete normal ones would give them."""

from __future__ import annotations

from dataclasses import replace

from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.correlation_likelihood import correlation_chi_square
from coprod_measure.estimation.discrepancies.weighted_least_squares import WeightedLeastSquares
from coprod_measure.estimation.inference.chi_square import ChiSquare
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.fitting.baseline import Baseline
from coprod_measure.fitting.fit_measures import Measures, robust_measures
from coprod_measure.fitting.inference import index_test
from coprod_measure.fitting.options import FitOptions


def incomplete_robust_measures(
    solution: Solution, baseline: Baseline, test: ChiSquare, options: FitOptions
) -> Measures | NotAvailable:
    """Compute the robust indices after full-information ML (Zhang & Savalei 2023).

    Parameters
    ----------
    baseline : Baseline
        What it is compared with.
    test : ChiSquare
        The model's unscaled test.
    options : FitOptions
        Say whether the test is robust: then so is the correction.

    Returns
    -------
    dict or NotAvailable
        Or the reason why not.
    """
    own, baseline_test = index_test(solution, options), baseline.test
    if isinstance(own, NotAvailable):
        return own
    if test.df <= 0:
        return NotAvailable("the model has no degrees of freedom")
    other = baseline.index_test
    if isinstance(other, NotAvailable):
        return other
    c, baseline_c = own.trace / test.df, other.trace / baseline_test.df
    if min(c, baseline_c, own.chi_square) <= 0:
        return NotAvailable("the test corrected for missing data, or its scaling factor, is below zero")
    return robust_measures(
        replace(test, value=own.chi_square),
        replace(test, value=own.chi_square / c, scale=c),
        c,
        replace(baseline_test, value=other.chi_square),
        baseline_c,
        solution.sample.n,
        len(solution.sample.groups),
    )


def ordinal_robust_measures(
    solution: Solution, test: ChiSquare, baseline: ChiSquare, inverse: Floats | None, n: float
) -> Measures | NotAvailable:
    """CFI, TLI, RNI and RMSEA that do not depend on the weights of least squares.

    Parameters
    ----------
    test, baseline : ChiSquare
        Unscaled tests of model and baseline.
    inverse : (q, q) float or None
        Of the information.
    n : float
        As for the RMSEA.

    Returns
    -------
    dict or NotAvailable
        Or the reason why not.
    """
    discrepancy = solution.discrepancy
    assert isinstance(discrepancy, WeightedLeastSquares)
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
        n,
        len(discrepancy.groups),
    )
