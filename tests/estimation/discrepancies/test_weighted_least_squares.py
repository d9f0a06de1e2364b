"""Gradient and information against finite differences; traces against the formulas with full matrices."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import block_diag

from coprod_measure.estimation.discrepancies.correlation_likelihood import correlation_chi_square
from coprod_measure.estimation.discrepancies.moment_structure import moment_structures
from coprod_measure.estimation.discrepancies.weighted_least_squares import WeightedGroup, WeightedLeastSquares
from coprod_measure.estimation.model.model import Model, compile_model
from coprod_measure.estimation.sample.distribution_free import continuous_vector, distribution_free_covariance
from coprod_measure.estimation.sample.ordinal_moments import below_diagonal, ordinal_moments
from coprod_measure.estimation.sample.weight_matrix import asymptotic_covariance
from coprod_measure.estimation.specification.completion import parameter_table
from coprod_measure.estimation.specification.parameter_table import Defaults
from coprod_measure.estimation.specification.syntax import parse_model

TEXT = "f =~ a + b + c\ng =~ d + e + h\ng ~ f"
ITEMS = ("a", "b", "c", "d", "e", "h")


def draw(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    f = rng.standard_normal(n)
    g = 0.5 * f + 0.9 * rng.standard_normal(n)
    latent = np.column_stack([f, f, f, g, g, g]) * 0.8 + 0.6 * rng.standard_normal((n, 6))
    return np.searchsorted([-0.7, 0.6], latent).astype(float)


def problem(parameterization: str, kind: str, ordered: bool = True) -> tuple[WeightedLeastSquares, Model]:
    defaults = Defaults(
        parameterization=parameterization,
        group_equal=("loadings", "thresholds") if ordered else ("loadings",),
        n_thresholds=dict.fromkeys(ITEMS, 2) if ordered else {},
        mean_structure=True,
    )
    model = compile_model(parameter_table(parse_model(TEXT), defaults, n_groups=2))
    groups = []
    for number, structure in enumerate(moment_structures(model)):
        data = draw(300 + 100 * number, number)
        if ordered:
            moments = ordinal_moments(data, structure.ordered)
            vector, gamma = moments.vector, asymptotic_covariance(data, moments)
        else:
            vector = continuous_vector(np.cov(data.T), data.mean(axis=0))
            gamma = distribution_free_covariance(data, means=True)
        weight = 1.0 / gamma.diagonal if kind == "DWLS" else np.linalg.inv(gamma.full)
        groups.append(WeightedGroup(vector, weight, gamma, float(len(data)), structure))
    return WeightedLeastSquares(tuple(groups)), model


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("kind", ["DWLS", "WLS"])
@pytest.mark.parametrize("parameterization", ["delta", "theta"])
def test_gradient_agrees_with_finite_differences(parameterization: str, kind: str, ordered: bool) -> None:
    discrepancy, model = problem(parameterization, kind, ordered)
    x = np.random.default_rng(1).uniform(0.4, 0.9, model.n_free)
    step = 1e-6
    slope = [
        (discrepancy.value(model, x + move) - discrepancy.value(model, x - move)) / (2 * step)
        for move in step * np.eye(model.n_free)
    ]
    gradient = discrepancy.gradient(model, x)
    np.testing.assert_allclose(gradient, slope, atol=1e-6 * max(1.0, np.abs(gradient).max()))


def test_information_is_half_the_hessian_where_residuals_vanish() -> None:
    discrepancy, model = problem("delta", "DWLS")
    x = np.random.default_rng(1).uniform(0.4, 0.9, model.n_free)
    residuals = discrepancy.residuals(model, x)
    exact = WeightedLeastSquares(
        tuple(
            WeightedGroup(group.vector - residual, group.weight, group.gamma, group.n, group.structure)
            for group, residual in zip(discrepancy.groups, residuals, strict=True)
        )
    )
    step = 1e-5
    hessian = [
        (exact.gradient(model, x + move) - exact.gradient(model, x - move)) / (2 * step)
        for move in step * np.eye(model.n_free)
    ]
    # F shares by n - 1 a group and the information by n.
    np.testing.assert_allclose(np.array(hessian) / 2, exact.information(model, x), rtol=0.01, atol=1e-3)


def test_another_model_at_the_same_point_is_not_taken_for_the_first() -> None:
    discrepancy, model = problem("delta", "DWLS")
    x = np.random.default_rng(1).uniform(0.4, 0.9, model.n_free)
    first = discrepancy.gradient(model, x)
    other = compile_model(
        parameter_table(
            parse_model(TEXT.replace("g ~ f", "f ~ g")),
            Defaults(group_equal=("loadings", "thresholds"), n_thresholds=dict.fromkeys(ITEMS, 2)),
            n_groups=2,
        )
    )
    assert not np.allclose(discrepancy.gradient(other, x), first)
    np.testing.assert_array_equal(discrepancy.gradient(model, x), first)


@pytest.mark.parametrize("kind", ["DWLS", "WLS"])
def test_traces_agree_with_full_matrices(kind: str) -> None:
    discrepancy, model = problem("delta", kind)
    x = np.random.default_rng(1).uniform(0.4, 0.9, model.n_free)
    inverse = np.linalg.pinv(discrepancy.information(model, x))
    shares = [group.n / discrepancy.n for group in discrepancy.groups]
    weights = block_diag(
        *[
            share * (group.weight if group.weight.ndim == 2 else np.diag(group.weight))
            for group, share in zip(discrepancy.groups, shares, strict=True)
        ]
    )
    gamma = block_diag(
        *[group.gamma.full / share for group, share in zip(discrepancy.groups, shares, strict=True)]
    )
    delta = np.vstack([jacobian.toarray() for jacobian in discrepancy.jacobians(model, x)])
    u = weights - weights @ delta @ inverse @ delta.T @ weights
    traces = discrepancy.traces(model, x, inverse)
    assert traces.first == pytest.approx(np.trace(u @ gamma))
    assert traces.second == pytest.approx(np.trace(u @ gamma @ u @ gamma))
    meat = discrepancy.meat(model, x)
    np.testing.assert_allclose(
        meat, delta.T @ weights @ gamma @ weights @ delta, atol=1e-8 * np.abs(meat).max()
    )


def test_robust_trace_agrees_with_full_matrices() -> None:
    discrepancy, model = problem("delta", "DWLS")
    x = np.array([{"=~": 0.9, "|": 0.1, "~~": 0.6, "~": 0.4}.get(row.op, 1.0) for row in free_rows(model)])
    inverse = np.linalg.pinv(discrepancy.information(model, x))
    residuals = discrepancy.residuals(model, x)
    implied = [group.vector - residual for group, residual in zip(discrepancy.groups, residuals, strict=True)]
    jacobians = discrepancy.jacobians(model, x)
    found = correlation_chi_square(discrepancy, implied, jacobians, inverse)
    assert found is not None
    pairs = np.arange(12, 27)
    shares = [group.n / discrepancy.n for group in discrepancy.groups]
    rows, columns = below_diagonal(6)
    normal = []
    for share, vector in zip(shares, implied, strict=True):
        matrix = np.eye(6)
        matrix[rows, columns] = matrix[columns, rows] = vector[pairs]
        w = np.linalg.inv(matrix)
        through = w[np.ix_(rows, rows)] * w[np.ix_(columns, columns)]
        normal.append(share * (through + w[np.ix_(rows, columns)] * w[np.ix_(columns, rows)]))
    slopes = np.vstack([jacobian.toarray()[pairs] for jacobian in jacobians])
    weights = block_diag(
        *[s * np.diag(g.weight[pairs]) for g, s in zip(discrepancy.groups, shares, strict=True)]
    )
    gamma = block_diag(
        *[g.gamma.full[np.ix_(pairs, pairs)] / s for g, s in zip(discrepancy.groups, shares, strict=True)]
    )
    left = np.eye(30) - slopes @ inverse @ slopes.T @ weights
    assert found.trace == pytest.approx(np.trace(left.T @ block_diag(*normal) @ left @ gamma))


def free_rows(model: Model) -> list:
    return [model.table.rows[k] for k in model.first_rows()]


def test_distribution_free_gamma_is_the_covariance_of_products() -> None:
    data = draw(200, 3)[:, :3] + np.random.default_rng(0).standard_normal((200, 3))
    centred = data - data.mean(axis=0)
    products = np.column_stack(
        [centred, centred**2, *(centred[:, [i]] * centred[:, [j]] for i, j in ((1, 0), (2, 0), (2, 1)))]
    )
    gamma = distribution_free_covariance(data, means=True)
    np.testing.assert_allclose(gamma.full, np.cov(products.T, ddof=0), atol=1e-12)
