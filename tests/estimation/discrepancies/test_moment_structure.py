"""Derivatives of thresholds, means, variances and covariances against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.estimation.discrepancies.moment_structure import (
    implied_vector,
    moment_jacobian,
    moment_structures,
)
from coprod_measure.estimation.model.implied import Implied, implied_moments
from coprod_measure.estimation.model.model import Model, compile_model
from coprod_measure.estimation.model.response_scales import conditional_values
from coprod_measure.estimation.specification.completion import parameter_table
from coprod_measure.estimation.specification.parameter_table import Defaults
from coprod_measure.estimation.specification.syntax import parse_model

MODELS = {
    "factors": ("f =~ a + b + c\ng =~ d + e + y\ng ~ f", ("a", "b", "d"), 1),
    "residual covariance": ("f =~ a + b + y\na ~~ y\nb ~~ a", ("a", "b"), 1),
    "covariates": ("f =~ a + b + y\ng =~ c + d + e\nf ~ x1\ng ~ f + x1 + x2", ("a", "b", "c", "d"), 1),
    "ordered mediator": ("a ~ x1\nb ~ a + x1\ny ~ a + b", ("a", "b"), 1),
    "groups": ("f =~ a + b + c\nf ~~ g\ng =~ d + e", ("a", "b", "c", "d", "e"), 2),
}


def compiled(name: str, parameterization: str) -> Model:
    text, ordered, n_groups = MODELS[name]
    defaults = Defaults(
        parameterization=parameterization,
        group_equal=("loadings", "thresholds") if n_groups > 1 else (),
        n_thresholds={variable: 2 + (variable == "b") for variable in ordered},
    )
    return compile_model(parameter_table(parse_model(text), defaults, n_groups=n_groups))


def vectors(model: Model, x: np.ndarray) -> list[np.ndarray]:
    values = conditional_values(model.table, model.values(x))
    return [
        implied_vector(structure, implied, values)
        for structure, implied in zip(moment_structures(model), implied_at(model, x), strict=True)
    ]


def implied_at(model: Model, x: np.ndarray) -> list[Implied]:
    values = conditional_values(model.table, model.values(x))
    return [implied_moments(group, values) for group in model.groups]


@pytest.mark.parametrize("parameterization", ["delta", "theta"])
@pytest.mark.parametrize("name", MODELS)
def test_jacobian_agrees_with_finite_differences(name: str, parameterization: str) -> None:
    model = compiled(name, parameterization)
    x = np.random.default_rng(8).uniform(0.3, 0.9, model.n_free)
    values = conditional_values(model.table, model.values(x))
    structures = moment_structures(model)
    step = 1e-6
    for g, (structure, implied) in enumerate(zip(structures, implied_at(model, x), strict=True)):
        analytic = moment_jacobian(model, g, structure, implied, values).toarray()
        assert analytic.shape == (structure.size, model.n_free)
        for k in range(model.n_free):
            up, down = x.copy(), x.copy()
            up[k] += step
            down[k] -= step
            slope = (vectors(model, up)[g] - vectors(model, down)[g]) / (2 * step)
            np.testing.assert_allclose(analytic[:, k], slope, atol=1e-7, err_msg=model.names()[k])


def test_one_factor_gives_products_of_loadings_and_plain_thresholds() -> None:
    text = parse_model("f =~ a + b + c\na | -0.5*t1 + 0.4*t2\nf ~~ 0.64*f")
    cuts = {"a": 2, "b": 1, "c": 1}
    estimates = {"f=~b": 0.5, "f=~c": 0.9, "b|t1": 0.1, "c|t1": -0.2}
    delta = compile_model(parameter_table(text, Defaults(n_thresholds=cuts)))
    x = np.array([estimates[name] for name in delta.names()])
    (vector,) = vectors(delta, x)
    np.testing.assert_allclose(vector, [-0.5, 0.4, 0.1, -0.2, 0.32, 0.576, 0.288])
    theta = compile_model(parameter_table(text, Defaults(n_thresholds=cuts, parameterization="theta")))
    (scaled,) = vectors(theta, x)
    sd = np.sqrt(0.64 * np.array([1.0, 0.25, 0.81]) + 1.0)
    np.testing.assert_allclose(scaled[:2], np.array([-0.5, 0.4]) / sd[0])
    np.testing.assert_allclose(scaled[4], 0.32 / (sd[0] * sd[1]))
