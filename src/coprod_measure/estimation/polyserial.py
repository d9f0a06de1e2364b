"""Polyserial correlations: one continuous variable with many ordered ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from coprod_measure.estimation.polychoric import BOUND, SMALLEST_PROBABILITY, PairCorrelations

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MOST_ITERATIONS = 60


@dataclass(frozen=True, slots=True)
class PolyserialScores:
    """Derivatives of each respondent's bivariate log-likelihood, zero where an answer is missing.

    Attributes
    ----------
    rho : ndarray, shape (n, m)
        By the correlation with each of m ordered variables.
    mean, variance : ndarray, shape (n, m)
        By mean and variance of the continuous variable.
    thresholds : ndarray, shape (n, m, K - 1)
        By the thresholds of the ordered variable, zero where a variable has fewer.
    """

    rho: Floats
    mean: Floats
    variance: Floats
    thresholds: Floats


@dataclass(frozen=True, slots=True)
class _Cells:
    """What each respondent's answer contributes: the two limits, their densities and the probability."""

    lower: Floats
    upper: Floats
    lower_density: Floats
    upper_density: Floats
    probability: Floats


def polyserial_correlations(
    z: Floats, codes: Ints, thresholds: Floats, weights: Floats | None = None
) -> PairCorrelations:
    """Two-step maximum likelihood correlations of one continuous variable with m ordered ones.

    Parameters
    ----------
    z : ndarray, shape (n,)
        The continuous variable, standardised with its maximum likelihood mean and variance; NaN if missing.
    codes : ndarray of int, shape (n, m)
        Categories 0, 1, ..., with -1 for a missing answer.
    thresholds : ndarray, shape (m, K + 1)
        Thresholds with both ends (`thresholds.padded_thresholds`).
    weights : ndarray, shape (n,), optional
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
    usable = (codes >= 0) & np.isfinite(z)[:, None]
    mass = usable * (np.ones(z.size) if weights is None else weights)[:, None]
    filled = np.where(np.isfinite(z), z, 0.0)[:, None]
    lower, upper = _limits(codes, thresholds)
    rho = _start(filled, codes, mass)
    low, high = np.full(rho.size, -BOUND), np.full(rho.size, BOUND)
    done = np.zeros(rho.size, dtype=np.bool_)
    for _ in range(_MOST_ITERATIONS):
        gradient, curvature = _gradient(filled, lower, upper, rho, mass)
        low = np.where(gradient > 0.0, rho, low)
        high = np.where(gradient > 0.0, high, rho)
        step = np.where(curvature < 0.0, rho - gradient / np.minimum(curvature, -1e-12), 2.0)
        outside = (step <= low) | (step >= high)
        new = np.where(done, rho, np.where(outside, 0.5 * (low + high), step))
        done |= np.abs(new - rho) <= 1e-9
        rho = new
        if done.all():
            break
    return PairCorrelations(rho, done, np.abs(rho) > BOUND - 1e-6)


def polyserial_scores(z: Floats, codes: Ints, thresholds: Floats, rho: Floats, sd: float) -> PolyserialScores:
    """Scores of every respondent by correlation, mean, variance and thresholds.

    Parameters
    ----------
    z, codes, thresholds
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
    usable = (codes >= 0) & np.isfinite(z)[:, None]
    filled = np.where(np.isfinite(z), z, 0.0)[:, None]
    cells = _cells(filled, *_limits(codes, thresholds), rho)
    root = np.sqrt((1.0 - rho) * (1.0 + rho))
    rising = usable / cells.probability
    difference = (cells.upper_density - cells.lower_density) * rising
    by_rho = (_rho_slope(cells.upper, rho, filled, root) * cells.upper_density * rising) - (
        _rho_slope(cells.lower, rho, filled, root) * cells.lower_density * rising
    )
    # d/dz of the limits is -rho/root; z moves by -1/sd with the mean, by -z/(2 sd^2) with the variance.
    by_z = -rho / root * difference - filled * usable
    mean = -by_z / sd
    variance = (-by_z * filled - usable) / (2.0 * sd * sd)
    up, down = cells.upper_density * rising / root, cells.lower_density * rising / root
    cuts = np.arange(thresholds.shape[1] - 2)
    by_cut = np.where(codes[:, :, None] == cuts, up[:, :, None], 0.0)
    by_cut -= np.where(codes[:, :, None] == cuts + 1, down[:, :, None], 0.0)
    return PolyserialScores(by_rho, mean, variance, by_cut)


def _rho_slope(limit: Floats, rho: Floats, z: Floats, root: Floats) -> Floats:
    """Differentiate ``(tau - rho z) / root`` by rho, given its value `limit`."""
    slope: Floats = (rho * limit / root - z) / root
    return slope


def _limits(codes: Ints, thresholds: Floats) -> tuple[Floats, Floats]:
    """Thresholds below and above each answer; a missing answer takes the whole line."""
    columns = np.arange(codes.shape[1])
    lower = np.where(codes >= 0, thresholds[columns, np.maximum(codes, 0)], thresholds[:, 0])
    upper = np.where(codes >= 0, thresholds[columns, np.maximum(codes, 0) + 1], thresholds[:, -1])
    return lower, upper


def _cells(z: Floats, lower: Floats, upper: Floats, rho: Floats) -> _Cells:
    root = np.sqrt((1.0 - rho) * (1.0 + rho))
    below, above = (lower - rho * z) / root, (upper - rho * z) / root
    # In the upper tail the difference of two numbers near one would lose every digit: mirror it.
    mirrored = below > 0.0
    probability = np.where(mirrored, ndtr(-below) - ndtr(-above), ndtr(above) - ndtr(below))
    scale = 1.0 / np.sqrt(2.0 * np.pi)
    return _Cells(
        below,
        above,
        scale * np.exp(-0.5 * below * below),
        scale * np.exp(-0.5 * above * above),
        np.maximum(probability, SMALLEST_PROBABILITY),
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


def _start(z: Floats, codes: Ints, mass: Floats) -> Floats:
    """Pearson correlations with the category numbers, kept inside the bounds."""
    total = mass.sum(axis=0)
    mean = np.sum(mass * codes, axis=0) / total
    deviation = codes - mean
    covariance = np.sum(mass * deviation * z, axis=0) / total
    start: Floats = np.clip(covariance / np.sqrt(np.sum(mass * deviation**2, axis=0) / total), -0.9, 0.9)
    return start
