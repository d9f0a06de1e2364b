from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.estimation.missing import fiml_information
from coprod_measure.estimation.missing.fiml import casewise_log_likelihood, complete, log_likelihood
from coprod_measure.estimation.missing.fiml_information import (
    LowRank,
    casewise_scores,
    expected_information,
    observed_information,
)
from coprod_measure.estimation.missing.patterns import group_patterns

P = 4
SIGMA = np.array([[2.0, 0.6, 0.4, 0.1], [0.6, 1.5, 0.3, 0.2], [0.4, 0.3, 1.0, 0.5], [0.1, 0.2, 0.5, 1.8]])
MU = np.array([0.2, -0.4, 1.0, 0.0])
COLUMN, ROW = np.triu_indices(P)


def incomplete(n: int = 90, seed: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y = rng.multivariate_normal(MU + 0.1, SIGMA * 1.2, size=n)
    y[rng.random(y.shape) < 0.25] = np.nan
    y[7] = np.nan
    y[40:60] = np.where(np.arange(P) < 3, rng.normal(size=(20, P)), np.nan)
    return y


def moments(point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    sigma = np.zeros((P, P))
    sigma[ROW, COLUMN] = sigma[COLUMN, ROW] = point[P:]
    return sigma, point[:P]


POINT = np.concatenate([MU, SIGMA[ROW, COLUMN]])


def differences(function, point: np.ndarray, step: float) -> np.ndarray:
    columns = []
    for k in range(point.size):
        move = np.zeros(point.size)
        move[k] = step
        columns.append((function(point + move) - function(point - move)) / (2 * step))
    return np.stack(columns, axis=-1)


@pytest.mark.parametrize("chunk", [40, 2_000_000])
def test_observed_information_is_the_negative_hessian(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fiml_information, "CHUNK", chunk)
    patterns = group_patterns(incomplete())

    def value(point: np.ndarray) -> float:
        return log_likelihood(patterns, complete(patterns, *moments(point)))

    numeric = -differences(lambda point: differences(value, point, 1e-4), POINT, 1e-4)
    ours = observed_information(patterns, complete(patterns, SIGMA, MU), LowRank.of_moments(P))
    np.testing.assert_allclose(ours, numeric, atol=2e-4 * np.abs(numeric).max())
    np.testing.assert_allclose(ours, ours.T, atol=1e-10)


def test_expected_information_is_a_sum_of_normal_ones() -> None:
    patterns = group_patterns(incomplete())
    d = LowRank.of_moments(P)
    expected = np.zeros((POINT.size, POINT.size))
    for seen, n in zip(patterns.observed, patterns.weights, strict=True):
        inverse = np.zeros((P, P))
        inverse[np.ix_(seen, seen)] = np.linalg.inv(SIGMA[np.ix_(seen, seen)])
        for r in range(POINT.size):
            unit = np.eye(POINT.size)[r]
            sigma_r, mu_r = moments(unit)
            for s in range(POINT.size):
                sigma_s, mu_s = moments(np.eye(POINT.size)[s])
                expected[r, s] += n * (
                    mu_r @ inverse @ mu_s + 0.5 * np.trace(inverse @ sigma_r @ inverse @ sigma_s)
                )
    ours = expected_information(patterns, complete(patterns, SIGMA, MU), d)
    np.testing.assert_allclose(ours, expected, atol=1e-9)


def test_scores_are_derivatives_of_each_persons_likelihood() -> None:
    y = incomplete()
    patterns = group_patterns(y, compress=False)
    numeric = differences(lambda point: casewise_log_likelihood(y, *moments(point)), POINT, 1e-5)
    ours = casewise_scores(patterns, complete(patterns, SIGMA, MU), LowRank.of_moments(P))
    np.testing.assert_allclose(ours, numeric[patterns.people >= 0], atol=1e-6)


def test_weighted_people_count_as_often_as_they_weigh() -> None:
    y, times = incomplete(), np.arange(90) % 3 + 1
    d = LowRank.of_moments(P)
    weighted, repeated = group_patterns(y, times.astype(float)), group_patterns(np.repeat(y, times, axis=0))
    for information in (expected_information, observed_information):
        np.testing.assert_allclose(
            information(weighted, complete(weighted, SIGMA, MU), d),
            information(repeated, complete(repeated, SIGMA, MU), d),
            atol=1e-8,
        )
    single = group_patterns(y, times.astype(float), compress=False)
    scores = casewise_scores(single, complete(single, SIGMA, MU), d)
    again = group_patterns(np.repeat(y, times, axis=0), compress=False)
    np.testing.assert_allclose(
        scores.sum(axis=0), casewise_scores(again, complete(again, SIGMA, MU), d).sum(axis=0), atol=1e-8
    )


def test_what_follows_from_the_rest_of_a_row_has_a_root_too() -> None:
    a = np.random.default_rng(1).normal(size=(2, 3, 3))
    covariances = a @ a.transpose(0, 2, 1)
    covariances[1] = np.outer(a[1, :, 0], a[1, :, 0])
    roots = fiml_information._root(covariances)
    assert roots @ roots.transpose(0, 2, 1) == pytest.approx(covariances, abs=1e-12)
