"""EM in many samples is EM in each of them (checked against lavaan in test_saturated)."""

from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.estimation.missing.many_samples import moments_of_samples
from coprod_measure.estimation.missing.patterns import group_patterns
from coprod_measure.estimation.missing.saturated import saturated_moments


def answers(n: int, share: float) -> np.ndarray:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(n, 1)) + rng.normal(size=(n, 6)) + 10.0
    x[rng.random(x.shape) < share] = np.nan
    x[:2] = np.nan
    return x


@pytest.mark.parametrize("share", [0.05, 0.25])
def test_each_sample_ends_where_it_ends_alone(share: float) -> None:
    x = answers(150, share)
    counts = np.random.default_rng(1).multinomial(150, np.full(150, 1 / 150), 20).astype(float)
    mean, cov = moments_of_samples(x, counts)
    for own, m, v in zip(counts, mean, cov, strict=True):
        alone = saturated_moments(group_patterns(x[own > 0], own[own > 0]))
        assert m == pytest.approx(alone.mean, abs=1e-4)
        assert v == pytest.approx(alone.cov, abs=1e-4)


def test_a_sample_without_solution_is_told_from_those_beside_it() -> None:
    x = answers(150, 0.1)
    x[:60, 0] = np.nan  # never answered in the first
    x[60:100, 1] = 3.0  # the same for all in the second
    x[100:, 2] = x[100:, 3]  # two that depend on each other in the third
    counts = np.zeros((4, 150))
    counts[0, :60] = counts[1, 60:100] = counts[2, 100:] = counts[3] = 1.0
    cov = moments_of_samples(x, counts)[1]
    assert np.isnan(cov).all(axis=(1, 2)).tolist() == [True, True, True, False]
