"""What is done without being asked is said; what cannot be is refused in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import CoprodError

DATA = Path(__file__).parents[1] / "reference" / "data"
FACTOR = "f =~ x1 + x2 + x3"


@pytest.fixture(scope="module")
def school() -> pd.DataFrame:
    return pd.read_csv(DATA / "holzinger_swineford.csv")


@pytest.fixture(scope="module")
def categories() -> pd.DataFrame:
    return pd.read_csv(DATA / "ordinal.csv").astype({f"u{k}": "category" for k in range(1, 5)})


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """The four items as ordered columns."""
    return frame.assign(**{f"u{k}": frame[f"u{k}"].cat.as_ordered() for k in range(1, 5)})


def test_ordered_columns_are_ordered_variables(categories: pd.DataFrame) -> None:
    items = [f"u{k}" for k in range(1, 5)]
    found = cm.cfa("f =~ u1 + u2 + u3 + u4", ordered(categories))
    named = cm.cfa("f =~ u1 + u2 + u3 + u4", categories.astype(dict.fromkeys(items, float)), ordered=items)
    assert found.options.name == "WLSMV"
    assert found.parameters["est"].tolist() == pytest.approx(named.parameters["est"].tolist())
    assert "u1, u2, u3, u4: ordered in the data, so taken" in found.messages[0]


@pytest.mark.parametrize("options", [{"estimator": "MLR"}, {"missing": "fiml"}])
def test_ordered_columns_are_numbers_where_the_estimator_wants_them(
    categories: pd.DataFrame, options: dict[str, Any]
) -> None:
    found = cm.cfa("f =~ u1 + u2 + u3 + u4", ordered(categories), **options)
    assert found.options.ordered == ()
    assert "takes categories as numbers" in found.messages[0]


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        ("x9 =~ x1 + x2 + x3", {}, "x9: latent here"),
        (FACTOR, {"ordered": ["u9"], "estimator": "ULSMV"}, "u9, which the model does not have"),
        (FACTOR, {"group": "school", "group_partial": ["f=~`x2`"]}, "holds nothing equal"),
        (FACTOR, {"rotation": "oblimin"}, "no efa() block"),
        (FACTOR, {"parameterization": "theta"}, "no ordered variables"),
        ("x7 ~ c*x1", {"group": "school"}, "one label holds a parameter equal in all groups: c"),
    ],
)
def test_what_may_surprise_is_said(
    school: pd.DataFrame, model: str, options: dict[str, Any], words: str
) -> None:
    frame = school.assign(u9=(school["x9"] > 5).astype(int))
    assert words in " ".join(cm.sem(model, frame, **options).messages)


def test_a_variance_that_has_no_effect_is_named(school: pd.DataFrame) -> None:
    frame = school.assign(u=pd.qcut(school["x4"], 3, labels=False))
    found = cm.cfa("f =~ x1 + x2 + x3 + u\nu ~~ 2*u", frame, ordered=["u"])
    assert "the variance of u follows" in " ".join(found.messages)


def test_correlations_in_the_place_of_covariances_are_noticed(school: pd.DataFrame) -> None:
    cov = school[["x1", "x2", "x3", "x4"]]
    assert "correlations" in cm.cfa(FACTOR + " + x4", cm.Moments(cov.corr(), 301)).messages[0]
    assert cm.cfa(FACTOR + " + x4", cm.Moments(cov.cov(), 301)).messages == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cov": [[1.0]]}, "cov is a list"),
        ({"n": -5}, "n is -5"),
        ({"n": 3}, "3 respondents for 3 variables"),
        ({"means": [1.0, 2.0]}, "2 means for 3 variables"),
        ({"means": pd.Series([1.0], ["x1"])}, "means has no x2, x3"),
    ],
)
def test_wrong_moments_are_refused(school: pd.DataFrame, change: dict[str, Any], words: str) -> None:
    given = {"cov": school[["x1", "x2", "x3"]].cov(), "n": 301, **change}
    with pytest.raises(CoprodError, match=words):
        cm.cfa(FACTOR, cm.Moments(**given), mean_structure="means" in change)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"group": True}, "True is no name of a column"),
        ({"group": ["school", "sex"]}, "is no name of a column"),
        ({"cluster": True}, "is no name of a column"),
        ({"std_lv": "FALSE"}, "'FALSE' is neither True nor False"),
        (
            {"group": "school", "group_equal": ["loadings"], "group_partial": ["f=~x22"]},
            "no parameter 'f=~x22'. Did you mean 'f=~x2'",
        ),
        ({"group": "school", "group_equal": ["thresholds"]}, "no thresholds to hold equal"),
        (
            {"group": "school", "group_equal": ["intercepts"], "mean_structure": False},
            "no intercepts to hold equal",
        ),
    ],
)
def test_options_that_mean_nothing_are_refused(
    school: pd.DataFrame, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(CoprodError, match=words):
        cm.cfa(FACTOR, school, **options)


def test_rotations_without_conditions_are_not_for_blocks(school: pd.DataFrame) -> None:
    with pytest.raises(CoprodError, match="a rotation by promax"):
        cm.sem('efa("b")*f + efa("b")*g =~ x1 + x2 + x3 + x4 + x5 + x6', school, rotation="promax")


def test_an_arrow_is_read_as_a_slip(school: pd.DataFrame) -> None:
    with pytest.raises(CoprodError, match="Write y ~ x where you wrote <-"):
        cm.sem("x1 <- x2", school)


def test_covariates_may_be_outcomes_of_a_modification(school: pd.DataFrame) -> None:
    # lavaan 0.7-2: modindices(sem(model, data, fixed.x = FALSE)), and the same with TRUE.
    model = FACTOR + "\nf ~ x7\nx4 ~ f"
    for fixed in (True, False):
        found = cm.sem(model, school, fixed_x=fixed).modification_indices()
        rows = found[(found["lhs"] == "x7") & (found["op"] == "~") & (found["rhs"] == "x4")]
        assert rows["mi"].round(3).tolist() == [7.091]
        assert rows["epc"].round(3).tolist() == [0.168]


def test_far_starts_do_not_hide_the_solution(school: pd.DataFrame) -> None:
    far = "f =~ x1 + start(-30)*x2 + start(5)*x3\nf ~~ start(50)*f\nx1 ~~ start(20)*x1\nx2 ~~ start(0.001)*x2"
    found, usual = cm.cfa(far, school), cm.cfa(FACTOR, school)
    assert found.converged
    assert found.measures["logl"] == pytest.approx(usual.measures["logl"], abs=1e-5)
