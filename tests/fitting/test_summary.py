from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from coprod_measure.fitting.models import cfa, sem

REFERENCE = Path(__file__).parents[1] / "reference"
MODEL = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\ntextual ~ b*visual\ntwice := 2*b"


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")


def test_rows_show_errors_and_intervals(data: pd.DataFrame) -> None:
    fit = sem(MODEL, data)
    line = next(line for line in fit.summary().splitlines() if "textual ~ visual (b)" in line)
    row = fit.parameters.query("op == '~'").iloc[0]
    shown = [float(number) for number in re.findall(r"-?\d+\.\d+", line.replace("< .001", ""))]
    expected = [row["est"], row["se"], row["z"], row["ci_lower"], row["ci_upper"], row["std_all"]]
    assert shown == pytest.approx(expected, abs=6e-4)
    assert "< .001" in line


def test_what_is_held_by_convention_is_left_out_and_what_follows_is_told_from_what_is_fixed(
    data: pd.DataFrame,
) -> None:
    answers = data.filter(regex="^x[1-6]$").round().clip(2, 4)
    text = cfa(MODEL, answers, ordered=list(answers), estimator="WLSMV").summary()
    assert "Scales" not in text
    assert "Intercepts" not in text
    assert re.search(r"x1 ~~ x1 +\S+ +follows", text)
    assert re.search(r"visual =~ x1 +1.000 +fixed", text)


def test_least_squares_without_ordered_variables_says_so(data: pd.DataFrame) -> None:
    fit = cfa("f =~ x1 + x2 + x3 + x4", data, estimator="WLSMV")
    assert any("took all answers as continuous" in message for message in fit.messages)
    assert not any("continuous" in message for message in cfa("f =~ x1 + x2 + x3 + x4", data).messages)


@pytest.mark.parametrize("options", [{}, {"missing": "fiml"}, {"estimator": "MLR"}, {"ordered": ["grade"]}])
def test_a_single_variable_has_no_baseline_to_be_compared_with(
    data: pd.DataFrame, options: dict[str, Any]
) -> None:
    fit = cfa("f =~ grade", data, **options)
    assert "cfi" not in fit.fit_measures
    assert fit.why_missing["cfi"] == "the baseline model leaves no covariance out"
    assert "CFI" not in fit.summary()


def test_what_has_no_error_has_no_interval(data: pd.DataFrame) -> None:
    text = cfa("f =~ x1 + x2", data).summary()
    assert "not identified" in text
    assert "[" not in text


def test_the_test_of_residuals_is_named() -> None:
    data = pd.read_csv(Path(__file__).parents[1] / "reference" / "data" / "holzinger_swineford.csv")
    said = cfa("f =~ x1 + x2 + x3 + x4", data, estimator="ULS").summary()
    assert "\nBrowne's residual chi-square " in said
    assert "\nchi-square " in cfa("f =~ x1 + x2 + x3 + x4", data).summary()
