"""Sheets that go out to translators and experts and come back: CSV or XLSX, every cell a text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from coprod_measure.errors import InstrumentError
from coprod_measure.output_files import write_text, write_whole

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")


def write_sheet(path: Path, rows: Sequence[Sequence[str]], title: str) -> None:
    """Write a sheet whose texts no spreadsheet runs as formulas.

    ``path``: ``.csv`` (UTF-8 with byte order mark, as spreadsheets expect it) or ``.xlsx``. ``rows``: the
    first one names the columns.

    Raises
    ------
    InstrumentError
        If the ending is neither.
    """
    if _ending(path) == ".xlsx":
        write_whole(path, lambda temporary: _write_workbook(temporary, rows, title))
        return
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_defused(cell) for cell in row] for row in rows)
    write_text(path, "\ufeff" + text.getvalue())


def read_sheet(path: Path) -> list[list[str]]:
    """Read a sheet, whichever separator the spreadsheet program chose.

    ``path``: ``.csv`` or ``.xlsx`` (its first sheet). Returns rows of cells; empty cells are empty texts.

    Raises
    ------
    InstrumentError
        If the file cannot be read.
    """
    return _read_workbook(path) if _ending(path) == ".xlsx" else _read_csv(path)


def _ending(path: Path) -> str:
    ending = path.suffix.lower()
    if ending not in {".csv", ".xlsx"}:
        cause = f"no sheet ends in '{ending}'"
        raise InstrumentError(cause, place=path.name, cure="Use .csv or .xlsx", code="unknown-format")
    return ending


def _defused(cell: str) -> str:
    """Mark text that a spreadsheet would run, and text that begins with the mark itself."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def _read_csv(path: Path) -> list[list[str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _unreadable(path, str(error.strerror)) from None
    except UnicodeDecodeError:
        raise _unreadable(path, "it is not UTF-8") from None
    separator = max(",;\t", key=text.partition("\n")[0].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return [[cell.removeprefix("'") for cell in row] for row in rows]


def _write_workbook(path: Path, rows: Sequence[Sequence[str]], title: str) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = title
    sheet.freeze_panes = "B2"
    for number, row in enumerate(rows, start=1):
        for position, text in enumerate(row, start=1):
            if text:
                cell = sheet.cell(number, position, text)
                cell.data_type = "s"
                cell.quotePrefix = text.startswith(_FORMULA_STARTS)
    book.save(path)


def _read_workbook(path: Path) -> list[list[str]]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True)
    except OSError as error:
        raise _unreadable(path, str(error.strerror)) from None
    except (BadZipFile, InvalidFileException, KeyError, ValueError):
        raise _unreadable(path, "it is no XLSX workbook") from None
    rows = [["" if cell is None else str(cell) for cell in row] for row in book.worksheets[0].values]
    book.close()
    return rows


def _unreadable(path: Path, why: str) -> InstrumentError:
    return InstrumentError(
        f"cannot be read ({why})", place=path.name, cure="Check the file", code="unreadable-file"
    )
