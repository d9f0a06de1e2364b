"""Public functions say which argument they do not take, and take what users hand over for a list of names."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.argument_types import checked
from coprod_measure.errors import CoprodError, EstimationError, InputError
from fuzz.frames import people

DATA = people()
KINDS = cm.classes(DATA, ["a", "b"], n_classes=2, starts=2).best


@pytest.mark.parametrize("names", ["b", ["b"], ("b",), np.array(["b"]), pd.Index(["b"]), pd.Series(["b"])])
def test_what_users_call_a_list_of_names_is_one(names: Any) -> None:
    found = cm.mixed_model(DATA, "a", names, groups="id").table()
    assert found.equals(cm.mixed_model(DATA, "a", ["b"], groups=["id"]).table())


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: cm.mixed_model(DATA, "a", 5, ["id"]), "mixed_model, argument predictors: 5 cannot be used"),
        (lambda: cm.validity({}), "validity, argument model: a dict cannot be used. It takes Confirmatory"),
        (lambda: cm.rmsea_power("a", 1, 2), "rmsea: a str cannot be used. It takes float"),
        (lambda: cm.read_instrument(None), "None cannot be used. It takes str | Path"),
        (lambda: cm.simulate(np.arange(3)), "population: a ndarray cannot be used"),
        (lambda: cm.clean([]), "responses: a list cannot be used. It takes Responses"),
        (lambda: cm.alignment(DATA, {"f": list("abcd")}, group="g", seed=-1), "Take a number from 0 on"),
        (lambda: cm.choice(DATA, "y", ["b"], cluster="zzz"), "there is no column 'zzz'"),
        (lambda: cm.cfa("f =~ a + b + c", DATA, group=""), "argument group: is empty"),
        (lambda: cm.attrition(DATA, ["a"], person="id", wave="w", waves=3), "waves: 3 cannot be used"),
        (lambda: cm.rmsea_power(0.05, 10, 10**30), "n: 1e+30 respondents"),
        (lambda: cm.rmsea_power(0.05, 10, 100, groups=0), "whole number from 1"),
        (lambda: cm.rmsea_power(0.05, float("inf"), 100), "inf cannot be used"),
        (lambda: cm.conjoint_design({"p": [1, 2]}, tasks=10**30), "from 1 to 1,000"),
        (lambda: cm.response_surface(DATA, "a", "b", "c", controls=["b"]), "'b' stands in two places"),
        (lambda: cm.polychoric(DATA[["a", "b"]], weights=np.ones(3)), "not one for each of 120 rows"),
        (lambda: cm.intraclass_correlations(np.array([1.0, np.nan]), np.array([1, 1])), "one number for"),
        (lambda: cm.distal_outcome(KINDS, np.ones(3)), "3 rows for the 120 people"),
        (lambda: cm.class_predictors(KINDS, DATA[["c"]] * np.inf), "infinite"),
        (lambda: cm.mixed_model(DATA.assign(a=10**400), "a", ["b"], ["id"]), "column 'a'"),
    ],
)
def test_a_wrong_argument_is_one_line(call: Callable[[], object], said: str) -> None:
    with pytest.raises(CoprodError) as caught:
        call()
    assert said in str(caught.value)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda d: d.set_axis(pd.MultiIndex.from_product([["k"], d.columns]), axis=1), "of several levels"),
        (lambda d: pd.concat([d, d], axis=1), "several columns 'a'"),
        (lambda d: d.iloc[:0], "no rows"),
        (lambda d: d.assign(b=1j), "column 'b'"),
    ],
)
def test_an_odd_frame_is_told_where_a_function_fails_on_it(
    spoil: Callable[[pd.DataFrame], pd.DataFrame], said: str
) -> None:
    def fails(data: pd.DataFrame) -> None:
        raise ValueError(data.shape)

    with pytest.raises(InputError, match=said):
        checked(fails, __name__)(spoil(DATA))
    with pytest.raises(ValueError, match="120"):
        checked(fails, __name__)(DATA)


def _inverse(number: int) -> int:
    return 1 // number


def test_a_fault_of_ours_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        checked(_inverse, __name__)(0)
    with pytest.raises(TypeError, match="multiple values"):
        cm.sem("f =~ a + b", DATA, model="f =~ a")


def test_what_is_taken_by_name_alone_is_told() -> None:
    with pytest.raises(InputError, match="sem: 2 of its arguments are taken by place, .*estimator=..."):
        cm.sem("f =~ a + b", DATA, "MLR")


def test_a_matrix_without_inverse_is_a_matter_of_the_data() -> None:
    with pytest.raises(EstimationError, match="_inverted: a matrix of these data cannot be inverted"):
        checked(_inverted, __name__)(2)


def _inverted(size: int) -> object:
    return np.linalg.inv(np.zeros((size, size)))


def test_public_functions_travel_to_other_processes() -> None:
    assert pickle.loads(pickle.dumps(cm.sem)) is cm.sem


def test_a_word_that_nobody_can_read_is_cut() -> None:
    with pytest.raises(CoprodError) as caught:
        cm.mixed_model(DATA, "a" * 30_000, ["b"], ["id"])
    assert len(str(caught.value)) < 1000
