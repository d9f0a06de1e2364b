r"""Information of incomplete data along directions of the moments, without the matrix of all moments.

The information about p means and p (p + 1) / 2 covariances times a direction (d, D) is a vector and a
symmetric matrix, of which :math:`g'\mu_r + tr(G \Sigma_r)` is the information about r and the direction:

* expected: :math:`g = \sum_p n_p V_p d`, :math:`G = \frac12 \sum_p n_p V_p D V_p`
* observed: :math:`g = \sum_i t_i V_p h_i`, :math:`G = \sum_i V_p h_i e_i' - \frac12 \sum_p n_p V_p D V_p`
  made symmetric, with :math:`h_i = t_i d + D e_i` and e as in :mod:`.fiml_information`

A direction costs some products of (p, p) matrices and of the rows; the matrix has p^4 / 4 cells.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coprod_measure.estimation.missing.fiml import Completed
from coprod_measure.estimation.missing.fiml_information import CHUNK, LowRank
from coprod_measure.estimation.missing.patterns import Array, MissingPatterns

Along = Callable[[MissingPatterns, Completed, Array, Array], tuple[Array, Array]]


def expected_along(
    patterns: MissingPatterns, completed: Completed, d_mu: Array, d_sigma: Array
) -> tuple[Array, Array]:
    """Multiply the expected information of one group by a direction.

    Parameters
    ----------
    completed : Completed
        At the moments where the information is taken.
    d_mu : ndarray, shape (p,)
    d_sigma : ndarray, shape (p, p), symmetric

    Returns
    -------
    by_mu : ndarray, shape (p,)
    by_sigma : ndarray, shape (p, p), symmetric
    """
    precision = completed.precision
    by_mu = patterns.n * (precision @ d_mu) - precision @ (completed.spread @ (precision @ d_mu))
    return by_mu, 0.5 * _both_sides(patterns, completed, d_sigma)


def observed_along(
    patterns: MissingPatterns, completed: Completed, d_mu: Array, d_sigma: Array
) -> tuple[Array, Array]:
    """Multiply the observed information of one group by a direction; as :func:`expected_along`."""
    precision, weighted = completed.precision, completed.weighted
    moved = np.outer(patterns.locations, d_mu) + weighted @ d_sigma
    leverage = moved @ precision
    for block, residual in zip(patterns.blocks, completed.residual_covariances, strict=True):
        cells = block.rows[:, None], block.missing[block.slots]
        moved[cells] -= np.einsum("rij,rj->ri", residual[block.slots], leverage[cells])
    across = precision @ (moved.T @ weighted)
    by_mu = precision @ (patterns.locations @ moved)
    return by_mu, 0.5 * (across + across.T - _both_sides(patterns, completed, d_sigma))


def _both_sides(patterns: MissingPatterns, completed: Completed, d_sigma: Array) -> Array:
    """Sum of n_p V_p D V_p, as V_p = W - W K_p W with K_p of the order of the missing variables."""
    precision = completed.precision
    p = len(precision)
    inner = precision @ d_sigma @ precision
    lost = np.zeros(p * p)
    for block, residual in zip(patterns.blocks, completed.residual_covariances, strict=True):
        rows, columns = block.missing[:, :, None], block.missing[:, None, :]
        twice = residual @ inner[rows, columns] @ residual
        twice *= patterns.weights[block.patterns][:, None, None]
        lost += np.bincount((rows * p + columns).ravel(), weights=twice.ravel(), minlength=p * p)
    once = inner @ completed.spread @ precision
    return np.asarray(patterns.n * inner - once - once.T + precision @ lost.reshape(p, p) @ precision)


def information_along(
    along: Along, patterns: MissingPatterns, completed: Completed, d: LowRank, directions: LowRank
) -> Array:
    """Information of one group about k parameters and r directions, shape (k, r).

    Parameters
    ----------
    along : callable
        :func:`expected_along` or :func:`observed_along`.
    """
    basis = directions.basis
    found = np.empty((d.left.size, directions.left.size))
    for number, (left, right) in enumerate(zip(directions.left, directions.right, strict=True)):
        half = directions.scale[number] * np.outer(basis[:, left], basis[:, right])
        d_mu = directions.shift[number] * basis[:, left]
        by_mu, by_sigma = along(patterns, completed, d_mu, half + half.T)
        inner = d.basis.T @ by_sigma @ d.basis
        found[:, number] = 2.0 * d.scale * inner[d.left, d.right] + d.shift * (by_mu @ d.basis)[d.left]
    return found


def expected_diagonal(patterns: MissingPatterns, completed: Completed, d: LowRank) -> Array:
    """Compute the expected information about each of k parameters by itself, shape (k,)."""
    precision = completed.precision
    known = d.basis.T @ (patterns.n * precision - precision @ completed.spread @ precision) @ d.basis
    whole = d.basis.T @ precision @ d.basis
    pairs = ((d.left, d.right), (d.left, d.left), (d.right, d.right))
    lr, ll, rr = (whole[pair] for pair in pairs)
    patterns_in_blocks = sum(patterns.weights[block.patterns].sum() for block in patterns.blocks)
    total = (patterns.n - patterns_in_blocks) * (lr**2 + ll * rr)
    spread = precision @ d.basis
    for block, residual in zip(patterns.blocks, completed.residual_covariances, strict=True):
        step = max(1, CHUNK // max(block.missing.shape[1] * d.left.size, 1))
        for start in range(0, len(block.patterns), step):
            part = slice(start, start + step)
            rooted = np.linalg.cholesky(residual[part]).transpose(0, 2, 1) @ spread[block.missing[part]]
            of_left, of_right = rooted[:, :, d.left], rooted[:, :, d.right]
            own_lr = lr - (of_left * of_right).sum(axis=1)
            own = own_lr**2 + (ll - (of_left**2).sum(axis=1)) * (rr - (of_right**2).sum(axis=1))
            total += patterns.weights[block.patterns[part]] @ own
    return np.asarray(d.scale**2 * total + d.shift**2 * known[d.left, d.left])
