"""Kinds of people in a study: two that exist, and none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.instrument.read import read_instrument
from coprod_measure.report.about_hypotheses import about_hypotheses
from coprod_measure.report.document import Figure, Table
from coprod_measure.report.hypotheses.segmentation import apart_from_all
from coprod_measure.report.labels import Labels
from coprod_measure.responses.read import read_responses
from coprod_measure.structure.hypotheses import test_hypotheses as run_hypotheses
from structure.by_hand import a_claim
from structure.small_answers import INSTRUMENT, THEORY

CLAIMS = {
    "S1": a_claim("S1", "segmentation", ("trust", "drive", "will"), (), "unsigned", statement="Kinds?"),
    "S2": a_claim("S2", "segmentation", ("trust", "unasked"), (), "unsigned", statement="Kinds?"),
}


@pytest.mark.parametrize(("apart", "k", "verdict"), [(1.5, 2, "supported"), (0.0, 1, "not supported")])
def test_kinds_of_people_are_found_where_there_are_some(
    tmp_path: Path, apart: float, k: int, verdict: str
) -> None:
    (tmp_path / "theory.yaml").write_text(THEORY, encoding="utf-8")
    (tmp_path / "instrument.yaml").write_text(INSTRUMENT, encoding="utf-8")
    rng = np.random.default_rng(8)
    n = 400
    kind = rng.random((n, 1)) < 0.4
    columns = {}
    for name in ("trust", "drive", "will"):
        score = 2.2 + apart * kind[:, 0] + 0.4 * rng.standard_normal(n)
        for item in (1, 2, 3):
            answer = np.clip(np.round(score + 0.5 * rng.standard_normal(n)), 1, 5).astype(int)
            columns[f"{name}_{item}"] = 6 - answer if f"{name}_{item}" == "drive_3" else answer
    pd.DataFrame(columns).to_csv(tmp_path / "answers.csv", index=False)
    answers = read_responses(tmp_path / "answers.csv", read_instrument(tmp_path / "instrument.yaml"))
    theory = replace(answers.instrument.theory, hypotheses=CLAIMS)
    tests = run_hypotheses(theory, answers, draws=500, kinds={"segmentation": {"most": 3, "starts": 5}})
    table = tests.table().set_index("id")
    assert table["verdict"].to_dict() == {"S1": verdict, "S2": "not testable here"}
    assert table.loc["S1", "estimate"] == k
    assert "only trust was asked" in table.loc["S2", "reason"]
    numbers = tests.tables["S1"]["class_numbers"].dropna(subset=["blrt_pvalue"])
    # One less against the chosen number, and that against one more.
    assert set(numbers["classes"]) == ({2, 3} if k == 2 else {2})
    by_number = numbers.set_index("classes")["blrt_pvalue"]
    assert (by_number[2] == pytest.approx(0.025)) == (k == 2)
    profile = tests.tables["S1"]["class_profiles"]
    if k == 2:
        means = profile.pivot_table(index="class", columns="item", values="mean")
        assert (means.loc[2] - means.loc[1]).tolist() == pytest.approx([1.5] * 3, abs=0.25)
        assert sorted(profile["share"].unique()) == pytest.approx([0.4, 0.6], abs=0.06)
        ends = apart_from_all(profile)
        # Spread between and within kinds, and of the mean of three answers.
        scores = np.sqrt(0.24 * 1.5**2 + 0.4**2 + 0.5**2 / 3)
        assert (ends[2] - ends[1]).tolist() == pytest.approx([1.5 / scores] * 3, abs=0.15)
    blocks = about_hypotheses(tests, Labels(answers.instrument)).blocks
    shown = {b.id for b in blocks if isinstance(b, Table | Figure)}
    assert {"class-numbers-S1", "class-profiles-S1"} <= shown
    assert ("class-picture-S1" in shown) == (k == 2)


def test_people_who_differ_by_degree_are_one_kind(tmp_path: Path) -> None:
    """Answers that go together: classes alone would find some."""
    (tmp_path / "theory.yaml").write_text(THEORY, encoding="utf-8")
    (tmp_path / "instrument.yaml").write_text(INSTRUMENT, encoding="utf-8")
    rng = np.random.default_rng(3)
    trait = rng.standard_normal(500)
    columns = {}
    for name, items, spread in (("trust", 3, 0.5), ("drive", 3, 0.5), ("will", 3, 0.5)):
        score = 3 + 0.8 * trait + 0.6 * rng.standard_normal(500)
        for item in range(1, items + 1):
            answer = np.clip(np.round(score + spread * rng.standard_normal(500)), 1, 5).astype(int)
            columns[f"{name}_{item}"] = 6 - answer if f"{name}_{item}" == "drive_3" else answer
    pd.DataFrame(columns).to_csv(tmp_path / "answers.csv", index=False)
    answers = read_responses(tmp_path / "answers.csv", read_instrument(tmp_path / "instrument.yaml"))
    theory = replace(answers.instrument.theory, hypotheses={"S1": CLAIMS["S1"]})
    tests = run_hypotheses(theory, answers, kinds={"segmentation": {"most": 3, "starts": 5, "blrt": 0}})
    row = tests.table().set_index("id").loc["S1"]
    assert (row["verdict"], row["estimate"]) == ("not supported", 1)
    assert "differ by degree in 1 common trait" in row["reason"]
    numbers = tests.tables["S1"]["class_numbers"].set_index(["structure", "classes"])["bic"]
    assert numbers["T1", 1] < numbers["EEI", 2] < numbers["EEI", 1]
    assert about_hypotheses(tests, Labels(answers.instrument)).blocks


def _shared_out(rng: np.random.Generator, worth: np.ndarray) -> np.ndarray:
    """Hundred points by what things are worth, in fives."""
    share = np.exp(worth) / np.exp(worth).sum(axis=1, keepdims=True)
    points = 5 * np.round(20 * share)
    points[np.arange(len(points)), points.argmax(axis=1)] += 100 - points.sum(axis=1)
    return np.asarray(points.astype(int))


@pytest.mark.parametrize(("apart", "k"), [(0.9, 2), (0.0, 1)])
def test_points_that_are_shared_out_are_taken_apart(tmp_path: Path, apart: float, k: int) -> None:
    """Their mean is 25 of everybody; what each goal was given tells kinds of people."""
    rng = np.random.default_rng(4)
    kind = rng.random(500) < 0.4
    worth = 0.6 * rng.standard_normal((500, 4)) + apart * np.where(kind, 1, -1)[:, None] * [1, -1, 0, 0]
    names = [f"drv_goal_importance_{j}" for j in (1, 2, 3, 4)]
    frame = pd.DataFrame(_shared_out(rng, worth), columns=names)
    frame["age"] = np.where(kind, 62, 50) + np.round(rng.normal(0, 8, 500))
    frame.to_csv(tmp_path / "answers.csv", index=False)
    answers = read_responses(tmp_path / "answers.csv", read_instrument("etgar2007"), keep=["age"])
    options = {"segmentation": {"most": 3, "starts": 5, "blrt": 0}}
    tests = run_hypotheses(answers.instrument.theory, answers, ["RQ3b"], kinds=options, controls=["age"])
    row = tests.table().iloc[0]
    assert (row["verdict"], row["estimate"]) == ("supported" if k == 2 else "not supported", k)
    profile = tests.tables["RQ3b"]["class_profiles"]
    means = profile.pivot_table(index="class", columns="item", values="mean")
    shares = profile.groupby("class")["share"].first()
    assert means.columns.tolist() == names
    assert (shares @ means).to_numpy() == pytest.approx(frame[names].mean().to_numpy(), abs=1e-6)
    told = str(about_hypotheses(tests, Labels(answers.instrument)).blocks)
    assert "Points: saving, risk, fit" in told
    if k == 2:
        of_kind = frame[names].groupby(kind).mean().sort_values(names[0])
        assert means.sort_values(names[0]).to_numpy() == pytest.approx(of_kind.to_numpy(), abs=2.5)
        # Ages 12 years apart with an SD of 8 within: a logit of 12 / 8^2 a year.
        slope = tests.tables["RQ3b"]["class_predictors"].set_index("name").loc["age", "est"]
        assert abs(slope) == pytest.approx(0.19, abs=0.05)
        assert "who is of which kind" in told
