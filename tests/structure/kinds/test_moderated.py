"""Moderated claims: found where they are in the population, and not where they are not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.populations import population
from coprod_measure.instrument.read import read_instrument
from coprod_measure.report.document import Table
from coprod_measure.report.figures.moderation import draw_moderation
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.read import read_responses
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from coprod_measure.structure.results import HypothesisTests

THEORY = """
id: bent
title: Bent
version: "1.0"
source: made for this test
stages:
  before: {name: Before, definition: What comes first}
constructs:
  trust: {name: Trust, definition: d, stage: before, unit: [respondent]}
  skill: {name: Skill, definition: d, stage: before, unit: [respondent]}
  will: {name: Will, definition: d, stage: before, unit: [respondent]}
  club: {name: Club, definition: d, stage: before, measurement: observed, unit: [respondent]}
  arm: {name: Arm, definition: d, stage: before, measurement: observed, unit: [respondent]}
  shares: {name: Shares, definition: d, stage: before, measurement: observed, unit: [respondent]}
  unasked: {name: Unasked, definition: d, stage: before, unit: [respondent]}
hypotheses:
  M1: {statement: Skill., level: moderated, sources: [trust], moderators: [skill], targets: [will], sign: positive}
  M2: {statement: Club., level: moderated, sources: [trust], moderators: [club], targets: [will], sign: positive}
  M3: {statement: Arms., level: moderated, sources: [arm], moderators: [club], targets: [will], sign: positive}
  M4: {statement: Three., level: moderated, sources: [arm], moderators: [skill, club], targets: [will], sign: positive}
  M5: {statement: Shares., level: moderated, sources: [trust], moderators: [shares], targets: [will], sign: positive}
  M6: {statement: Unasked., level: moderated, sources: [trust], moderators: [unasked], targets: [will], sign: positive}
"""
INSTRUMENT = """
id: bent
title: Bent
version: "1.0"
license: CC0-1.0
theory: theory.yaml
languages: [en]
scales:
  agree7: {codes: [1, 2, 3, 4, 5, 6, 7], labels: {en: [a, b, c, d, e, f, g]}}
  club3: {codes: [1, 2, 3], bipolar: false, labels: {en: [a, b, c]}}
  arm2: {codes: [0, 1], bipolar: false, labels: {en: [a, b]}}
questions:
  - {construct: trust, scale: agree7, items: {trust_1: {text: t}, trust_2: {text: t}, trust_3: {text: t}}}
  - {construct: skill, scale: agree7, items: {skill_1: {text: t}, skill_2: {text: t}, skill_3: {text: t}}}
  - {construct: will, scale: agree7, items: {will_1: {text: t}, will_2: {text: t}, will_3: {text: t}}}
  - {construct: club, kind: single_choice, scale: club3, items: {club_1: {text: t}}}
  - {construct: arm, kind: single_choice, scale: arm2, items: {arm_1: {text: t}}}
  - construct: shares
    kind: number
    items: {shares_1: {text: t, minimum: 0, maximum: 100}, shares_2: {text: t, minimum: 0, maximum: 100}}
"""


def sample(folder: Path, bent: float, seed: int, n: int = 900) -> Responses:
    """Will = .3 trust + bent (trust skill + trust club + arm club) + error."""
    folder.mkdir(exist_ok=True)
    (folder / "theory.yaml").write_text(THEORY, encoding="utf-8")
    (folder / "instrument.yaml").write_text(INSTRUMENT, encoding="utf-8")
    rng = np.random.default_rng(seed)
    trust, skill = rng.standard_normal((2, n))
    club, arm, share = rng.integers(1, 4, n), rng.integers(0, 2, n), rng.integers(0, 101, n)
    will = 0.3 * trust + bent * (trust * skill + trust * (club - 2) + 2 * (arm - 0.5) * (club - 2))
    will = will + 0.8 * rng.standard_normal(n)

    def item(score: np.ndarray) -> np.ndarray:
        return np.clip(np.round(4 + score + 0.6 * rng.standard_normal(n)), 1, 7).astype(int)

    columns = {f"{name}_{k}": item(score) for name, score in
               (("trust", trust), ("skill", skill), ("will", will)) for k in (1, 2, 3)}  # fmt: skip
    frame = pd.DataFrame(
        {**columns, "club_1": club, "arm_1": arm, "shares_1": share, "shares_2": 100 - share}
    )
    frame.to_csv(folder / "answers.csv", index=False)
    return read_responses(folder / "answers.csv", read_instrument(folder / "instrument.yaml"))


@pytest.fixture(scope="module")
def bent(tmp_path_factory: pytest.TempPathFactory) -> HypothesisTests:
    answers = sample(tmp_path_factory.mktemp("bent"), 0.3, 1)
    return judge(answers.instrument.theory, answers, draws=500)


@pytest.mark.parametrize("kind", ["choice", "necessity", "group_difference", "segmentation"])
def test_pages_of_other_kinds_leave_its_tables_alone(bent: HypothesisTests, kind: str) -> None:
    assert not list(PAGES[kind].blocks(bent, Labels(read_instrument("bfi25"))))


def test_each_is_tested_by_what_moderates(bent: HypothesisTests) -> None:
    claims = bent.claims.set_index("hypothesis")
    assert claims["model"].to_dict() == {"M1": "sam", "M2": "groups", "M3": "arms", "M4": "scores"}
    verdicts = bent.verdicts.set_index("id")["verdict"]
    assert verdicts[["M1", "M2", "M3"]].tolist() == ["supported"] * 3
    # Arm and club interact, whatever skill is: at low skill too.
    assert verdicts["M4"] == "supported"
    codes = {id_: {reason.code for reason in own} for id_, own in bent.reasons.items()}
    assert "second_opinion" in codes["M1"]
    assert "not_invariant" not in codes["M2"]
    assert "constant_moderator" in codes["M5"]
    assert "moderator_not_asked" in codes["M6"]


def test_loadings_that_differ_between_groups_are_free(tmp_path: Path) -> None:
    answers = sample(tmp_path, 0.3, 4)
    frame, rng = answers.frame.copy(), np.random.default_rng(4)
    last = frame["club_1"] == 3
    # In the last group one question asks for something else.
    frame.loc[last, "trust_3"] = np.clip(np.round(4 + rng.standard_normal(int(last.sum()))), 1, 7)
    found = judge(answers.instrument.theory, replace(answers, frame=frame), ["M2"], draws=500)
    told = {one.code: one.fields for one in found.reasons["M2"]}
    assert told["partly_invariant"]["loadings"] == ("trust_3 of trust",)
    slopes = found.tables["M2"]["slopes"]["slope"].to_numpy()
    assert slopes == pytest.approx([0.0, 0.3, 0.6], abs=0.15)


def test_estimates_are_those_of_the_population(bent: HypothesisTests) -> None:
    claims = bent.claims.set_index("hypothesis")
    for id_, truth in (("M1", 0.3), ("M2", 0.6), ("M3", 1.2)):
        own = claims.loc[id_]
        assert abs(own["estimate"] - truth) < 3.5 * own["se"], id_
    slopes = bent.tables["M2"]["slopes"]["slope"].to_numpy()
    assert slopes == pytest.approx([0.0, 0.3, 0.6], abs=0.15)
    told = bent.tables["M1"]["slopes"]["slope"].to_numpy()
    assert told == pytest.approx([0.0, 0.3, 0.6], abs=0.15)
    assert bent.tables["M1"]["regions"]["significant"].tolist() == ["outside"]


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    """In 12 samples without interaction each kind finds one about once in twenty times."""
    found = 0
    for seed in range(12):
        answers = sample(tmp_path / str(seed), 0.0, seed, n=400)
        tests = judge(
            answers.instrument.theory, answers, ["M1", "M2", "M3", "M4"], draws=500, adjust="none",
            kinds={"moderated": {"second_opinion": False}},
        )  # fmt: skip
        found += int((tests.verdicts["pvalue"] < 0.05).sum())
    assert found <= 6


def test_thin_groups_and_a_constant_moderator_are_named(tmp_path: Path) -> None:
    answers = sample(tmp_path, 0.3, 3, n=240)
    one = answers.keep(answers.frame.index[answers.frame["club_1"] == 1])
    tests = judge(answers.instrument.theory, one, ["M1", "M2", "M3"], draws=500)
    told = {id_: own[0] for id_, own in tests.reasons.items()}
    assert told["M2"].code == "moderation_failed"
    assert "fewer than two groups of 50" in told["M2"].fields["error"]
    assert "club does not vary" in told["M3"].fields["error"]
    assert tests.verdicts.set_index("id").loc["M1", "verdict"] != "not testable here"


def test_the_table_says_where_each_effect_is(bent: HypothesisTests) -> None:
    table = PAGES["moderated"].blocks(bent, Labels(read_instrument("bfi25")))[0]
    assert isinstance(table, Table)
    said = [row.values[2:4] for row in table.rows if not row.heading]
    in_sd = ["1 SD below the mean", "at the mean", "1 SD above the mean"]
    assert said[:3] == [("skill", where) for where in in_sd]
    assert said[3:6] == [("club", group) for group in ("a", "b", "c")]
    assert said[-2:] == [
        ("club given skill", f"skill = {at:.2f}") for at in bent.tables["M4"]["slopes"]["at"]
    ]


def test_the_picture_has_the_band_and_its_edges(bent: HypothesisTests) -> None:
    figure = draw_moderation(bent.tables["M1"]["lines"], "Effect on will", "Skill")
    axes = figure.axes[0]
    assert axes.get_xlabel() == "Skill"
    assert len(axes.collections) == 2
    assert len(axes.lines) >= 3


def test_an_indirect_effect_that_is_bent_is_told_from_one_that_is_the_same_for_all() -> None:
    """Without arms, of scale means: H8e, whose two shares add up to a hundred."""
    instrument = read_instrument("etgar2007")
    found = population(instrument, "H8e")
    assert found is not None
    verdicts = []
    for holds in (True, False):
        answers = found.draw(np.random.default_rng(3), 600, holds)
        tests = judge(instrument.theory, answers, ["H8e"], missing="listwise", draws=300)
        verdicts.append(tests.table().iloc[0]["verdict"])
        assert {"bent_by_scores", "share_of_first"} <= {one.code for one in tests.reasons["H8e"]}
    assert verdicts == ["supported", "not supported"]
    page = PAGES["moderated"].blocks(tests, Labels(instrument))
    assert [block.id for block in page] == ["indirect-H8e"]


def test_answers_that_are_there_twice_bend_a_path_no_surer(tmp_path: Path) -> None:
    once = sample(tmp_path, 0.3, 1)
    places = np.tile(np.arange(len(once.frame)), 2)
    parts = {name: getattr(once, name).iloc[places].reset_index(drop=True) for name in ("frame", "shown")}
    about = once.about.iloc[places].reset_index(drop=True)
    about = about.assign(respondent=np.arange(len(places)), cluster=places)
    twice = replace(once, positions=None, about=about, **parts)
    rows = [
        judge(one.instrument.theory, one, ["M2"], estimator="MLR", missing="listwise").claims.iloc[0]
        for one in (once, twice)
    ]
    assert rows[1]["se"] == pytest.approx(rows[0]["se"], rel=0.01)
    assert rows[1]["estimate"] == pytest.approx(rows[0]["estimate"], abs=1e-4)


CHAINS = """
  S: {statement: Second., level: mediated, sources: [skill], via: [trust], targets: [will], moderators: [arm], bends: second}
  F: {statement: First., level: mediated, sources: [skill], via: [trust], targets: [will], moderators: [arm], bends: first}
  O: {statement: Open., level: mediated, sources: [skill], via: [trust], targets: [will], moderators: [arm], sign: positive}
  X: {statement: The step., level: moderated, sources: [trust], moderators: [arm], targets: [will], sign: positive}
"""


def test_the_step_that_is_bent_is_the_one_that_is_tested(tmp_path: Path) -> None:
    (tmp_path / "theory.yaml").write_text(THEORY + CHAINS.lstrip("\n"), encoding="utf-8")
    (tmp_path / "instrument.yaml").write_text(INSTRUMENT, encoding="utf-8")
    rng = np.random.default_rng(5)
    n = 900
    arm = rng.integers(0, 2, n)
    skill = rng.standard_normal(n)
    trust = 0.6 * skill + 0.8 * rng.standard_normal(n)
    will = 0.4 * trust + 0.6 * trust * (arm - 0.5) + 0.8 * rng.standard_normal(n)
    columns = {
        f"{name}_{k}": np.clip(np.round(4 + score + 0.5 * rng.standard_normal(n)), 1, 7)
        for name, score in (("trust", trust), ("skill", skill), ("will", will))
        for k in (1, 2, 3)
    }
    ones = np.ones(n)
    frame = pd.DataFrame(
        {**columns, "arm_1": arm, "club_1": ones, "shares_1": 50 * ones, "shares_2": 50 * ones}
    )
    frame.to_csv(tmp_path / "answers.csv", index=False)
    answers = read_responses(tmp_path / "answers.csv", read_instrument(tmp_path / "instrument.yaml"))
    theory = answers.instrument.theory
    assert [theory.bent_step(theory.hypotheses[id_]) for id_ in "SFO"] == ["second", "first", "second"]
    tests = judge(theory, answers, ["S", "F", "O", "X"], missing="listwise", draws=300)
    found = tests.claims.set_index("hypothesis")
    assert abs(found.loc["S", "estimate"] - 0.36) < 3.5 * found.loc["S", "se"] + 0.08
    assert found.loc["O", "estimate"] == found.loc["S", "estimate"]
    assert found.loc["F", "pvalue"] > 0.05
    assert tests.table().set_index("id")["verdict"][["S", "F"]].tolist() == ["supported", "not supported"]
    page = PAGES["moderated"].blocks(tests, Labels(answers.instrument))
    heads = [row.values[0] for block in page if isinstance(block, Table) for row in block.rows if row.heading]
    assert "Skill → Trust → Will, the second step by Arm" in heads
