"""Exploratory blocks in models: estimated unrotated, then rotated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import ModelError
from coprod_measure.estimation.model.model import compile_model
from coprod_measure.estimation.solution.rotated_solution import unrotated
from coprod_measure.fitting.sample import build_discrepancy

DATA = Path(__file__).parents[2] / "reference" / "data"
BLOCK = 'efa("b")*f1 + efa("b")*f2 =~ x1 + x2 + x3 + x4 + x5 + x6\n'
MODEL = f"{BLOCK}g =~ x7 + x8 + x9\ng ~ f1 + f2"


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(DATA / "holzinger_swineford.csv")


def test_rotation_leaves_the_fit_as_it_is(data: pd.DataFrame) -> None:
    fit = cm.sem(MODEL, data)
    plain = compile_model(unrotated(fit.solution.model.table), fit.solution.sample)
    assert plain.n_free == fit.n_parameters == 25
    values = [cm.sem(MODEL, data, rotation=name).test.value for name in ("oblimin", "varimax", "quartimax")]
    np.testing.assert_allclose(values, fit.test.value, atol=1e-6)


def test_the_rotation_stands_at_its_optimum_of_the_model(data: pd.DataFrame) -> None:
    fit = cm.sem(MODEL, data)
    model, x = fit.solution.model, fit.solution.minimum.x
    np.testing.assert_allclose(model.constraints.equalities.values(x), 0.0, atol=1e-6)
    gradient = build_discrepancy(fit.solution.sample, fit.options, model).gradient(model, x)
    np.testing.assert_allclose(gradient, 0.0, atol=1e-5)


def test_effects_through_a_block_do_not_depend_on_its_rotation(data: pd.DataFrame) -> None:
    implied = [cm.sem(MODEL, data, rotation=name).implied[0] for name in ("geomin", "varimax")]
    np.testing.assert_allclose(implied[0].sigma, implied[1].sigma, atol=1e-6)
    assert (
        cm.sem(MODEL, data, rotation="varimax").parameters.query("lhs == 'f1' and rhs == 'f2'").est.item()
        == 0
    )


def test_draws_stay_in_the_rotation(data: pd.DataFrame) -> None:
    fit = cm.sem(MODEL, data)
    drawn = fit.bootstrap(draws=30, seed=1)
    ratio = drawn.table()["se"][:12].to_numpy() / fit.parameters["se"][:12].to_numpy()
    assert 0.7 < np.median(ratio) < 1.6


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (f"{BLOCK}g =~ x7 + x8 + x9\ng ~ f1", "not all of them have the same relations"),
        ('efa("b")*f1 =~ x1 + x2 + x3\nefa("b")*f2 =~ x4 + x5 + x6', "measure different variables"),
        ('efa("b")*f1 + efa("b")*f2 =~ x1 + 0.5*x2 + x3 + x4', "are free, without values"),
        ('efa("b")*f1 + efa("b")*f2 =~ x1 + x2', "2 factors of the block b measure 2 variables"),
        ('efa("b")*f1 ~ x1', "an exploratory block measures"),
    ],
)
def test_what_cannot_be_rotated_is_refused(data: pd.DataFrame, model: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        cm.sem(model, data)


def test_other_doors_say_why_they_take_no_blocks(data: pd.DataFrame) -> None:
    with pytest.raises(ModelError, match=r"in one step.*Use cm\.sem"):
        cm.sam(MODEL, data)
    with pytest.raises(ModelError, match="exploratory blocks"):
        cm.sem(MODEL, data).to_mplus()
    with pytest.raises(ModelError, match="rotation_args.*Write a mapping"):
        cm.sem(MODEL, data, rotation_args={"geomin": 1})


def test_arguments_of_rotations_are_taken_refused_or_said_to_be_idle(data: pd.DataFrame) -> None:
    target = [[1, 0]] * 3 + [[0, 1]] * 3
    for target_mask in (target[:5], {"other": target}):
        with pytest.raises(ModelError, match="target_mask has no target of its shape"):
            cm.sem(
                MODEL, data, rotation="target", rotation_args={"target": target, "target_mask": target_mask}
            )
    idle = cm.sem(MODEL, data, rotation_args={"target": target, "oblimin_gamma": 0.5})
    assert any("target, oblimin_gamma: nothing that rotation='geomin' takes" in one for one in idle.messages)
