"""Several questions whose options have no order: no kind takes a mean of their codes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.instrument.read import read_instrument
from coprod_measure.report.about_hypotheses import about_hypotheses
from coprod_measure.report.labels import Labels
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.read import read_responses
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from structure.by_hand import a_claim
from structure.small_answers import INSTRUMENT, THEORY

TASKS, MANY = 4, 9
OFFERS = [f"Price: {20 + 5 * k} €; Support: {'by phone' if k % 2 else 'none'}" for k in range(MANY)]
PLACES = [*(f"Option {k}" for k in range(1, MANY)), "None of these"]
KINDS = {"segmentation": {"most": 3, "starts": 8, "blrt": 0}}


def _answers(folder: Path, rng: np.random.Generator, kind: np.ndarray, labels: list[str]) -> Responses:
    """Choice tasks of nine options: kinds like the outer or the middle ones, so that mean codes are alike."""
    scale = ", ".join(f'"{one}"' for one in labels)
    tasks = ", ".join(f"take_{k}: {{text: Which?}}" for k in range(1, TASKS + 1))
    theory = THEORY.replace(
        "higher_order:",
        "  take: {name: Offer, definition: d, stage: after, measurement: observed, unit: [respondent]}\n"
        "higher_order:",
    )
    instrument = INSTRUMENT.replace(
        "questions:",
        f"  offers: {{codes: [{', '.join(map(str, range(1, MANY + 1)))}], bipolar: false, ordered: false, "
        f"labels: {{en: [{scale}]}}}}\nquestions:",
    )
    instrument += f"  - construct: take\n    scale: offers\n    kind: single_choice\n    items: {{{tasks}}}\n"
    (folder / "theory.yaml").write_text(theory, encoding="utf-8")
    (folder / "instrument.yaml").write_text(instrument, encoding="utf-8")
    n = len(kind)
    outer = np.array([5, 5, 1, 0.2, 0.2, 0.2, 1, 5, 5]) / 22.6
    middle = np.array([0.2, 0.2, 1, 5, 6, 5, 1, 0.2, 0.2]) / 18.8
    columns: dict[str, np.ndarray] = {
        f"take_{k}": np.where(kind, rng.choice(9, n, p=outer), rng.choice(9, n, p=middle)) + 1.0
        for k in range(1, TASKS + 1)
    }
    for name in ("trust", "skill", "drive", "will"):
        score = 3 + rng.standard_normal(n)
        for k in (1, 2, 3):
            columns[f"{name}_{k}"] = np.clip(np.round(score + 0.5 * rng.standard_normal(n)), 1, 5)
    frame = pd.DataFrame(columns)
    frame.loc[::7, "take_2"] = np.nan
    frame.to_csv(folder / "answers.csv", index=False)
    return read_responses(folder / "answers.csv", read_instrument(folder / "instrument.yaml"))


@pytest.mark.parametrize(("outer", "k"), [(0.4, 2), (0.0, 1)])
def test_offers_tell_kinds_apart_one_by_one(tmp_path: Path, outer: float, k: int) -> None:
    rng = np.random.default_rng(5)
    kind = rng.random(400) < outer
    answers = _answers(tmp_path, rng, kind, OFFERS)
    claim = a_claim("S1", "segmentation", ("take",), (), "unsigned", statement="Kinds?")
    theory = replace(answers.instrument.theory, hypotheses={"S1": claim})
    tests = run_hypotheses(theory, answers, ["S1"], kinds=KINDS)
    assert tests.table().iloc[0]["estimate"] == k
    profile = tests.tables["S1"]["class_profiles"]
    assert sorted(profile["item"].unique()) == [f"take_{k}" for k in range(1, TASKS + 1)]
    if k == 2:
        assert sorted(profile["share"].unique()) == pytest.approx([0.4, 0.6], abs=0.06)
        first = profile[profile["category"] <= 2].groupby(["class", "item"])["probability"].sum()
        assert first[1].to_numpy() == pytest.approx([0.4 / 18.8] * TASKS, abs=0.06)
        assert first[2].to_numpy() == pytest.approx([10 / 22.6] * TASKS, abs=0.1)
    assert set(profile["category"]) == set(range(1, MANY + 1))
    told = tests.table().iloc[0]["reason"]
    assert "4 questions of take without an order of options, each by itself" in told
    text = str(about_hypotheses(tests, Labels(answers.instrument)).blocks)
    assert "Price: 20 €; Support: none" in text
    assert "(take_4)" in text


@pytest.mark.parametrize("labels", [OFFERS, PLACES])
def test_no_kind_takes_a_mean_of_codes(tmp_path: Path, labels: list[str]) -> None:
    rng = np.random.default_rng(6)
    answers = _answers(tmp_path, rng, rng.random(200) < 0.5, labels)
    take, trust, will = ("take",), ("trust",), ("will",)
    claims = [
        a_claim("P1", "direct", take, will, "positive"),
        a_claim("P2", "direct", trust, take, "positive"),
        a_claim("M1", "mediated", trust, will, "positive", via=take),
        a_claim("M2", "moderated", trust, will, "positive", moderators=take),
        a_claim("M3", "moderated", take, will, "positive", moderators=trust),
        a_claim("G1", "group_difference", ("joined",), take, "positive"),
        a_claim("N1", "necessity", take, will, "positive"),
        a_claim("I1", "relative_importance", ("take", "trust"), will, "positive"),
        a_claim("C1", "choice", trust, take, "positive"),
    ]
    theory = replace(answers.instrument.theory, hypotheses={one.id: one for one in claims})
    table = run_hypotheses(theory, answers, draws=50).table().set_index("id")
    assert set(table["verdict"]) == {"not testable here"}
    because = table.drop(index=["C1", "G1"])["reason"]
    assert because.str.contains("the options of take have no order").all(), because.tolist()


def test_options_that_are_places_are_left_out(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    answers = _answers(tmp_path, rng, rng.random(200) < 0.5, PLACES)
    claims = {
        "S1": a_claim("S1", "segmentation", ("take",), (), "unsigned", statement="Kinds?"),
        "S2": a_claim("S2", "segmentation", ("take", "trust", "will"), (), "unsigned", statement="Kinds?"),
    }
    theory = replace(answers.instrument.theory, hypotheses=claims)
    tests = run_hypotheses(theory, answers, kinds=KINDS)
    table = tests.table().set_index("id")
    assert table.loc["S1", "verdict"] == "not testable here"
    assert table["reason"].str.contains("mere places").all()
    assert set(tests.tables["S2"]["class_profiles"]["item"]) == {"trust", "will"}
