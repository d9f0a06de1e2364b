"""Arms beside the controls of a study: what decides, what stands beside, and controls that cannot be held."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy.stats import ttest_ind

from coprod_measure.report.document import Figure, Table
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.results import HypothesisTests
from structure.kinds.test_experiments import CLAIMS, answers_of, read

SAT = ["sat_1", "sat_2", "sat_3"]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    """Age goes with satisfaction, the more in those who took part; hours were moved by the arms."""
    folder = tmp_path_factory.mktemp("lab")
    frame = answers_of(folder)
    rng = np.random.default_rng(9)
    n, part = len(frame), frame["part_1"].to_numpy()
    sat = frame[SAT].mean(axis=1).to_numpy() - 0.3 * part
    about = {
        "age": 45 + 8 * (sat - 4) + 6 * rng.standard_normal(n),
        "steep": (sat - 4) * (2 * part - 1) + rng.standard_normal(n),
        "hours": part + rng.standard_normal(n),
        "town": rng.choice(["north", "south"], n),
        "group": np.where(part == 1, "a", "b"),
        "half": np.where(rng.random(n) < 0.5, np.nan, rng.standard_normal(n)),
        "never": np.where(part == 1, np.nan, rng.standard_normal(n)),
    }
    found = read(folder, frame)
    return replace(found, about=found.about.assign(**about))


def judged(answers: Responses, controls: list[str], claims: int | slice = 0) -> HypothesisTests:
    chosen = CLAIMS[claims] if isinstance(claims, slice) else (CLAIMS[claims],)
    theory = replace(answers.instrument.theory, hypotheses={one.id: one for one in chosen})
    return run_hypotheses(theory, answers, missing="listwise", draws=200, adjust="none", controls=controls)


@pytest.fixture(scope="module")
def tests(answers: Responses) -> HypothesisTests:
    return judged(answers, ["age", "town"], slice(None))


def flat(answers: Responses) -> pd.DataFrame:
    return answers.about.assign(part=answers.frame["part_1"], sat=answers.frame[SAT].mean(axis=1))


def test_the_adjusted_contrast_decides_and_the_other_stands_beside(
    tests: HypothesisTests, answers: Responses
) -> None:
    frame = flat(answers)
    least = smf.ols("sat ~ part + age + town", frame).fit(cov_type="HC2", use_t=True)
    row = tests.tables["E1"]["contrasts"].set_index("how").loc[["", "unadjusted"]]
    assert row["estimate"].iloc[0] == pytest.approx(least.params["part"], rel=1e-10)
    assert row["se"].iloc[0] == pytest.approx(least.bse["part"], rel=1e-10)
    by = frame.groupby("part")["sat"]
    sd = np.sqrt((by.var() * (by.size() - 1)).sum() / (len(frame) - 2))
    table = tests.table().set_index("id")
    assert table.loc["E1", "estimate"] == pytest.approx(least.params["part"] / sd)
    welch = ttest_ind(frame["sat"][frame["part"] == 1], frame["sat"][frame["part"] == 0], equal_var=False)
    assert row["pvalue"].iloc[1] == pytest.approx(welch.pvalue)
    assert tests.without_controls is not None
    assert tests.without_controls.table().set_index("id").loc["E1", "pvalue"] == pytest.approx(welch.pvalue)
    assert "satisfied adjusted for age, town; without that d = " in table.loc["E1", "reason"]
    # Of other claims, each cell of which is adjusted, and of the indirect effect.
    for id_ in ("E2", "E3", "E4"):
        bare = tests.without_controls.table().set_index("id").loc[id_, "estimate"]
        assert abs(table.loc[id_, "estimate"] - bare) > 1e-4
    assert not table["reason"].str.contains("does not take").any()
    cells = tests.tables["E1"]["cells"]
    gap = cells["adjusted"].iloc[1] - cells["adjusted"].iloc[0]
    assert gap == pytest.approx(least.params["part"])


def test_slopes_that_differ_and_controls_that_arms_moved_are_named(
    tests: HypothesisTests, answers: Responses
) -> None:
    codes = {one.code for one in tests.reasons["E1"]}
    assert not codes & {"slopes_differ", "controls_moved", "controls_unanswered"}
    reason = judged(answers, ["steep", "hours"]).table()["reason"].iloc[0]
    assert (
        "slopes of steep, hours differ between arms (p < .001): at their means, with slopes of each" in reason
    )
    assert "hours differ between arms: if the arms moved them" in reason


def test_controls_that_cannot_be_held_are_named_and_the_rest_comes(answers: Responses) -> None:
    found = judged(answers, ["half"]).table().iloc[0]
    kept = int(answers.about["half"].notna().sum())
    assert (
        f"{len(answers.about) - kept} of 720 people did not answer half and count without them"
        in found["reason"]
    )
    for controls, told in (
        (["group"], "is told by the cells or by other covariates"),
        (["never"], "there is one group only"),
    ):
        table = judged(answers, controls, slice(0, 2)).table().set_index("id")
        assert told in table.loc["E1", "reason"]
        assert table.loc["E1", "verdict"] == "not testable here"
    lonely = answers.about.assign(half=answers.about["half"].mask(answers.frame["part_1"].eq(1)))
    lonely.loc[answers.frame.index[answers.frame["part_1"].eq(1)][0], "half"] = 1.0
    alone = judged(replace(answers, about=lonely), ["half"]).table().iloc[0]
    assert "1 holds one person" in alone["reason"]
    # What says who is in which arm is no control of its own effect.
    same = judged(answers, ["part_1", "age"]).table().iloc[0]
    assert same["estimate"] == pytest.approx(judged(answers, ["age"]).table().iloc[0]["estimate"])


def test_within_persons_controls_of_the_occasion_are_held(answers: Responses) -> None:
    half = len(answers.frame) // 2
    people = [f"p{k}" for k in range(half)] * 2
    within = replace(answers, about=answers.about.assign(respondent=people))
    found = judged(within, ["age"])
    frame = flat(within)
    least = smf.ols("sat ~ part + age", frame).fit()
    assert found.tables["E1"]["contrasts"]["estimate"].iloc[0] == pytest.approx(least.params["part"])
    assert found.tables["E1"]["contrasts"]["df"].iloc[0] < half
    assert "within persons" in found.table()["reason"].iloc[0]


def test_page(tests: HypothesisTests, answers: Responses) -> None:
    blocks = list(PAGES["experiments"].blocks(tests, Labels(answers.instrument, tests.controls)))
    titles = [one.title for one in blocks if isinstance(one, Figure)]
    assert "E1: Satisfied by arm, at the means of controls" in titles
    table = next(one for one in blocks if isinstance(one, Table) and one.id == "contrasts-E1")
    assert [row.values[0] for row in table.rows[1:]] == [
        "as planned", "as planned, without controls", "as planned, each arm with slopes of its own",
    ]  # fmt: skip
    held = next(one for one in blocks if isinstance(one, Table) and one.id == "covariates-E1")
    assert [row.values[0] for row in held.rows[1:]] == ["Age", "Town: south", "all at once"]
    claim = tests.claims.set_index("hypothesis").loc["E1"].to_dict()
    told = [one.code for one in tests.reasons["E1"]]
    assert "analysis of covariance" in PAGES["experiments"].method(claim, told, tests.options)
