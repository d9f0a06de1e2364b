"""Draws of covariance matrices that are positive definite."""

from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.structure.effects import implied_covariances
from coprod_measure.structure.log_covariances import on_log_scale
from coprod_measure.structure.ranked_causes import draws_of_covariances

S = np.array([[1.0, 0.6, 0.3], [0.6, 1.2, 0.4], [0.3, 0.4, 0.8]])


def test_draws_spread_as_sample_covariances_do() -> None:
    """Against the theory of samples: the variance of s_ij is (s_ii s_jj + s_ij^2) / n."""
    rng = np.random.default_rng(1)
    n = 500
    wishart = np.array([np.cov(rng.multivariate_normal(np.zeros(3), S, n).T) for _ in range(2000)])
    drawn = on_log_scale(S, wishart - S)
    variance = np.diag(S)
    expected = np.sqrt((np.outer(variance, variance) + S**2) / n)
    np.testing.assert_allclose(drawn.std(axis=0), expected, rtol=0.06)
    np.testing.assert_allclose(np.median(drawn, axis=0), S, atol=0.01)


def test_far_draws_stay_positive_definite_and_near_ones_as_they_are() -> None:
    deviations = np.random.default_rng(2).standard_normal((300, 3, 3))
    deviations = deviations + deviations.transpose(0, 2, 1)
    assert np.linalg.eigvalsh(S + deviations)[:, 0].min() < 0
    assert np.linalg.eigvalsh(on_log_scale(S, deviations))[:, 0].min() > 0
    np.testing.assert_allclose(on_log_scale(S, 1e-5 * deviations) - S, 1e-5 * deviations, atol=1e-8)
    np.testing.assert_allclose(
        on_log_scale(np.eye(3), 0 * deviations), np.broadcast_to(np.eye(3), (300, 3, 3))
    )


def test_causes_are_ranked_where_normal_draws_are_no_covariances() -> None:
    """The slope of the covariances along each draw, and the share of draws that were none."""
    rng = np.random.default_rng(3)
    beta, psi = np.zeros((201, 3, 3)), np.repeat(S[None], 201, axis=0)
    psi[:, 2, :2] = psi[:, :2, 2] = 0.0
    beta[:, 2, :2] = 0.3
    usual, lost = draws_of_covariances(beta, psi, implied_covariances(beta, psi))
    assert (len(usual), lost) == (200, 0.0)
    moved = 0.6 * rng.standard_normal(200)
    psi[1:, 0, 1] += moved
    psi[1:, 1, 0] += moved
    sigma = implied_covariances(beta, psi)
    drawn, lost = draws_of_covariances(beta, psi, sigma)
    assert 0.05 < lost == pytest.approx(np.mean(np.linalg.eigvalsh(sigma[1:])[:, 0] < 0))
    assert np.linalg.eigvalsh(drawn)[:, 0].min() > 0
    near = np.abs(moved) < 0.02
    np.testing.assert_allclose(drawn[near], sigma[1:][near], atol=0.005)
