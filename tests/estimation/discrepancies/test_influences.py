"""Corrections without p* x p* matrices against the same with them, spelled out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import block_diag

import coprod_measure as cm
from coprod_measure.estimation.discrepancies.influences import (
    casewise_scores,
    first_order_information,
    satorra_bentler_traces,
    saturated_first_order_trace,
    weighted_influences,
)
from coprod_measure.estimation.model.implied import jacobian_of

DATA = Path(__file__).parents[2] / "reference" / "data"
MODEL = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6\ng ~ f"


def vech(matrix: np.ndarray) -> np.ndarray:
    """Stack the lower triangle by columns."""
    j, i = np.triu_indices(len(matrix))
    return matrix[i, j]


def solution(**options: Any) -> Any:
    return cm.sem(MODEL, pd.read_csv(DATA / "holzinger_swineford.csv"), **options)


def normal_weight(inverse: np.ndarray, *, means: bool) -> np.ndarray:
    p = len(inverse)
    pairs = [(i, j) for j in range(p) for i in range(j, p)]
    units = []
    for i, j in pairs:
        unit = np.zeros((p, p))
        unit[i, j] = unit[j, i] = 1.0
        units.append(inverse @ unit)
    weight = np.array([[0.5 * np.trace(a @ b) for b in units] for a in units])
    return block_diag(inverse, weight) if means else weight


def spelled_out(fit: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gamma, V and Delta of all groups stacked, and E^-1; groups weighted by their shares."""
    model, sample, x = fit.solution.model, fit.solution.sample, fit.solution.minimum.x
    gammas, weights, deltas = [], [], []
    for moments, share, implied, rules in zip(
        sample.groups, sample.shares, model.implied(x), model.rules, strict=True
    ):
        z = moments.data - moments.mean
        rows = np.array([vech(np.outer(one, one)) for one in z])
        if model.means:
            rows = np.hstack([z, rows])
        rows = rows - rows.mean(axis=0)
        gammas.append(rows.T @ rows / len(z) / share)
        weights.append(share * normal_weight(np.linalg.inv(implied.sigma), means=model.means))
        d_sigma, d_mu = jacobian_of(rules, implied)
        block = np.vstack([d_mu, d_sigma]) if model.means else d_sigma
        wide = np.zeros((block.shape[0], model.n_free))
        np.add.at(wide.T, rules.free, block.T)
        deltas.append(wide)
    gamma, weight, delta = block_diag(*gammas), block_diag(*weights), np.vstack(deltas)
    return gamma, weight, delta, np.linalg.inv(delta.T @ weight @ delta)


CASES = [{}, {"mean_structure": True}, {"group": "school", "group_equal": ("loadings", "intercepts")}]


@pytest.mark.parametrize("options", CASES, ids=str)
def test_traces_of_the_test_statistic(options: dict[str, Any]) -> None:
    fit = solution(**options)
    gamma, weight, delta, inverse = spelled_out(fit)
    u = weight - weight @ delta @ inverse @ delta.T @ weight
    found = satorra_bentler_traces(
        fit.solution.model, fit.solution.sample, fit.solution.minimum.x, inverse, second=True
    )
    assert found.first == pytest.approx(np.trace(u @ gamma))
    assert found.second == pytest.approx(np.trace(u @ gamma @ u @ gamma))


@pytest.mark.parametrize("options", CASES, ids=str)
def test_sandwich(options: dict[str, Any]) -> None:
    fit = solution(estimator="MLM", **options)
    gamma, weight, delta, inverse = spelled_out(fit)
    meat = delta.T @ weight @ gamma @ weight @ delta
    np.testing.assert_allclose(fit.covariance, inverse @ meat @ inverse / fit.n, rtol=1e-6, atol=1e-12)
    parts = weighted_influences(fit.solution.model, fit.solution.sample, fit.solution.minimum.x)
    np.testing.assert_allclose(sum(part.T @ part for part in parts) / fit.n, meat, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("options", CASES, ids=str)
def test_scores_add_up_to_the_gradient_and_vanish(options: dict[str, Any]) -> None:
    fit = solution(**options)
    model, sample = fit.solution.model, fit.solution.sample
    x = fit.solution.minimum.x + 0.01
    scores, _ = casewise_scores(model, sample, x)
    total = sum(score.sum(axis=0) for score in scores)
    np.testing.assert_allclose(total, -0.5 * fit.n * fit.solution.discrepancy.gradient(model, x), atol=1e-6)


def test_first_order_information_is_the_cross_product() -> None:
    fit = solution()
    scores, people = casewise_scores(fit.solution.model, fit.solution.sample, fit.solution.minimum.x)
    np.testing.assert_allclose(
        first_order_information(scores, people), scores[0].T @ scores[0] / fit.n, atol=1e-12
    )


def test_saturated_trace_is_the_number_of_moments_for_normal_data() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(size=(60_000, 6))
    data = pd.DataFrame(
        values + 0.3 * values.sum(axis=1, keepdims=True), columns=[f"x{k}" for k in range(1, 7)]
    )
    fit = cm.cfa("f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6", data)
    trace = saturated_first_order_trace(fit.solution.model, fit.solution.sample)
    assert trace == pytest.approx(21.0, rel=0.02)


def test_one_respondent_a_cluster_changes_only_the_degrees_of_freedom_of_clusters() -> None:
    data = pd.read_csv(DATA / "holzinger_swineford.csv")
    plain = cm.sem(MODEL, data, estimator="MLR", mean_structure=True)
    single = cm.sem(MODEL, data.assign(c=range(len(data))), estimator="MLR", cluster="c")
    ratio = np.sqrt(len(data) / (len(data) - 1))
    np.testing.assert_allclose(single.parameters["se"], plain.parameters["se"] * ratio, rtol=1e-8)


def test_equal_weights_change_nothing() -> None:
    data = pd.read_csv(DATA / "holzinger_swineford.csv")
    plain = cm.sem(MODEL, data, estimator="MLR")
    weighted = cm.sem(MODEL, data.assign(w=3.0), estimator="MLR", weights="w")
    pd.testing.assert_frame_equal(weighted.parameters, plain.parameters, rtol=1e-8)
    pd.testing.assert_series_equal(weighted.fit_measures, plain.fit_measures, rtol=1e-8)
