"""Extraction of common factors from a correlation matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from coprod_measure.errors import EstimationError

Array = NDArray[np.float64]
Method = Literal["ml", "minres", "principal_axis"]

LOWEST_UNIQUENESS = 0.005
"""Lower bound of a uniqueness in ML and minres, as in R's ``factanal``: below it lies a Heywood case."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """Unrotated factors.

    Attributes
    ----------
    loadings : ndarray, shape (p, m)
        Columns in descending order of explained variance, each summing to a positive number.
    uniquenesses : ndarray, shape (p,)
    objective : float
        Value of the minimised function at the solution.
    at_bound : tuple of int
        Rows whose uniqueness reached :data:`LOWEST_UNIQUENESS` or fell below zero: Heywood cases.
    """

    loadings: Array
    uniquenesses: Array
    objective: float
    converged: bool
    n_iterations: int
    at_bound: tuple[int, ...]


def degrees_of_freedom(p: int, m: int) -> int:
    """Degrees of freedom of an unrestricted model of ``m`` factors for ``p`` variables."""
    return ((p - m) ** 2 - (p + m)) // 2


def squared_multiple_correlations(R: Array) -> Array:
    """Squared multiple correlation of each variable with all others.

    Parameters
    ----------
    R : ndarray, shape (..., p, p)
        Correlation matrices.

    Returns
    -------
    ndarray, shape (..., p)
        Guttman's lower bound of the communalities, ``1 - 1 / diag(R^-1)``.
    """
    inverse = np.linalg.inv(R)
    return 1.0 - 1.0 / np.diagonal(inverse, axis1=-2, axis2=-1)


def extract(R: Array, m: int, method: Method = "minres", *, max_iterations: int = 1000) -> Extraction:
    """Extract ``m`` unrotated common factors.

    Parameters
    ----------
    R : ndarray, shape (p, p)
        Positive definite correlation matrix.
    m : int
        Number of factors, at least 1.
    method : {"ml", "minres", "principal_axis"}
        Maximum likelihood (Jöreskog 1967), minimum residuals (Harman and Jones 1966; the same solution as
        unweighted least squares), or iterated principal axes from squared multiple correlations.

    Raises
    ------
    EstimationError
        If the degrees of freedom are negative or ``R`` is not positive definite (ML only).
    """
    p = len(R)
    if not 1 <= m < p or degrees_of_freedom(p, m) < 0:
        raise EstimationError(
            f"{m} factors cannot be extracted from {p} variables",
            cure="Ask for fewer factors",
            code="too-many-factors",
        )
    smallest = float(np.linalg.eigvalsh(R)[0])
    if smallest < 1e-10:
        raise EstimationError(
            "the correlation matrix is not positive definite",
            cure="Remove duplicated items or items that are sums of others, or answer more of the pairs",
            code="singular-correlations",
        )
    if method == "principal_axis":
        found = _principal_axes(R, m, max_iterations)
    else:
        found = _minimise(R, m, _ml_value if method == "ml" else _minres_value, max_iterations)
    uniquenesses, objective, converged, n_iterations = found
    loadings = _ml_loadings(R, uniquenesses, m) if method == "ml" else _uls_loadings(R, uniquenesses, m)
    return Extraction(
        loadings=_positive_sums(loadings),
        uniquenesses=uniquenesses,
        objective=objective,
        converged=converged,
        n_iterations=n_iterations,
        at_bound=tuple(int(i) for i in np.flatnonzero(uniquenesses <= LOWEST_UNIQUENESS * 1.0001)),
    )


def _minimise(
    R: Array, m: int, value: Callable[[Array, Array, int], tuple[float, Array]], max_iterations: int
) -> tuple[Array, float, bool, int]:
    shares = squared_multiple_correlations(R)
    if m == 1 and len(R) == 3 and R[0, 1] * R[0, 2] * R[1, 2] > 0:
        # One factor fits three variables without residual: l1 l2 = r12 and so on.
        shares = np.array(
            [R[0, 1] * R[0, 2] / R[1, 2], R[0, 1] * R[1, 2] / R[0, 2], R[0, 2] * R[1, 2] / R[0, 1]]
        )
    start = np.clip(1.0 - shares, LOWEST_UNIQUENESS, 1.0)
    result = minimize(
        value,
        start,
        args=(R, m),
        jac=True,
        method="L-BFGS-B",
        bounds=[(LOWEST_UNIQUENESS, 1.0)] * len(R),
        options={"maxiter": max_iterations, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 20},
    )
    free = (result.x > LOWEST_UNIQUENESS) & (result.x < 1.0)
    steepest = float(np.max(np.abs(result.jac[free]), initial=0.0))
    return result.x, float(result.fun), steepest < 1e-5, int(result.nit)


def _ml_value(psi: Array, R: Array, m: int) -> tuple[float, Array]:
    """Discrepancy ``F`` concentrated over the loadings, and its gradient (Jöreskog 1967, eq. 24 and 26)."""
    scale = np.sqrt(psi)
    values, vectors = np.linalg.eigh(R / np.outer(scale, scale))
    rest = values[: len(R) - m]
    objective = float(np.sum(rest - np.log(rest) - 1.0))
    top = vectors[:, len(R) - m :]
    kept = np.maximum(values[len(R) - m :] - 1.0, 0.0)
    common = psi * np.sum(top**2 * kept, axis=1)
    return objective, (common + psi - np.diagonal(R)) / psi**2


def _minres_value(psi: Array, R: Array, m: int) -> tuple[float, Array]:
    """Half the squared residuals, concentrated over the loadings, and gradient (Harman and Jones 1966)."""
    values, vectors = np.linalg.eigh(R - np.diag(psi))
    residual = values.copy()
    residual[len(R) - m :] = np.minimum(residual[len(R) - m :], 0.0)
    return 0.5 * float(np.sum(residual**2)), -(vectors**2 @ residual)


def _principal_axes(R: Array, m: int, max_iterations: int) -> tuple[Array, float, bool, int]:
    communalities = squared_multiple_correlations(R)
    converged = False
    iteration = 0
    while not converged and iteration < max(max_iterations, 5000):
        loadings = _uls_loadings(R, 1.0 - communalities, m)
        updated = np.sum(loadings**2, axis=1)
        converged = float(np.max(np.abs(updated - communalities))) < 1e-9
        communalities = updated
        iteration += 1
    objective, _ = _minres_value(1.0 - communalities, R, m)
    return 1.0 - communalities, objective, converged, iteration


def _ml_loadings(R: Array, psi: Array, m: int) -> Array:
    scale = np.sqrt(psi)
    values, vectors = np.linalg.eigh(R / np.outer(scale, scale))
    kept = np.sqrt(np.maximum(values[::-1][:m] - 1.0, 0.0))
    return np.asarray(scale[:, None] * vectors[:, ::-1][:, :m] * kept)


def _uls_loadings(R: Array, psi: Array, m: int) -> Array:
    values, vectors = np.linalg.eigh(R - np.diag(psi))
    return np.asarray(vectors[:, ::-1][:, :m] * np.sqrt(np.maximum(values[::-1][:m], 0.0)))


def _positive_sums(loadings: Array) -> Array:
    signs = np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    return np.asarray(loadings * signs)
