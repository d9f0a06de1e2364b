"""`coprod clean` prints who was kept and why, how items are keyed, and what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.shipped import shipped_folder

STUDY = str(shipped_folder("data/sample") / "bfi" / "study.yaml")


def test_clean_prints_flow_keying_and_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(["clean", STUDY, "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert "bfi.csv: read as table" in printed.out
    assert "Every item was answered alike [irv < 0.01]" in printed.out
    assert "Keying: every item agrees with its scale" in printed.out
    assert "Every item answered by 2436 of 2800 respondents" in printed.out
    assert "Little's test of missing completely at random: chi-square 2190.9" in printed.out
    assert "Lowest share of respondents who answered both items of a pair: 0.9" in printed.out
    records = {path.name for path in (tmp_path / "records").iterdir() if path.suffix == ".zip"}
    assert records == {"bfi-clean.zip", "bfi-quality.zip"}


def test_clean_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(["clean", STUDY, "--out", str(tmp_path), "--json"]) == 0
    got = json.loads(capsys.readouterr().out)
    assert got["n"] == 2800
    assert got["little"]["df"] == 1950
    assert {row["verdict"] for row in got["keying"]} == {"agrees"}


def test_the_log_names_everybody_left_out(tmp_path: Path) -> None:
    study = tmp_path / "study.yaml"
    rules = 'version: "1"\nrules:\n  - {id: a, index: value, "on": [age], op: ">", value: 80, action: set_missing, rationale: A slip}\n'
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    (tmp_path / "bfi.csv").write_bytes((Path(STUDY).parent / "bfi.csv").read_bytes())
    study.write_text(
        "id: logged\ntitle: Logged\ninstrument: bfi25\nresponses: {file: bfi.csv}\ncleaning: rules.yaml\nseed: 1\n",
        encoding="utf-8",
    )
    log = tmp_path / "log.csv"
    assert run_app(["clean", str(study), "--log", str(log)]) == 0
    table = pd.read_csv(log)
    assert list(table.columns) == ["respondent", "column", "before", "after", "rule", "reason"]
    assert (table["before"] > 80).all()
    assert set(table["rule"]) == {"a"}
    assert len(table) == (pd.read_csv(tmp_path / "bfi.csv")["age"] > 80).sum() > 0
