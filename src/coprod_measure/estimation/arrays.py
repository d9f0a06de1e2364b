"""The types of the engine's arrays, and the two steps on them that every room takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError
from scipy.linalg.lapack import dpotrf, dpotri

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def inverse_and_logdet(matrix: Floats) -> tuple[Floats, float]:
    """Inverse and log determinant of a positive definite matrix.

    Raises
    ------
    scipy.linalg.LinAlgError
        If the matrix is not positive definite.
    """
    factor, failed = dpotrf(matrix, lower=1, clean=1)
    diagonal = np.diagonal(factor)
    if failed or not np.isfinite(diagonal).all():
        raise LinAlgError("not positive definite")
    lower, failed = dpotri(factor, lower=1)
    if failed:
        raise LinAlgError("not positive definite")
    # The other half of the factor was cleaned to zeros and stayed so.
    inverse: Floats = lower + lower.T
    inverse.flat[:: len(inverse) + 1] /= 2.0
    return inverse, 2.0 * float(np.log(diagonal).sum())


def add_block(total: Floats, positions: np.ndarray, block: Floats) -> None:
    """Add a group's matrix to the matrix of all free parameters, in place.

    Parameters
    ----------
    total : (q, q) float
        Changed.
    positions : (k,) int
        May repeat when a group holds parameters equal.
    block : (k, k) float
        What is added.
    """
    k = len(positions)
    first = int(positions[0]) if k else 0
    if (positions == np.arange(first, first + k)).all():
        total[first : first + k, first : first + k] += block
        return
    if len(np.unique(positions)) == k:
        total[positions[:, None], positions] += block
        return
    selection = np.zeros((k, total.shape[0]))
    selection[np.arange(k), positions] = 1.0
    total += selection.T @ block @ selection


def spread_columns(own: Floats, positions: np.ndarray, total: int) -> Floats:
    """Give a group's columns their places among those of all free parameters, shape (rows, total)."""
    wide = np.zeros((own.shape[0], total))
    np.add.at(wide.T, positions, own.T)
    return wide
