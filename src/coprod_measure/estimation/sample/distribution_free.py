"""Asymptotic covariance of the moments of continuous variables, without a distribution."""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.sample.ordinal_moments import below_diagonal
from coprod_measure.estimation.sample.weight_matrix import AsymptoticCovariance


def continuous_vector(cov: Floats, mean: Floats | None) -> Floats:
    """Moment vector of continuous variables: means if any, variances, covariances below the diagonal.

    Parameters
    ----------
    cov : (p, p) float
    mean : (p,) float or None

    Returns
    -------
    (q,) float
    """
    rows, columns = below_diagonal(len(cov))
    first = np.zeros(0) if mean is None else mean
    return np.concatenate([first, np.diagonal(cov), cov[rows, columns]])


def distribution_free_covariance(
    data: Floats, *, means: bool, weights: Floats | None = None
) -> AsymptoticCovariance:
    """Gamma of `continuous_vector` from fourth-order moments.

    Parameters
    ----------
    data : (n, p) float
        Complete.
    means : bool
        Whether the vector has means.
    weights : (n,) float, optional
        Sampling weights with sum n.

    Notes
    -----
    Browne (1984), British Journal of Mathematical and Statistical Psychology 37, 62-83, equation 3.4.
    """
    n, p = data.shape
    mass = np.ones(n) if weights is None else weights
    centred = data - mass @ data / mass.sum()
    rows, columns = below_diagonal(p)
    parts = [centred] if means else []
    influence = np.hstack([*parts, centred**2, centred[:, rows] * centred[:, columns]])
    influence -= mass @ influence / mass.sum()
    factor: Floats = influence * (mass[:, None] / np.sqrt(n))
    if factor.shape[0] > factor.shape[1]:
        factor = np.asarray(np.linalg.qr(factor, mode="r"), dtype=np.float64)
    return AsymptoticCovariance(factor)
