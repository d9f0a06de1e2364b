"""Files are whole or absent, and text from data is never a formula."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprod_measure.errors import OutputError
from coprod_measure.output_files import ensure_writable, spreadsheet_text, write_text, write_whole


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
    an_hour_ago = time.time() - 3700
    stale, fresh, others, own = (
        tmp_path / name
        for name in (
            ".report.html.abc.unfinished",
            ".report.html.def.unfinished",
            ".other.html.abc.unfinished",
            ".report.html.mine",
        )
    )
    for left in (stale, fresh, others, own):
        left.write_text("half", encoding="utf-8")
        if left is not fresh:
            os.utime(left, (an_hour_ago, an_hour_ago))
    write_text(path, "whole")
    assert {entry.name for entry in tmp_path.iterdir()} == {path.name, fresh.name, others.name, own.name}


def test_a_folder_that_is_a_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("", encoding="utf-8")
    for attempt in (
        lambda: ensure_writable(tmp_path / "out"),
        lambda: write_text(tmp_path / "out" / "a", "x"),
    ):
        with pytest.raises(OutputError, match="cannot be written"):
            attempt()


@given(st.text())
def test_no_text_starts_like_a_formula(text: str) -> None:
    safe = spreadsheet_text(text)
    assert isinstance(safe, str)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe.endswith(text)


def test_numbers_stay_numbers() -> None:
    assert spreadsheet_text(-1.5) == -1.5


def test_a_clock_that_is_wrong_sweeps_no_living_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    living = tmp_path / ".report.html.abc.unfinished"
    living.write_text("half", encoding="utf-8")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 7200)
    write_text(tmp_path / "report.html", "whole")
    assert living.exists()
