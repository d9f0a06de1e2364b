"""Coefficients of reliability from plain arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]


def cronbach_alpha(S: Array) -> float:
    """Coefficient alpha (Cronbach 1951, eq. 2).

    Parameters
    ----------
    S : ndarray, shape (p, p)
        Covariance matrix of the items; a correlation matrix gives standardised alpha.
    """
    p = len(S)
    return float(p / (p - 1) * (1.0 - np.trace(S) / S.sum()))


def feldt_interval(alpha: float, n: int, p: int, confidence: float = 0.95) -> tuple[float, float]:
    """Confidence interval of alpha (Feldt, Woodruff and Salih 1987, eq. 8).

    Parameters
    ----------
    alpha : float
        Sample value.
    n, p : int
        Respondents and items.
    """
    tail = (1.0 - confidence) / 2.0
    df1, df2 = n - 1, (n - 1) * (p - 1)
    lower = 1.0 - (1.0 - alpha) * stats.f.ppf(1.0 - tail, df1, df2)
    upper = 1.0 - (1.0 - alpha) * stats.f.ppf(tail, df1, df2)
    return float(lower), float(upper)


def composite_reliability(loadings: Array, uniquenesses: Array) -> float:
    """Share of the variance of an unweighted sum that its factor explains.

    With loadings in the items' own units this is omega (McDonald 1999, eq. 6.20b), with standardised ones the
    composite reliability of Fornell and Larcker (1981, eq. 10).

    Parameters
    ----------
    loadings, uniquenesses : ndarray, shape (p,)
        Of a factor with variance 1.
    """
    common = float(np.sum(loadings)) ** 2
    return common / (common + float(np.sum(uniquenesses)))


def average_variance_extracted(standardized: Array) -> float:
    """Mean squared standardised loading (Fornell and Larcker 1981, eq. 11)."""
    return float(np.mean(np.square(standardized)))


def omega_gradient(loadings: Array, uniquenesses: Array) -> Array:
    """Differentiate :func:`composite_reliability` by loadings, then uniquenesses; shape (2p,)."""
    total = float(np.sum(loadings))
    error = float(np.sum(uniquenesses))
    below = (total**2 + error) ** 2
    p = len(loadings)
    return np.concatenate([np.full(p, 2.0 * total * error / below), np.full(p, -(total**2) / below)])
