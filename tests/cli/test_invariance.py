"""`coprod invariance` names what it frees, for continuous and for ordered answers."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.shipped import shipped_folder


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
