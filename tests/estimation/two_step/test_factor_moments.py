"""Moments of factors by full information."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coprod_measure.estimation.two_step import factor_errors
from coprod_measure.estimation.two_step.factor_errors import pooled
from coprod_measure.estimation.two_step.factor_moments import FactorData, factor_data, factor_moments, metric
from coprod_measure.estimation.two_step.mapping import Measurement, latent_moments

LAM = np.kron(np.eye(2), np.array([[0.9], [0.8], [0.7]]))
PART = Measurement(LAM, np.diag([0.4, 0.5, 0.6, 0.3, 0.4, 0.5]), np.zeros(6), np.array([True, True]))
PHI = np.array([[1.0, 0.5], [0.5, 1.5]])


def answers(n: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    factors = rng.standard_normal((n, 2)) @ np.linalg.cholesky(PHI).T
    return factors @ LAM.T + rng.standard_normal((n, 6)) * np.sqrt(np.diagonal(PART.theta))


def test_with_complete_answers_they_are_the_mapped_moments() -> None:
    data = answers(400)
    found = factor_moments(factor_data(PART, data))
    cov = np.cov(data.T, bias=True)
    mapped = latent_moments(PART, cov, data.mean(axis=0), 400, "ML")
    assert found.cov == pytest.approx(mapped.cov, abs=1e-7)
    assert found.mean == pytest.approx(mapped.mean, abs=1e-7)


def test_they_maximise_the_likelihood_of_incomplete_answers() -> None:
    data = answers(300)
    data[:100, 0] = data[100:200, 4] = np.nan
    data[250:, 3:] = np.nan
    found = factor_moments(factor_data(PART, data))

    def log_likelihood(cov: np.ndarray, mean: np.ndarray) -> float:
        sigma, mu, total = LAM @ cov @ LAM.T + PART.theta, LAM @ mean, 0.0
        for row in data:
            seen = ~np.isnan(row)
            own, away = sigma[np.ix_(seen, seen)], row[seen] - mu[seen]
            total -= 0.5 * (np.linalg.slogdet(own)[1] + away @ np.linalg.solve(own, away))
        return float(total)

    best = log_likelihood(found.cov, found.mean)
    for step in (0.01, -0.01):
        for move in (np.diag([step, 0.0]), np.diag([0.0, step]), np.array([[0.0, step], [step, 0.0]])):
            assert log_likelihood(found.cov + move, found.mean) < best
        assert log_likelihood(found.cov, found.mean + np.array([step, 0.0])) < best


def test_the_metric_is_that_of_the_items_that_were_answered() -> None:
    data = answers(50)
    data[:20, 0] = np.nan
    known = factor_data(PART, data)
    for precision, loaded in zip(known.precision, known.loaded, strict=True):
        seen = (loaded != 0.0).any(axis=0)
        lam = LAM[seen]
        sigma = lam @ PHI @ lam.T + PART.theta[np.ix_(seen, seen)]
        assert metric(precision, PHI) == pytest.approx(lam.T @ np.linalg.solve(sigma, lam))


def test_many_patterns_are_pooled_with_those_like_them(monkeypatch: pytest.MonkeyPatch) -> None:
    data = answers(200)
    data[np.random.default_rng(2).random(data.shape) < 0.15] = np.nan
    known: FactorData = factor_data(PART, data[~np.isnan(data).all(axis=1)])
    exact = pooled(known)
    assert len(exact) == len(known.precision)
    monkeypatch.setattr(factor_errors, "MOST_PATTERNS", 5)
    few = pooled(known)
    assert len(few) == 5
    assert sum(share for share, _, _ in few) == pytest.approx(1.0)
    whole, rough = (sum(w * metric(a, PHI) for w, a, _ in part) for part in (exact, few))
    assert rough == pytest.approx(whole, rel=0.03)
    assert replace(known).shares.sum() == pytest.approx(1.0)
