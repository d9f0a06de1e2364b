"""Two-step correlations of continuous variables against a numerical maximum, scores against differences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal

from coprod_measure.estimation.sample.product_moment import pearson_scores, two_step_correlations


def draw() -> np.ndarray:
    rng = np.random.default_rng(8)
    return rng.multivariate_normal([0.0, 0.0], [[1.0, 0.45], [0.45, 1.0]], 120)


def test_complete_data_give_pearsons_correlation() -> None:
    data = draw()
    z = (data - data.mean(axis=0)) / data.std(axis=0)
    found = two_step_correlations(z[:, 0], z[:, 1:], np.ones(120))
    assert found[0] == pytest.approx(np.corrcoef(data.T)[0, 1], abs=1e-12)


def test_incomplete_pairs_give_the_maximum_of_their_likelihood() -> None:
    data = draw()
    data[:30, 0] = np.nan
    data[80:95, 1] = np.nan
    z = (data - np.nanmean(data, axis=0)) / np.nanstd(data, axis=0)
    both = z[~np.isnan(z).any(axis=1)]

    def misfit(rho: float) -> float:
        return -float(multivariate_normal.logpdf(both, cov=[[1, rho], [rho, 1]]).sum())

    best = minimize_scalar(misfit, bounds=(-0.99, 0.99), method="bounded", options={"xatol": 1e-10})
    assert two_step_correlations(z[:, 0], z[:, 1:], np.ones(120))[0] == pytest.approx(best.x, abs=1e-6)


def test_scores_are_derivatives_of_each_log_likelihood() -> None:
    data = draw()[:20]
    point = np.array([0.3, 0.2, 1.4, -0.1, 0.8])

    def log_likelihood(rho: float, m: float, v: float, m2: float, v2: float) -> np.ndarray:
        covariance = rho * np.sqrt(v * v2)
        return multivariate_normal.logpdf(data, [m, m2], [[v, covariance], [covariance, v2]])

    sd = np.sqrt(point[[2, 4]])
    z = (data - point[[1, 3]]) / sd
    scores = pearson_scores(z[:, 0], z[:, 1:], point[:1], sd[0], sd[1:])
    analytic = (scores.rho, scores.mean, scores.variance, scores.other_mean, scores.other_variance)
    for k, ours in enumerate(analytic):
        move = 1e-6 * (np.arange(5) == k)
        slope = (log_likelihood(*(point + move)) - log_likelihood(*(point - move))) / 2e-6
        np.testing.assert_allclose(ours[:, 0], slope, atol=1e-6)
