"""Each kind that takes controls holds them constant: of observed scores as statsmodels does, of factors too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.theory.definition import Hypothesis
from structure.small_answers import small_answers

SCALES = ("trust", "skill", "drive", "will")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    """Age goes along with trust, with skill and with will, also where they are high together."""
    found = small_answers(tmp_path_factory.mktemp("controls"))
    rng = np.random.default_rng(5)
    scales = scores(found)
    product = (scales["trust"] - 3) * (scales["skill"] - 3)
    together = scales[["trust", "skill", "will"]].mean(axis=1) - 3
    age = 45 + 12 * together + 8 * product + rng.normal(0, 6, len(scales))
    town = rng.choice(["north", "south"], size=len(scales), p=[0.6, 0.4])
    return replace(found, about=found.about.assign(age=age, town=town))


def scores(answers: Responses) -> pd.DataFrame:
    names = {name: [f"{name}_{k}" for k in (1, 2, 3)] for name in SCALES}
    return pd.DataFrame({name: answers.frame[items].mean(axis=1) for name, items in names.items()})


def observed(answers: Responses) -> Responses:
    """The same answers to a theory without factors."""
    theory = answers.instrument.theory
    constructs = {id_: replace(one, measurement="composite") for id_, one in theory.constructs.items()}
    constructs["joined"] = theory.constructs["joined"]
    instrument = replace(
        answers.instrument, theory=replace(theory, constructs=constructs), constructs=constructs
    )
    return replace(answers, instrument=instrument)


def judged(answers: Responses, claim: dict[str, Any], **how: Any) -> HypothesisTests:
    hypothesis = Hypothesis(id="H", statement="H.", **claim)
    theory = replace(answers.instrument.theory, hypotheses={"H": hypothesis})
    how = {"controls": ["age", "town"], "missing": "listwise", "draws": 400} | how
    return judge(theory, answers, ["H"], **how)


MODERATED = {"level": "moderated", "sources": ("trust",), "targets": ("will",), "sign": "positive"}


def test_an_interaction_of_scores_is_least_squares(answers: Responses) -> None:
    tests = judged(observed(answers), MODERATED | {"moderators": ("skill",)})
    frame = scores(answers).join(answers.about[["age", "town"]])
    least = smf.ols("will ~ trust * skill + age + town", frame).fit(cov_type="HC3", use_t=True)
    row = tests.claims.iloc[0]
    assert row["estimate"] == pytest.approx(least.params["trust:skill"], abs=1e-8)
    assert row["se"] == pytest.approx(least.bse["trust:skill"], rel=1e-6)
    without = tests.without_controls
    assert without is not None
    assert without.claims["estimate"].iloc[0] > row["estimate"] + 0.05


def test_paths_by_group_are_least_squares_in_each(answers: Responses) -> None:
    frame = scores(answers).join(answers.about[["age", "town"]]).assign(joined=answers.frame["joined_1"])
    groups = [smf.ols("will ~ trust + age + town", own).fit() for _, own in frame.groupby("joined")]
    gap = groups[1].params["trust"] - groups[0].params["trust"]
    moderated = judged(observed(answers), MODERATED | {"moderators": ("joined",)}).claims.iloc[0]
    assert moderated["estimate"] == pytest.approx(gap, abs=1e-5)
    differs = MODERATED | {"level": "group_difference", "moderators": ("joined",), "sign": "unsigned"}
    unit = frame.loc[frame["joined"] == 0, ["trust", "will"]].std()
    difference = judged(observed(answers), differs).claims.iloc[0]
    assert abs(difference["estimate"]) == pytest.approx(abs(gap) * unit["trust"] / unit["will"], abs=1e-5)


def test_what_sorts_the_groups_is_not_held_constant_in_them(answers: Responses) -> None:
    tests = judged(observed(answers), MODERATED | {"moderators": ("joined",)}, controls=["joined_1", "age"])
    frame = scores(answers).join(answers.about["age"]).assign(joined=answers.frame["joined_1"])
    groups = [smf.ols("will ~ trust + age", own).fit() for _, own in frame.groupby("joined")]
    gap = groups[1].params["trust"] - groups[0].params["trust"]
    assert tests.claims["estimate"].iloc[0] == pytest.approx(gap, abs=1e-5)


def test_an_interaction_of_groups_is_an_analysis_of_covariance(answers: Responses) -> None:
    more = answers.about.assign(country=np.where(np.arange(len(answers.about)) % 3 == 0, "here", "there"))
    claim = MODERATED | {"sources": ("joined",), "moderators": ("country",)}
    found = judged(observed(replace(answers, about=more)), claim)
    frame = scores(answers).join(more[["age", "town", "country"]]).assign(joined=answers.frame["joined_1"])
    least = smf.ols("will ~ joined * country + age + town", frame).fit(cov_type="HC2", use_t=True)
    row = found.claims.iloc[0]
    assert row["estimate"] == pytest.approx(least.params["joined:country[T.there]"], rel=1e-9)
    assert row["se"] == pytest.approx(least.bse["joined:country[T.there]"], rel=1e-9)
    assert "controls" not in found.table()["reason"].iloc[0]


def test_a_choice_is_a_logit_with_controls(answers: Responses) -> None:
    choice = {"level": "choice", "sources": ("will",), "targets": ("joined",), "sign": "positive"}
    tests = judged(observed(answers), choice, kinds={"choice": {"draws": 0}})
    frame = scores(answers).join(answers.about[["age", "town"]]).assign(joined=answers.frame["joined_1"])
    logit = smf.logit("joined ~ will + age + town", frame).fit(disp=False)
    row = tests.claims.iloc[0]
    assert row["estimate"] == pytest.approx(logit.params["will"], abs=1e-6)
    assert row["se"] == pytest.approx(logit.bse["will"], rel=1e-5)


def test_a_surface_is_least_squares_with_controls(answers: Responses) -> None:
    gap = {"level": "discrepancy", "sources": ("trust", "skill"), "targets": ("will",), "sign": "unsigned"}
    tests = judged(observed(answers), gap, kinds={"discrepancy": {"center": "none"}})
    frame = scores(answers).join(answers.about[["age", "town"]])
    least = smf.ols("will ~ trust + skill + I(trust**2) + trust:skill + I(skill**2) + age + town", frame)
    b = least.fit().params
    a4 = b["I(trust ** 2)"] - b["trust:skill"] + b["I(skill ** 2)"]
    assert tests.claims["estimate"].iloc[0] == pytest.approx(a4, abs=1e-8)


def test_importance_is_what_predictors_add_to_the_controls(answers: Responses) -> None:
    claim = {"level": "relative_importance", "sources": ("trust", "skill"), "targets": ("will",)}
    tests = judged(observed(answers), claim | {"sign": "positive"})
    frame = scores(answers).join(answers.about[["age", "town"]])

    def share(*predictors: str) -> float:
        return float(smf.ols(f"will ~ {' + '.join([*predictors, 'age', 'town'])}", frame).fit().rsquared)

    both = share("trust", "skill")
    trust = (both - share("skill") + share("trust") - share()) / 2
    table = tests.tables["H"]["importance"].set_index("predictor")
    assert table.loc["trust", "general"] == pytest.approx(trust, abs=1e-6)
    assert set(table.index) == {"trust", "skill"}
    yes = judged(observed(answers), claim | {"targets": ("joined",), "sign": "positive"})
    assert "controls" not in yes.table()["reason"].iloc[0]


@pytest.mark.parametrize(
    "claim",
    [
        MODERATED | {"moderators": ("skill",)},
        MODERATED | {"moderators": ("joined",)},
        MODERATED | {"moderators": ("skill", "joined")},
        MODERATED | {"level": "mediated", "via": ("drive",), "moderators": ("skill",)},
    ],
)
@pytest.mark.parametrize("missing", ["listwise", "fiml"])
def test_controls_change_what_is_found_of_factors(
    answers: Responses, claim: dict[str, Any], missing: str
) -> None:
    gaps = answers.about.assign(age=answers.about["age"].where(np.arange(len(answers.about)) % 9 > 0))
    tests = judged(replace(answers, about=gaps), claim, missing=missing)
    without = tests.without_controls
    assert without is not None
    row, bare = tests.claims.iloc[0], without.claims.iloc[0]
    assert np.isfinite(row["se"])
    assert abs(row["estimate"] - bare["estimate"]) > 0.003
    assert "controls" not in tests.table()["reason"].iloc[0]


def test_factors_without_error_are_least_squares(answers: Responses) -> None:
    """Items that hardly differ: the latent interaction and surface are those of their means."""
    rng = np.random.default_rng(2)
    scales = scores(answers)
    exact = {
        f"{name}_{k}": scales[name] + rng.normal(0, 0.01, len(scales)) for name in SCALES for k in (1, 2, 3)
    }
    sharp = replace(answers, frame=answers.frame.assign(**exact))
    frame = scales.join(answers.about[["age", "town"]])
    least = smf.ols("will ~ trust * skill + age + town", frame).fit()
    row = judged(sharp, MODERATED | {"moderators": ("skill",)}).claims.iloc[0]
    assert row["estimate"] == pytest.approx(least.params["trust:skill"], abs=2e-3)
    gap = {"level": "discrepancy", "sources": ("trust", "skill"), "targets": ("will",), "sign": "unsigned"}
    latent = judged(sharp, gap).tables["H"]["latent"].set_index("parameter")["estimate"]
    b = (
        smf.ols("will ~ trust + skill + I(trust**2) + trust:skill + I(skill**2) + age + town", frame)
        .fit()
        .params
    )
    assert latent["a4"] == pytest.approx(b["I(trust ** 2)"] - b["trust:skill"] + b["I(skill ** 2)"], abs=5e-3)


def test_means_of_groups_hold_nothing_constant_and_say_so(answers: Responses) -> None:
    means = {"level": "group_difference", "sources": ("joined",), "targets": ("will",), "sign": "unsigned"}
    assert "without the controls age, town" in judged(answers, means).table()["reason"].iloc[0]


def test_groups_count_those_who_answered_the_controls_too(answers: Responses) -> None:
    few = answers.frame["joined_1"].eq(1) & (np.arange(len(answers.frame)) > 30)
    gaps = replace(answers, about=answers.about.assign(age=answers.about["age"].mask(few)))
    differs = MODERATED | {"level": "group_difference", "moderators": ("joined",), "sign": "unsigned"}
    row = judged(gaps, differs).table().iloc[0]
    assert row["verdict"] == "not testable here"
    assert "joined sorts those who answered all of it into fewer than two groups" in row["reason"]
