"""Logit and multinomial models of many copies of the same answers at once, by exact derivatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.estimation.arrays import Floats

_STEPS = 30
_HALVINGS = 40
_CLOSE = 1e-12
_SINGULAR = 1e-12
_NUMBERS = 4_000_000
"""Numbers of a stack that is worked on at once: 32 MB."""


@dataclass(frozen=True, slots=True)
class Stacked:
    """Maxima of the copies.

    Attributes
    ----------
    estimates : ndarray, shape (c, q)
        Equation by equation; NaN where a copy did not converge.
    covariances : ndarray, shape (c, q, q)
        Inverse of the observed information.
    loglik : ndarray, shape (c,)
    """

    estimates: Floats
    covariances: Floats
    loglik: Floats


def copies_at_once(n: int, columns: int) -> int:
    """Say how many copies of a design are worked on at once."""
    return max(_NUMBERS // max(n * columns, 1), 1)


def fit_copies(
    x: Floats, chosen: np.ndarray, options: int, start: Floats, weights: Floats | None = None
) -> Stacked:
    """Maximise the multinomial likelihood (McFadden 1974) in each copy by Newton's method.

    Parameters
    ----------
    x : ndarray, shape (c, n, p)
        Designs with the constant.
    chosen : ndarray of int, shape (n,)
        From 0, which is the base; with two ``options`` a logit.
    start : ndarray, shape (q,)
        ``q = (options - 1) p``.
    weights : ndarray, shape (n,), optional
        What each respondent counts for in the likelihood.

    Examples
    --------
    >>> x = np.column_stack([np.ones(20), np.repeat([0.0, 1.0], 10)])
    >>> y = np.r_[np.repeat([1, 0], [2, 8]), np.repeat([1, 0], [6, 4])]
    >>> fit_copies(x[None], y, 2, np.zeros(2)).estimates.round(3).tolist()  # log odds 2/8, ratio 6
    [[-1.386, 1.792]]
    """
    c, _, p = x.shape
    b = np.tile(start.reshape(options - 1, p), (c, 1, 1))
    own = np.eye(options)[chosen][:, 1:].T
    w = np.ones(x.shape[1]) if weights is None else weights
    value, shares = _likelihood(x, b, own, w)
    covariances = np.full((c, b[0].size, b[0].size), np.nan)
    left = np.arange(c)
    for _ in range(_STEPS):
        gradient = ((w * (own - shares[left])) @ x[left]).reshape(len(left), -1)
        information = _information(x[left], shares[left], w)
        unit = 1.0 / np.sqrt(np.maximum(np.diagonal(information, axis1=1, axis2=2), 1e-300))
        usable = np.linalg.eigvalsh(information * unit[:, :, None] * unit[:, None])[:, 0] > _SINGULAR
        left, gradient, information = left[usable], gradient[usable], information[usable]
        step = np.linalg.solve(information, gradient[..., None])[..., 0]
        done = np.einsum("cq,cq->c", gradient, step) < _CLOSE * np.maximum(1.0, np.abs(value[left]))
        covariances[left[done]] = np.linalg.inv(information[done])
        left, step = left[~done], step[~done].reshape(-1, options - 1, p)
        if not len(left):
            break
        left = _climb(x, own, b, step, left, value, shares, w)
    bad = np.isnan(covariances[:, 0, 0])
    estimates = b.reshape(c, -1)
    estimates[bad] = np.nan
    return Stacked(estimates, covariances, value)


def scores_of(
    x: Floats, chosen: np.ndarray, options: int, b: Floats, weights: Floats | None = None
) -> Floats:
    """First derivatives of each copy by respondent, shape (c, n, q), at estimates of shape (c, q)."""
    own = np.eye(options)[chosen][:, 1:].T
    w = np.ones(x.shape[1]) if weights is None else weights
    _, shares = _likelihood(x, b.reshape(len(x), options - 1, -1), own, w)
    left = (w * (own - shares)).transpose(0, 2, 1)
    return np.asarray((left[..., None] * x[:, :, None]).reshape(*x.shape[:2], -1))


def _climb(
    x: Floats,
    own: Floats,
    b: Floats,
    step: Floats,
    left: np.ndarray,
    value: Floats,
    shares: Floats,
    w: Floats,
) -> np.ndarray:
    """Move the copies that are left, each by its longest halved step that does not fall; say which moved."""
    moving, length, moved = left, 1.0, []
    for _ in range(_HALVINGS):
        trial = b[moving] + length * step
        reached, new = _likelihood(x[moving], trial, own, w)
        good = reached > value[moving] - 1e-12 * np.abs(value[moving])
        at = moving[good]
        b[at], value[at], shares[at] = trial[good], reached[good], new[good]
        moved.append(at)
        moving, step, length = moving[~good], step[~good], length / 2.0
        if not len(moving):
            break
    return np.sort(np.concatenate(moved))


def _likelihood(x: Floats, b: Floats, own: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Log-likelihood of each copy, and probabilities of all options but the base, (c, options - 1, n)."""
    eta = b @ x.transpose(0, 2, 1)
    top = np.maximum(eta.max(axis=1, keepdims=True), 0.0)
    odds = np.exp(eta - top)
    total = np.exp(-top) + odds.sum(axis=1, keepdims=True)
    value = (w * eta * own).sum(axis=(1, 2)) - (w * (top + np.log(total))).sum(axis=(1, 2))
    return value, odds / total


def _information(x: Floats, shares: Floats, w: Floats) -> Floats:
    """Minus the second derivatives, shape (c, q, q)."""
    c, k, _ = shares.shape
    p = x.shape[2]
    found = np.empty((c, k * p, k * p))
    turned = x.transpose(0, 2, 1)
    for i in range(k):
        for j in range(i, k):
            weight = w * shares[:, i] * ((i == j) - shares[:, j])
            block = (turned * weight[:, None]) @ x
            found[:, i * p : (i + 1) * p, j * p : (j + 1) * p] = block
            found[:, j * p : (j + 1) * p, i * p : (i + 1) * p] = block
    return found
