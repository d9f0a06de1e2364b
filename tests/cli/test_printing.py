"""Numbers in plain tables read as what they count."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pandas as pd
import pytest

from coprod_measure.cli.app import run_app
from coprod_measure.cli.printing import print_json, print_table, say
from coprod_measure.errors import CoprodWarning


def test_counts_are_whole_and_small_p_values_are_bounds(capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.DataFrame(
        {
            "level": ["a", "b"],
            "delta_df": [float("nan"), 12.0],
            "delta_pvalue": [0.0004, 0.0006],
            "est": [1.0, -2.5],
        }
    )
    print_table(frame)
    head, *rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert head == ["level", "delta_df", "delta_pvalue", "est"]
    assert rows == [["a", "-", "<0.001", "1.000"], ["b", "12", "0.001", "-2.500"]]


@pytest.mark.parametrize("index", [True, False])
def test_lists_of_measures_take_the_name_of_the_line(index: bool, capsys: pytest.CaptureFixture[str]) -> None:
    values = pd.Series({"df": 24.0, "pvalue": 0.0, "cfi": 1.0, "df_scaled": 23.4}, name="value")
    frame = values.to_frame() if index else values.rename_axis("measure").reset_index()
    print_table(frame, index=index)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert rows == [["df", "24"], ["pvalue", "<0.001"], ["cfi", "1.000"], ["df_scaled", "23.400"]]


HOSTILE = (
    "\x1b[2J",
    "\x1b]0;own\x07",
    "\x9b31m",
    "\x08\x08",
    "\rforged",
    "\x7f",
    "\u202egnp.exe",
    "\u2028line",
    "\x0b",
)


def test_a_terminal_shows_what_it_might_obey(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """In words, tables, JSON, errors, warnings and paths; the JSON still holds the text."""
    hostile = "".join(HOSTILE)
    for one in HOSTILE:
        say(f"one {one}\ntwo\tthree")
        print_table(pd.DataFrame({f"a{one}": [one]}, index=[one]), title=one, index=True)
    assert run_app(["sem", "--data", "none.csv", "--model", str(tmp_path / hostile)]) != 0
    out = tmp_path / f"c{hostile}.md"
    assert run_app(["codebook", "bfi25", "--out", str(out)]) == 0
    assert out.is_file()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn(f"no{hostile}", CoprodWarning, stacklevel=1)
    printed = capsys.readouterr()
    for text in (printed.out, printed.err, str(caught[0].message)):
        assert all(one.isprintable() or one in "\n\t" for one in text), repr(text)
    assert printed.out.count("one ") == len(HOSTILE)
    print_json({hostile: hostile})
    printed_json = capsys.readouterr().out
    assert all(one.isprintable() or one == "\n" for one in printed_json)
    assert json.loads(printed_json) == {hostile: hostile}
