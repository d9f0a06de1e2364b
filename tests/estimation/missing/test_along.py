from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.estimation.missing import along
from coprod_measure.estimation.missing.along import (
    expected_along,
    expected_diagonal,
    information_along,
    observed_along,
)
from coprod_measure.estimation.missing.fiml import complete
from coprod_measure.estimation.missing.fiml_information import (
    LowRank,
    expected_information,
    observed_information,
)
from coprod_measure.estimation.missing.patterns import group_patterns

P = 5
SIGMA = 0.4 + np.diag([0.9, 1.2, 0.6, 1.4, 0.8])
MU = np.linspace(-0.5, 0.5, P)
WEIGHTS = (np.arange(90) % 3 + 1).astype(float)


def incomplete() -> np.ndarray:
    """Ninety people with gaps anywhere, some of them with the same ones, one without an answer."""
    rng = np.random.default_rng(8)
    y = rng.multivariate_normal(MU + 0.2, 1.3 * SIGMA, size=90)
    y[rng.random(y.shape) < 0.3] = np.nan
    y[7] = np.nan
    y[50:70, 3:] = np.nan
    return y


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize(
    ("times", "whole"), [(expected_along, expected_information), (observed_along, observed_information)]
)
def test_directions_give_the_columns_of_the_matrix(times, whole, weights) -> None:  # type: ignore[no-untyped-def]
    patterns = group_patterns(incomplete(), weights)
    completed, moments = complete(patterns, SIGMA, MU), LowRank.of_moments(P)
    chosen = np.arange(moments.left.size) % 3 == 1
    np.testing.assert_allclose(
        information_along(times, patterns, completed, moments, moments.of(chosen)),
        whole(patterns, completed, moments)[:, chosen],
        atol=1e-9,
    )


@pytest.mark.parametrize("chunk", [40, 2_000_000])
def test_the_diagonal_is_that_of_the_matrix(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(along, "CHUNK", chunk)
    rng, k = np.random.default_rng(3), 11
    basis, left, right = rng.normal(size=(P, 6)), rng.integers(6, size=k), rng.integers(6, size=k)
    scale, shift = np.where(np.arange(k) < 2, 0.0, rng.normal(size=k)), rng.normal(size=k)
    d = LowRank(basis, left, right, scale, shift)
    patterns = group_patterns(incomplete(), WEIGHTS)
    completed = complete(patterns, SIGMA, MU)
    whole = expected_information(patterns, completed, d)
    np.testing.assert_allclose(expected_diagonal(patterns, completed, d), np.diagonal(whole), atol=1e-9)
