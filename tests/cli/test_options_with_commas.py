"""Options that take several names take them with commas between them, as well as repeated."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.shipped import shipped_folder


@pytest.fixture
def answers(tmp_path: Path) -> str:
    table = pd.read_csv(shipped_folder("data/sample") / "bfi" / "bfi.csv")
    table[[*(f"N{k}" for k in range(1, 6)), "gender"]].dropna().to_csv(tmp_path / "a.csv", index=False)
    return str(tmp_path / "a.csv")


@pytest.mark.parametrize(
    "items", [["N1,N2,N4"], ["N1, N2", "N4"], ["N1", "N2", "N4"]], ids=["commas", "mixed", "repeated"]
)
def test_items_of_efa(answers: str, items: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    options = [word for one in items for word in ("--items", one)]
    assert run_app(["efa", "--data", answers, "--n-factors", "1", *options, "--json"]) == 0
    loadings = json.loads(capsys.readouterr().out)["loadings"]
    assert [row["item"] for row in loadings] == ["N1", "N2", "N4"]


@pytest.mark.parametrize(
    "levels", [["configural,metric"], ["configural", "metric"]], ids=["commas", "repeated"]
)
def test_levels_of_invariance(
    answers: str, levels: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.txt").write_text("N =~ N1 + N2 + N3 + N4 + N5", encoding="utf-8")
    options = [word for one in levels for word in ("--level", one)]
    model = ["--model", str(tmp_path / "m.txt"), "--data", answers, "--group", "gender"]
    assert run_app(["invariance", *model, *options, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["levels"]
    assert [row["level"] for row in found] == ["configural", "metric"]


def test_equality_over_groups_without_groups_names_the_option(
    answers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.txt").write_text("N =~ N1 + N2 + N3", encoding="utf-8")
    command = ["cfa", "--model", str(tmp_path / "m.txt"), "--data", answers, "--group-equal", "loadings"]
    assert run_app(command) == 1
    assert "Name the grouping column with --group\n" in capsys.readouterr().err
