"""Distribution of a weighted sum of chi-squares of one degree of freedom each."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import chi2

from coprod_measure.estimation.arrays import Floats

# Weights smaller than this share of the largest are rounding.
NOTHING = 1e-9
TRUNCATION = 1e-8
# The integrand falls so slowly with one or two weights that the bound on the rest is given up here.
FARTHEST = 2e3


def upper_tail(value: float, weights: Floats) -> float:
    """Probability that sum_r w_r X_r^2 exceeds a value, X_r independent and standard normal.

    Parameters
    ----------
    weights : (k,) float
        Positive, negative or zero.

    Notes
    -----
    Imhof (1961), Biometrika 48, 419-426, eq. 3.2 integrated up to the bound of eq. 3.3; that of the largest
    weights alone is a bound too, as the others only shrink the integrand, and nearer where some are tiny.
    """
    size = float(np.abs(weights).max(initial=0.0))
    if size == 0.0:
        return 1.0 if value <= 0.0 else 0.0
    w = weights[np.abs(weights) > NOTHING * size] / size
    x = value / size
    if w.min() == w.max() == 1.0:
        return float(chi2.sf(x, len(w)))
    k = np.arange(1, len(w) + 1) / 2.0
    log_bounds = -np.log(TRUNCATION * math.pi * k) - 0.5 * np.cumsum(np.log(np.sort(np.abs(w))[::-1]))
    end = math.exp(min(float((log_bounds / k).min()), math.log(FARTHEST)))

    # Panels no longer than half an oscillation, sixteen points in each.
    panels = math.ceil(end * (abs(x) + float(np.abs(w).sum())) / math.pi)
    edges = np.linspace(0.0, end, panels + 1)
    nodes, shares = np.polynomial.legendre.leggauss(16)
    half = 0.5 * np.diff(edges)
    u = (edges[:-1] + half)[:, None] + half[:, None] * nodes
    angle, log_rho = -0.5 * x * u, np.zeros_like(u)
    for weight in w:
        angle += 0.5 * np.arctan(weight * u)
        log_rho += 0.25 * np.log1p((weight * u) ** 2)
    area = float(half @ (np.sin(angle) / u * np.exp(-log_rho)) @ shares)
    return min(max(0.5 + area / math.pi, 0.0), 1.0)
