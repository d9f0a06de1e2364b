"""Relative weights of sets, beyond controls, and of what follows from others; against R in the tests of the kind."""

from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.errors import EstimationError
from coprod_measure.structure.methods.relative_weights import relative_weights, weights_of_sets
from coprod_measure.structure.methods.subset_fits import subset_r2


def covariances(k: int, draws: int = 3) -> np.ndarray:
    rng = np.random.default_rng(k)
    x = rng.normal(size=(draws, 200, k)) @ rng.normal(size=(k, k))
    return np.array([np.cov(one.T) for one in x])


def test_weights_of_sets_add_up_to_what_they_explain_beyond_controls() -> None:
    S = covariances(6)
    R2 = subset_r2(S, [[0, 1], [2], [3]], [4], [5])
    assert weights_of_sets(S, [[0, 1], [2], [3]], [4], 5).sum(axis=0) == pytest.approx(R2[-1] - R2[0])


def test_uncorrelated_predictors_explain_their_squared_correlations() -> None:
    r = np.array([0.5, 0.3, -0.2])
    assert relative_weights(np.eye(3), r) == pytest.approx(r**2)


def test_two_predictors_are_split_as_their_definition_says() -> None:
    """Of two predictors the root has (sqrt(1 + r) + sqrt(1 - r)) / 2 in its diagonal."""
    r, a, b = 0.6, 0.5, 0.1
    on, off = (np.sqrt(1 + r) + np.sqrt(1 - r)) / 2, (np.sqrt(1 + r) - np.sqrt(1 - r)) / 2
    beta = np.linalg.inv([[on, off], [off, on]]) @ [a, b]
    expected = [on**2 * beta[0] ** 2 + off**2 * beta[1] ** 2, off**2 * beta[0] ** 2 + on**2 * beta[1] ** 2]
    assert relative_weights(np.array([[1, r], [r, 1]]), np.array([a, b])) == pytest.approx(expected)


@pytest.mark.parametrize("spoil", [1.0, 0.0])
def test_a_copy_and_a_constant_are_named(spoil: float) -> None:
    S = covariances(4)
    S[:, 1], S[:, :, 1] = spoil * S[:, 0], spoil * S[:, :, 0]
    S[:, 1, 1] = spoil * S[:, 0, 0]
    with pytest.raises(EstimationError, match="combinations of each other"):
        weights_of_sets(S, [[0], [1], [2]], (), 3)
