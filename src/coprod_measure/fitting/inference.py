"""Standard errors and tests of a solution, by the options that were asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coprod_measure.errors import EstimationError, NotAvailable, counted
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.discrepancy import IndexTest
from coprod_measure.estimation.inference.chi_square import (
    ChiSquare,
    chi_square,
    count_moments,
    mean_variance_adjusted,
    scaled,
    scaled_shifted,
)
from coprod_measure.estimation.inference.information import (
    DOUBTFUL,
    Inversion,
    free_directions,
    invert,
    n_free_directions,
)
from coprod_measure.estimation.inference.residual_test import residual_chi_square
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.estimation.solution.instrumental import Instrumental
from coprod_measure.fitting.options import FitOptions

UNBOUNDED = "the unrestricted covariance matrix is singular: its likelihood has no maximum to test against"


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
    """Information of one observation: expected, observed, or from the products of scores."""
    model, x = solution.model, solution.minimum.x
    if options.information_matrix == "first_order":
        return solution.discrepancy.meat(model, x, casewise=True)
    if options.two_stage:
        return solution.discrepancy.linearized_hessian(model, x) / 2.0
    if options.information_matrix == "observed":
        return solution.discrepancy.hessian(model, x) / 2.0
    return solution.discrepancy.information(model, x)


def inverted(solution: Solution, information: Floats) -> Inversion:
    """Invert an information; what the expected one does not tell, the observed one does not either."""
    found = invert(solution.model, solution.minimum, information)
    if found.smallest > DOUBTFUL:
        return found
    expected = solution.discrepancy.information(solution.model, solution.minimum.x)
    sure = invert(solution.model, solution.minimum, expected)
    if sure.inverse is not None:
        return found
    return invert(solution.model, solution.minimum, information, singular=DOUBTFUL)


def infer(solution: Solution, options: FitOptions) -> Inference:
    """Compute the covariance of the estimates.

    Parameters
    ----------
    options : FitOptions
        Kind of information and of standard errors.
    """
    inversion = inverted(solution, unit_information(solution, options))
    if isinstance(solution.discrepancy, Instrumental) and solution.discrepancy.errors is not None:
        return Inference(inversion, solution.discrepancy.errors)
    if options.standard_errors == "none":
        return Inference(inversion, NotAvailable("standard errors were not asked for"))
    if inversion.inverse is None:
        names = ", ".join(inversion.unidentified) or "some parameters"
        free, people = solution.model.n_free, solution.sample.n
        few = (
            f"; {counted(int(people), 'respondent is', 'respondents are')} too few for {free} parameters"
            if people <= free
            else ""
        )
        return Inference(inversion, NotAvailable(f"the information matrix is singular ({names}){few}"))
    n = solution.sample.n
    if options.standard_errors == "robust_sem_nt":
        meat = solution.discrepancy.normal_meat(solution.model, solution.minimum.x)
        return Inference(inversion, inversion.inverse @ meat @ inversion.inverse / n)
    if options.standard_errors in ("robust_sem", "robust_huber_white"):
        casewise = options.standard_errors == "robust_huber_white"
        meat = solution.discrepancy.meat(solution.model, solution.minimum.x, casewise=casewise)
        return Inference(inversion, inversion.inverse @ meat @ inversion.inverse / n)
    return Inference(inversion, inversion.inverse / n)


def corrected_test(
    solution: Solution, options: FitOptions, test: ChiSquare, known: Inversion | None = None
) -> ChiSquare | NotAvailable:
    """Compute the robust form of a test that the options ask for.

    Parameters
    ----------
    solution : Solution
        The model, or its baseline.
    options : FitOptions
        Name the test.
    known : Inversion, optional
        Of the information that the errors rest on.
    """
    kind = options.test_statistic
    if test.df <= 0:
        return NotAvailable("the model has no degrees of freedom")
    if not solution.discrepancy.testable:
        return NotAvailable(UNBOUNDED)
    model, x = solution.model, solution.minimum.x
    if known is None or _linearized(options):
        known = inverted(solution, _test_information(solution, options))
    inverse = known.generalized if known.inverse is None else known.inverse
    if inverse is None:
        return NotAvailable("the information matrix is singular")
    try:
        expected = options.information_matrix == "expected"
        traces = solution.discrepancy.traces(model, x, inverse, kind, expected=expected)
    except EstimationError as error:
        return NotAvailable(str(error))
    if not (traces.first > 0 and (kind not in ("scaled_shifted", "mean_var_adjusted") or traces.second > 0)):
        return NotAvailable(
            f"the scaling factor is {traces.first / test.df:.3g}, and a test cannot be scaled by what is not "
            "above 0; the sample is small or the model far from the data"
        )
    if kind == "scaled_shifted":
        return scaled_shifted(test, traces.first, traces.second)
    if kind == "mean_var_adjusted":
        return mean_variance_adjusted(test, traces.first, traces.second)
    return scaled(test, traces.first, kind)


def likelihood_trace(solution: Solution, options: FitOptions) -> float | NotAvailable:
    """Compute tr(J I^-1), the expectation of twice what estimation adds to the log-likelihood.

    Between nested fits it scales the difference of their likelihoods; the saturated model has no part in it
    (Asparouhov & Muthen 2005; Satorra & Bentler 2001, whose scaling it equals).
    """
    found = inverted(solution, _test_information(solution, options))
    inverse = found.generalized if found.inverse is None else found.inverse
    if inverse is None:
        return NotAvailable("the information matrix is singular")
    meat = solution.discrepancy.meat(solution.model, solution.minimum.x, casewise=True)
    return float(np.einsum("ij,ji->", meat, inverse))


def _linearized(options: FitOptions) -> bool:
    """Whether robust tests take another information than errors do.

    As in lavaan, linearised where it is observed, unless with MLR, weights or clusters.
    """
    sampled = options.weights or (options.cluster and options.lavaan != "0.6")
    return options.information_matrix == "observed" and options.name == "ML" and not sampled


def _test_information(solution: Solution, options: FitOptions) -> Floats:
    if _linearized(options):
        return solution.discrepancy.linearized_hessian(solution.model, solution.minimum.x) / 2.0
    return unit_information(solution, options)


def degrees_of_freedom(solution: Solution) -> int:
    """Moments less free parameters; binding inequalities do not count."""
    minimum = solution.minimum
    if minimum.active:
        minimum = replace(minimum, active=())
    return count_moments(solution.model) - n_free_directions(solution.model, minimum)


def chi_square_value(solution: Solution) -> float:
    """N F."""
    minimum = solution.minimum
    return solution.discrepancy.chi_square(solution.model, minimum.x, minimum.value, solution.sample.n)


def standard_test(solution: Solution, *, distributed: bool = True) -> ChiSquare:
    """N F, referred to chi-square where it has that distribution; else without a p-value."""
    test = chi_square(chi_square_value(solution), degrees_of_freedom(solution))
    return test if distributed else replace(test, pvalue=np.nan)


def unscaled_test(solution: Solution, options: FitOptions) -> ChiSquare:
    """Test by N F, or by the residuals where the options ask for that."""
    if not solution.discrepancy.testable:
        df = degrees_of_freedom(solution)
        return ChiSquare("standard", np.nan, df, np.nan)
    if not options.test_statistic.startswith("browne"):
        return standard_test(solution, distributed=options.distributed)
    directions = free_directions(solution.model, solution.minimum)
    normal = options.test_statistic == "browne_residual_nt"
    value = residual_chi_square(solution, directions, normal=normal)
    return chi_square(value, degrees_of_freedom(solution), name=options.test_statistic)


def standard_errors(covariance: Floats) -> Floats:
    """Roots of the diagonal; NaN where negative."""
    diagonal = np.diagonal(covariance)
    return np.sqrt(np.where(diagonal >= 0, diagonal, np.nan))


def index_test(solution: Solution, options: FitOptions) -> IndexTest | NotAvailable:
    """Compute the test behind the robust indices of incomplete data (Zhang & Savalei 2023)."""
    directions = free_directions(solution.model, solution.minimum)
    robust = options.test_statistic.startswith("yuan_bentler")
    return solution.discrepancy.index_test(solution.model, solution.minimum.x, directions, robust=robust)
