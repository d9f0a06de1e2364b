"""Polyserial correlations of simulated data, and scores against finite differences of the log-likelihood."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from coprod_measure.estimation.sample.first_stage import answers, first_stage
from coprod_measure.estimation.sample.polyserial import polyserial_correlations, polyserial_scores

CUTS = np.array([-0.7, 0.4, 1.3])


def limits(latent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    codes = np.searchsorted(CUTS, latent)
    padded = np.concatenate([[-38.0], CUTS, [38.0]])
    return padded[codes][:, None], padded[codes + 1][:, None]


@pytest.mark.parametrize("rho", [-0.9, -0.2, 0.0, 0.55, 0.97])
def test_known_correlations_are_recovered(rho: float) -> None:
    rng = np.random.default_rng(6)
    z, noise = rng.standard_normal((2, 100_000))
    z = (z - z.mean()) / z.std()
    lower, upper = limits(rho * z + np.sqrt(1 - rho**2) * noise)
    found = polyserial_correlations(z, lower, upper, np.ones(z.size))
    assert found.converged.all()
    assert found.rho[0] == pytest.approx(rho, abs=0.012)


def test_scores_are_derivatives_of_each_log_likelihood() -> None:
    rng = np.random.default_rng(9)
    y = rng.normal(2.0, 3.0, 40)
    lower, upper = limits(rng.standard_normal(40))
    rho, mean, variance = 0.35, 1.7, 8.0

    def log_likelihood(rho: float, mean: float, variance: float, up: float, down: float) -> np.ndarray:
        z = (y - mean) / np.sqrt(variance)
        root = np.sqrt(1 - rho**2)
        cell = norm.cdf((upper[:, 0] + up - rho * z) / root) - norm.cdf((lower[:, 0] + down - rho * z) / root)
        return np.log(cell) + norm.logpdf(z) - 0.5 * np.log(variance)

    sd = np.sqrt(variance)
    scores = polyserial_scores((y - mean) / sd, lower, upper, np.array([rho]), sd)
    point, step = np.array([rho, mean, variance, 0.0, 0.0]), 1e-5
    for k, analytic in enumerate((scores.rho, scores.mean, scores.variance, scores.upper, scores.lower)):
        move = step * (np.arange(5) == k)
        slope = (log_likelihood(*(point + move)) - log_likelihood(*(point - move))) / (2 * step)
        np.testing.assert_allclose(analytic[:, 0], slope, atol=1e-7)


def test_missing_answers_change_nothing() -> None:
    rng = np.random.default_rng(2)
    latent = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 300)
    data = np.column_stack([latent[:, 0], np.searchsorted(CUTS, latent[:, 1]).astype(float)])
    holes = np.vstack([data, [[np.nan, np.nan], [np.nan, np.nan]]])
    found = []
    for values in (data, holes):
        group = answers(values, np.array([False, True]))
        stage = first_stage(group)
        z = stage.standardised(group)[:, 0]
        found.append(polyserial_correlations(z, *stage.limits(group), group.weights).rho[0])
    assert found[0] == pytest.approx(found[1], abs=1e-12)
