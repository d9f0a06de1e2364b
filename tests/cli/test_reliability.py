"""`coprod reliability` says what the library says, of any columns."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.measurement.reliability.coefficients import reliability
from coprod_measure.shipped import shipped_folder

ANSWERS = shipped_folder("data/sample") / "bfi" / "bfi.csv"
COMMAND = ["reliability", "--data", str(ANSWERS)]


def test_coefficients_are_those_of_the_library_and_reversed_items_count_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ["--scale", "out=-E1,-E2,E3,E4,E5", "--scale", "N1,N2,N3"]
    assert run_app([*COMMAND, *asked, "--missing", "listwise", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    frame = pd.read_csv(ANSWERS)
    turned = frame.assign(E1=7 - frame["E1"], E2=7 - frame["E2"])
    scales = {"out": ["E1", "E2", "E3", "E4", "E5"], "scale 2": ["N1", "N2", "N3"]}
    own = reliability(turned, scales, missing="listwise").table()
    pd.testing.assert_frame_equal(pd.DataFrame(told["reliability"]), own, check_dtype=False, atol=1e-9)
    assert [row["n_used"] for row in told["sizes"]] == [len(turned[own].dropna()) for own in scales.values()]
    assert [row["item"] for row in told["items"]] == [item for own in scales.values() for item in own]


def test_two_items_have_alpha_alone_and_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app([*COMMAND, "--scale", "E3,E4"]) == 0
    told = capsys.readouterr()
    assert "Reliability\nscale" in told.out
    assert told.err == "note: scale 1: no omega, cr, ave: a one-factor model needs at least three items\n"


@pytest.mark.parametrize(
    ("scales", "said"),
    [
        (["a=E1"], "'a' has fewer than two columns"),
        (["a=E1,E2", "a=E3,E4"], "the name 'a' is used twice"),
        (["a=E1,E2", "b=-E1,E3"], "E1 counts as it is and reversed"),
        (["a=E1,E99"], "there is no column 'E99'"),
        (["a=E1,E1,E2"], "E1 stands twice among the items of a. Name each item once"),
    ],
)
def test_what_is_no_scale_is_refused_in_one_line(
    scales: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_app([*COMMAND, *(word for one in scales for word in ("--scale", one))]) in (1, 2)
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
