"""Whether answers are jointly normal: Mardia's skewness and kurtosis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from coprod_measure.errors import NotAvailable, counted

MOST_PAIRS = 4e8
"""Pairs of respondents up to which skewness, which looks at every pair, is computed."""
_CHUNK = 4_000_000


@dataclass(frozen=True, slots=True)
class Mardia:
    """Multivariate skewness and kurtosis.

    Attributes
    ----------
    n, p : int
        Respondents with all answers, and items.
    skewness, skewness_chisq, skewness_df, skewness_pvalue : float
        ``b1p`` and its test.
    kurtosis, kurtosis_z, kurtosis_pvalue : float
        ``b2p`` (normal answers have about ``p (p + 2)``) and its test.
    """

    n: int
    p: int
    skewness: float
    skewness_chisq: float
    skewness_df: float
    skewness_pvalue: float
    kurtosis: float
    kurtosis_z: float
    kurtosis_pvalue: float


def mardia(frame: pd.DataFrame) -> Mardia | NotAvailable:
    """Compute Mardia's coefficients of complete rows.

    Parameters
    ----------
    frame : pandas.DataFrame
        One column an item.

    Notes
    -----
    Mardia (1970), Biometrika 57, 519-530, with the covariance matrix divided by n - 1, as psych and
    semTools do.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> found = mardia(pd.DataFrame(rng.standard_normal((500, 3))))
    >>> found.skewness_pvalue > 0.05, round(found.kurtosis)
    (True, 15)
    """
    values = frame.dropna().to_numpy(dtype=float)
    n, p = values.shape
    if n <= p + 1:
        return NotAvailable(f"only {counted(n, 'respondent')} answered all {p} items")
    if float(n) * n > MOST_PAIRS:
        return NotAvailable(f"{n:,} respondents make too many pairs")
    centred = values - values.mean(axis=0)
    covariance = centred.T @ centred / (n - 1)
    if np.linalg.matrix_rank(covariance) < p:
        return NotAvailable("some items are combinations of others")
    whitened = centred @ np.linalg.inv(np.linalg.cholesky(covariance)).T
    skewness = _cubes(whitened) / n**2
    kurtosis = float(np.mean((whitened**2).sum(axis=1) ** 2))
    chisq, df = n * skewness / 6.0, p * (p + 1) * (p + 2) / 6.0
    z = (kurtosis - p * (p + 2)) / np.sqrt(8.0 * p * (p + 2) / n)
    return Mardia(
        n, p, skewness, chisq, df, float(chi2.sf(chisq, df)), kurtosis, float(z), float(2 * norm.sf(abs(z)))
    )


def _cubes(whitened: NDArray[np.float64]) -> float:
    """Sum over all pairs of respondents of the cube of their product, some at a time."""
    size = max(1, _CHUNK // len(whitened))
    parts = (whitened[k : k + size] @ whitened.T for k in range(0, len(whitened), size))
    return float(sum((part**3).sum() for part in parts))
