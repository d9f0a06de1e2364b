"""Moments of ordered and mixed data, and their asymptotic covariance, against lavaan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.estimation.sample import weight_matrix
from coprod_measure.estimation.sample.ordinal_moments import OrdinalMoments, ordinal_moments
from coprod_measure.estimation.sample.weight_matrix import asymptotic_covariance, moment_variances

REFERENCE = Path(__file__).parents[2] / "reference"


def stored(case: str) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray]:
    """Data with codes from 0, which columns are ordered, weights, and covariates."""
    frame = pd.read_csv(REFERENCE / case / "data.csv")
    weights = frame.pop("w").to_numpy() if "w" in frame else None
    covariates = frame[[name for name in frame.columns if name[0] == "x"]].to_numpy()
    frame = frame[[name for name in frame.columns if name[0] != "x"]]
    ordered = np.array([name[0] == "b" or name in {"y1", "y2", "y4", "y6"} for name in frame.columns])
    data = frame.to_numpy(dtype=float)
    data[:, ordered] -= np.nanmin(data[:, ordered], axis=0)
    if weights is not None:
        weights = weights * len(frame) / weights.sum()
    return data, ordered, weights, covariates


def sign_of_lavaan(moments: OrdinalMoments) -> np.ndarray:
    """lavaan stores means with the opposite sign."""
    sign = np.ones(moments.vector.size)
    sign[moments.starts[:-1][~moments.ordered]] = -1.0
    return sign


@pytest.mark.parametrize(
    "case", ["ordinal_mixed", "ordinal_pairwise", "ordinal_binary", "ordinal_weights", "ordinal_conditional"]
)
def test_moments_and_gamma_agree_with_lavaan(case: str) -> None:
    data, ordered, weights, covariates = stored(case)
    moments = ordinal_moments(data, ordered, weights, covariates)
    gamma = asymptotic_covariance(data, moments, weights, covariates)
    sign = sign_of_lavaan(moments)
    theirs = pd.read_csv(REFERENCE / case / "moments.csv")["moment"].to_numpy()
    # lavaan stops its iterations near 1e-6.
    np.testing.assert_allclose(moments.vector * sign, theirs, atol=5e-6)
    their_gamma = pd.read_csv(REFERENCE / case / "gamma.csv").to_numpy()
    np.testing.assert_allclose(gamma.full * np.outer(sign, sign), their_gamma, rtol=1e-5, atol=2e-5)
    np.testing.assert_allclose(gamma.diagonal, np.diagonal(their_gamma), rtol=1e-5, atol=2e-5)


def test_more_respondents_than_moments_are_compressed_without_loss() -> None:
    data, ordered, _, _ = stored("ordinal_mixed")
    moments = ordinal_moments(data, ordered)
    whole = asymptotic_covariance(data, moments)
    assert whole.factor.shape == (moments.vector.size, moments.vector.size)


def test_respondents_taken_in_small_parts_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    data, ordered, _, _ = stored("ordinal_pairwise")
    moments = ordinal_moments(data, ordered)
    whole = asymptotic_covariance(data, moments)
    monkeypatch.setattr(weight_matrix, "_CELLS_AT_ONCE", 1000)
    np.testing.assert_allclose(asymptotic_covariance(data, moments).full, whole.full, rtol=1e-9, atol=1e-11)


def test_variances_alone_are_the_diagonal_when_all_are_ordered() -> None:
    data, ordered, _, _ = stored("ordinal_binary")
    moments = ordinal_moments(data, ordered)
    first, pairs = moment_variances(data, moments)
    np.testing.assert_allclose(
        np.append(first, pairs), asymptotic_covariance(data, moments).diagonal, rtol=1e-10
    )


def test_errors_describe_the_spread_over_samples() -> None:
    rng = np.random.default_rng(20)
    n, estimates, claimed = 500, [], []
    for _ in range(300):
        factor = rng.standard_normal((n, 1))
        latent = 0.8 * factor + 0.6 * rng.standard_normal((n, 3))
        data = latent.copy()
        data[:, 0] = np.searchsorted([-0.5, 0.7], latent[:, 0])
        data[:, 1] = np.searchsorted([0.2], latent[:, 1])
        moments = ordinal_moments(data, np.array([True, True, False]))
        estimates.append(moments.vector)
        claimed.append(asymptotic_covariance(data, moments).diagonal / n)
    truth = [-0.5, 0.7, 0.2, 0.0, 1.0, 0.64, 0.64, 0.64]
    spread = np.std(estimates, axis=0)
    np.testing.assert_allclose(np.mean(estimates, axis=0), truth, atol=4 * spread.max() / np.sqrt(300))
    np.testing.assert_allclose(np.sqrt(np.mean(claimed, axis=0)), spread, rtol=0.15)
