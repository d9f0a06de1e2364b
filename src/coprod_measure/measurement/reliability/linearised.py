"""Errors of alpha and omega that hold with any distribution, sampling weights and clusters of people."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from coprod_measure.measurement.reliability.one_factor import OneFactor
from coprod_measure.measurement.sampling import Sampling

Array = NDArray[np.float64]


def influences(x: Array, sampling: Sampling) -> tuple[Array, Array]:
    """Compute covariances with divisor n, and what each respondent adds to their errors.

    Parameters
    ----------
    x : ndarray, shape (n, p)
        NaN where no answer is; each covariance has its own respondents.

    Returns
    -------
    S : ndarray, shape (p, p)
    psi : ndarray, shape (n, p, p)
        ``w (z_j z_k - s_jk) / sum w`` of those who answered both items, 0 of others.
    """
    seen = np.isfinite(x)
    both = seen[:, :, None] & seen[:, None, :]
    weights = np.ones(len(x)) if sampling.weights is None else sampling.weights
    weighed = weights[:, None, None] * both
    total = weighed.sum(axis=0)
    filled = np.nan_to_num(x)
    means = np.einsum("ijk,ij->jk", weighed, filled) / total
    # Item j centred at its mean among those who answered item k too.
    centred = filled[:, :, None] - means
    products = centred * centred.transpose(0, 2, 1)
    S = np.sum(weighed * products, axis=0) / total
    return S, weighed * (products - S) / total


def alpha_error(S: Array, psi: Array, sampling: Sampling) -> float:
    """Compute the error of alpha (Maydeu-Olivares, Coffman and Hartmann 2007, eq. 6), summed within clusters.

    Parameters
    ----------
    S, psi
        See :func:`influences`.
    """
    p, total, trace = len(S), S.sum(), np.trace(S)
    changes = trace * psi.sum(axis=(1, 2)) / total**2 - np.trace(psi, axis1=1, axis2=2) / total
    return float(np.sqrt(sampling.summed(p / (p - 1) * changes[:, None])[0, 0]))


def one_factor_covariance(model: OneFactor, psi: Array, n: int, sampling: Sampling) -> Array:
    """Compute the covariance of loadings, then uniquenesses: a sandwich around the expected information.

    The scores of a respondent are ``(A lambda)_j`` and ``A_jj / 2`` with ``A`` the influence between two
    inverses of the model's covariances (White 1982; Binder 1983 for weights and clusters).

    Returns
    -------
    ndarray, shape (2p, 2p)
    """
    W = np.linalg.inv(np.outer(model.loadings, model.loadings) + np.diag(model.uniquenesses))
    A = W @ psi @ W
    scores = np.hstack([A @ model.loadings, 0.5 * np.diagonal(A, axis1=1, axis2=2)])
    bread = n * model.covariance
    return np.asarray(bread @ sampling.summed(scores) @ bread)


def critical(confidence: float, sampling: Sampling) -> float:
    """Half width of an interval in standard errors: t of the clusters less one, else normal."""
    tail = 0.5 + confidence / 2.0
    if sampling.clusters is None:
        return float(stats.norm.ppf(tail))
    return float(stats.t.ppf(tail, sampling.clusters.max()))
