"""The one-factor model of a scale by maximum likelihood, in closed form where the engine is not needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coprod_measure.errors import EstimationError, MeasurementError
from coprod_measure.estimation.solution.extraction import extract

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OneFactor:
    """A congeneric scale: factor variance 1, loadings and uniquenesses in the items' own units.

    Attributes
    ----------
    standardized : ndarray, shape (p,)
        Loadings of standardised items.
    covariance : ndarray, shape (2p, 2p)
        Sampling covariance of loadings, then uniquenesses, from the expected information.
    chi_square : float
        ``n`` times the ML discrepancy.
    at_bound : tuple of int
        Items whose uniqueness reached its lower bound.
    """

    loadings: Array
    uniquenesses: Array
    standardized: Array
    covariance: Array
    chi_square: float
    df: int
    at_bound: tuple[int, ...]


def one_factor(S: Array, n: int) -> OneFactor:
    """Fit one factor to a covariance matrix.

    Parameters
    ----------
    S : ndarray, shape (p, p)
        Covariance matrix with divisor n, p >= 3.
    n : int
        Number of respondents.

    Raises
    ------
    MeasurementError
        If the items share no single factor: singular matrix, no convergence, information not invertible.
    """
    scale = np.sqrt(np.diagonal(S))
    try:
        found = extract(S / np.outer(scale, scale), 1, "ml")
    except EstimationError as problem:
        raise MeasurementError(problem.problems[0].cause, cure=problem.problems[0].cure) from problem
    if not found.converged:
        raise MeasurementError("the one-factor model did not converge", code="not-converged")
    p = len(S)
    loadings = found.loadings[:, 0] * scale
    uniquenesses = found.uniquenesses * scale**2
    information = one_factor_information(loadings, uniquenesses, n)
    try:
        covariance = np.asarray(np.linalg.inv(information), dtype=np.float64)
    except np.linalg.LinAlgError as problem:
        raise MeasurementError("the one-factor model is not identified", code="not-identified") from problem
    return OneFactor(
        loadings=loadings,
        uniquenesses=uniquenesses,
        standardized=found.loadings[:, 0],
        covariance=covariance,
        chi_square=n * found.objective,
        df=p * (p - 3) // 2,
        at_bound=found.at_bound,
    )


def one_factor_information(loadings: Array, uniquenesses: Array, n: int) -> Array:
    """Compute the expected information of loadings, then uniquenesses.

    With ``W`` the inverse of the model covariance, ``v = W lambda`` and ``q = lambda' v``, the general
    ``n/2 tr(W dS_a W dS_b)`` becomes ``n (q W_ij + v_i v_j)`` for two loadings, ``n W_ij v_j`` for loading i
    and uniqueness j, and ``n/2 W_ij^2`` for two uniquenesses.
    """
    W = np.linalg.inv(np.outer(loadings, loadings) + np.diag(uniquenesses))
    v = W @ loadings
    both = n * (float(loadings @ v) * W + np.outer(v, v))
    mixed = n * W * v[:, None]
    return np.block([[both, mixed.T], [mixed, 0.5 * n * W**2]])
