"""Constraints: linear ones eliminated, others met, impossible ones reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import ModelError

DATA = Path(__file__).parents[2] / "reference" / "data"
FACTOR = "f =~ x1 + a*x2 + b*x3 + c*x4\n"


def fit(constraints: str = "", model: str = FACTOR) -> Any:
    return cm.cfa(model + constraints, pd.read_csv(DATA / "holzinger_swineford.csv"))


def labelled(result: Any) -> pd.Series:
    return result.parameters[result.parameters["label"] != ""].set_index("label")["est"]


@pytest.mark.parametrize(
    "text", ["a == b", "a == 2*b - c", "a + b + c == 3", "a == 0.5", "a == b; b == c", "2*a == b/3"]
)
def test_linear_equalities_hold_exactly_and_add_degrees_of_freedom(text: str) -> None:
    free, held = fit(), fit(text)
    values = labelled(held)
    for one in text.split(";"):
        left, right = one.split("==")
        names = {name: float(values[name]) for name in "abc"}
        assert eval(left, {}, names) == pytest.approx(eval(right, {}, names), abs=1e-12)
    assert held.df == free.df + text.count("==")
    assert held.solution.model.constraints.directions.shape[1] == free.n_parameters - text.count("==")
    assert held.test.value > free.test.value


def test_a_label_twice_is_the_same_as_an_equality() -> None:
    by_label = fit(model="f =~ x1 + a*x2 + a*x3 + c*x4\n")
    by_text = fit("a == b")
    assert by_label.test.value == pytest.approx(by_text.test.value)
    pd.testing.assert_series_equal(by_label.parameters["se"], by_text.parameters["se"], rtol=1e-6)


def test_redundant_equalities_count_once() -> None:
    assert fit("a == b\n2*a == 2*b").df == fit("a == b").df


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("a^2 + b^2 == 1", lambda a, b, c: a**2 + b**2 - 1),
        ("a*b == c", lambda a, b, c: a * b - c),
        ("exp(a) == b + 2", lambda a, b, c: np.exp(a) - b - 2),
    ],
)
def test_nonlinear_equalities_hold(text: str, function: Any) -> None:
    held = fit(text)
    assert held.converged
    assert function(*labelled(held)[["a", "b", "c"]]) == pytest.approx(0.0, abs=1e-8)
    assert held.df == fit().df + 1


def test_inequalities_bind_only_where_they_must() -> None:
    free = labelled(fit())
    loose = fit(f"a < {free['a'] + 1}")
    assert loose.test.value == pytest.approx(fit().test.value)
    tight = fit(f"a > {free['a'] + 0.2}")
    assert tight.converged
    assert labelled(tight)["a"] == pytest.approx(free["a"] + 0.2)
    assert tight.solution.minimum.active == (0,)
    assert tight.df == fit().df


def test_bounds_of_single_parameters() -> None:
    bounded = fit(model="f =~ x1 + lower(0.9)*x2 + upper(0.5)*x3 + x4\n")
    loadings = bounded.parameters.query("op == '=~'").set_index("rhs")["est"]
    assert loadings["x2"] == pytest.approx(0.9)
    assert loadings["x3"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("a == 1\na == 2", "cannot be met"),
        ("a == zz", "unknown label 'zz'"),
        ("u := v\nv := u", "circular"),
        ("a := 2*b", "used twice"),
        ("u := a +", "missing"),
    ],
)
def test_impossible_constraints_are_named_with_their_line(text: str, cause: str) -> None:
    with pytest.raises(ModelError, match=cause) as caught:
        fit(text)
    assert "model, line" in str(caught.value)


def test_what_cannot_be_met_does_not_converge_and_says_so() -> None:
    result = fit("a^2 == -1")
    assert not result.converged
    assert any("could not be met" in message for message in result.messages)
