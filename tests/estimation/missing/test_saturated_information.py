from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.missing.fiml import complete
from coprod_measure.estimation.missing.fiml_information import (
    LowRank,
    observed_information,
)
from coprod_measure.estimation.missing.patterns import group_patterns
from coprod_measure.estimation.missing.saturated import saturated_moments
from coprod_measure.estimation.missing.saturated_information import (
    SaturatedInformation,
    complete_moment_information,
    observed_moment_information,
)


def gappy(n: int = 90, p: int = 4) -> np.ndarray:
    rng = np.random.default_rng(5)
    y = rng.normal(size=(n, p)) @ rng.normal(size=(p, p))
    y[rng.random(y.shape) < 0.2] = np.nan
    y[:30] = np.nan_to_num(y[:30])
    return y


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_sum_over_patterns_is_the_general_information(compress: bool, weighted: bool) -> None:
    y = gappy()
    weights = np.random.default_rng(6).uniform(0.5, 2.0, len(y)) if weighted else None
    patterns = group_patterns(y, weights, compress=compress)
    moments = saturated_moments(patterns)
    # Away from the maximum, where no term vanishes.
    completed = complete(patterns, moments.cov * 1.2, moments.mean + 0.3)
    expected = observed_information(patterns, completed, LowRank.of_moments(4))
    np.testing.assert_allclose(observed_moment_information(patterns, completed), expected, atol=1e-10)


def test_patterns_in_pieces_sum_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    patterns = group_patterns(gappy())
    moments = saturated_moments(patterns)
    completed = complete(patterns, moments.cov, moments.mean)
    whole = observed_moment_information(patterns, completed)
    monkeypatch.setattr("coprod_measure.estimation.missing.saturated_information.CHUNK", 32)
    np.testing.assert_allclose(observed_moment_information(patterns, completed), whole, atol=1e-10)


def test_complete_data() -> None:
    precision = np.linalg.inv(np.cov(np.random.default_rng(1).normal(size=(3, 40))))
    sides = [np.zeros((3, 3)) for _ in range(6)]
    for side, (j, i) in zip(sides, zip(*np.triu_indices(3), strict=True), strict=True):
        side[i, j] = side[j, i] = 1.0
    by_cov = [[0.5 * np.trace(precision @ a @ precision @ b) for b in sides] for a in sides]
    found = complete_moment_information(precision)
    np.testing.assert_allclose(found[3:, 3:], by_cov, atol=1e-12)
    np.testing.assert_allclose(found[:3, :3], precision, atol=1e-12)
    assert not found[:3, 3:].any()


def test_traces() -> None:
    rng = np.random.default_rng(3)
    first, second, scores = (rng.normal(size=(20, 5)) for _ in range(3))
    information = SaturatedInformation(np.ones(5, dtype=bool), first.T @ first, second.T @ second, scores)
    inverse, cross = np.linalg.inv(first.T @ first), scores.T @ scores
    assert information.score_trace == pytest.approx(np.trace(cross @ inverse))
    assert information.completed_trace == pytest.approx(np.trace(inverse @ second.T @ second))
    both = inverse @ second.T @ second @ inverse
    assert information.completed_score_trace == pytest.approx(np.trace(cross @ both))


def test_singular_information_is_an_error() -> None:
    information = SaturatedInformation(np.ones(2, dtype=bool), np.ones((2, 2)), np.eye(2), np.eye(2))
    with pytest.raises(EstimationError, match="not identified"):
        information.solve(np.eye(2))
