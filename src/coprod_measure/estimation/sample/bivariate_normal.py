"""The standard bivariate normal distribution, for many corners and correlations at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, owens_t

Floats = NDArray[np.float64]

INFINITE = 38.0
"""A threshold beyond which the normal distribution function is 0 or 1 in double precision."""

_TINY = 1e-300


def bivariate_normal_density(h: Floats, k: Floats, rho: Floats) -> Floats:
    """Density at ``(h, k)`` under correlation `rho`, which is also the derivative of the CDF by `rho`.

    ``h``, ``k``, ``rho``: arrays that broadcast together; ``abs(rho) < 1``. Returns the density.

    Notes
    -----
    That the derivative of the distribution function by the correlation is the density is Plackett (1954),
    Biometrika 41, 351-360.
    """
    rest = (1.0 - rho) * (1.0 + rho)
    density: Floats = np.exp(-0.5 * (h * h - 2.0 * rho * h * k + k * k) / rest) / (
        2.0 * np.pi * np.sqrt(rest)
    )
    return density


def bivariate_normal_cdf(h: Floats, k: Floats, rho: Floats) -> Floats:
    """Probability that both variables fall at or below ``(h, k)``.

    ``h``, ``k``, ``rho``: arrays that broadcast together; finite (see `INFINITE`), ``abs(rho) < 1``. Returns
    probabilities, with an absolute error near 1e-16.

    Notes
    -----
    Owen (1956), Annals of Mathematical Statistics 27, 1075-1090, equation 3.1: two T functions replace the
    integral. Exact zeros are moved to the smallest usable number, where the formula has the right limit.
    """
    h = np.where(h == 0.0, _TINY, h)
    k = np.where(k == 0.0, _TINY, k)
    root = np.sqrt((1.0 - rho) * (1.0 + rho))
    t_h = owens_t(h, (k - rho * h) / (h * root))
    t_k = owens_t(k, (h - rho * k) / (k * root))
    opposite = np.where((h < 0.0) != (k < 0.0), 0.5, 0.0)
    probability: Floats = 0.5 * (ndtr(h) + ndtr(k)) - t_h - t_k - opposite
    return probability
