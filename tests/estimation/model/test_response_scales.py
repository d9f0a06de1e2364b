"""What follows for the scales of ordered variables, and its derivatives against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.estimation.model.model import Model, compile_model
from coprod_measure.estimation.model.standardize import standardize
from coprod_measure.estimation.specification.completion import parameter_table
from coprod_measure.estimation.specification.parameter_table import Defaults
from coprod_measure.estimation.specification.syntax import parse_model

MODELS = {
    "factors": ("f =~ a + b + c\ng =~ d + e + y\ng ~ f", ("a", "b", "d"), 1),
    "mediator": ("a ~ x1\nb ~ a + x1\nf =~ c + d + e\nf ~ a + b\nb ~~ f", ("a", "b", "d"), 1),
    "groups": ("f =~ a + b + c\nf ~~ g\ng =~ d + e", ("a", "b", "c", "d", "e"), 2),
}


def compiled(name: str, parameterization: str) -> Model:
    text, ordered, n_groups = MODELS[name]
    defaults = Defaults(
        parameterization=parameterization,
        group_equal=("loadings", "thresholds") if n_groups > 1 else (),
        n_thresholds=dict.fromkeys(ordered, 2),
    )
    return compile_model(parameter_table(parse_model(text), defaults, n_groups=n_groups))


@pytest.mark.parametrize("parameterization", ["delta", "theta"])
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kind", ["values", "std_lv", "std_all"])
def test_derivatives_agree_with_finite_differences(name: str, parameterization: str, kind: str) -> None:
    model = compiled(name, parameterization)
    x = np.random.default_rng(4).uniform(0.2, 0.5, model.n_free)

    def rows(point: np.ndarray) -> np.ndarray:
        return (
            model.values(point)
            if kind == "values"
            else standardize(model, point, observed=kind == "std_all").rows
        )

    analytic = (
        model.row_slopes(x)
        if kind == "values"
        else standardize(model, x, observed=kind == "std_all").jacobian
    )
    step = 1e-6
    for k in range(model.n_free):
        move = step * (np.arange(model.n_free) == k)
        slope = (rows(x + move) - rows(x - move)) / (2 * step)
        np.testing.assert_allclose(analytic[:, k], slope, atol=1e-7, err_msg=model.names()[k])


@pytest.mark.parametrize("name", MODELS)
def test_responses_have_variance_one_under_delta(name: str) -> None:
    model = compiled(name, "delta")
    x = np.random.default_rng(4).uniform(0.2, 0.5, model.n_free)
    group, implied = model.groups[0], model.implied(x)[0]
    ordered = [group.observed.index(variable) for variable in model.table.variables.ordered]
    np.testing.assert_allclose(np.diagonal(implied.sigma)[ordered], 1.0)
