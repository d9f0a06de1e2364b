"""Correlations of latent responses whose thresholds differ from respondent to respondent.

With covariates the limits between which a latent response lies move with the respondent, and tables no longer
hold all information: each respondent contributes the probability of a rectangle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from coprod_measure.estimation.sample.bivariate_normal import (
    INFINITE,
    bivariate_normal_cdf,
    bivariate_normal_density,
)
from coprod_measure.estimation.sample.first_stage import expected_response, normal_density
from coprod_measure.estimation.sample.polychoric import BOUND, SMALLEST_PROBABILITY, PairCorrelations

Floats = NDArray[np.float64]

_MOST_ITERATIONS = 60


@dataclass(frozen=True, slots=True)
class RectangleScores:
    """Derivatives of each respondent's log-likelihood; arrays of shape (n, m).

    Attributes
    ----------
    rho : ndarray
        By the correlation.
    lower, upper : ndarray
        By the two limits of the first variable.
    other_lower, other_upper : ndarray
        By the two limits of the second.
    """

    rho: Floats
    lower: Floats
    upper: Floats
    other_lower: Floats
    other_upper: Floats


@dataclass(frozen=True, slots=True)
class Rectangles:
    """Limits of one variable, (n, 1), and of m others, (n, m); the whole line where an answer is missing."""

    lower: Floats
    upper: Floats
    other_lower: Floats
    other_upper: Floats

    def probability(self, rho: Floats) -> Floats:
        """Probability of each rectangle under correlations (m,)."""
        total = _corner(self.upper, self.other_upper, rho) - _corner(self.lower, self.other_upper, rho)
        total += _corner(self.lower, self.other_lower, rho) - _corner(self.upper, self.other_lower, rho)
        return np.maximum(total, SMALLEST_PROBABILITY)

    def slopes(self, rho: Floats) -> tuple[Floats, Floats]:
        """First and second derivative of the probability by the correlation."""
        first, second = np.zeros_like(self.other_lower), np.zeros_like(self.other_lower)
        rest = (1.0 - rho) * (1.0 + rho)
        for sign, a, b in (
            (1.0, self.upper, self.other_upper),
            (-1.0, self.lower, self.other_upper),
            (-1.0, self.upper, self.other_lower),
            (1.0, self.lower, self.other_lower),
        ):
            density = sign * bivariate_normal_density(a, b, rho)
            first += density
            second += density * (rho / rest + (a * b * (1.0 + rho**2) - rho * (a * a + b * b)) / rest**2)
        return first, second


def rectangle_correlations(rectangles: Rectangles, weights: Floats) -> PairCorrelations:
    """Maximise the likelihood of rectangles by the correlation of one variable with m others.

    Parameters
    ----------
    weights : ndarray, shape (n,)
        Sampling weights.

    Returns
    -------
    PairCorrelations
        Newton steps inside a bracket that the sign of the gradient narrows.
    """
    rho = _start(rectangles, weights)
    low, high = np.full(rho.size, -BOUND), np.full(rho.size, BOUND)
    done = np.zeros(rho.size, dtype=np.bool_)
    for _ in range(_MOST_ITERATIONS):
        probability = rectangles.probability(rho)
        first, second = rectangles.slopes(rho)
        relative = first / probability
        gradient = weights @ relative
        curvature = weights @ (second / probability - relative**2)
        low, high = np.where(gradient > 0.0, rho, low), np.where(gradient > 0.0, high, rho)
        step = np.where(curvature < 0.0, rho - gradient / np.minimum(curvature, -1e-12), 2.0)
        outside = (step <= low) | (step >= high)
        # Where a table has an empty corner the likelihood may rise for ever, by less and less.
        done |= np.abs(gradient) <= 1e-9 * weights.sum()
        new = np.where(done, rho, np.where(outside, 0.5 * (low + high), step))
        done |= np.abs(new - rho) <= 1e-7
        rho = new
        if done.all():
            break
    return PairCorrelations(rho, done, np.abs(rho) > BOUND - 1e-6)


def rectangle_scores(rectangles: Rectangles, rho: Floats) -> RectangleScores:
    """Scores of every respondent by correlation and by all limits.

    Parameters
    ----------
    rho : ndarray, shape (m,)
        Correlations.

    Returns
    -------
    RectangleScores
        Unweighted scores, zero where an answer is missing.
    """
    probability = rectangles.probability(rho)
    first, _ = rectangles.slopes(rho)
    root = np.sqrt((1.0 - rho) * (1.0 + rho))

    def edge(limit: Floats, below: Floats, above: Floats) -> Floats:
        length: Floats = normal_density(limit) * (
            ndtr((above - rho * limit) / root) - ndtr((below - rho * limit) / root)
        )
        return length / probability

    own, other = (rectangles.lower, rectangles.upper), (rectangles.other_lower, rectangles.other_upper)
    return RectangleScores(
        first / probability,
        -edge(own[0], *other),
        edge(own[1], *other),
        -edge(other[0], *own),
        edge(other[1], *own),
    )


def _corner(a: Floats, b: Floats, rho: Floats) -> Floats:
    """Distribution function at corners, computed only where both limits are finite."""
    a, b, rho = np.broadcast_arrays(a, b, rho)
    value: Floats = np.minimum(ndtr(a), ndtr(b))
    inner = (np.abs(a) < INFINITE) & (np.abs(b) < INFINITE)
    value[inner] = bivariate_normal_cdf(a[inner], b[inner], rho[inner])
    return value


def _start(rectangles: Rectangles, weights: Floats) -> Floats:
    """Correlations from the expected residuals of each answer, corrected for what categories lose."""
    own = expected_response(rectangles.lower, rectangles.upper)
    others = expected_response(rectangles.other_lower, rectangles.other_upper)
    both = weights[:, None] * ((own != 0.0) & (others != 0.0))
    total = np.maximum(both.sum(axis=0), 1e-12)
    product = np.sum(both * own * others, axis=0) / total
    spread = np.sum(both * own**2, axis=0) * np.sum(both * others**2, axis=0) / total**2
    start: Floats = np.clip(product / np.maximum(spread, 1e-12), -0.9, 0.9)
    return start
