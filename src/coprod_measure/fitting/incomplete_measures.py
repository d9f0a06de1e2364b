"""Fit measures of incomplete data: CFI, TLI, RNI and RMSEA as complete data would give them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coprod_measure.errors import EstimationError, NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.full_information import FullInformation
from coprod_measure.estimation.inference.chi_square import ChiSquare
from coprod_measure.estimation.inference.fiml_tests import corrected_chi_square
from coprod_measure.estimation.missing.fiml import complete
from coprod_measure.estimation.missing.fiml_information import expected_quadratic_form
from coprod_measure.estimation.sample.moments import GroupMoments
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.fitting.baseline import Baseline
from coprod_measure.fitting.fit_measures import Measures, robust_measures
from coprod_measure.fitting.options import FitOptions

# The information about the saturated moments is a matrix of their order: beyond this, gigabytes.
MOST_MOMENTS = 8000


def corrected_measures(
    solution: Solution, baseline: Baseline, test: ChiSquare, options: FitOptions
) -> Measures | NotAvailable:
    """Compute the robust indices after full-information ML (Zhang & Savalei 2023).

    Parameters
    ----------
    solution : Solution
        The model's.
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
    full, baseline_test = solution.discrepancy, baseline.test
    if not isinstance(full, FullInformation):
        return NotAvailable("no robust test was asked for")
    p = len(full.sample.groups[0].cov)
    if p * (p + 3) // 2 > MOST_MOMENTS:
        return NotAvailable(f"{p * (p + 3) // 2} saturated moments are too many to correct for missing data")
    if test.df <= 0:
        return NotAvailable("the model has no degrees of freedom")
    robust = options.test_statistic.startswith("yuan_bentler")
    try:
        own = corrected_chi_square(full, solution.model, solution.minimum, robust=robust)
    except EstimationError as error:
        return NotAvailable(str(error))
    other = baseline.complete_data_test
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
        len(full.sample.groups),
    )


def incomplete_goodness_of_fit(solution: Solution, full: FullInformation, df: float) -> Measures:
    """Compute GFI, AGFI and PGFI with the expected information of the incomplete data as weight.

    Parameters
    ----------
    solution : Solution
    full : FullInformation
        Its discrepancy.
    df : float
        Degrees of freedom.
    """
    sample, gfi, count = full.sample, 0.0, 0
    x_only = np.ix_(sample.fixed, sample.fixed)
    for group, patterns, share, implied in zip(
        sample.groups, sample.patterns, sample.shares, solution.model.implied(solution.minimum.x), strict=True
    ):
        mean, cov = _described(group)
        completed = complete(patterns, implied.sigma, implied.mu)
        sizes = []
        for d_mu, d_sigma in ((mean - implied.mu, cov - implied.sigma), (mean, cov.copy())):
            d_mu[list(sample.fixed)] = 0.0
            d_sigma[x_only] = 0.0
            sizes.append(expected_quadratic_form(patterns, completed, d_sigma, d_mu))
        gfi += share * (1.0 - sizes[0] / sizes[1])
        count += len(mean) * (len(mean) + 3) // 2
    found = {"gfi": gfi}
    if df > 0:
        found |= {"agfi": 1.0 - (count / df) * (1.0 - gfi), "pgfi": gfi * df / count}
    return found


def _described(group: GroupMoments) -> tuple[Floats, Floats]:
    """Means and covariances that lavaan's GFI compares with: pairwise, but saturated for weighted data."""
    assert group.mean is not None
    if group.data is None or group.weights is not None:
        return group.mean.copy(), group.cov
    seen = (~np.isnan(group.data)).astype(float)
    values = np.nan_to_num(group.data)
    both = seen.T @ seen
    if both.min() < 2:
        return group.mean.copy(), group.cov
    sums = values.T @ seen
    products = values.T @ values - sums * sums.T / both
    n = len(values)
    return values.sum(axis=0) / seen.sum(axis=0), products / (both - 1.0) * (n - 1) / n
