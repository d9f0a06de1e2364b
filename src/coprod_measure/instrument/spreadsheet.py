"""Sheets that go out to translators and experts and come back: CSV or XLSX, every cell a text."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Sequence
from pathlib import Path

from coprod_measure.errors import InstrumentError
from coprod_measure.output_files import csv_text, from_csv, write_text, write_whole
from coprod_measure.plain_text import cleaned

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
    write_text(path, "\ufeff" + csv_text(rows))


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


def _read_csv(path: Path) -> list[list[str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _unreadable(path, str(error.strerror)) from None
    except UnicodeDecodeError:
        raise _unreadable(path, "it is not UTF-8") from None
    separator = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise _unreadable(path, str(error)) from None
    return [[cleaned(from_csv(cell)) for cell in row] for row in rows]


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
    except (BadZipFile, InvalidFileException, SyntaxError, LookupError, ValueError, TypeError, zlib.error):
        raise _unreadable(path, "it is no XLSX workbook") from None
    try:
        return [
            ["" if cell is None else cleaned(str(cell)) for cell in row] for row in book.worksheets[0].values
        ]
    except Exception as error:  # damage that openpyxl meets late: XML, zlib, numbers, dates
        raise _unreadable(path, "its sheet is damaged") from error
    finally:
        book.close()


def _unreadable(path: Path, why: str) -> InstrumentError:
    return InstrumentError(
        f"cannot be read ({why})", place=path.name, cure="Check the file", code="unreadable-file"
    )
