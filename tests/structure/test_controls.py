"""Controls: how they are coded, and what holding them constant does, against least squares by statsmodels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from coprod_measure.errors import InputError
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.controls import code_controls
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.results import HypothesisTests
from structure.small_answers import small_answers


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    """Age raises trust and drive, so that without it their relation looks stronger."""
    found = small_answers(tmp_path_factory.mktemp("controls"))
    rng = np.random.default_rng(5)
    n = len(found.frame)
    age = 45 + 12 * (found.frame.filter(regex="trust|drive").mean(axis=1) - 3) + rng.normal(0, 6, n)
    town = rng.choice(["north", "south", "far"], size=n, p=[0.5, 0.498, 0.002])
    about = found.about.assign(age=age, town=town, member=rng.choice(["yes", "no"], size=n))
    return replace(found, about=about)


@pytest.fixture(scope="module")
def tests(answers: Responses) -> HypothesisTests:
    return run_hypotheses(
        answers.instrument.theory, answers, ["T1", "T4", "T7"],
        controls=["age", "town"], missing="listwise", draws=1000,
    )  # fmt: skip


def test_amounts_stay_and_names_become_columns_against_the_largest(answers: Responses) -> None:
    coded = code_controls({"all": ("age", "town", "member", "amount_1", "joined_1")}, answers)
    told = [(one.column, one.source, one.level) for one in coded.coded]
    largest = answers.about["town"].value_counts().index[0]
    other = "south" if largest == "north" else "north"
    member = answers.about["member"].value_counts().index[1]
    assert told[:2] == [("age", "age", ""), (f"town_{other}", "town", other)]
    assert told[2] == (f"member_{member}", "member", member)
    assert told[3][1:] == ("amount_1", "")
    assert [one.joined for one in coded.coded if one.source == "town"] == [("far",)]
    expected = (answers.about["town"] == other).astype(float)
    pd.testing.assert_series_equal(coded.frame[f"town_{other}"], expected, check_names=False)
    joined = next(one for one in coded.coded if one.source == "joined_1")
    assert {joined.level, joined.reference} == {"0", "1"}


def test_missing_answers_stay_missing_and_by_outcome_is_by_outcome(answers: Responses) -> None:
    gaps = replace(
        answers, about=answers.about.assign(town=answers.about["town"].where(answers.about["age"] > 45))
    )
    coded = code_controls({"will": ("town",), "all": ("age",)}, gaps)
    assert coded.of("drive") == ("age",)
    assert coded.of("will") == (*(one.column for one in coded.coded if one.source == "town"), "age")
    assert coded.frame[coded.of("will")[0]].isna().equals(gaps.about["town"].isna())


@pytest.mark.parametrize(("name", "words"), [("nobody", "no such item"), ("same", "alike")])
def test_what_cannot_be_held_constant_is_refused(answers: Responses, name: str, words: str) -> None:
    alike = replace(answers, about=answers.about.assign(same="x"))
    with pytest.raises(InputError, match=words):
        code_controls({"all": (name,)}, alike)


def test_effects_hold_the_controls_constant(tests: HypothesisTests, answers: Responses) -> None:
    without = tests.without_controls
    assert without is not None
    assert without.controls == ()
    held = tests.claims.query("hypothesis == 'T1'")["std"].iloc[0]
    bare = without.claims.query("hypothesis == 'T1'")["std"].iloc[0]
    assert held < bare - 0.1
    rows = tests.paths.query("outcome == 'drive' and kind == 'linear'")
    assert {"age", "trust"} < set(rows["predictor"])
    never = run_hypotheses(
        answers.instrument.theory, answers, ["T1", "T4", "T7"], missing="listwise", draws=1000
    )
    pd.testing.assert_frame_equal(never.claims, without.claims)
    pd.testing.assert_frame_equal(never.verdicts, without.verdicts)


def test_controls_covary_with_causes_and_cost_no_fit(tests: HypothesisTests) -> None:
    model = tests.models[0]
    rows = model.parameters
    related = rows[(rows["op"] == "~~") & (rows["lhs"] == "trust") & (rows["rhs"] == "age")]
    assert len(related) == 1
    assert related["est"].iloc[0] > 1
    assert model.fit_measures["cfi"] > 0.98


def test_a_model_of_scores_with_controls_is_least_squares(answers: Responses) -> None:
    """Of observed variables alone, the structural model is ordinary regression: statsmodels must agree."""
    theory = answers.instrument.theory
    observed = {id_: replace(one, measurement="composite") for id_, one in theory.constructs.items()}
    scored = replace(theory, constructs=observed)
    instrument = replace(answers.instrument, theory=scored, constructs=observed)
    tests = run_hypotheses(
        scored, replace(answers, instrument=instrument), ["T1"], controls=["age", "town"], missing="listwise"
    )
    frame = pd.DataFrame(
        {name: answers.frame[[f"{name}_{k}" for k in (1, 2, 3)]].mean(axis=1) for name in ("trust", "drive")}
    ).join(answers.about[["age", "town"]])
    largest = frame["town"].value_counts().index[0]
    frame["town"] = frame["town"].replace("far", largest)
    least = smf.ols(f"drive ~ trust + age + C(town, Treatment('{largest}'))", frame).fit()
    own = tests.paths.set_index("predictor")["estimate"]
    assert own["trust"] == pytest.approx(least.params["trust"], abs=1e-6)
    assert own["age"] == pytest.approx(least.params["age"], abs=1e-6)
    assert own.filter(like="town").iloc[0] == pytest.approx(
        least.params.filter(like="town").iloc[0], abs=1e-5
    )
    assert tests.paths["r_squared"].iloc[0] == pytest.approx(least.rsquared, abs=1e-6)
