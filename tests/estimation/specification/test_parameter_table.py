"""The parameter table: what users write, what the defaults add, what groups share."""

from __future__ import annotations

from typing import Any

import pytest

from coprod_measure.errors import ModelError
from coprod_measure.estimation.specification.completion import parameter_table
from coprod_measure.estimation.specification.default_parameters import OF_GROWTH
from coprod_measure.estimation.specification.parameter_table import Defaults, Parameter, ParameterTable
from coprod_measure.estimation.specification.syntax import parse_model

TWO = "f =~ x1 + x2 + x3\ng =~ y1 + y2 + y3\n"


def table(model: str, n_groups: int = 1, **options: Any) -> ParameterTable:
    return parameter_table(parse_model(model), Defaults(**options), n_groups=n_groups)


def row(found: ParameterTable, name: str, group: int = 1) -> Parameter:
    return next(r for r in found.rows if r.name == name and r.group == group)


def names(found: ParameterTable) -> set[str]:
    return {r.name for r in found.rows}


def test_marker_variances_and_covariances_are_added() -> None:
    found = table(TWO)
    assert (row(found, "f=~x1").free, row(found, "f=~x1").value) == (False, 1.0)
    assert row(found, "f=~x2").free
    assert {"x1~~x1", "f~~f", "f~~g"} <= names(found)
    assert not any(name.endswith("~1") for name in names(found))


def test_standardised_latent_variables() -> None:
    found = table(TWO, std_lv=True)
    assert row(found, "f=~x1").free
    assert (row(found, "f~~f").free, row(found, "f~~f").value) == (False, 1.0)


def test_orthogonal() -> None:
    assert (row(table(TWO, orthogonal=True), "f~~g").free) is False


def test_final_outcomes_covary_but_mediators_do_not() -> None:
    found = table(TWO + "h =~ z1 + z2\ng ~ f\nh ~ f\n")
    assert "g~~h" in names(found)
    assert not {"f~~g", "f~~h"} & names(found)
    assert "g~~h" not in names(table(TWO + "h =~ z1 + z2\ng ~ f\nh ~ g\n"))


def test_single_indicator_measures_without_error() -> None:
    found = table("f =~ x1\ny ~ f")
    assert (row(found, "x1~~x1").free, row(found, "x1~~x1").value) == (False, 0.0)
    assert row(table("f =~ x1\nx1 ~~ x1"), "x1~~x1").free


def test_covariates_are_fixed_unless_mentioned_or_told() -> None:
    assert row(table("y ~ x + z"), "x~~z").exogenous
    assert row(table("y ~ x + z", fixed_x=False), "x~~z").free
    mentioned = table("y ~ x + z\nx ~~ x")
    assert row(mentioned, "x~~x").free
    assert row(mentioned, "z~~z").exogenous


def test_composites_have_no_residual() -> None:
    found = table("c <~ x1 + x2\ny ~ c")
    assert (row(found, "c~~c").free, row(found, "c~~c").value) == (False, 0.0)
    assert row(found, "x1~~x2").exogenous


def test_covariance_is_written_in_the_models_order() -> None:
    assert "f~~g" in names(table(TWO + "g ~~ f"))
    assert "x1~~x2" in names(table(TWO + "x2 ~~ x1"))


def test_growth_defaults() -> None:
    found = table("i =~ 1*x1 + 1*x2", mean_structure=True, automatic=OF_GROWTH)
    assert row(found, "i~1").free
    assert (row(found, "x1~1").free, row(found, "x1~1").value) == (False, 0.0)


def test_equality_over_groups_shares_keys_and_frees_what_it_identifies() -> None:
    found = table(
        TWO, 2, mean_structure=True, group_equal=("loadings", "intercepts"), group_partial=("f=~x3",)
    )
    assert row(found, "f=~x2", 2).key == row(found, "f=~x2", 1).key
    assert row(found, "f=~x3", 2).key != row(found, "f=~x3", 1).key
    assert row(found, "x1~1", 2).key == row(found, "x1~1", 1).key
    assert not row(found, "f~1", 1).free
    assert row(found, "f~1", 2).free
    assert row(found, "x1~~x1", 2).key != row(found, "x1~~x1", 1).key
    held = table(TWO, 2, mean_structure=True, group_equal=("loadings", "intercepts", "means"))
    assert not row(held, "f~1", 2).free


def test_unit_variance_is_freed_in_later_groups_when_loadings_are_equal() -> None:
    found = table(TWO, 2, std_lv=True, group_equal=("loadings",))
    assert not row(found, "f~~f", 1).free
    assert row(found, "f~~f", 2).free


def test_modifiers_per_group() -> None:
    found = table("f =~ x1 + c(a, b)*x2 + c(1, NA)*x3 + start(2)*x4 + 0.7*x5", 2)
    assert (row(found, "f=~x2", 1).label, row(found, "f=~x2", 2).label) == ("a", "b")
    assert (row(found, "f=~x3", 1).free, row(found, "f=~x3", 2).free) == (False, True)
    assert row(found, "f=~x4", 2).start == 2.0
    assert row(found, "f=~x5", 2).value == 0.7
    one = table("f =~ x1 + a*x2", 2)
    assert row(one, "f=~x2", 1).key == row(one, "f=~x2", 2).key == "a"


def test_a_fixed_parameter_fixes_what_shares_its_label() -> None:
    found = table("f =~ x1 + a*x2 + a*0.5*x3")
    assert (row(found, "f=~x2").free, row(found, "f=~x2").value) == (False, 0.5)


def test_thresholds_and_scales_of_ordered_variables() -> None:
    found = table("f =~ u1 + u2 + u3", n_thresholds={"u1": 2, "u2": 2, "u3": 1})
    assert {"u1|t1", "u1|t2", "u3|t1", "u1~*~u1"} <= names(found)
    assert "u3|t2" not in names(found)
    assert not row(found, "u1~~u1").free
    counts = {"u1": 1, "u2": 2, "u3": 2}
    equal = {"group_equal": ("loadings", "thresholds"), "n_thresholds": counts}
    for theta in ({}, {"parameterization": "theta"}):
        scale = "u{0}~~u{0}" if theta else "u{0}~*~u{0}"
        found = table("f =~ u1 + u2 + u3", 2, **theta, **equal)
        # One threshold says nothing of the scale; levels behind the answers are free, so those of f are not.
        assert [row(found, scale.format(k), 2).free for k in (1, 2, 3)] == [False, True, True]
        assert row(found, "u1~1", 2).free
        assert not row(found, "f~1", 2).free
        before = table("f =~ u1 + u2 + u3", 2, thresholds_apart=False, **theta, **equal)
        assert row(before, scale.format(1), 2).free
        assert not row(before, "u1~1", 2).free
        assert row(before, "f~1", 2).free


def test_wrong_number_of_values_is_refused() -> None:
    with pytest.raises(ModelError, match="3 values"):
        table("f =~ x1 + c(1, 2, 3)*x2", 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("f =~ x1 + x2\nq ~*~ q", "q ~\\*~ q scales no ordered variable"),
        ("f =~ x1 + x2\nf ~*~ f", "scales no ordered variable"),
        ("f =~ x1 + x2\nx1 ~*~ x2", "scales no ordered variable"),
        ("f =~ x1 + x2\nf | t1", "f is latent and has no thresholds"),
    ],
)
def test_scales_and_thresholds_belong_to_ordered_items(text: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        table(text)
