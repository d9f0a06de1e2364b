"""Polyserial correlations: one continuous variable with many ordered ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coprod_measure.estimation.sample.first_stage import (
    expected_response,
    interval_probability,
    normal_density,
)
from coprod_measure.estimation.sample.polychoric import BOUND, PairCorrelations

Floats = NDArray[np.float64]

_MOST_ITERATIONS = 60


@dataclass(frozen=True, slots=True)
class PolyserialScores:
    """Derivatives of each respondent's log-likelihood, zero where an answer is missing; shape (n, m).

    Attributes
    ----------
    rho : ndarray
        By the correlation with each of m ordered variables.
    mean, variance : ndarray
        By mean and variance of the continuous variable.
    lower, upper : ndarray
        By the limits between which the ordered variable's latent response lies.
    """

    rho: Floats
    mean: Floats
    variance: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True, slots=True)
class _Cells:
    """What each respondent's answer contributes: the two limits, their densities and the probability."""

    lower: Floats
    upper: Floats
    lower_density: Floats
    upper_density: Floats
    probability: Floats


def polyserial_correlations(z: Floats, lower: Floats, upper: Floats, weights: Floats) -> PairCorrelations:
    """Two-step maximum likelihood correlations of one continuous variable with m ordered ones.

    Parameters
    ----------
    z : ndarray, shape (n,)
        The continuous variable, standardised with its maximum likelihood mean and variance; NaN if missing.
    lower, upper : ndarray, shape (n, m)
        Limits between which the latent responses lie (`first_stage.FirstStage.limits`); the whole line where
        an answer is missing.
    weights : ndarray, shape (n,)
        Sampling weights.

    Returns
    -------
    PairCorrelations
        One correlation an ordered variable.

    Notes
    -----
    Olsson, Drasgow and Dorans (1982), Psychometrika 47, 337-347, two-step estimator, by Newton steps inside a
    bracket that the sign of the gradient narrows.
    """
    mass = (np.isfinite(z) * weights)[:, None]
    filled = np.where(np.isfinite(z), z, 0.0)[:, None]
    rho = _start(filled, lower, upper, mass)
    low, high = np.full(rho.size, -BOUND), np.full(rho.size, BOUND)
    done = np.zeros(rho.size, dtype=np.bool_)
    for _ in range(_MOST_ITERATIONS):
        gradient, curvature = _gradient(filled, lower, upper, rho, mass)
        low = np.where(gradient > 0.0, rho, low)
        high = np.where(gradient > 0.0, high, rho)
        step = np.where(curvature < 0.0, rho - gradient / np.minimum(curvature, -1e-12), 2.0)
        outside = (step <= low) | (step >= high)
        # Where a table has an empty corner the likelihood may rise for ever, by less and less.
        done |= np.abs(gradient) <= 1e-9 * mass.sum()
        new = np.where(done, rho, np.where(outside, 0.5 * (low + high), step))
        done |= np.abs(new - rho) <= 1e-9
        rho = new
        if done.all():
            break
    return PairCorrelations(rho, done, np.abs(rho) > BOUND - 1e-6)


def polyserial_scores(z: Floats, lower: Floats, upper: Floats, rho: Floats, sd: float) -> PolyserialScores:
    """Scores of every respondent by correlation, mean, variance and limits.

    Parameters
    ----------
    z, lower, upper
        As in `polyserial_correlations`.
    rho : ndarray, shape (m,)
        Correlations.
    sd : float
        Standard deviation of the continuous variable (maximum likelihood).

    Returns
    -------
    PolyserialScores
        Unweighted scores.
    """
    seen = np.isfinite(z)[:, None]
    filled = np.where(np.isfinite(z), z, 0.0)[:, None]
    cells = _cells(filled, lower, upper, rho)
    root = np.sqrt((1.0 - rho) * (1.0 + rho))
    up, down = seen * cells.upper_density / cells.probability, seen * cells.lower_density / cells.probability
    by_rho = (
        _rho_slope(cells.upper, rho, filled, root) * up - _rho_slope(cells.lower, rho, filled, root) * down
    )
    # d/dz of the limits is -rho/root; z moves by -1/sd with the mean, by -z/(2 sd^2) with the variance.
    by_z = -rho / root * (up - down) - filled * seen
    return PolyserialScores(
        by_rho, -by_z / sd, (-by_z * filled - seen) / (2.0 * sd * sd), -down / root, up / root
    )


def _rho_slope(limit: Floats, rho: Floats, z: Floats, root: Floats) -> Floats:
    """Differentiate ``(tau - rho z) / root`` by rho, given its value `limit`."""
    slope: Floats = (rho * limit / root - z) / root
    return slope


def _cells(z: Floats, lower: Floats, upper: Floats, rho: Floats) -> _Cells:
    root = np.sqrt((1.0 - rho) * (1.0 + rho))
    below, above = (lower - rho * z) / root, (upper - rho * z) / root
    return _Cells(
        below, above, normal_density(below), normal_density(above), interval_probability(below, above)
    )


def _gradient(z: Floats, lower: Floats, upper: Floats, rho: Floats, mass: Floats) -> tuple[Floats, Floats]:
    """First and second derivative of the log-likelihood by each correlation, both of shape (m,)."""
    root = np.sqrt((1.0 - rho) * (1.0 + rho))
    cells = _cells(z, lower, upper, rho)
    slope_up, slope_down = _rho_slope(cells.upper, rho, z, root), _rho_slope(cells.lower, rho, z, root)
    first = slope_up * cells.upper_density - slope_down * cells.lower_density
    bend_up = (cells.upper * (1.0 + (rho / root) ** 2) + 2.0 * rho * slope_up) / root**2
    bend_down = (cells.lower * (1.0 + (rho / root) ** 2) + 2.0 * rho * slope_down) / root**2
    second = cells.upper_density * (bend_up - cells.upper * slope_up**2)
    second -= cells.lower_density * (bend_down - cells.lower * slope_down**2)
    relative = first / cells.probability
    gradient = np.sum(mass * relative, axis=0)
    curvature = np.sum(mass * (second / cells.probability - relative**2), axis=0)
    return gradient, curvature


def _start(z: Floats, lower: Floats, upper: Floats, mass: Floats) -> Floats:
    """Regress on the expected residual of each answer, kept inside the bounds."""
    expected = expected_response(lower, upper)
    product = np.sum(mass * expected * z, axis=0)
    start: Floats = np.clip(product / np.maximum(np.sum(mass * expected**2, axis=0), 1e-12), -0.9, 0.9)
    return start
