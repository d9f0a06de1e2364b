"""Standard errors and tests of a solution, by the options that were asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coprod_measure.errors import EstimationError, NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.discrepancy import MaximumLikelihood
from coprod_measure.estimation.discrepancies.full_information import FullInformation
from coprod_measure.estimation.discrepancies.linearized import linearized_hessian
from coprod_measure.estimation.discrepancies.weighted_least_squares import WeightedLeastSquares
from coprod_measure.estimation.inference.chi_square import (
    ChiSquare,
    chi_square,
    count_moments,
    mean_variance_adjusted,
    scaled,
    scaled_shifted,
)
from coprod_measure.estimation.inference.fiml_tests import yuan_bentler_trace
from coprod_measure.estimation.inference.information import Inversion, free_directions, invert
from coprod_measure.estimation.inference.least_squares_tests import least_squares_traces, projected_influences
from coprod_measure.estimation.inference.robust import (
    casewise_scores,
    first_order_information,
    satorra_bentler_traces,
    saturated_first_order_trace,
    weighted_influences,
)
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.fitting.options import FitOptions


@dataclass(frozen=True, slots=True)
class Inference:
    """What follows from a solution.

    Attributes
    ----------
    inversion : Inversion
        Of the information, with the names of what is not identified.
    covariance : (q, q) float or NotAvailable
        Of the free parameters.
    """

    inversion: Inversion
    covariance: Floats | NotAvailable


def unit_information(solution: Solution, options: FitOptions) -> Floats:
    """Information of one observation, expected or observed."""
    model, x = solution.model, solution.minimum.x
    if options.information_matrix == "observed":
        return solution.discrepancy.hessian(model, x) / 2.0
    return solution.discrepancy.information(model, x)


def infer(solution: Solution, options: FitOptions) -> Inference:
    """Compute the covariance of the estimates.

    Parameters
    ----------
    solution : Solution
        The estimates.
    options : FitOptions
        Kind of information and of standard errors.
    """
    inversion = invert(solution.model, solution.minimum, unit_information(solution, options))
    if options.standard_errors == "none":
        return Inference(inversion, NotAvailable("standard errors were not asked for"))
    if inversion.inverse is None:
        names = ", ".join(inversion.unidentified) or "some parameters"
        return Inference(inversion, NotAvailable(f"the information matrix is singular ({names})"))
    n = solution.sample.n
    if options.standard_errors in ("robust_sem", "robust_huber_white"):
        meat = _meat(solution, options.standard_errors)
        return Inference(inversion, inversion.inverse @ meat @ inversion.inverse / n)
    return Inference(inversion, inversion.inverse / n)


def _meat(solution: Solution, kind: str) -> Floats:
    model, sample, x = solution.model, solution.sample, solution.minimum.x
    if isinstance(solution.discrepancy, WeightedLeastSquares):
        influences = projected_influences(solution.discrepancy, model, x)
        return np.asarray(sum(part.T @ part for part in influences), dtype=np.float64)
    if isinstance(solution.discrepancy, FullInformation):
        return solution.discrepancy.first_order_information(model, x)
    if kind == "robust_huber_white":
        return first_order_information(*casewise_scores(model, sample, x))
    parts = weighted_influences(model, sample, x)
    return np.asarray(sum(part.T @ part for part in parts) / sample.n, dtype=np.float64)


def corrected_test(solution: Solution, options: FitOptions, test: ChiSquare) -> ChiSquare | NotAvailable:
    """Compute the robust form of a test that the options ask for.

    Parameters
    ----------
    solution : Solution
        The model, or its baseline.
    options : FitOptions
        Name the test.
    test : ChiSquare
        The unscaled test.
    """
    kind = options.test_statistic
    if test.df <= 0:
        return NotAvailable("the model has no degrees of freedom")
    model, sample, x = solution.model, solution.sample, solution.minimum.x
    inverse = invert(model, solution.minimum, _test_information(solution, options)).inverse
    if inverse is None:
        return NotAvailable("the information matrix is singular")
    if isinstance(solution.discrepancy, FullInformation):
        try:
            return scaled(test, yuan_bentler_trace(solution.discrepancy, model, x, inverse), kind)
        except EstimationError as error:
            return NotAvailable(str(error))
    # With expected information the first Yuan-Bentler test and that of Satorra and Bentler are one.
    if kind == "yuan_bentler_mplus":
        meat = first_order_information(*casewise_scores(model, sample, x))
        trace = saturated_first_order_trace(model, sample) - float(np.einsum("ij,ji->", meat, inverse))
        return scaled(test, trace, kind)
    adjusted = kind in ("mean_var_adjusted", "scaled_shifted")
    if isinstance(solution.discrepancy, WeightedLeastSquares):
        traces = least_squares_traces(solution.discrepancy, model, x, inverse)
    else:
        traces = satorra_bentler_traces(model, sample, x, inverse, second=adjusted)
    if kind == "scaled_shifted":
        return scaled_shifted(test, traces.first, traces.second)
    if kind == "mean_var_adjusted":
        return mean_variance_adjusted(test, traces.first, traces.second)
    return scaled(test, traces.first, kind)


def _test_information(solution: Solution, options: FitOptions) -> Floats:
    """Information that robust tests take: as in lavaan, linearised unless with MLR or weights."""
    if options.information_matrix == "observed" and options.name == "ML" and not options.weights:
        return linearized_hessian(solution.discrepancy, solution.model, solution.minimum.x) / 2.0
    return unit_information(solution, options)


def degrees_of_freedom(solution: Solution) -> int:
    """Moments less free parameters; binding inequalities do not count."""
    minimum = solution.minimum
    if minimum.active:
        minimum = replace(minimum, active=())
    return count_moments(solution.model) - int(free_directions(solution.model, minimum).shape[1])


def chi_square_value(solution: Solution) -> float:
    """N F; under the Wishart likelihood every group counts one respondent less, as in lavaan."""
    sample, discrepancy, minimum = solution.sample, solution.discrepancy, solution.minimum
    if not sample.lost or not isinstance(discrepancy, MaximumLikelihood):
        return sample.n * minimum.value
    lost = sample.lost / len(sample.groups)
    values = discrepancy.group_values(solution.model, minimum.x)
    return sum((moments.n - lost) * own for moments, own in zip(sample.groups, values, strict=True))


def standard_test(solution: Solution) -> ChiSquare:
    """N F referred to chi-square."""
    return chi_square(chi_square_value(solution), degrees_of_freedom(solution))


def standard_errors(covariance: Floats) -> Floats:
    """Roots of the diagonal; NaN where negative."""
    diagonal = np.diagonal(covariance)
    return np.sqrt(np.where(diagonal >= 0, diagonal, np.nan))
