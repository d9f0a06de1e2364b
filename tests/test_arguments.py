"""What is asked of a function: a misspelt word is refused in one line, never taken for the default."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import coprod_measure as cm

DATA = pd.read_csv(Path(__file__).parent / "reference" / "data" / "holzinger_swineford.csv")


@pytest.fixture(scope="module")
def fit() -> Any:
    return cm.cfa("f =~ x1 + x2 + x3", DATA)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda fit: fit.standardized("std_al"), "Did you mean 'std_all'"),
        (lambda fit: fit.score_tests(information="seen"), "'expected' or 'observed'"),
        (lambda fit: fit.modification_indices(information="seen"), "'expected' or 'observed'"),
        (lambda fit: fit.factor_scores("bartlet"), "Did you mean 'bartlett'"),
        (lambda fit: fit.compare("other"), "is no fit"),
        (lambda fit: fit.vuong("other"), "is no fit"),
        (lambda fit: fit.bootstrap(draws=-1), "whole number from 2 on"),
        (lambda fit: fit.bootstrap(draws=1), "whole number from 2 on"),
        (lambda fit: fit.bootstrap(draws=2, seed="x"), "whole number from 0 on"),
        (lambda fit: fit.bootstrap(draws=2, processes=0), "whole number from 1 on"),
        (lambda fit: fit.bootstrap(draws=2, kind="parametric"), "argument kind"),
        (lambda fit: fit.bootstrap(draws=2, seed=1).table(interval="bc"), "Did you mean 'bca'"),
        (lambda fit: fit.bootstrap(draws=2, seed=1).table(level=95), "0.95 for 95 %"),
    ],
)
def test_a_wrong_argument_is_refused(fit: Any, ask: Callable[[Any], object], words: str) -> None:
    with pytest.raises(cm.CoprodError, match=words):
        ask(fit)


def test_the_case_of_a_word_does_not_matter(fit: Any) -> None:
    pd.testing.assert_frame_equal(fit.factor_scores("Bartlett"), fit.factor_scores("bartlett"))


def test_ordered_true_means_every_outcome_and_indicator() -> None:
    data = DATA.assign(**{f"x{k}": pd.qcut(DATA[f"x{k}"], 3, labels=False) for k in range(1, 4)})
    all_of_them = cm.sem("f =~ x1 + x2 + x3\nf ~ ageyr", data, ordered=True)
    assert all_of_them.options.ordered == ("x1", "x2", "x3")
    assert all_of_them.options.name == "WLSMV"
    assert cm.cfa("f =~ x1 + x2 + x3", data, ordered=False).options.name == "ML"


@pytest.mark.parametrize("options", [{"ordered": 5}, {"group": "school", "group_equal": True}])
def test_what_is_no_list_of_names_is_refused(options: Any) -> None:
    with pytest.raises(cm.CoprodError, match="no list of names"):
        cm.cfa("f =~ x1 + x2 + x3", DATA, **options)


def _doors() -> dict[str, tuple[Callable[..., object], list[str]]]:
    """Every public function that takes options by keyword, and their names."""
    found = {}
    for name in dir(cm):
        function = getattr(cm, name)
        code = inspect.unwrap(function).__code__ if inspect.isfunction(function) else None
        if code and code.co_flags & inspect.CO_VARKEYWORDS:
            named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            shown = inspect.signature(function).parameters
            found[name] = (function, [one for one in shown if one not in named])
    return found


DOORS = _doors()


def test_functions_that_take_options_are_found() -> None:
    assert {"cfa", "sam", "pls", "read_responses", "invariance", "power", "panel"} <= set(DOORS)


def test_every_function_with_typed_options_shows_them() -> None:
    for path in Path(cm.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert text.count("@spelled(") >= text.count(": Unpack["), path.name


@pytest.mark.parametrize("name", DOORS)
def test_every_option_is_shown_with_its_default(name: str) -> None:
    function, options = DOORS[name]
    shown = inspect.signature(function).parameters
    assert options
    assert all(shown[one].kind is shown[one].KEYWORD_ONLY for one in options)
    assert all(shown[one].default is not inspect.Parameter.empty for one in options)


def test_help_tells_of_the_options_that_a_function_takes_and_of_no_other() -> None:
    told = str(cm.sam.__doc__).partition("Options\n-------\n")[2]
    assert "mapping : str" in told
    assert "group_equal, group_partial : tuple of str" in told
    assert "bounds : str" not in told


GIVEN = {
    "data": DATA,
    "model": "f =~ x1 + x2 + x3",
    "population": "x ~ .3*z",
    "files": {},
    "path": "none.csv",
    "n": 100,
}


@pytest.mark.parametrize("name", sorted(set(DOORS) - {"dominance", "model_power", "parameter_power"}))
def test_a_misspelt_option_is_one_line_with_the_nearest_name(name: str) -> None:
    function, options = DOORS[name]
    shown = inspect.signature(function).parameters.values()
    needed = {one.name: GIVEN.get(one.name, "sex") for one in shown if one.default is one.empty}
    with pytest.raises(cm.CoprodError, match=f"Did you mean '{options[0]}'") as caught:
        function(**needed, **{f"{options[0]}s": 1})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: cm.necessity(DATA, "x1", ["x2"], permutations=0).points("x3"), "no 'x3'. There are x2"),
        (
            lambda: cm.necessity(DATA, "x1", ["x2"], permutations=0).outliers("x2", "ce"),
            "'ce'. There are ce_fdh",
        ),
        (lambda: cm.necessity(DATA, "x1", ["x2"], ceilings=["cr_fdh"]).bottleneck(), "Did you mean 'cr_fdh'"),
        (lambda: cm.dominance(DATA, "x1", ["x2", "x3"], bootstrap=0).matrix("complet"), "mean 'complete'"),
        (
            lambda: cm.dominance(DATA, "x1", ["x2", "x3"], bootstrap=0).ranking.rival_of("x4"),
            "no 'x4'. There are x2, x3",
        ),
        (lambda: cm.cfa("f =~ x1 + x2 + True", DATA.rename(columns={"x3": True})), "The name of column True"),
    ],
)
def test_a_name_that_a_result_or_frame_does_not_have_is_one_line(ask: Callable[[], Any], words: str) -> None:
    with pytest.raises(cm.CoprodError) as caught:
        ask()
    assert words in str(caught.value)


def test_which_answers_the_steps_rest_on_needs_no_ceiling_that_was_asked_for() -> None:
    asked = [
        cm.necessity(DATA, "x1", ["x2"], ceilings=one, permutations=0) for one in (["ce_fdh"], ["cr_fdh"])
    ]
    assert asked[0].points("x2").equals(asked[1].points("x2"))


def test_outcomes_that_determine_each_other_have_no_importance() -> None:
    with pytest.raises(cm.CoprodError, match="is a combination of others"):
        cm.dominance(DATA.assign(y=-DATA["x1"]), ["x1", "y"], ["x2", "x3"], bootstrap=0)
