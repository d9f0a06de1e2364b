"""Standard errors of rotated loadings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coprod_measure.errors import MeasurementError
from coprod_measure.estimation.rotation.criteria import RotationOptions
from coprod_measure.estimation.rotation.rotate import ORTHOGONAL, stationarity

Array = NDArray[np.float64]

MOST_VARIABLES = 60
"""Above this the matrix of all pairs of correlations outgrows what its answer is worth."""


def loading_errors(
    loadings: Array, phi: Array, n: int, method: str, extraction: str, options: RotationOptions | None = None
) -> tuple[Array, Array]:
    """Compute standard errors of the pattern and of the factor correlations, for normal answers.

    The rotated solution is the one that reproduces the correlations and makes the rotation's gradient vanish.
    So errors follow from the sampling covariance of correlations, projected onto the directions in which the
    conditions of the rotation stay fulfilled (Jennrich 1973; Archer and Jennrich 1973). Maximum likelihood
    weighs correlations by their inverse sampling covariance, minimum residuals equally.

    Parameters
    ----------
    loadings : ndarray, shape (p, m)
        Rotated pattern of standardised variables.
    method : str
        Rotation.

    Raises
    ------
    MeasurementError
        For promax and unrotated solutions, which no gradient defines, more than :data:`MOST_VARIABLES`
        variables, and Heywood cases.
    """
    options = options or RotationOptions()
    p, m = loadings.shape
    if method == "promax" or (method == "none" and m > 1):
        raise MeasurementError(f"errors are not offered for the rotation {method}")
    if p > MOST_VARIABLES:
        raise MeasurementError(f"errors are offered for at most {MOST_VARIABLES} items")
    P = loadings @ phi @ loadings.T
    if np.any(np.diagonal(P) >= 0.999):
        raise MeasurementError("errors mean nothing beside a Heywood case")
    np.fill_diagonal(P, 1.0)
    oblique = not (method in ORTHOGONAL or options.orthogonal) and m > 1
    pairs = np.triu_indices(m, 1)
    n_phi = len(pairs[0]) if oblique else 0

    def unpack(theta: Array) -> tuple[Array, Array]:
        correlations = np.eye(m)
        correlations[pairs] = theta[p * m :] if oblique else 0.0
        return theta[: p * m].reshape(p, m), correlations + np.triu(correlations, 1).T

    def conditions(theta: Array) -> Array:
        L, correlations = unpack(theta)
        return stationarity(L, correlations, method, options, oblique=oblique)

    theta = np.concatenate([loadings.ravel(), phi[pairs][:n_phi]])
    delta = correlation_jacobian(loadings, phi, oblique)
    gamma = correlation_covariance(P)
    basis = _null_space(_derivative(conditions, theta)) if m > 1 else np.eye(len(theta))
    moved = delta @ basis
    weighted = np.linalg.solve(gamma, moved) if extraction == "ml" else moved
    bread = np.linalg.inv(moved.T @ weighted)
    covariance = basis @ bread @ (weighted.T @ gamma @ weighted) @ bread @ basis.T / n
    errors = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    phi_errors = np.zeros((m, m))
    if oblique:
        phi_errors[pairs] = errors[p * m :]
    return errors[: p * m].reshape(p, m), phi_errors + phi_errors.T


def correlation_covariance(P: Array) -> Array:
    """Compute the sampling covariance of correlations of normal variables, times n (Olkin and Siotani 1976).

    Parameters
    ----------
    P : ndarray, shape (p, p)
        Correlation matrix.

    Returns
    -------
    ndarray, shape (p (p - 1) / 2,) * 2
        Pairs in the order of ``numpy.tril_indices(p, -1)``.
    """
    i, j = np.tril_indices(len(P), -1)
    ik, il, jk, jl = P[np.ix_(i, i)], P[np.ix_(i, j)], P[np.ix_(j, i)], P[np.ix_(j, j)]
    own = P[i, j]
    first, second = own[:, None], own[None, :]
    return np.asarray(
        0.5 * first * second * (ik**2 + il**2 + jk**2 + jl**2)
        + ik * jl
        + il * jk
        - first * (ik * il + jk * jl)
        - second * (ik * jk + il * jl)
    )


def correlation_jacobian(loadings: Array, phi: Array, oblique: bool) -> Array:
    """Differentiate the implied correlations by the pattern and, if oblique, by the factor correlations.

    Returns pattern by rows, then factor correlations in the order of ``numpy.triu_indices(m, 1)``.
    """
    p, m = loadings.shape
    i, j = np.tril_indices(p, -1)
    structure = loadings @ phi
    pairs = np.arange(len(i))
    by_pattern = np.zeros((len(i), p, m))
    by_pattern[pairs, i] = structure[j]
    by_pattern[pairs, j] = structure[i]
    flat = by_pattern.reshape(len(i), p * m)
    if not oblique:
        return flat
    a, b = np.triu_indices(m, 1)
    by_phi = loadings[i][:, a] * loadings[j][:, b] + loadings[i][:, b] * loadings[j][:, a]
    return np.hstack([flat, by_phi])


def _derivative(function: object, theta: Array, step: float = 1e-6) -> Array:
    assert callable(function)
    columns = []
    for k in range(len(theta)):
        shift = np.zeros_like(theta)
        shift[k] = step
        columns.append((function(theta + shift) - function(theta - shift)) / (2.0 * step))
    return np.column_stack(columns)


def _null_space(C: Array) -> Array:
    _, values, vt = np.linalg.svd(C)
    rank = int(np.sum(values > 1e-8 * values[0]))
    return np.asarray(vt[rank:].T)
