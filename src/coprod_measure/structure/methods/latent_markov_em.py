"""Baum-Welch for several categorical items with local independence, and its standard errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.errors import NotAvailable
from coprod_measure.structure.methods.answer_patterns import AnswerPatterns

# A probability closer to 0 or 1 than this has no standard error.
BOUNDARY = 1e-5


@dataclass(frozen=True, slots=True)
class MarkovParameters:
    """Probabilities of a latent Markov model with k states.

    Attributes
    ----------
    transition : ndarray, shape (k, k)
        From (row) to (column); the same at every step.
    answers : ndarray, shape (n_columns, k)
        Of each category of each item in each state; the same at every wave.
    """

    initial: np.ndarray
    transition: np.ndarray
    answers: np.ndarray


@dataclass(frozen=True, slots=True)
class Expected:
    """What the E step gives: log likelihood, expected counts, posteriors of shape (n_patterns, T, k)."""

    loglik: float
    counts: MarkovParameters
    posterior: np.ndarray


def expectation(data: AnswerPatterns, theta: MarkovParameters) -> Expected:
    """Run forward and backward recursions over all patterns at once."""
    Y, w = data.indicators, data.weight
    log_b = Y @ np.log(np.maximum(theta.answers, 1e-300))
    top = log_b.max(axis=2, keepdims=True)
    b = np.exp(log_b - top)
    n, T, k = b.shape
    alpha, scale = np.empty((n, T, k)), np.empty((n, T))
    for t in range(T):
        a = (theta.initial if t == 0 else alpha[:, t - 1] @ theta.transition) * b[:, t]
        scale[:, t] = a.sum(axis=1)
        alpha[:, t] = a / scale[:, t, None]
    beta = np.ones((n, k))
    posterior = np.empty((n, T, k))
    moves = np.zeros((k, k))
    posterior[:, T - 1] = alpha[:, T - 1]
    for t in range(T - 1, 0, -1):
        right = b[:, t] * beta / scale[:, t, None]
        moves += (alpha[:, t - 1] * w[:, None]).T @ right * theta.transition
        beta = right @ theta.transition.T
        posterior[:, t - 1] = alpha[:, t - 1] * beta
    loglik = float(w @ (np.log(scale) + top[..., 0]).sum(axis=1))
    weighted = posterior * w[:, None, None]
    answers = Y.reshape(n * T, -1).T @ weighted.reshape(n * T, k)
    return Expected(loglik, MarkovParameters(weighted[:, 0].sum(axis=0), moves, answers), posterior)


def maximization(data: AnswerPatterns, counts: MarkovParameters) -> MarkovParameters:
    """Turn expected counts into probabilities."""
    moves = counts.transition
    total = moves.sum(axis=1, keepdims=True)
    transition = np.divide(moves, total, out=np.full(moves.shape, 1.0 / len(moves)), where=total > 0)
    return MarkovParameters(
        counts.initial / counts.initial.sum(), transition, data.shares(counts.answers + 1e-12)
    )


def baum_welch(
    data: AnswerPatterns, theta: MarkovParameters, *, tolerance: float, most: int = 5000
) -> tuple[MarkovParameters, Expected, bool]:
    """Iterate until the log likelihood rises by less than ``tolerance``; zeros of the start stay zeros."""
    before = -np.inf
    for _ in range(most):
        found = expectation(data, theta)
        if found.loglik - before < tolerance:
            return theta, found, True
        before = found.loglik
        theta = maximization(data, found.counts)
    return theta, expectation(data, theta), False


def standard_errors(data: AnswerPatterns, theta: MarkovParameters) -> MarkovParameters | NotAvailable:
    """Give standard errors of all probabilities from the observed information; NaN at the boundary.

    Notes
    -----
    By Fisher's identity the score is that of the expected complete data; its numerical derivative in the
    logits is the observed information (Bartolucci, Farcomeni and Pennoni 2013, section 3.5).
    """
    flat, blocks = _flat(theta), _free_blocks(data, theta)
    if not blocks:
        return NotAvailable("the answers of so few people do not differ")
    eta = np.concatenate([np.log(flat[b[:-1]] / flat[b[-1]]) for b in blocks])

    def score(x: np.ndarray) -> np.ndarray:
        own = _moved(flat, blocks, x)
        counts = _flat(expectation(data, _parts(own, theta)).counts)
        return np.concatenate([counts[b[:-1]] - counts[b].sum() * own[b[:-1]] / own[b].sum() for b in blocks])

    step = 1e-5
    J = np.array([(score(eta + s) - score(eta - s)) / (2 * step) for s in np.eye(len(eta)) * step])
    information = -(J + J.T) / 2
    values = np.linalg.eigvalsh(information)
    if values[0] < 1e-8 * values[-1]:
        return NotAvailable("the information matrix is not positive: too many states for these data")
    cov = np.linalg.inv(information)
    se, at = np.full(len(flat), np.nan), 0
    for b in blocks:
        q, m = flat[b] / flat[b].sum(), len(b) - 1
        D = flat[b].sum() * (np.diag(q) - np.outer(q, q))[:, :m]
        se[b] = np.sqrt(np.diagonal(D @ cov[at : at + m, at : at + m] @ D.T))
        at += m
    return _parts(se, theta)


def _flat(theta: MarkovParameters) -> np.ndarray:
    return np.concatenate([theta.initial, theta.transition.ravel(), theta.answers.ravel()])


def _parts(flat: np.ndarray, like: MarkovParameters) -> MarkovParameters:
    k = len(like.initial)
    return MarkovParameters(
        flat[:k], flat[k : k + k * k].reshape(k, k), flat[k + k * k :].reshape(like.answers.shape)
    )


def _free_blocks(data: AnswerPatterns, theta: MarkovParameters) -> list[np.ndarray]:
    """Positions of the probabilities that sum to one, without those at the boundary."""
    flat, k = _flat(theta), len(theta.initial)
    blocks = [np.arange(k)] + [k + s * k + np.arange(k) for s in range(k)]
    for item in range(len(data.categories)):
        columns = np.flatnonzero(data.item == item)
        blocks += [k + k * k + columns * k + s for s in range(k)]
    inner = [b[(flat[b] > BOUNDARY) & (flat[b] < 1 - BOUNDARY)] for b in blocks]
    return [b for b in inner if len(b) > 1]


def _moved(flat: np.ndarray, blocks: list[np.ndarray], eta: np.ndarray) -> np.ndarray:
    own, at = flat.copy(), 0
    for b in blocks:
        e = np.exp(np.append(eta[at : at + len(b) - 1], 0.0))
        own[b] = flat[b].sum() * e / e.sum()
        at += len(b) - 1
    return own
