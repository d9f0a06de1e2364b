"""Files called ``.xls``: workbooks of Excel before 2007; often a web page, text or a new workbook instead."""

from __future__ import annotations

import re
from contextlib import suppress
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd

from coprod_measure.errors import ResponsesError
from coprod_measure.responses.imports.raw_table import RawTable, refuse_many_cells
from coprod_measure.responses.imports.text_file import read_text_table
from coprod_measure.responses.imports.workbook import read_workbook

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_MOST_BYTES = 1 << 28
_MOST_MERGED = 4_000_000
_SPAN = re.compile(r"(col|row)span\s*=\s*[\"']?\s*([^\s\"'>]{0,40})", re.IGNORECASE)


def read_old_workbook(path: Path, encoding: str | None = None, *, large: bool = False) -> RawTable:
    """Read what stands in a file called ``.xls``.

    Raises
    ------
    ResponsesError
        If nothing in it is a table.
    """
    with path.open("rb") as file:
        start = file.read(512)
    if start.startswith(b"PK"):
        return read_workbook(path, large=large)
    if start.startswith(_OLD_EXCEL):
        return _read_binary(path, large=large)
    if start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        return _read_page(path, encoding)
    return read_text_table(path, encoding, large=large)


def _read_page(path: Path, encoding: str | None) -> RawTable:
    if path.stat().st_size > _MOST_BYTES:
        raise _unreadable(path, "is larger than any web page of answers")
    try:
        text = path.read_bytes().decode(encoding or "utf-8-sig")
        _refuse_merged(text, path)
        tables = pd.read_html(StringIO(text), header=None, dtype_backend="numpy_nullable")
    except ResponsesError:
        raise
    except Exception as error:  # lxml and pandas raise ValueError, UnicodeError, XMLSyntaxError ...
        raise _unreadable(path, "looks like a web page and holds no table that can be read") from error
    largest = max(tables, key=lambda one: one.size)
    if isinstance(largest.columns, pd.RangeIndex):
        header = tuple("" if pd.isna(cell) else str(cell).strip() for cell in largest.iloc[0])
        largest = largest.iloc[1:]
    else:
        header = tuple(str(name).strip() for name in largest.columns)
    return _table(path, header, largest, f"{path.name}: is a web page under the ending .xls; read as such")


def _refuse_merged(text: str, path: Path) -> None:
    """Bound what merged cells stand for: the reader writes each out, 200 bytes a million millions."""
    sums = {"col": 1, "row": 1}
    for kind, written in _SPAN.findall(text):
        with suppress(ValueError):
            sums[kind.lower()] += int(unescape(written)) if len(written) < 40 else _MOST_MERGED
    if sums["col"] * sums["row"] > _MOST_MERGED:
        raise _unreadable(path, f"merges more than {_MOST_MERGED:,} cells")


def _read_binary(path: Path, *, large: bool) -> RawTable:
    import xlrd

    try:
        # Rows are not filled up to the widest: one cell in the last corner would make 17 million.
        book = xlrd.open_workbook(str(path), logfile=StringIO(), on_demand=True, ragged_rows=True)
        filled = []
        for title in book.sheet_names():
            if book.sheet_by_name(title).ncols:
                filled.append(title)
            if filled[:1] != [title]:
                book.unload_sheet(title)
        rows = _rows(book, filled[0], path, large=large) if filled else []
    except ResponsesError:
        raise
    except Exception as error:  # xlrd lets its own and plain errors through
        raise _unreadable(path, "is not an Excel workbook that can be read, or it is damaged") from error
    if not rows:
        raise ResponsesError("is empty", place=path.name, cure="Export it again", code="empty-file")
    header = tuple("" if cell is None else str(cell).strip() for cell in rows[0])
    listed = ", ".join(repr(other) for other in filled[1:])
    left = f"{path.name}: sheet {filled[0]!r} was read; other sheets were left alone: {listed}"
    return _table(path, header, pd.DataFrame(rows[1:], dtype=object), left if listed else "")


def _rows(book: Any, title: str, path: Path, *, large: bool) -> list[list[object]]:
    """Give the cells of a sheet, each row as wide as the first."""
    sheet = book.sheet_by_name(title)
    width = sheet.row_len(0) or sheet.ncols
    refuse_many_cells(path.name, sheet.nrows, width, large=large)
    rows = []
    for k in range(sheet.nrows):
        cells = zip(sheet.row_types(k, 0, width), sheet.row_values(k, 0, width), strict=True)
        row = [_content(kind, value, book.datemode) for kind, value in cells]
        rows.append(row + [None] * (width - len(row)))
    return rows


def _content(kind: int, value: Any, datemode: int) -> object:
    """Give a cell as what it is: whole numbers as such, times of day apart from dates."""
    import xlrd

    match kind:
        case xlrd.XL_CELL_NUMBER:
            return int(value) if float(value).is_integer() else value
        case xlrd.XL_CELL_DATE:
            try:
                found = xlrd.xldate_as_datetime(value, datemode)
            except OverflowError:
                return value
            return found.time() if value < 1 else found
        case xlrd.XL_CELL_BOOLEAN:
            return bool(value)
        case xlrd.XL_CELL_TEXT:
            return value or None
    return None


def _table(path: Path, header: tuple[str, ...], body: pd.DataFrame, said: str) -> RawTable:
    if body.empty:
        raise ResponsesError(
            "has a header and no answers below it",
            place=path.name,
            cure="Export the answers again",
            code="no-answers",
        )
    cells = body.astype(object).where(body.notna(), None)
    cells.columns = pd.RangeIndex(len(header))
    cells.index = pd.RangeIndex(2, len(cells) + 2)
    return RawTable(path.name, header, cells, form="workbook", warnings=(said,) if said else ())


def _unreadable(path: Path, cause: str) -> ResponsesError:
    return ResponsesError(
        cause, place=path.name, cure="Open it in Excel or LibreOffice and save it as .xlsx", code="unreadable"
    )
