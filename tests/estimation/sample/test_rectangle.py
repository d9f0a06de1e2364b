"""Rectangles without covariates are cells of a table; scores against finite differences."""

from __future__ import annotations

import numpy as np
from scipy.stats import multivariate_normal

from coprod_measure.estimation.sample.bivariate_normal import INFINITE
from coprod_measure.estimation.sample.ordinal_moments import ordinal_moments
from coprod_measure.estimation.sample.rectangle import Rectangles, rectangle_correlations, rectangle_scores


def test_without_covariates_the_polychoric_correlation_comes_back() -> None:
    rng = np.random.default_rng(14)
    latent = rng.multivariate_normal(np.zeros(3), [[1, 0.6, -0.4], [0.6, 1, 0.1], [-0.4, 0.1, 1]], 600)
    codes = np.column_stack([np.searchsorted([-0.8, 0.1 * k, 0.9], latent[:, k]) for k in range(3)])
    moments = ordinal_moments(codes.astype(float), np.ones(3, dtype=bool))
    padded = moments.first.padded
    lower = np.take_along_axis(padded.T, codes, axis=0)
    upper = np.take_along_axis(padded.T, codes + 1, axis=0)
    rectangles = Rectangles(lower[:, [0]], upper[:, [0]], lower[:, 1:], upper[:, 1:])
    found = rectangle_correlations(rectangles, np.ones(600))
    assert found.converged.all()
    np.testing.assert_allclose(found.rho, moments.correlations[0, 1:], atol=1e-7)


def test_scores_are_derivatives_of_each_log_likelihood() -> None:
    edges = np.array([[-0.6, 0.7, -1.1, 0.2], [-INFINITE, 0.3, 0.5, INFINITE], [0.9, 1.4, -0.2, 1.0]])
    rho, step = 0.45, 1e-5

    def log_probability(point: np.ndarray, rho: float) -> np.ndarray:
        cov = [[1, rho], [rho, 1]]

        def corner(a: float, b: float) -> float:
            return float(multivariate_normal.cdf(np.clip([a, b], -9, 9), cov=cov))

        return np.log(
            [corner(u, v) - corner(l, v) - corner(u, m) + corner(l, m) for l, u, m, v in point]  # noqa: E741
        )

    rectangles = Rectangles(edges[:, [0]], edges[:, [1]], edges[:, [2]], edges[:, [3]])
    scores = rectangle_scores(rectangles, np.array([rho]))
    slope = (log_probability(edges, rho + step) - log_probability(edges, rho - step)) / (2 * step)
    np.testing.assert_allclose(scores.rho[:, 0], slope, atol=1e-6)
    sides = (scores.lower, scores.upper, scores.other_lower, scores.other_upper)
    for k, analytic in enumerate(sides):
        move = step * (np.arange(4) == k)
        slope = (log_probability(edges + move, rho) - log_probability(edges - move, rho)) / (2 * step)
        np.testing.assert_allclose(analytic[:, 0], slope, atol=1e-6)
