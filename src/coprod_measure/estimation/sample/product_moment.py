"""Two-step correlations of continuous variables under a bivariate normal likelihood, and their scores.

With complete data this is Pearson's correlation; what the file adds is the pairwise case and the scores that
the asymptotic covariance of mixed data needs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coprod_measure.estimation.sample.polychoric import BOUND

Floats = NDArray[np.float64]

_MOST_ITERATIONS = 50


@dataclass(frozen=True, slots=True)
class PearsonScores:
    """Derivatives of each respondent's bivariate log-likelihood, zero where an answer is missing.

    Attributes
    ----------
    rho : ndarray, shape (n, m)
        By the correlation of the first variable with each of m others.
    mean, variance : ndarray, shape (n, m)
        By mean and variance of the first variable.
    other_mean, other_variance : ndarray, shape (n, m)
        By mean and variance of the others.
    """

    rho: Floats
    mean: Floats
    variance: Floats
    other_mean: Floats
    other_variance: Floats


def two_step_correlations(z: Floats, others: Floats, weights: Floats) -> Floats:
    """Correlations of one standardised variable with m others, means and variances held.

    Parameters
    ----------
    z : ndarray, shape (n,)
        Standardised values, NaN if missing.
    others : ndarray, shape (n, m)
        Likewise.
    weights : ndarray, shape (n,)
        Sampling weights.

    Returns
    -------
    ndarray, shape (m,)
        Roots of the likelihood equation, a cubic (Kendall and Stuart, Advanced Theory of Statistics 2, 18.3).
    """
    usable = np.isfinite(others) & np.isfinite(z)[:, None]
    mass = usable * weights[:, None]
    first, second = np.where(usable, z[:, None], 0.0), np.where(usable, others, 0.0)
    total = mass.sum(axis=0)
    squares = np.sum(mass * (first**2 + second**2), axis=0) / total
    product = np.sum(mass * first * second, axis=0) / total
    rho: Floats = np.clip(product, -BOUND, BOUND)
    for _ in range(_MOST_ITERATIONS):
        value = rho * (1.0 - rho**2) + product * (1.0 + rho**2) - rho * squares
        slope = 1.0 - 3.0 * rho**2 + 2.0 * product * rho - squares
        new: Floats = np.clip(rho - value / np.where(slope < -1e-9, slope, -1.0), -BOUND, BOUND)
        if np.max(np.abs(new - rho)) < 1e-13:
            return new
        rho = new
    return rho


def pearson_scores(z: Floats, others: Floats, rho: Floats, sd: float, other_sd: Floats) -> PearsonScores:
    """Scores of every respondent by correlation, means and variances.

    Parameters
    ----------
    z, others
        As in `two_step_correlations`.
    rho : ndarray, shape (m,)
        Correlations.
    sd : float
        Standard deviation of the first variable.
    other_sd : ndarray, shape (m,)
        Standard deviations of the others.

    Returns
    -------
    PearsonScores
        Unweighted scores.
    """
    usable = np.isfinite(others) & np.isfinite(z)[:, None]
    first, second = np.where(usable, z[:, None], 0.0), np.where(usable, others, 0.0)
    rest = (1.0 - rho) * (1.0 + rho)
    pull, other_pull = (first - rho * second) / rest, (second - rho * first) / rest
    by_rho = (rho * usable + first * second) / rest
    by_rho -= rho * (first**2 - 2.0 * rho * first * second + second**2) / rest**2
    return PearsonScores(
        by_rho,
        pull / sd,
        (first * pull - usable) / (2.0 * sd**2),
        other_pull / other_sd,
        (second * other_pull - usable) / (2.0 * other_sd**2),
    )
