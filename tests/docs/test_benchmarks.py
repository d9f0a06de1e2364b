"""`make bench` is bounded, goes on where it was interrupted, and writes its page itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib import import_module

import pytest

from benchmarks import kept_rows
from benchmarks.__main__ import SECTIONS, measure_section, measured
from benchmarks.timing import Row, Work


def _fails() -> Iterator[Row]:
    yield Row("first", 1.0)
    raise ValueError("no such\nthing")


def _never_ends() -> Iterator[Row]:
    yield Row("first", 1.0)
    time.sleep(600)


def test_what_fails_or_does_not_end_costs_its_own_row() -> None:
    assert measured(Work("sound", lambda: [Row("a", 1.0), Row("b", 2.0, 3.0, "R")]))[1].peer == 3.0
    rows = measured(Work("broken", _fails))
    assert [(one.work, one.note) for one in rows] == [
        ("first", ""),
        ("broken", "failed: ValueError: no such thing"),
    ]
    assert measured(Work("endless", _never_ends), limit=0.5)[-1].note == "stopped after 0.5 s"


def test_what_is_known_is_not_measured_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(kept_rows, "ROWS", tmp_path / "rows.jsonl")  # type: ignore[operator]
    startup = import_module("benchmarks.startup")
    monkeypatch.setattr(startup, "works", lambda: [Work("one", lambda: [Row("one", 1.0)])])
    run = kept_rows.Run("2026-01-01", "abc", "machine", "software", "", 0.0)
    measure_section("startup", run, again=False, only="")
    monkeypatch.setattr(startup, "works", lambda: [Work("one", _fails)])
    measure_section("startup", run, again=False, only="")
    assert "measured before" in capsys.readouterr().out
    assert [one.row.ours for one in kept_rows.read()] == [1.0]
    measure_section("startup", run, again=True, only="")
    assert [one.row.ours for one in kept_rows.read()] == [1.0, None]


def test_the_page_is_the_commands() -> None:
    assert kept_rows.PAGE.read_text(encoding="utf-8") == kept_rows.page(kept_rows.read(), SECTIONS)
