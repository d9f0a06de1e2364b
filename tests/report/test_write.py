import time
import zipfile
from pathlib import Path

import pytest

from coprod_measure.errors import OutputError
from coprod_measure.report.write import write_document
from report.report_fixtures import nasty_document

ALL = ("html", "md", "tex", "docx", "xlsx", "json", "pdf")


def test_every_format_is_one_file_and_markdown_has_its_pictures(tmp_path: Path) -> None:
    out = tmp_path / "a folder"
    written = write_document(nasty_document(), out, "study", ALL)
    assert [path.name for path in written] == [*(f"study-report.{form}" for form in ALL), "s.png", "s.pdf"]
    assert sorted(path for path in out.rglob("*") if path.is_file()) == sorted(set(written))
    assert "(study-report-figures/s.png)" in written[1].read_text(encoding="utf-8")
    assert r"\includegraphics" in written[2].read_text(encoding="utf-8")
    assert zipfile.is_zipfile(written[3])


def test_writing_again_later_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write_document(nasty_document(), tmp_path / "first", "study", ALL)
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    monkeypatch.setattr(time, "localtime", lambda *_: time.gmtime(2_000_000_000))
    again = write_document(nasty_document(), tmp_path / "again", "study", ALL)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


def test_an_unknown_format_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="Did you mean 'html'"):
        write_document(nasty_document(), tmp_path / "out", "study", ("json", "htm"))
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("x")
    with pytest.raises(OutputError):
        write_document(nasty_document(), blocked, "study")
    assert blocked.read_text() == "x"
