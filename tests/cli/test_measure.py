"""`coprod measure` prints every part that was asked for, and says of the rest why it does not exist."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.shipped import shipped_folder

STUDY = """
id: small
title: "Small"
instrument: bfi25
responses:
  file: answers.csv
measurement:
  constructs: [agreeableness, extraversion, neuroticism]
  parallel_draws: 20
  htmt_draws: 20
  permutations: 20
  missing: listwise
  extras: [blocks, marker, scores, alignment]
groups: [gender]
seed: 1
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    answers = pd.read_csv(shipped_folder("data/sample") / "bfi" / "bfi.csv").head(400)
    answers.to_csv(folder / "answers.csv", index=False)
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    assert run_app(["clean", str(folder / "study.yaml")]) == 0
    return folder / "study.yaml"


def test_measure_prints_every_part(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run_app(["measure", str(study)]) == 0
    printed = capsys.readouterr()
    for title in (
        "Reliability: fit of each scale alone",
        "How many factors",
        "Rival structures",
        "Invariance over gender: effect sizes",
        "Measurement models by stage",
        "Scores",
        "Verdicts",
    ):
        assert f"\n{title}\n" in printed.out
    assert "theory's hierarchy" in printed.out
    assert "Marker ladder: not available" in printed.out or "Marker ladder: the ladder needs" in printed.out
    assert "three groups or more" in printed.out
    assert "CFI of at least .95 and SRMR of at most .08" in printed.out
    assert "Groups of gender ..." in printed.err
    path = study.parent / "out" / "small-scores.csv"
    assert str(path) in printed.out
    saved = pd.read_csv(path, index_col="respondent")
    names = ["agreeableness", "extraversion", "neuroticism"]
    assert list(saved.columns) == [
        f"{name}_{way}" for name in names for way in ("mean", "regression", "bartlett")
    ]
    answers = pd.read_csv(study.parent / "answers.csv").loc[0, ["N1", "N2", "N3", "N4", "N5"]]
    assert saved["neuroticism_mean"].iloc[0] == pytest.approx(answers.mean())


@pytest.mark.slow
def test_measure_as_json(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run_app(["measure", str(study), "--json"]) == 0
    got = json.loads(capsys.readouterr().out)
    assert {row["construct"] for row in got["Reliability"]} == {
        "agreeableness",
        "extraversion",
        "neuroticism",
    }
    assert "needs a marker" in got["Marker ladder"]["not_available"]
    assert {row["verdict"] for row in got["Verdicts"]} <= {"yes", "no", "unknown"}
