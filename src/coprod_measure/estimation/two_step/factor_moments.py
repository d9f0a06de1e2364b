"""Moments of factors by full information, given the measurement: what planned missing of many items needs.

Given Lambda, Theta and nu, a person's answers o say of the factors b = L'T^-1 (y - nu) with precision
A = L'T^-1 L (rows and cells of o). The likelihood of mean and covariance Phi of the factors is maximised by
EM (Dempster, Laird & Rubin 1977) on vectors of the length of the factors: the posterior covariance is
C = (Phi^-1 + A)^-1. With complete answers the maximum is M (S - Theta) M'. The information of one person
about Phi is that of a normal distribution with precision B = A - A C A, the metric of all errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.two_step.mapping import LatentMoments, Measurement

STEPS = 500
# Largest change of a correlation between two steps.
PRECISE = 1e-9
# Of many factors the moments are known to some hundredths, and the likelihood is flat there.
MOST_PRECISE, ROUGH = 40, 1e-5
# Steps of scoring before EM, and when they are near enough.
SCORINGS, NEAR = 60, 1e-4
_EXACT = 1e-6
_CHUNK = 32


@dataclass(frozen=True, slots=True)
class FactorData:
    """What the answers of one group say of the m factors.

    Attributes
    ----------
    precision : (P, m, m) float
        A of each pattern of answers.
    loaded : (P, m, p) float
        L'T^-1 of each pattern, zero for items not answered.
    pattern : (n,) int
    scores : (n, m) float
        b of each person.
    weights : (n,) float
        Shares of the people, with sum one.
    """

    precision: Floats
    loaded: Floats
    pattern: np.ndarray
    scores: Floats
    weights: Floats

    @property
    def shares(self) -> Floats:
        """Share of each pattern."""
        return np.asarray(np.bincount(self.pattern, self.weights, minlength=len(self.precision)))

    def second_moments(self, rows: Floats) -> Floats:
        """Mean over people of r r' (m, m) of their rows (n, m)."""
        return np.asarray(rows.T @ (self.weights[:, None] * rows))


def factor_data(part: Measurement, answers: Floats, weights: Floats | None = None) -> FactorData:
    """Sum up answers (n, p), NaN where missing, by what they say of the factors."""
    seen = ~np.isnan(answers)
    kinds, member = np.unique(seen, axis=0, return_inverse=True)
    member = member.ravel()
    spread = np.nanvar(answers, axis=0)
    theta = part.theta.copy()
    theta[np.diag_indices_from(theta)] = np.maximum(np.diagonal(theta), _EXACT * spread)
    m, p = part.lam.shape[1], len(theta)
    precision, loaded = np.zeros((len(kinds), m, m)), np.zeros((len(kinds), m, p))
    scores = np.zeros((len(answers), m))
    for k, some in enumerate(kinds):
        lam = part.lam[some]
        own = np.linalg.solve(theta[np.ix_(some, some)], lam).T
        precision[k], loaded[k][:, some] = own @ lam, own
        people = member == k
        scores[people] = (answers[people][:, some] - part.nu[some]) @ own.T
    share = np.full(len(answers), 1.0 / len(answers)) if weights is None else weights / weights.sum()
    return FactorData(precision, loaded, member, scores, share)


def factor_moments(data: FactorData) -> LatentMoments:
    """Maximise the likelihood of the factors' moments.

    Raises
    ------
    EstimationError
        If the search does not end.
    """
    known = np.einsum("k,kij->ij", data.shares, data.precision)
    if (np.diagonal(known) <= 0.0).any():
        raise EstimationError("a factor has no answers", place="measurement", cure="Drop it from the model")
    m = len(known)
    state = _packed(*_scored(data, np.zeros(m), np.diag(_start(data, known))))
    precise = PRECISE if m <= MOST_PRECISE else ROUGH
    for step in range(STEPS):
        first = _step(data, state, m)
        second = _step(data, first, m)
        r, v = first - state, second - 2.0 * first + state
        length = -np.sqrt(r @ r / max(float(v @ v), 1e-300))
        new = second
        if step > 2 and length < -1.0:
            leap = state - 2.0 * length * r + length**2 * v
            if np.linalg.eigvalsh(_unpacked(leap, m)[1])[0] > 0.0:
                new = _step(data, leap, m)
        cov = _unpacked(new, m)[1]
        scale = np.sqrt(np.diagonal(cov))
        moved = np.abs(_unpacked(second - first, m)[1] / np.outer(scale, scale)).max()
        state = new
        if moved < precise:
            break
    else:
        raise EstimationError(
            f"the moments of the factors were not found in {STEPS} steps",
            place="measurement",
            cure="Look for factors that few people answered together",
            code="factor-moments",
        )
    mean, cov = _unpacked(state, m)
    error = np.linalg.inv(known)
    mapping = error @ np.einsum("k,kij->ij", data.shares, data.loaded)
    return LatentMoments(cov, mean, mapping, cov + error, error, 1.0, np.ones(m))


def _start(data: FactorData, known: Floats) -> Floats:
    raw = data.weights @ data.scores**2
    precision = np.diagonal(known)
    return np.asarray(np.maximum(raw / precision**2 - 1.0 / precision, 0.1 / precision))


def _scored(data: FactorData, mean: Floats, cov: Floats) -> tuple[Floats, Floats]:
    """Come near the maximum by scoring with the mean metric: Phi + B^-1 (mean u u' - B) B^-1.

    With u = L' Sigma^-1 (y - mu) and B of each pattern the gradient is (mean u u' - mean B) / 2; the mean
    of B x B is taken as that of means, which is right for complete answers and within half of it for others.
    EM, which ends the search, is slow where factors are many and answers few.
    """
    best, least = (mean, cov), np.inf
    for _ in range(SCORINGS):
        b, u = metric_and_scores(data, mean, cov)
        inverse = np.linalg.inv(b)
        step = inverse @ (data.second_moments(u) - b) @ inverse
        scale = np.sqrt(np.diagonal(cov))
        moved = float(np.abs(step / np.outer(scale, scale)).max())
        if moved < least:
            best, least = (mean, cov), moved
        if moved < NEAR or moved > 10.0 * least:
            break
        length = 1.0
        while length > 1e-3 and np.linalg.eigvalsh(cov + length * step)[0] <= 0.0:
            length /= 2.0
        if length <= 1e-3:
            break
        mean, cov = mean + length * inverse @ (data.weights @ u), cov + length * (step + step.T) / 2.0
    return best


def metric_and_scores(data: FactorData, mean: Floats, cov: Floats) -> tuple[Floats, Floats]:
    """Mean of B over respondents (m, m), and u of each (n, m)."""
    order = np.argsort(data.pattern, kind="stable")
    starts = np.searchsorted(data.pattern[order], np.arange(len(data.precision) + 1))
    shares, total, u = data.shares, np.zeros_like(cov), np.zeros_like(data.scores)
    for start in range(0, len(data.precision), _CHUNK):
        chunk = data.precision[start : start + _CHUNK]
        shrink = np.linalg.inv(np.eye(len(cov)) + chunk @ cov)
        total += np.einsum("k,kij->ij", shares[start : start + _CHUNK], shrink @ chunk)
        for k, own in enumerate(shrink, start=start):
            people = order[starts[k] : starts[k + 1]]
            u[people] = (data.scores[people] - mean @ data.precision[k]) @ own.T
    return (total + total.T) / 2.0, u


def _packed(mean: Floats, cov: Floats) -> Floats:
    return np.concatenate([mean, cov.ravel()])


def _unpacked(state: Floats, m: int) -> tuple[Floats, Floats]:
    return state[:m], state[m:].reshape(m, m)


def _step(data: FactorData, state: Floats, m: int) -> Floats:
    mean, cov = _unpacked(state, m)
    inverse = np.linalg.inv(cov)
    shares = data.shares
    total, scores = np.zeros((m, m)), np.zeros_like(data.scores)
    for start in range(0, len(shares), _CHUNK):
        chunk = data.precision[start : start + _CHUNK]
        posterior = np.linalg.inv(inverse + chunk)
        total += np.einsum("k,kij->ij", shares[start : start + _CHUNK], posterior)
        for k, own in enumerate(posterior, start=start):
            people = data.pattern == k
            scores[people] = mean + (data.scores[people] - data.precision[k] @ mean) @ own
    centre = data.weights @ scores
    found = data.second_moments(scores - centre) + total
    return _packed(centre, (found + found.T) / 2.0)


def metric(precision: Floats, cov: Floats) -> Floats:
    """B = (Phi + A^-1)^-1 for a singular A too, shape (m, m)."""
    m = len(cov)
    found = precision @ np.linalg.inv(np.eye(m) + cov @ precision)
    return np.asarray((found + found.T) / 2.0)
