"""Matrices over more pairs of parameters than are gathered at once, against definitions."""

from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.estimation.discrepancies.maximum_likelihood import MaximumLikelihood
from coprod_measure.estimation.model.implied import moment_jacobian
from coprod_measure.estimation.model.model import Model, compile_model
from coprod_measure.estimation.model.pairs import ROWS
from coprod_measure.estimation.sample.moments import SampleMoments, complete_moments
from coprod_measure.estimation.solution.starting_values import starting_values
from coprod_measure.estimation.specification.completion import parameter_table
from coprod_measure.estimation.specification.parameter_table import Defaults
from coprod_measure.estimation.specification.syntax import parse_model

ITEMS = [f"x{k}" for k in range(24)]
TEXT = (
    "".join(f"f{k} =~ {' + '.join(ITEMS[4 * k : 4 * k + 4])}\n" for k in range(6)) + "f5 ~ f0 + f1\nf4 ~ f5"
)


def large(groups: int) -> tuple[MaximumLikelihood, Model, np.ndarray]:
    rng = np.random.default_rng(4)
    common = rng.normal(size=(2, 200, 1))
    answers = [part + rng.normal(size=(200, len(ITEMS))) + 0.3 for part in common[:groups]]
    sample = SampleMoments(tuple(complete_moments(one) for one in answers))
    equal = ("loadings",) if groups == 2 else ()
    defaults = Defaults(mean_structure=True, group_equal=equal)
    table = parameter_table(parse_model(TEXT), defaults, n_groups=groups)
    model = compile_model(table, sample)
    x = starting_values(model, sample) * rng.uniform(0.9, 1.1, model.n_free)
    return MaximumLikelihood(sample), model, x


@pytest.mark.parametrize("groups", [1, 2])
def test_information_is_that_of_its_definition(groups: int) -> None:
    discrepancy, model, x = large(groups)
    assert model.n_free > ROWS
    defined = np.zeros((model.n_free, model.n_free))
    column, row = np.triu_indices(len(ITEMS))
    for share, rules, implied in zip(discrepancy.sample.shares, model.rules, model.implied(x), strict=True):
        inverse = np.linalg.inv(implied.sigma)
        slopes = moment_jacobian(rules, implied, model.n_free)
        sigma = np.zeros((model.n_free, len(ITEMS), len(ITEMS)))
        sigma[:, row, column] = sigma[:, column, row] = slopes[len(ITEMS) :].T
        weighed = inverse @ sigma
        defined += share * np.einsum("rij,sji->rs", weighed, weighed, optimize=True) / 2.0
        defined += share * slopes[: len(ITEMS)].T @ inverse @ slopes[: len(ITEMS)]
    np.testing.assert_allclose(discrepancy.information(model, x), defined, atol=1e-10)


@pytest.mark.parametrize("groups", [1, 2])
def test_hessian_is_the_slope_of_the_gradient(groups: int) -> None:
    discrepancy, model, x = large(groups)
    hessian = discrepancy.hessian(model, x)
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-12)
    for k in range(0, model.n_free, 5):
        step = np.zeros(len(x))
        step[k] = 1e-5
        slope = (discrepancy.gradient(model, x + step) - discrepancy.gradient(model, x - step)) / 2e-5
        np.testing.assert_allclose(hessian[k], slope, atol=2e-6)
