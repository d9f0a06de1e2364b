"""Files are whole or absent, and text from data is never a formula."""

from __future__ import annotations

import csv
import errno
import fcntl
import io
import os
import re
import struct
import time
import zipfile
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprod_measure.errors import CoprodWarning, OutputError
from coprod_measure.output_files import (
    csv_of_frame,
    csv_text,
    ensure_writable,
    from_csv,
    only_writer,
    spreadsheet_text,
    write_text,
    write_whole,
)
from coprod_measure.responses.imports.table import load_table


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_text(path, "old")

    def fail_half_way(temporary: Path) -> None:
        temporary.write_text("half", encoding="utf-8")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_whole(path, fail_half_way)
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["report.html"]


def test_what_a_killed_writer_left_is_swept_up_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    dead, living, others, own = (
        tmp_path / name
        for name in (
            ".report.html.abc.unfinished",
            ".report.html.def.unfinished",
            ".other.html.abc.unfinished",
            ".report.html.mine",
        )
    )
    for left in (dead, living, others, own):
        left.write_text("half", encoding="utf-8")
    os.utime(living, (0, 0))  # whatever the clocks say
    with living.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write_text(path, "whole")
    assert {entry.name for entry in tmp_path.iterdir()} == {path.name, living.name, others.name, own.name}


def test_writers_of_one_file_leave_each_other_alone(tmp_path: Path) -> None:
    path = tmp_path / "report.html"

    def another_comes(temporary: Path) -> None:
        write_text(path, "second")
        temporary.write_text("first", encoding="utf-8")

    write_whole(path, another_comes)
    assert path.read_text(encoding="utf-8") == "first"
    assert os.listdir(tmp_path) == ["report.html"]


def test_the_mode_is_that_of_the_umask_or_of_the_file_before(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        write_text(tmp_path / "new", "x")
        (tmp_path / "shared").write_text("old", encoding="utf-8")
        (tmp_path / "shared").chmod(0o664)
        write_text(tmp_path / "shared", "x")
    finally:
        os.umask(old)
    write_text(tmp_path / "open", "x")
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"new": 0o600, "shared": 0o664, "open": 0o666 & ~old}


def test_a_folder_called_like_the_users_own_is_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data, path = pd.DataFrame({"a": [1.0, 2.0]}), Path("~/x/f.sav")
    write_whole(path, lambda place: pyreadstat.write_sav(data, str(place)))
    assert load_table(path).cells[0].tolist() == [1.0, 2.0]


def test_names_as_long_as_a_file_system_allows(tmp_path: Path) -> None:
    write_text(tmp_path / ("x" * 255), "x")
    assert [len(name) for name in os.listdir(tmp_path)] == [255]


def test_a_folder_that_is_a_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("", encoding="utf-8")
    for attempt in (
        lambda: ensure_writable(tmp_path / "out"),
        lambda: write_text(tmp_path / "out" / "a", "x"),
    ):
        with pytest.raises(OutputError, match="cannot be written"):
            attempt()


SIGNS = tuple("=+-@＝＋－＠﹦﹢﹣﹫")
BEFORE = ' "\xa0\ufeff\u200b\u2028\u3000'


@given(
    st.text(
        alphabet=st.one_of(
            st.sampled_from("=+-@\t\r\n;'\" a＝＋－＠﹦﹫\xa0\ufeff\u200b\u2028"),
            st.characters(exclude_categories=["Cs"]),
        )
    )
)
def test_no_cell_begins_like_a_formula_wherever_it_is_cut(text: str) -> None:
    safe = spreadsheet_text(text)
    assert isinstance(safe, str)
    assert not safe.lstrip(BEFORE).startswith(SIGNS)
    frame = pd.DataFrame({"a": [text], text: [1.5]})
    for written in (csv_text([[text, 1.5]]), csv_of_frame(frame, index=False), csv_of_frame(frame)):
        for cell in next(csv.reader(io.StringIO(written, newline=""))):
            for piece in re.split(r"[;\t\r\n]", cell):
                assert not piece.lstrip(BEFORE).startswith(SIGNS), written
    assert from_csv(next(csv.reader(io.StringIO(csv_text([[text, 1]]), newline="")))[0]) == text.replace(
        "\r\n", "\n"
    ).replace("\r", "\n")


def test_names_that_repeat_and_names_of_several_levels_are_written_as_they_stand() -> None:
    twice = pd.DataFrame([["=a", 1, "@b"]], columns=["x", "x", "=c"])
    assert csv_of_frame(twice, index=False) == "x,x,'=c\n'=a,1,'@b\n"
    levels = pd.MultiIndex.from_tuples([("=x", "@y")], names=["=n", 5])
    assert csv_of_frame(pd.DataFrame({7: ["=1"]}, index=levels)) == "'=n,5,7\n'=x,'@y,'=1\n"


def test_a_file_system_without_locks_is_written_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.lockf", none)
    monkeypatch.setattr("fcntl.flock", none)
    with pytest.warns(CoprodWarning, match="knows no locks"), only_writer(tmp_path / "lock"):
        write_text(tmp_path / "a", "x")
    assert os.listdir(tmp_path) == ["a"]


def test_numbers_stay_numbers() -> None:
    assert spreadsheet_text(-1.5) == -1.5


@pytest.mark.parametrize("year", [1970, 1979, 2108, 9999])
def test_a_clock_that_archives_do_not_know_stops_no_word_or_excel_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, year: int
) -> None:
    from docx import Document
    from openpyxl import Workbook

    monkeypatch.setattr(time, "localtime", lambda *_: time.struct_time((year, 6, 1, 0, 0, 0, 0, 152, 0)))
    with pytest.raises((ValueError, struct.error)):
        Document().save(tmp_path / "bare.docx")
    write_whole(tmp_path / "a.docx", lambda path: Document().save(str(path)))
    write_whole(tmp_path / "a.xlsx", lambda path: Workbook().save(path))
    for name in ("a.docx", "a.xlsx"):
        assert zipfile.ZipFile(tmp_path / name).testzip() is None
