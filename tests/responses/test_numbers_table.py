from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coprod_measure.errors import ResponsesError
from coprod_measure.responses.numbers_table import read_numbers


def written(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_decimal_commas_are_read_as_numbers(tmp_path: Path) -> None:
    frame = read_numbers(written(tmp_path, "x;y\n3,3333;1\n-0,5;2\nNA;3\n7;4\n"))
    np.testing.assert_allclose(frame["x"], [3.3333, -0.5, np.nan, 7.0])
    np.testing.assert_allclose(frame["y"], [1, 2, 3, 4])


def test_what_may_be_thousands_is_left_alone(tmp_path: Path) -> None:
    frame = read_numbers(written(tmp_path, "x;y\n1,234;1\n2,345;2\n"))
    assert list(frame["x"]) == ["1,234", "2,345"]


def test_text_stays_text_and_words_for_nothing_become_missing(tmp_path: Path) -> None:
    frame = read_numbers(written(tmp_path, "g,x\nboys,1\ngirls,N/A\n,3\n"))
    assert list(frame["g"].dropna()) == ["boys", "girls"]
    assert frame["x"].isna().tolist() == [False, True, False]


def test_headings_of_qualtrics_are_no_answers(tmp_path: Path) -> None:
    ids = '"{""ImportId"":""startDate""}","{""ImportId"":""QID1""}"'
    frame = read_numbers(written(tmp_path, f"StartDate,x\nStart Date,How are you?\n{ids}\nd,4\nd,-99\nd,5\n"))
    np.testing.assert_array_equal(frame["x"], [4.0, np.nan, 5.0])


def test_unknown_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResponsesError, match="no column 'scool'.*school"):
        read_numbers(written(tmp_path, "school,x\n1,2\n"), ["scool"])
