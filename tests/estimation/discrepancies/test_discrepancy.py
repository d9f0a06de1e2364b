"""Gradients, Hessians and information against differences, for every kind of parameter and discrepancy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import inverse_and_logdet
from coprod_measure.estimation.discrepancies.discrepancy import Discrepancy
from coprod_measure.estimation.discrepancies.maximum_likelihood import MaximumLikelihood
from coprod_measure.estimation.discrepancies.quadratic_normal import (
    generalized_least_squares,
    unweighted_least_squares,
)
from coprod_measure.estimation.model.implied import jacobian_of
from coprod_measure.estimation.model.model import Model, compile_model
from coprod_measure.estimation.sample.moments import GroupMoments, SampleMoments
from coprod_measure.estimation.specification.completion import parameter_table
from coprod_measure.estimation.specification.parameter_table import Defaults
from coprod_measure.estimation.specification.syntax import parse_model

# Loadings, cross-loading, second order, regressions among latent and observed, a loop, residual covariances,
# composite, means, equality within a group.
MODELS = {
    "factors": "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6 + x3\nx1 ~~ x5",
    "second order": "f =~ x1 + x2\ng =~ x3 + x4\nh =~ x5 + x6\nt =~ f + g + h",
    "structural": "f =~ x1 + a*x2 + a*x3\nf ~ x4\nx5 ~ f + x6\nx4 ~ x6",
    "loop": "x1 ~ x2 + x3\nx2 ~ x1 + x4",
    "composite": "c <~ x1 + x2\nx3 ~ c\nx4 ~ c",
    "means": "f =~ x1 + x2 + x3\nf ~ 1\nx1 ~ 0*1\nx4 ~ f + 1\nx5 ~ x4",
}
DISCREPANCIES: dict[str, Callable[[SampleMoments], Discrepancy]] = {
    "ML": MaximumLikelihood,
    "GLS": generalized_least_squares,
    "ULS": unweighted_least_squares,
}


def vech(matrix: np.ndarray) -> np.ndarray:
    """Stack the lower triangle by columns."""
    j, i = np.triu_indices(len(matrix))
    return matrix[i, j]


def sample(p: int, n_groups: int, seed: int) -> SampleMoments:
    rng = np.random.default_rng(seed)
    groups = []
    for number in range(n_groups):
        data = rng.normal(size=(60 + 40 * number, p)) @ (np.eye(p) + 0.3 * rng.normal(size=(p, p))) + 1.0
        groups.append(GroupMoments(np.cov(data.T, bias=True), data.mean(axis=0), len(data)))
    return SampleMoments(tuple(groups))


def example(
    name: str, *, means: bool, n_groups: int, seed: int = 1
) -> tuple[Model, SampleMoments, np.ndarray]:
    text = parse_model(MODELS[name])
    equal = ("loadings", "intercepts") if n_groups > 1 else ()
    table = parameter_table(
        text, Defaults(mean_structure=means, fixed_x=False, group_equal=equal), n_groups=n_groups
    )
    moments = sample(len(table.variables.observed), n_groups, seed)
    model = compile_model(table, moments)
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.2, 0.5, model.n_free)
    for k, row in enumerate(model.first_rows()):
        parameter = table.rows[row]
        if parameter.op == "~~" and parameter.lhs == parameter.rhs:
            x[k] += 1.0
        elif parameter.op == "~~":
            x[k] *= 0.3
    return model, moments, x


CASES = [(name, means, groups) for name in MODELS for means, groups in ((False, 1), (True, 1), (True, 2))]


@pytest.mark.parametrize("kind", DISCREPANCIES)
@pytest.mark.parametrize(("name", "means", "n_groups"), CASES)
def test_gradient_and_hessian(kind: str, name: str, means: bool, n_groups: int) -> None:
    model, moments, x = example(name, means=means, n_groups=n_groups)
    discrepancy = DISCREPANCIES[kind](moments)
    h = 1e-5
    steps = np.eye(model.n_free) * h
    by_value = np.array(
        [(discrepancy.value(model, x + e) - discrepancy.value(model, x - e)) / (2 * h) for e in steps]
    )
    gradient = discrepancy.gradient(model, x)
    np.testing.assert_allclose(gradient, by_value, atol=1e-6 * max(1.0, np.abs(gradient).max()))
    by_gradient = np.array(
        [(discrepancy.gradient(model, x + e) - discrepancy.gradient(model, x - e)) / (2 * h) for e in steps]
    )
    hessian = discrepancy.hessian(model, x)
    np.testing.assert_allclose(hessian, by_gradient, atol=1e-6 * np.abs(hessian).max())


@pytest.mark.parametrize("kind", ["ML", "GLS"])
@pytest.mark.parametrize(("name", "means", "n_groups"), CASES)
def test_information_is_half_the_hessian_where_the_model_fits(
    kind: str, name: str, means: bool, n_groups: int
) -> None:
    model, moments, x = example(name, means=means, n_groups=n_groups)
    # Groups of one size: GLS counts respondents less one in F and all of them in the information, as lavaan does.
    exact = SampleMoments(
        tuple(
            replace(group, cov=implied.sigma, mean=implied.mu, n=moments.groups[0].n)
            for group, implied in zip(moments.groups, model.implied(x), strict=True)
        )
    )
    discrepancy = DISCREPANCIES[kind](exact)
    assert discrepancy.value(model, x) == pytest.approx(0.0, abs=1e-10)
    np.testing.assert_allclose(discrepancy.gradient(model, x), 0.0, atol=1e-9)
    np.testing.assert_allclose(
        discrepancy.hessian(model, x) / 2.0, discrepancy.information(model, x), atol=1e-8
    )


@pytest.mark.parametrize("name", MODELS)
def test_jacobian_of_the_moments(name: str) -> None:
    model, _, x = example(name, means=True, n_groups=1)
    rules = model.rules[0]
    d_sigma, d_mu = jacobian_of(rules, model.implied(x)[0])
    sigma, mu = np.zeros((d_sigma.shape[0], model.n_free)), np.zeros((d_mu.shape[0], model.n_free))
    np.add.at(sigma.T, rules.free, d_sigma.T)
    np.add.at(mu.T, rules.free, d_mu.T)
    h = 1e-6
    for k, e in enumerate(np.eye(model.n_free) * h):
        up, down = model.implied(x + e)[0], model.implied(x - e)[0]
        np.testing.assert_allclose(sigma[:, k], vech(up.sigma - down.sigma) / (2 * h), atol=1e-6)
        np.testing.assert_allclose(mu[:, k], (up.mu - down.mu) / (2 * h), atol=1e-6)


def test_inverse_and_logdet() -> None:
    rng = np.random.default_rng(3)
    root = rng.normal(size=(7, 7))
    matrix = root @ root.T + np.eye(7)
    inverse, logdet = inverse_and_logdet(matrix)
    np.testing.assert_allclose(inverse @ matrix, np.eye(7), atol=1e-10)
    assert logdet == pytest.approx(np.linalg.slogdet(matrix)[1])
    with pytest.raises(np.linalg.LinAlgError):
        inverse_and_logdet(-matrix)


def test_singular_samples_are_refused() -> None:
    singular = SampleMoments((GroupMoments(np.ones((3, 3)), np.zeros(3), 50),))
    with pytest.raises(EstimationError, match="not positive definite"):
        MaximumLikelihood(singular)
    with pytest.raises(EstimationError, match="not positive definite"):
        generalized_least_squares(singular)
