"""Arms with known effects: between and within persons, and experiments that went wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind, ttest_rel

from coprod_measure.instrument.read import read_instrument
from coprod_measure.report.document import Figure, Table
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.read import read_responses
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.theory.definition import Hypothesis
from structure.by_hand import a_claim

CONSTRUCTS = ("part", "outcome", "choice", "one_arm", "credit", "satisfied", "shares")
THEORY = "id: lab\ntitle: Lab\nversion: '1'\nstages: {s: {name: S}}\nconstructs:\n" + "".join(
    f"  {id_}: {{name: {id_.title()}, definition: d, stage: s"
    f"{', measurement: observed' if id_ in ('credit', 'shares') else ''}}}\n"
    for id_ in CONSTRUCTS
)
INSTRUMENT = """
id: lab
title: Lab
version: "1"
license: CC0-1.0
theory: theory.yaml
languages: [en]
scales:
  seven: {codes: [1, 2, 3, 4, 5, 6, 7], labels: {en: [a, b, c, d, e, f, g]}}
  arm: {codes: [0, 1], bipolar: false, labels: {en: ["without", "with"]}}
  quality: {codes: [1, 2, 3], bipolar: false, labels: {en: [worse, as expected, better]}}
questions:
  - {role: design, kind: single_choice, scale: arm, items: {part_1: {text: t}, choice_1: {text: t}, one_arm_1: {text: t}}}
  - {role: design, kind: single_choice, scale: quality, items: {outcome_1: {text: t}}}
  - {construct: choice, scale: seven, items: {free_1: {text: t}, free_2: {text: t}, free_3: {text: t}}}
  - {construct: satisfied, scale: seven, items: {sat_1: {text: t}, sat_2: {text: t}, sat_3: {text: t}}}
  - construct: credit
    kind: number
    items: {credit_1: {text: t}}
  - construct: shares
    kind: number
    items: {share_1: {text: t, minimum: 0, maximum: 100}, share_2: {text: t, minimum: 0, maximum: 100}}
"""
CLAIMS = (
    a_claim("E1", "direct", ("part",), ("satisfied",), "positive"),
    a_claim("E2", "moderated", ("part",), ("satisfied",), "positive", moderators=("outcome",)),
    a_claim("E3", "moderated", ("part",), ("credit",), "negative", moderators=("outcome", "choice")),
    a_claim(
        "E4", "mediated", ("part",), ("satisfied",), "unsigned", via=("credit",), moderators=("outcome",)
    ),
    a_claim("E5", "direct", ("one_arm",), ("satisfied",), "positive"),
    a_claim("E6", "direct", ("choice",), ("satisfied",), "positive"),
    a_claim("E7", "moderated", ("part",), ("shares",), "negative", moderators=("outcome",)),
)


def answers_of(folder: Path, seed: int = 4) -> pd.DataFrame:
    """Twelve cells of 60: part pays off where the outcome is better; choice softens credit where worse."""
    rng = np.random.default_rng(seed)
    cells = pd.MultiIndex.from_product([[0, 1], [1, 2, 3], [0, 1], range(60)]).to_frame(index=False)
    part, outcome, choice = (cells[k].to_numpy() for k in range(3))
    n = len(cells)
    credit = part * (outcome - 2) + 1.2 * part * (outcome == 1) * (1 - choice) + rng.standard_normal(n)
    satisfied = 4 + 0.3 * part + 0.6 * credit + rng.standard_normal(n)
    free = 4 + 1.5 * choice + rng.standard_normal(n)
    own = np.clip(np.round(50 + 8 * credit), 0, 100)

    def item(score: np.ndarray) -> np.ndarray:
        return np.clip(np.round(score + 0.5 * rng.standard_normal(n)), 1, 7).astype(int)

    return pd.DataFrame(
        {"part_1": part, "choice_1": choice, "one_arm_1": 1, "outcome_1": outcome}
        | {f"free_{k}": item(free) for k in (1, 2, 3)}
        | {f"sat_{k}": item(satisfied) for k in (1, 2, 3)}
        | {"credit_1": credit.round(3), "share_1": own, "share_2": 100 - own}
    )


def read(folder: Path, frame: pd.DataFrame) -> Responses:
    (folder / "theory.yaml").write_text(THEORY, encoding="utf-8")
    (folder / "instrument.yaml").write_text(INSTRUMENT, encoding="utf-8")
    frame.to_csv(folder / "answers.csv", index=False)
    return read_responses(folder / "answers.csv", read_instrument(folder / "instrument.yaml"))


def verdicts(
    answers: Responses, claims: tuple[Hypothesis, ...], **kinds: dict[str, object]
) -> HypothesisTests:
    theory = replace(answers.instrument.theory, hypotheses={one.id: one for one in claims})
    return run_hypotheses(theory, answers, missing="listwise", draws=500, kinds=kinds, adjust="none")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Responses:
    folder = tmp_path_factory.mktemp("lab")
    return read(folder, answers_of(folder))


@pytest.fixture(scope="module")
def tests(answers: Responses) -> HypothesisTests:
    return verdicts(answers, CLAIMS)


def test_verdicts(tests: HypothesisTests) -> None:
    table = tests.table().set_index("id")
    assert set(table["kind"]) == {"experiments"}
    assert table["verdict"].to_dict() == {
        "E1": "supported", "E2": "supported", "E3": "supported", "E4": "supported",
        "E5": "not testable here", "E6": "not supported", "E7": "contradicted",
    }  # fmt: skip
    assert "where outcome is “worse”" in table.loc["E3", "reason"]
    assert "same arm of one_arm" in table.loc["E5", "reason"]
    assert "share_1 is the outcome" in table.loc["E7", "reason"]


def test_two_arms_are_welch_t(tests: HypothesisTests, answers: Responses) -> None:
    satisfied = answers.frame[["sat_1", "sat_2", "sat_3"]].mean(axis=1)
    part = answers.frame["part_1"] == 1
    expected = ttest_ind(satisfied[part], satisfied[~part], equal_var=False)
    row = tests.tables["E1"]["contrasts"].iloc[0]
    assert row["t"] == pytest.approx(expected.statistic)
    assert row["pvalue"] == pytest.approx(expected.pvalue)


def test_the_planned_simple_contrast_is_that_of_the_cells(tests: HypothesisTests, answers: Responses) -> None:
    frame = answers.frame[answers.frame["outcome_1"] == 1]
    mean = frame.groupby(["part_1", "choice_1"])["credit_1"].mean()
    row = tests.tables["E3"]["contrasts"].iloc[0]
    assert row["estimate"] == pytest.approx(mean[1, 1] - mean[1, 0] - mean[0, 1] + mean[0, 0])
    assert row["estimate"] == pytest.approx(-1.2, abs=0.6)


def test_index_recovers_its_truth(tests: HypothesisTests) -> None:
    """One step of outcome adds 1 to part's effect, less the 0.6 of those without choice at worse over two."""
    row = tests.claims.set_index("hypothesis").loc["E4"]
    assert row["ci_lower"] < 0.6 * (1 - 0.3) < row["ci_upper"]


def test_manipulation_is_shown(tests: HypothesisTests, answers: Responses, tmp_path: Path) -> None:
    assert tests.tables["E6"]["manipulation"]["d"].iloc[0] > 1
    broken = answers_of(tmp_path)
    broken[["free_1", "free_2", "free_3"]] = 8 - broken[["free_1", "free_2", "free_3"]]
    told = verdicts(read(tmp_path, broken), CLAIMS[5:6]).table()["reason"].iloc[0]
    assert "arms of choice did not raise its own measure" in told


def test_within_persons_and_an_empty_cell(tmp_path: Path) -> None:
    frame = answers_of(tmp_path)
    half = len(frame) // 2
    people = [f"p{k}" for k in range(half)] * 2
    answers = read(tmp_path, frame)
    within = replace(answers, about=answers.about.assign(respondent=people))
    row = verdicts(within, CLAIMS[:1]).tables["E1"]["contrasts"].iloc[0]
    satisfied = answers.frame[["sat_1", "sat_2", "sat_3"]].mean(axis=1).to_numpy()
    expected = ttest_rel(satisfied[half:], satisfied[:half])
    assert (row["t"], row["df"]) == pytest.approx((expected.statistic, half - 1))
    hole = answers.keep(
        answers.frame.index[(answers.frame["part_1"] == 0) | (answers.frame["outcome_1"] < 3)]
    )
    table = verdicts(hole, CLAIMS[:2]).table().set_index("id")
    assert "where there is nobody" in table.loc["E2", "reason"]
    assert table.loc["E1", "verdict"] != "not testable here"


def test_weights_and_level_of_a_study(answers: Responses) -> None:
    given = {"contrasts": {"outcome": {1: -0.5, 2: -0.5, 3: 1.0}}, "at": {"outcome": 3}}
    found = verdicts(answers, CLAIMS[1:3], experiments=given)
    mean = answers.frame.assign(s=answers.frame[["sat_1", "sat_2", "sat_3"]].mean(axis=1))
    cell = mean.groupby(["part_1", "outcome_1"])["s"].mean()
    gap = cell[1] - cell[0]
    expected = gap[3] - 0.5 * gap[1] - 0.5 * gap[2]
    assert found.tables["E2"]["contrasts"]["estimate"].iloc[0] == pytest.approx(expected)
    assert "where outcome is “better”" in found.table().set_index("id").loc["E3", "reason"]


def test_page(tests: HypothesisTests, answers: Responses) -> None:
    blocks = list(PAGES["experiments"].blocks(tests, Labels(answers.instrument)))
    pictures = [block for block in blocks if isinstance(block, Figure)]
    assert any("with / worse / without (n = 60)" in picture.alt for picture in pictures)
    ids = {block.id for block in blocks if isinstance(block, Table)}
    assert {"contrasts-E2", "anova-E2", "indirect-E4", "manipulation-E6"} <= ids
