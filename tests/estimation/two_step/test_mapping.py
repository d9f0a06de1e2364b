"""Mapping matrices and their derivatives."""

from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.estimation.two_step.mapping import (
    Mapping,
    Measurement,
    error_share,
    latent_moments,
    mapping_matrix,
    mapping_weight,
    moment_slopes,
)

LAM = np.array([[1.0, 0.0], [0.8, 0.0], [0.6, 0.3], [0.0, 1.0], [0.0, 0.7]])
PHI = np.array([[1.2, 0.4], [0.4, 0.9]])


def part(lam: np.ndarray = LAM, theta: np.ndarray | None = None) -> Measurement:
    own = np.diag([0.5, 0.4, 0.6, 0.3, 0.7]) if theta is None else theta
    return Measurement(lam, own, np.zeros(5), np.array([True, True]))


@pytest.mark.parametrize("kind", ["ML", "GLS", "ULS"])
def test_the_moments_of_a_true_model_are_recovered(kind: Mapping) -> None:
    cov = LAM @ PHI @ LAM.T + part().theta
    found = latent_moments(part(), cov, np.zeros(5), 1e6, kind)
    assert found.cov == pytest.approx(PHI, abs=1e-8)
    assert mapping_matrix(part(), mapping_weight(part(), cov, 100, kind)) @ LAM == pytest.approx(np.eye(2))


def test_the_ml_mapping_is_bartletts_and_lives_with_items_free_of_error() -> None:
    theta = part().theta
    weight = np.linalg.inv(theta)
    bartlett = np.linalg.solve(LAM.T @ weight @ LAM, LAM.T @ weight)
    assert mapping_matrix(part(), mapping_weight(part(), theta, 100, "ML")) == pytest.approx(bartlett)
    theta = np.diag([0.0, 0.4, 0.6, 0.3, 0.7])
    exact = mapping_matrix(part(theta=theta), mapping_weight(part(theta=theta), theta, 100, "ML"))
    assert exact[0] == pytest.approx([1.0, 0.0, 0.0, 0.0, 0.0], abs=1e-10)


@pytest.mark.parametrize("kind", ["ML", "ULS"])
def test_slopes_are_those_of_finite_differences(kind: Mapping) -> None:
    draw = (
        np.random.default_rng(3).standard_normal((200, 5))
        @ np.linalg.cholesky(LAM @ PHI @ LAM.T + part().theta).T
    )
    cov, mean = np.cov(draw.T), draw.mean(axis=0)

    def moments(lam: np.ndarray, theta: np.ndarray) -> np.ndarray:
        found = latent_moments(part(lam, theta), cov, mean, 200, kind, np.array([True, False]))
        return np.concatenate([found.mean, found.cov[np.triu_indices(2)[::-1]]])

    found = latent_moments(part(), cov, mean, 200, kind, np.array([True, False]))
    touched, none = np.array([2]), np.zeros((1, 1))
    slopes = [
        (touched, np.array([[1.0, 0.0]]), none, np.zeros(1)),
        (touched, np.zeros((1, 2)), np.ones((1, 1)), np.zeros(1)),
    ]
    weight = mapping_weight(part(), cov, 200, kind)
    ours = moment_slopes(part(), found, cov, mean, weight, kind, slopes)
    step = 1e-6
    for k, (lam, theta) in enumerate(((step, 0.0), (0.0, step))):
        moved = [LAM.copy(), part().theta.copy()]
        moved[0][2, 0] += lam
        moved[1][2, 2] += theta
        numeric = (moments(*moved) - moments(LAM, part().theta)) / step
        assert ours[:, k] == pytest.approx(numeric, abs=1e-5)


def test_less_error_is_taken_off_where_nothing_would_be_left() -> None:
    observed, error = np.diag([1.0, 1.0]), np.diag([0.5, 1.5])
    share = error_share(observed, error, 0.01, 0.01)
    assert share == pytest.approx(1.0 / 1.5 - 0.01)
    assert np.linalg.eigvalsh(observed - share * error).min() > 0.0
    assert error_share(observed, np.diag([0.5, 0.5]), 0.01, 0.01) == 1.0
