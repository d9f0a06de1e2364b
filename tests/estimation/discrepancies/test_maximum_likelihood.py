from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.estimation.discrepancies.full_information import FullInformation
from coprod_measure.estimation.discrepancies.maximum_likelihood import MaximumLikelihood
from coprod_measure.estimation.discrepancies.quadratic_normal import unweighted_least_squares
from coprod_measure.estimation.missing.incomplete_moments import incomplete_moments
from coprod_measure.estimation.model.model import Model, compile_model
from coprod_measure.estimation.sample.moments import SampleMoments, complete_moments
from coprod_measure.estimation.specification.completion import parameter_table
from coprod_measure.estimation.specification.parameter_table import Defaults
from coprod_measure.estimation.specification.syntax import parse_model


def compiled(text: str) -> Model:
    return compile_model(parameter_table(parse_model(text), Defaults(mean_structure=True)))


def answers() -> np.ndarray:
    rng = np.random.default_rng(6)
    return rng.normal(size=(300, 3)) + rng.normal(size=(300, 1))


# Every moment is a parameter: nothing is curved. One factor: products of loadings and variance are.
LINEAR, CURVED = "a ~~ b + c\nb ~~ c", "f =~ a + b + c"


@pytest.mark.parametrize("gaps", [False, True])
def test_only_models_with_curved_moments_differ(gaps: bool) -> None:
    y = answers()
    if gaps:
        y[::4, 1] = np.nan
        discrepancy = FullInformation(incomplete_moments((y,)))
    else:
        discrepancy = MaximumLikelihood(SampleMoments((complete_moments(y),)))
    linear, curved = compiled(LINEAR), compiled(CURVED)
    names = linear.names()
    x = np.array([0.3 if "~~" in name and name[0] != name[-1] else 1.5 for name in names])
    np.testing.assert_allclose(
        discrepancy.linearized_hessian(linear, x), discrepancy.hessian(linear, x), atol=1e-12
    )
    at = np.full(curved.n_free, 0.8)
    difference = discrepancy.hessian(curved, at) - discrepancy.linearized_hessian(curved, at)
    assert np.abs(difference).max() > 0.01


def test_complete_and_full_information_agree_on_complete_data() -> None:
    y, model = answers(), compiled(CURVED)
    at = np.full(model.n_free, 0.8)
    complete = MaximumLikelihood(SampleMoments((complete_moments(y),)))
    full = FullInformation(incomplete_moments((y,)))
    np.testing.assert_allclose(
        full.linearized_hessian(model, at), complete.linearized_hessian(model, at), atol=1e-6
    )


def test_other_discrepancies_keep_their_hessian() -> None:
    model = compiled(CURVED)
    discrepancy = unweighted_least_squares(SampleMoments((complete_moments(answers()),)))
    at = np.full(model.n_free, 0.8)
    np.testing.assert_array_equal(discrepancy.linearized_hessian(model, at), discrepancy.hessian(model, at))
