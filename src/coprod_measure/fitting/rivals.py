"""Choose between rival models that are not nested: Vuong's test."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag
from scipy.stats import norm

from coprod_measure.errors import ModelError, NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.covariances import OfCovariances
from coprod_measure.estimation.discrepancies.influences import influences
from coprod_measure.estimation.inference.weighted_chi_square import upper_tail
from coprod_measure.estimation.missing.fiml import casewise_log_likelihood
from coprod_measure.fitting.comparison import check_comparable
from coprod_measure.fitting.fitted import Fitted

# Below this spread of log-likelihoods, models differ by nothing but rounding.
SAME = 1e-6


@dataclass(frozen=True, slots=True)
class VuongTest:
    """Which of two models is nearer to the truth, in the sense of Kullback and Leibler.

    Attributes
    ----------
    difference : float
        Log-likelihood of the first model less that of the second.
    spread : float
        Standard deviation of the difference over respondents (omega).
    pvalue_spread : float or NotAvailable
        Of the hypothesis that the spread is zero in the population: only if it is small can the models be
        told apart, and z means something (Vuong 1989, theorem 4.1).
    z, pvalue : float or NotAvailable
        Positive z favours the first model; the p-value is two-sided.
    z_bic, pvalue_bic : float or NotAvailable
        The same after a penalty for parameters, by the Bayesian criterion (Vuong 1989, eq. 5.9).
    """

    difference: float
    spread: float
    pvalue_spread: float | NotAvailable
    z: float | NotAvailable
    pvalue: float | NotAvailable
    z_bic: float | NotAvailable
    pvalue_bic: float | NotAvailable


def vuong_test(fit: Fitted, other: Fitted) -> VuongTest:
    """Test whether two models, neither nested in the other, are equally near to the truth.

    Parameters
    ----------
    fit, other : Fitted
        Of the same respondents and variables, by maximum likelihood from raw data.

    Raises
    ------
    ModelError
        If the fits are of different data, or do not maximise the likelihood of respondents one by one.

    Notes
    -----
    Vuong (1989), Econometrica 57, 307-333, eq. 5.6; Merkle, You and Preacher (2016), Psychological Methods
    21, 151-163. Models that cannot be told apart (``pvalue_spread`` large) are compared by theory or by
    their parameters, nested ones by :func:`~.comparison.compare`.
    """
    check_comparable(fit, other, "vuong")
    first, second = casewise(fit), casewise(other)
    each = first - second
    n, total, spread = len(each), float(each.sum()), float(each.std())
    if spread < SAME:
        reason = NotAvailable("the models give every respondent the same likelihood: they are equivalent")
        return VuongTest(total, spread, reason, reason, reason, reason, reason)
    penalty = 0.5 * (fit.n_parameters - other.n_parameters) * math.log(n)
    z, z_bic = total / (math.sqrt(n) * spread), (total - penalty) / (math.sqrt(n) * spread)
    apart = _spread_pvalue(fit, other, n * spread**2)
    return VuongTest(total, spread, apart, z, _two_sided(z), z_bic, _two_sided(z_bic))


def _spread_pvalue(fit: Fitted, other: Fitted, statistic: float) -> float | NotAvailable:
    """Refer n omega^2 to its weighted sum of chi-squares (Vuong 1989, eq. 3.6 and 4.2)."""
    if fit.inverse_information is None or other.inverse_information is None:
        return NotAvailable("the information of one of the models cannot be inverted")
    f, inverse_f = _scores(fit, fit.inverse_information)
    g, inverse_g = _scores(other, other.inverse_information)
    n = len(f)
    w = np.block(
        [
            [-(f.T @ f / n) @ inverse_f, -(f.T @ g / n) @ inverse_g],
            [(g.T @ f / n) @ inverse_f, (g.T @ g / n) @ inverse_g],
        ]
    )
    return upper_tail(statistic, np.linalg.eigvals(w).real ** 2)


def _scores(fit: Fitted, inverse: Floats) -> tuple[Floats, Floats]:
    """Differentiate respondents' log-likelihoods, shape (n, k); with the inverse of their information.

    Means that the model leaves alone are parameters too: the likelihood takes them from the sample.
    """
    model, sample, x = fit.solution.model, fit.solution.sample, fit.solution.minimum.x
    discrepancy = fit.solution.discrepancy
    assert isinstance(discrepancy, OfCovariances)
    scores = discrepancy.scores(model, x)
    if model.means:
        return scores, inverse
    people = influences(model, sample)
    n = sum(person.n for person in people)
    of_means = [person.z @ np.linalg.inv(one.sigma) for person, one in zip(people, fit.implied, strict=True)]
    shares = [n / person.n * one.sigma for person, one in zip(people, fit.implied, strict=True)]
    return np.hstack([scores, block_diag(*of_means)]), block_diag(inverse, *shares)


def casewise(fit: Fitted) -> Floats:
    """Log-likelihood of every respondent, in the order of the groups, shape (n,).

    Parameters
    ----------
    fit : Fitted
        By maximum likelihood from raw data.
    """
    problem = None
    if not fit.solution.discrepancy.likelihood:
        problem = f"{fit.options.name} does not maximise a likelihood"
    elif fit.options.weights or fit.options.cluster:
        problem = "weighted or clustered respondents have no likelihoods one by one"
    elif fit.request.data.summarised:
        problem = "respondents' likelihoods need raw data"
    if problem is not None:
        raise ModelError(problem, place="vuong", cure='Fit a data frame with estimator="ML" or "MLR"')
    found = []
    for group, implied, moments in zip(
        fit.request.data.groups, fit.implied, fit.solution.sample.groups, strict=True
    ):
        mean = implied.mu if fit.solution.model.means or moments.mean is None else moments.mean
        found.append(casewise_log_likelihood(group.answers, implied.sigma, mean))
    return np.concatenate(found)


def _two_sided(z: float) -> float:
    return float(2.0 * norm.sf(abs(z)))
