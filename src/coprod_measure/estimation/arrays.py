"""The types of the engine's arrays, and the two steps on them that every room takes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError
from scipy.linalg.blas import dtrmm
from scipy.linalg.lapack import dlauum, dpotrf, dtrtri

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Rows of a large matrix that are mirrored at once: they stay in the cache.
STRIP = 64
# Fewer variables are multiplied sooner than they are told apart.
FEW = 24


def inverse_and_logdet(matrix: Floats) -> tuple[Floats, float]:
    """Inverse and log determinant of a positive definite matrix.

    Raises
    ------
    scipy.linalg.LinAlgError
        If the matrix is not positive definite.
    """
    factor = cholesky(matrix)
    if factor is None or not np.isfinite(np.diagonal(factor)).all():
        raise LinAlgError("not positive definite")
    logdet = 2.0 * float(np.log(np.diagonal(factor)).sum())
    return inverse_of(factor), logdet


def cholesky(matrix: Floats, *, overwrite: bool = False) -> Floats | None:
    """Lower factor of a symmetric matrix; None where it is not positive definite."""
    # LAPACK reads by columns: the transpose of a symmetric matrix is handed over as it lies.
    factor, failed = dpotrf(matrix.T, lower=1, clean=1, overwrite_a=overwrite)
    return None if failed else factor


def inverse_of(factor: Floats) -> Floats:
    """Inverse of a matrix from its factor by :func:`cholesky`, which is overwritten.

    Raises
    ------
    scipy.linalg.LinAlgError
        If the factor is singular.
    """
    _invert_triangle(factor)
    lower, _ = dlauum(factor, lower=1, overwrite_c=1)
    for first in range(0, len(lower), STRIP):
        rows = slice(first, first + STRIP)
        lower[:first, rows] = lower[rows, :first].T
        # The other half of the factor is zero and stayed so.
        square = lower[rows, rows]
        square += square.T
    lower.flat[:: len(lower) + 1] /= 2.0
    inverse: Floats = lower.T
    return inverse


def _invert_triangle(lower: Floats) -> None:
    """Invert a lower triangle in place, by halves: products are twice as fast as LAPACK's ``dtrtri``."""
    half = len(lower) // 2
    if len(lower) <= STRIP:
        lower[...], failed = dtrtri(lower, lower=1)
        if failed:
            raise LinAlgError("not positive definite")
        return
    first, last = lower[:half, :half], lower[half:, half:]
    _invert_triangle(first)
    _invert_triangle(last)
    corner = dtrmm(-1.0, first, lower[half:, :half], side=1, lower=1)
    lower[half:, :half] = dtrmm(1.0, last, corner, lower=1, overwrite_b=1)


def in_basis(form: Floats, basis: Floats) -> Floats:
    """E'ME of a symmetric M, shape (p, p), and a basis that begins with the identity, E = [I, F] (p, w)."""
    p, w = basis.shape
    if p < FEW:
        found: Floats = basis.T @ (form @ basis)
        return found
    rest = basis[:, p:]
    of_rest = form @ rest
    found = np.empty((w, w))
    found[:p, :p], found[:p, p:], found[p:, :p] = form, of_rest, of_rest.T
    np.matmul(rest.T, of_rest, out=found[p:, p:])
    return found


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


def summed(q: int, blocks: Iterable[tuple[float, Ints, Floats]]) -> Floats:
    """Sum the matrices of groups, each times its share, to that of all free parameters, shape (q, q).

    Parameters
    ----------
    blocks : iterable of (float, (k,) int, (k, k) float)
        Share, positions as for :func:`add_block`, and matrix, which may be changed and given back.
    """
    total: Floats | None = None
    for share, positions, block in blocks:
        if share != 1.0:
            block *= share
        if total is None and len(positions) == q and (positions == np.arange(q)).all():
            total = block
            continue
        total = np.zeros((q, q)) if total is None else total
        add_block(total, positions, block)
    return np.zeros((q, q)) if total is None else total


def spread_columns(own: Floats, positions: np.ndarray, total: int) -> Floats:
    """Give a group's columns their places among those of all free parameters, shape (rows, total)."""
    if len(positions) == total and (positions == np.arange(total)).all():
        return own
    wide = np.zeros((own.shape[0], total))
    np.add.at(wide.T, positions, own.T)
    return wide
