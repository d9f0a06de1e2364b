"""Fit measures of incomplete data: CFI, TLI, RNI and RMSEA as complete data would give them."""

from __future__ import annotations

from dataclasses import replace

from coprod_measure.errors import EstimationError, NotAvailable
from coprod_measure.estimation.chi_square import ChiSquare
from coprod_measure.estimation.estimate import Solution
from coprod_measure.estimation.fiml_tests import corrected_chi_square
from coprod_measure.estimation.full_information import FullInformation
from coprod_measure.fitting.fit_measures import Measures, robust_measures
from coprod_measure.fitting.options import FitOptions

# The information about the saturated moments is a matrix of their order: beyond this, gigabytes.
MOST_MOMENTS = 8000


def corrected_measures(
    solution: Solution, baseline: Solution, test: ChiSquare, baseline_test: ChiSquare, options: FitOptions
) -> Measures | NotAvailable:
    """Compute the robust indices after full-information ML (Zhang & Savalei 2023).

    Parameters
    ----------
    solution, baseline : Solution
        Model and baseline.
    test, baseline_test : ChiSquare
        Their unscaled tests.
    options : FitOptions
        Say whether the test is robust: then so is the correction.

    Returns
    -------
    dict or NotAvailable
        Or the reason why not.
    """
    full, empty = solution.discrepancy, baseline.discrepancy
    if not isinstance(full, FullInformation) or not isinstance(empty, FullInformation):
        return NotAvailable("the data were not analysed as incomplete")
    p = len(full.sample.groups[0].cov)
    if p * (p + 3) // 2 > MOST_MOMENTS:
        return NotAvailable(f"{p * (p + 3) // 2} saturated moments are too many to correct for missing data")
    if test.df <= 0:
        return NotAvailable("the model has no degrees of freedom")
    robust = options.test_statistic.startswith("yuan_bentler")
    try:
        own = corrected_chi_square(full, solution.model, solution.minimum, robust=robust)
        other = corrected_chi_square(empty, baseline.model, baseline.minimum, robust=robust)
    except EstimationError as error:
        return NotAvailable(str(error))
    c, baseline_c = own.trace / test.df, other.trace / baseline_test.df
    return robust_measures(
        replace(test, value=own.chi_square),
        replace(test, value=own.chi_square / c, scale=c),
        c,
        replace(baseline_test, value=other.chi_square),
        baseline_c,
        solution.sample.n,
        len(full.sample.groups),
    )
