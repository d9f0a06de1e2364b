"""Modes of the posterior against a general optimiser."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.sample.ordinal_scores import Indicators, modal_scores

LOADINGS = np.array([[0.8, 0.0], [0.6, 0.0], [0.3, 0.7], [0.0, 0.9]])
INDICATORS = Indicators(
    LOADINGS,
    np.array([0.0, 0.0, 0.0, 0.5]),
    np.array([0.36, 0.64, 0.4, 0.5]),
    (np.array([-0.5, 0.8]), np.array([0.2]), np.array([-1.0, 0.0, 1.0]), np.zeros(0)),
)
COVARIANCE = np.array([[1.0, 0.4], [0.4, 1.2]])


def test_scores_are_modes_of_the_posterior() -> None:
    answers = np.array([[0, 1, 3, 0.2], [2, 0, np.nan, 1.9], [1, np.nan, 0, np.nan], [2, 1, 3, 4.0]])
    mean = np.array([[0.0, 0.0], [0.3, -0.2], [0.0, 0.0], [1.0, 1.0]])
    scores = modal_scores(INDICATORS, answers, mean, COVARIANCE)

    def negative(eta: np.ndarray, row: np.ndarray, centre: np.ndarray) -> float:
        value = 0.5 * (eta - centre) @ np.linalg.solve(COVARIANCE, eta - centre)
        for j, answer in enumerate(row):
            if np.isnan(answer):
                continue
            expected, sd = INDICATORS.intercepts[j] + LOADINGS[j] @ eta, np.sqrt(INDICATORS.residuals[j])
            cuts = np.concatenate([[-np.inf], INDICATORS.thresholds[j], [np.inf]])
            if INDICATORS.thresholds[j].size:
                a, b = norm.cdf((cuts[[int(answer), int(answer) + 1]] - expected) / sd)
                value -= np.log(b - a)
            else:
                value -= norm.logpdf(answer, expected, sd)
        return float(value)

    for row, centre, ours in zip(answers, mean, scores, strict=True):
        best = minimize(negative, centre, args=(row, centre), method="BFGS", options={"gtol": 1e-8})
        np.testing.assert_allclose(ours, best.x, atol=1e-5)


def test_nothing_answered_leaves_what_was_expected_before() -> None:
    mean = np.array([[0.7, -0.4]])
    scores = modal_scores(INDICATORS, np.full((1, 4), np.nan), mean, COVARIANCE)
    np.testing.assert_allclose(scores, mean)


def test_a_heywood_case_is_refused() -> None:
    broken = Indicators(
        LOADINGS, INDICATORS.intercepts, np.array([-0.1, 0.6, 0.4, 0.5]), INDICATORS.thresholds
    )
    with pytest.raises(EstimationError, match="Heywood"):
        modal_scores(broken, np.zeros((1, 4)), np.zeros((1, 2)), COVARIANCE)
