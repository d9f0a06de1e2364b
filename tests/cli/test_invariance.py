"""`coprod invariance` names what it frees, for continuous and for ordered answers."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.shipped import shipped_folder


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    answers = pd.read_csv(shipped_folder("data/sample") / "bfi" / "bfi.csv")
    answers[[f"N{k}" for k in range(1, 6)] + ["gender"]].to_csv(tmp_path / "a.csv", index=False)
    (tmp_path / "m.txt").write_text("N =~ N1 + N2 + N3 + N4 + N5", encoding="utf-8")
    files = ["--model", str(tmp_path / "m.txt"), "--data", str(tmp_path / "a.csv")]
    return ["invariance", *files, "--group", "gender"]


def test_groups_are_called_by_their_labels(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app([*command, "--instrument", "bfi25"]) == 0
    printed = capsys.readouterr().out
    assert "compared with Female: Female (n = 1805), Male (n = 889)" in printed
    assert "Highest level that holds: metric" in printed
    assert "--partial frees what differs" in printed
    # A chi-square far beyond chance, and degrees of freedom that are counted.
    scalar = next(line.split() for line in printed.splitlines() if line.startswith("scalar"))
    assert (scalar[8], scalar[9]) == ("4", "<0.001")


def test_codes_without_labels_are_whole(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app([*command, "--partial"]) == 0
    printed = capsys.readouterr().out
    assert "2 (n = 1805), 1 (n = 889)" in printed
    assert "--partial" not in printed


def test_joined_categories_are_named(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = pd.read_csv(tmp_path / "a.csv")
    answers.loc[(answers["gender"] == 1) & (answers["N1"] == 6), "N1"] = 5
    answers.to_csv(tmp_path / "a.csv", index=False)
    assert run_app([*command, "--ordered"]) == 1
    refused = capsys.readouterr().err
    assert "--collapse-empty-categories" in refused
    assert run_app([*command, "--ordered", "--collapse-empty-categories"]) == 0
    printed = capsys.readouterr()
    assert "Categories joined" in printed.out
    assert "N1: the answer 6 counts as 5 in all groups, because nobody with gender 1 gave it" in printed.err


@pytest.mark.parametrize("ordered", [(), ("--ordered",)])
def test_a_freed_intercept_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ordered: tuple[str, ...]
) -> None:
    """N5 ("panic easily") has a higher intercept among women; the other four items hold the scale."""
    answers = pd.read_csv(shipped_folder("data/sample") / "bfi" / "bfi.csv")
    answers[[f"N{k}" for k in range(1, 6)] + ["gender"]].to_csv(tmp_path / "a.csv", index=False)
    (tmp_path / "m.txt").write_text("N =~ N1 + N2 + N3 + N4 + N5", encoding="utf-8")
    command = ["invariance", "--model", str(tmp_path / "m.txt"), "--data", str(tmp_path / "a.csv")]
    assert run_app([*command, "--group", "gender", "--partial", "--json", *ordered]) == 0
    got = json.loads(capsys.readouterr().out)
    assert ("thresholds" in {row["level"] for row in got["levels"]}) == bool(ordered)
    assert [row["parameter"] for row in got["freed"]] == ["N5~1"]
    largest = max(got["effects"], key=lambda row: row["dmacs"])
    assert largest["item"] == "N5"
