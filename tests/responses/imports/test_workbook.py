"""Workbooks that are damaged, swollen or hold macros."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.imports import workbook
from coprod_measure.responses.read import read_responses


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "answers.xlsx"
    with pd.ExcelWriter(path) as writer:
        pd.DataFrame({"trust_1": [1, 2], "skill_1": [3, None]}).to_excel(
            writer, sheet_name="data", index=False
        )
        pd.DataFrame({"x": [1]}).to_excel(writer, sheet_name="notes", index=False)
    return path


def test_first_sheet_is_read_and_others_are_named(book: Path, instrument: Instrument) -> None:
    got = read_responses(book, instrument)
    assert got.frame["trust_1"].tolist() == [1, 2]
    assert any("'notes'" in warning for warning in got.warnings)


def test_macros_are_named_and_not_run(book: Path, instrument: Instrument) -> None:
    with zipfile.ZipFile(book, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"Sub Auto_Open()")
    assert any("macros" in warning for warning in read_responses(book, instrument).warnings)


def test_archive_bomb_is_refused_unopened(
    book: Path, instrument: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet3.xml", b"0" * (80 << 20))
    monkeypatch.setattr(workbook, "_sheets", lambda path: pytest.fail("it was opened"))
    with pytest.raises(ResponsesError, match="swells"):
        read_responses(book, instrument)


def test_text_posing_as_a_workbook(tmp_path: Path, instrument: Instrument) -> None:
    path = tmp_path / "a.xlsx"
    path.write_text("trust_1\n1\n")
    with pytest.raises(ResponsesError, match="not an Excel workbook"):
        read_responses(path, instrument)


def test_dates_where_answers_belong(tmp_path: Path, instrument: Instrument) -> None:
    path = tmp_path / "a.xlsx"
    pd.DataFrame({"trust_1": [datetime(2026, 5, 3), 2]}).to_excel(path, index=False)
    with pytest.raises(ResponsesError, match="date or time") as error:
        read_responses(path, instrument)
    assert "row 2, column trust_1" in str(error.value)


@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame({"trust_1": []})])
def test_empty_sheets(tmp_path: Path, instrument: Instrument, frame: pd.DataFrame) -> None:
    path = tmp_path / "a.xlsx"
    frame.to_excel(path, index=False)
    with pytest.raises(ResponsesError) as error:
        read_responses(path, instrument)
    assert error.value.problems[0].code in {"empty-file", "no-answers"}


def test_rows_without_any_cell_are_no_answers(tmp_path: Path, instrument: Instrument) -> None:
    path = tmp_path / "blank.xlsx"
    pd.DataFrame({"trust_1": [None] * 3, "skill_1": [None] * 3}).to_excel(path, index=False)
    with pytest.raises(ResponsesError, match="no answers below it"):
        read_responses(path, instrument)
