r"""Information matrices and casewise scores of the normal likelihood of incomplete data.

Every derivative of Sigma is c (ab' + ba') with a and b columns of a narrow basis E, every derivative of mu
is f a. With V_p the inverse of a pattern's part of Sigma, e = V_p (y - mu) and h_r = t dmu_r + dSigma_r e:

* expected: :math:`\sum_p n_p [\mu_r' V_p \mu_s + \frac12 tr(V_p \Sigma_r V_p \Sigma_s)]`
* observed: :math:`\sum_i h_r' V_p h_s - \frac12 \sum_p n_p tr(V_p \Sigma_r V_p \Sigma_s)`, less the
  curvature of the moments themselves (Savalei 2010 gives both for the saturated model).

As V_p = W - W K_p W with K_p of the order of the missing variables, the terms of W are gathered from E'WE
and only the terms of K_p run over patterns, as products of tall matrices with one column a parameter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coprod_measure.estimation.arrays import in_basis
from coprod_measure.estimation.missing.fiml import Completed
from coprod_measure.estimation.missing.patterns import Array, MissingPatterns

# Doubles in one tall matrix: large enough for BLAS, small enough for the cache.
CHUNK = 100_000


@dataclass(frozen=True, slots=True)
class LowRank:
    """Derivatives of one group's moments at a point.

    Attributes
    ----------
    basis : ndarray, shape (p, w)
        E.
    left, right : ndarray of int, shape (k,)
        Columns a and b of the basis.
    scale : ndarray, shape (k,)
        c in dSigma = c (ab' + ba').
    shift : ndarray, shape (k,)
        f in dmu = f a.
    """

    basis: Array
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    scale: Array
    shift: Array

    @classmethod
    def of_moments(cls, p: int) -> LowRank:
        """Differentiate by the p means and the lower triangle of Sigma by columns: the saturated model."""
        column, row = np.triu_indices(p)
        means = np.arange(p)
        scale = np.where(row == column, 0.5, 1.0)
        return cls(
            np.eye(p),
            np.concatenate([means, row]),
            np.concatenate([means, column]),
            np.concatenate([np.zeros(p), scale]),
            np.concatenate([np.ones(p), np.zeros(scale.size)]),
        )

    def of(self, chosen: NDArray[np.bool_]) -> LowRank:
        """Keep the derivatives by some parameters, ``chosen`` of shape (k,)."""
        left, right = self.left[chosen], self.right[chosen]
        return LowRank(self.basis, left, right, self.scale[chosen], self.shift[chosen])


@dataclass(frozen=True, slots=True)
class _Forms:
    """Values of a symmetric bilinear form at all pairs of left and right vectors."""

    ll: Array
    lr: Array
    rr: Array

    @classmethod
    def of(cls, form: Array, d: LowRank) -> _Forms:
        """Gather a'Fa, a'Fb and b'Fb from E'FE."""
        inner = in_basis(form, d.basis)
        of_left, of_right = inner.take(d.left, axis=1), inner.take(d.right, axis=1)
        return cls(of_left[d.left], of_right[d.left], of_right[d.right])


def _trace(m: _Forms, w: _Forms) -> Array:
    """tr(M dSigma_r W dSigma_s) without the scales, shape (k, k)."""
    return m.lr * w.lr.T + m.ll * w.rr + m.rr * w.ll + m.lr.T * w.lr


def expected_information(patterns: MissingPatterns, completed: Completed, d: LowRank) -> Array:
    """Sum the expected information of all people of one group, shape (k, k).

    Parameters
    ----------
    completed : Completed
        At the same moments as the derivatives.
    """
    precision = _Forms.of(completed.precision, d)
    lost = _Forms.of(completed.precision @ completed.spread @ completed.precision, d)
    means = np.outer(d.shift, d.shift) * (patterns.n * precision.ll - lost.ll)
    return means + 0.5 * _squared_traces(patterns, completed, d, precision, lost)


def observed_information(patterns: MissingPatterns, completed: Completed, d: LowRank) -> Array:
    """Observed information of all people of one group without the moments' own curvature, shape (k, k).

    Where the moments are the parameters (:meth:`LowRank.of_moments`) they have none, and this is all.

    Parameters
    ----------
    completed : Completed
        At the same moments as the derivatives.
    """
    weighted = completed.weighted
    precision = _Forms.of(completed.precision, d)
    lost = _Forms.of(completed.precision @ completed.spread @ completed.precision, d)
    products = _Forms.of(weighted.T @ weighted, d)
    total = patterns.locations @ weighted @ d.basis
    information = np.outer(d.shift, d.shift) * precision.ll * float(patterns.locations @ patterns.locations)
    across = precision.ll * total[d.right] + precision.lr * total[d.left]
    across *= np.outer(d.shift, d.scale)
    information += across + across.T
    information += np.outer(d.scale, d.scale) * _trace(products, precision)
    for tall in _row_products(patterns, completed, d, weighted):
        information -= tall.T @ tall
    return information - 0.5 * _squared_traces(patterns, completed, d, precision, lost)


def casewise_scores(patterns: MissingPatterns, completed: Completed, d: LowRank) -> Array:
    """Differentiate each person's log-likelihood (times the weight), shape (R, k).

    Parameters
    ----------
    patterns : MissingPatterns
        Made without compression, so that its rows are people.
    completed : Completed
        At the same moments as the derivatives.
    """
    along = completed.weighted @ d.basis
    left, right = along[:, d.left], along[:, d.right]
    scores = patterns.locations[:, None] * d.shift * left + d.scale * left * right
    own = d.basis.T @ completed.precision @ d.basis
    volume = np.tile(own[d.left, d.right], (len(patterns.weights), 1))
    for block, rooted in zip(patterns.blocks, _roots(patterns, completed, d), strict=True):
        for start, stop in _chunks(len(block.patterns), block.missing.shape[1] * d.left.size):
            part = rooted[start:stop]
            lost = np.einsum("bkj,bkj->bj", part[:, :, d.left], part[:, :, d.right])
            volume[block.patterns[start:stop]] -= lost
    weight = patterns.locations[:, None] ** 2
    return np.asarray(scores - weight * d.scale * volume[patterns.row_patterns])


def _squared_traces(
    patterns: MissingPatterns, completed: Completed, d: LowRank, precision: _Forms, lost: _Forms
) -> Array:
    """Sum over people of tr(V_p dSigma_r V_p dSigma_s)."""
    total = patterns.n * _trace(precision, precision) - 2 * _trace(lost, precision)
    total *= np.outer(d.scale, d.scale)
    # Parameters of means alone do not move Sigma.
    moving = np.flatnonzero(d.scale)
    left, right, scale = d.left[moving], d.right[moving], d.scale[moving]
    of_lost = np.zeros((moving.size, moving.size))
    for block, rooted in zip(patterns.blocks, _roots(patterns, completed, d), strict=True):
        first, second = np.triu_indices(block.missing.shape[1])
        # An entry off the diagonal of a symmetric matrix counts twice in an inner product.
        double = np.where(first == second, 1.0, np.sqrt(2.0))
        for start, stop in _chunks(len(block.patterns), first.size * moving.size):
            a, b = rooted[start:stop][:, :, left], rooted[start:stop][:, :, right] * scale
            tall = a[:, first] * b[:, second] + a[:, second] * b[:, first]
            tall *= np.sqrt(patterns.weights[block.patterns[start:stop]])[:, None, None] * double[:, None]
            flat = tall.reshape(-1, moving.size)
            of_lost += flat.T @ flat
    total[np.ix_(moving, moving)] += of_lost
    return total


def _row_products(
    patterns: MissingPatterns, completed: Completed, d: LowRank, weighted: Array
) -> Iterator[Array]:
    """Tall matrices whose inner products are the sum of h_r' W K_p W h_s over rows."""
    along = weighted @ d.basis
    for block, rooted in zip(patterns.blocks, _roots(patterns, completed, d), strict=True):
        for start, stop in _chunks(len(block.rows), block.missing.shape[1] * d.left.size):
            rows = block.rows[start:stop]
            here = rooted[block.slots[start:stop]]
            by_left = patterns.locations[rows, None] * d.shift + d.scale * along[rows][:, d.right]
            by_right = d.scale * along[rows][:, d.left]
            tall = here[:, :, d.left] * by_left[:, None, :] + here[:, :, d.right] * by_right[:, None, :]
            yield tall.reshape(-1, d.left.size)


def _roots(patterns: MissingPatterns, completed: Completed, d: LowRank) -> list[Array]:
    """L'(W E)_m for each pattern with K_p = LL', one array of shape (b, k, w) a block."""
    spread = completed.precision @ d.basis
    return [
        _root(residual).transpose(0, 2, 1) @ spread[block.missing]
        for block, residual in zip(patterns.blocks, completed.residual_covariances, strict=True)
    ]


def _root(covariances: Array) -> Array:
    """L with K = LL' of each covariance, also where what is missing follows from the rest of a row."""
    try:
        return np.asarray(np.linalg.cholesky(covariances), dtype=np.float64)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(covariances)
        return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :], dtype=np.float64)


def _chunks(count: int, size: int) -> Iterator[tuple[int, int]]:
    """Cut ``count`` items of ``size`` doubles into ranges."""
    step = max(1, CHUNK // max(size, 1))
    for start in range(0, count, step):
        yield start, min(start + step, count)
