"""Standard errors and tests of a solution, by the options that were asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.chi_square import ChiSquare, chi_square, count_moments
from coprod_measure.estimation.estimate import Solution
from coprod_measure.estimation.information import Inversion, free_directions, invert
from coprod_measure.estimation.matrices import Floats
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
    return Inference(inversion, inversion.inverse / solution.sample.n)


def degrees_of_freedom(solution: Solution) -> int:
    """Moments less free parameters; binding inequalities do not count."""
    minimum = solution.minimum
    if minimum.active:
        minimum = replace(minimum, active=())
    return count_moments(solution.model) - int(free_directions(solution.model, minimum).shape[1])


def standard_test(solution: Solution) -> ChiSquare:
    """N F referred to chi-square."""
    value = solution.sample.n * solution.minimum.value
    return chi_square(value, degrees_of_freedom(solution))


def standard_errors(covariance: Floats) -> Floats:
    """Roots of the diagonal; NaN where negative."""
    diagonal = np.diagonal(covariance)
    return np.sqrt(np.where(diagonal >= 0, diagonal, np.nan))
