"""`coprod efa` hands its options on and says what was done to whom."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.measurement.factors.exploratory import efa
from coprod_measure.shipped import shipped_folder

ITEMS = [f"{trait}{k}" for trait in "NO" for k in range(1, 6)]
ANSWERS = shipped_folder("data/sample") / "bfi" / "bfi.csv"
COMMAND = ["efa", "--data", str(ANSWERS), "--n-factors", "2", "--items", ",".join(ITEMS)]


def test_polychoric_loadings_are_those_of_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app([*COMMAND, "--correlation", "polychoric", "--json"]) == 0
    got = pd.DataFrame(json.loads(capsys.readouterr().out)["loadings"]).set_index("item")
    frame = pd.read_csv(ANSWERS)
    own = efa(frame, 2, items=ITEMS, correlation="polychoric").loadings
    pd.testing.assert_frame_equal(got[["F1", "F2"]], own, check_names=False, atol=1e-9)
    assert (own - efa(frame, 2, items=ITEMS).loadings).abs().max(axis=None) > 0.02


def test_tables_name_people_variance_and_fit(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app([*COMMAND, "--rotation", "varimax"]) == 0
    told = capsys.readouterr()
    assert "Loadings (minres, varimax, n = 2800)" in told.out
    assert "ss_loadings" in told.out
    assert "\ndf               " in told.out
    assert "26\n" in told.out  # 10 items and 2 factors: ((10 - 2)^2 - (10 + 2)) / 2
    assert "each correlation rests on its own respondents" in told.err
