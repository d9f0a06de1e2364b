"""Probit regression against statsmodels, and scores that sum to zero at the estimates."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from coprod_measure.estimation.sample.first_stage import (
    answers,
    first_stage,
    probit_regression,
    univariate_scores,
)


def sample(n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(12)
    x = rng.normal(1.0, 2.0, (n, 2))
    latent = x @ [0.4, -0.3] + rng.standard_normal(n)
    return np.searchsorted([-0.9, 0.2, 1.0], latent), x


def test_probit_regression_agrees_with_statsmodels() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from statsmodels.miscmodels.ordinal_model import OrderedModel

        codes, x = sample()
        model = OrderedModel(codes, x, distr="probit")
        theirs = model.fit(method="bfgs", disp=False, gtol=1e-8)
        cuts = model.transform_threshold_params(theirs.params)[1:-1]
    thresholds, slopes = probit_regression(codes, x, np.ones(codes.size))
    np.testing.assert_allclose(slopes, theirs.params[:2], atol=1e-5)
    np.testing.assert_allclose(thresholds, cuts, atol=1e-5)


def test_scores_vanish_at_the_estimates() -> None:
    codes, x = sample()
    data = answers(np.column_stack([codes, x[:, 0] * 2 + 1]), np.array([True, False]), None, x[:, 1:])
    stage = first_stage(data)
    for variable in range(2):
        total = univariate_scores(data, stage, variable).sum(axis=0)
        np.testing.assert_allclose(total, 0.0, atol=1e-6)


def test_linear_regression_is_least_squares() -> None:
    _, x = sample()
    y = 3.0 + x @ [1.0, -2.0] + np.random.default_rng(1).standard_normal(len(x))
    stage = first_stage(answers(y[:, None], np.array([False]), None, x))
    design = np.column_stack([np.ones(len(x)), x])
    expected, residual, _, _ = np.linalg.lstsq(design, y, rcond=None)
    np.testing.assert_allclose([stage.means[0], *stage.slopes[0]], expected)
    assert stage.variances[0] == pytest.approx(residual[0] / len(x))


def test_weights_count_as_repeated_respondents() -> None:
    codes, x = sample()
    weights = np.random.default_rng(5).integers(1, 4, codes.size)
    weighted = probit_regression(codes, x, weights.astype(float))
    repeated = probit_regression(
        np.repeat(codes, weights), np.repeat(x, weights, axis=0), np.ones(weights.sum())
    )
    for ours, theirs in zip(weighted, repeated, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-8)
