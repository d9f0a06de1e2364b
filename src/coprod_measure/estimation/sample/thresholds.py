"""Thresholds of ordered variables from their category counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from coprod_measure.estimation.sample.bivariate_normal import INFINITE

Floats = NDArray[np.float64]


def thresholds_from_counts(counts: Floats) -> Floats:
    """Cut points of a standard normal variable that give the observed proportions.

    Parameters
    ----------
    counts : ndarray, shape (K,)
        Number (or weight) of answers in each category, none of them zero.

    Returns
    -------
    ndarray, shape (K - 1,)
        Thresholds in ascending order.

    Notes
    -----
    Olsson (1979), Psychometrika 44, 443-460, equation 12: the first of the two steps.
    """
    shares = np.cumsum(counts)[:-1] / np.sum(counts)
    cuts: Floats = ndtri(shares)
    return cuts


def padded_thresholds(thresholds: tuple[Floats, ...], n_categories: int) -> Floats:
    """Stack thresholds of several variables with both ends added.

    Parameters
    ----------
    thresholds : tuple of ndarray
        One array a variable; they may differ in length.
    n_categories : int
        Number of categories of the variable with most.

    Returns
    -------
    ndarray, shape (p, n_categories + 1)
        Row j holds ``-INFINITE``, the thresholds of variable j, and ``INFINITE`` to the end of the row.
    """
    padded = np.full((len(thresholds), n_categories + 1), INFINITE)
    padded[:, 0] = -INFINITE
    for row, cuts in zip(padded, thresholds, strict=True):
        row[1 : 1 + cuts.size] = cuts
    return padded
