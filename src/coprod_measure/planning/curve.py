"""The curve of power over the number of respondents, fitted to draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from scipy.special import log_ndtr
from scipy.stats import norm

from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.arrays import Floats

BEYOND = 4.0
"""Times the largest sample drawn up to which the curve is believed."""
_SPREAD = np.array([4.0, 20.0])
_STEPS = 100


@dataclass(frozen=True, slots=True)
class SmallestN:
    """Respondents that give a wanted power.

    Attributes
    ----------
    lower, upper : int
        95 % interval from the errors of the draws.
    beyond : int
        The largest sample drawn, where ``n`` is larger: the curve points there, and nothing was seen; else 0.
    least : int
        The smallest sample drawn, where ``n`` is smaller; else 0.
    """

    n: int
    lower: int
    upper: int
    beyond: int = 0
    least: int = 0

    @property
    def relative_width(self) -> float:
        """Width of the interval as a share of ``n``."""
        return (self.upper - self.lower) / self.n


@dataclass(frozen=True, slots=True)
class PowerCurve:
    """A probit curve in the square root of n.

    Attributes
    ----------
    intercept, slope : float
        Of ``probit(power) = intercept + slope * sqrt(n / largest)``.
    covariance : (2, 2) ndarray
    largest, least : float
        The largest and the smallest sample drawn.
    """

    intercept: float
    slope: float
    covariance: Floats
    largest: float
    least: float = 0.0

    def at(self, n: float) -> float:
        """Power at a number of respondents."""
        return float(norm.cdf(self.intercept + self.slope * sqrt(n / self.largest)))

    def n_for(self, power: float) -> SmallestN | NotAvailable:
        """Find the number of respondents of a wanted power, with the interval of the delta method."""
        z = float(norm.ppf(power))
        if self.slope <= 0.0:
            return NotAvailable("power does not rise with the number of respondents")
        root = (z - self.intercept) / self.slope
        gradient = np.array([-1.0, -root]) / self.slope
        error = 1.96 * float(np.sqrt(gradient @ self.covariance @ gradient))
        n = max(root, 0.0) ** 2 * self.largest
        if n > BEYOND * self.largest:
            return NotAvailable(
                f"more than {BEYOND * self.largest:,.0f} respondents, where {self.largest:,.0f} were drawn"
            )
        ends = [max(one, 0.0) ** 2 * self.largest for one in (root - error, root + error)]
        beyond = int(self.largest) if ceil(n) > self.largest else 0
        least = int(self.least) if ceil(n) < self.least else 0
        return SmallestN(max(ceil(n), 1), max(int(ends[0]), 1), ceil(ends[1]), beyond, least)


def power_curve(n: Sequence[float], found: Sequence[float], draws: Sequence[float]) -> PowerCurve:
    """Fit the curve to counts.

    Parameters
    ----------
    n, found, draws : sequence
        Respondents, draws that found the effect, and all draws, one entry a number of respondents.

    Notes
    -----
    The power of a z test is ``Phi(sqrt(n) delta - z)``, so that the probit of power is a line in sqrt(n).
    That a model of the curve finds n with fewer draws than a search by trial is shown by Zimmer and Debelak
    (2023), *Psychological Methods*. Weak normal priors (sd 4 and 20) keep the line where every draw or none
    found the effect.

    Examples
    --------
    >>> curve = power_curve([100, 200, 400], [290, 516, 807], [1000, 1000, 1000])
    >>> curve.n_for(0.80).n, round(curve.at(200), 2)
    (393, 0.51)
    """
    size, hits, total = (np.asarray(one, float) for one in (n, found, draws))
    largest = float(size.max())
    design = np.column_stack([np.ones(len(size)), np.sqrt(size / largest)])
    at: Floats = np.array([-1.6, 2.0])

    def loss(point: Floats) -> float:
        z = design @ point
        own = hits * log_ndtr(z) + (total - hits) * log_ndtr(-z)
        return float(-own.sum() + 0.5 * ((point / _SPREAD) ** 2).sum())

    information = np.eye(2)
    for _ in range(_STEPS):
        z = design @ at
        density = norm.logpdf(z)
        up, down = np.exp(density - log_ndtr(z)), np.exp(density - log_ndtr(-z))
        gradient = design.T @ (hits * up - (total - hits) * down) - at / _SPREAD**2
        information = (design.T * (total * up * down)) @ design + np.diag(1.0 / _SPREAD**2)
        step = np.linalg.solve(information, gradient)
        length, before = 1.0, loss(at)
        while loss(at + length * step) > before and length > 1e-6:
            length /= 2.0
        at = at + length * step
        if np.abs(length * step).max() < 1e-9:
            break
    covariance: Floats = np.asarray(np.linalg.inv(information), float)
    return PowerCurve(float(at[0]), float(at[1]), covariance, largest, float(size.min()))


def wilson(found: float, draws: float) -> tuple[float, float]:
    """95 % interval of a share: Wilson (1927), *Journal of the American Statistical Association* 22, 209-212.

    Examples
    --------
    >>> tuple(round(end, 3) for end in wilson(80, 100))
    (0.711, 0.867)
    """
    if draws <= 0:
        return (0.0, 1.0)
    z, share = 1.959964, found / draws
    middle = (share + z * z / (2 * draws)) / (1 + z * z / draws)
    half = z * sqrt(share * (1 - share) / draws + z * z / (4 * draws * draws)) / (1 + z * z / draws)
    return (max(middle - half, 0.0), min(middle + half, 1.0))
