"""Files called ``.xls``: workbooks of Excel before 2007; often a web page, text or a new workbook instead."""

from __future__ import annotations

import warnings
from io import StringIO
from pathlib import Path

import pandas as pd

from coprod_measure.errors import ResponsesError
from coprod_measure.responses.imports.raw_table import RawTable
from coprod_measure.responses.imports.text_file import read_text_table
from coprod_measure.responses.imports.workbook import read_workbook

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_MOST_BYTES = 1 << 28


def read_old_workbook(path: Path, encoding: str | None = None) -> RawTable:
    """Read what stands in a file called ``.xls``.

    Raises
    ------
    ResponsesError
        If nothing in it is a table.
    """
    with path.open("rb") as file:
        start = file.read(512)
    if start.startswith(b"PK"):
        return read_workbook(path)
    if start.startswith(_OLD_EXCEL):
        return _read_binary(path)
    if start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        return _read_page(path, encoding)
    return read_text_table(path, encoding)


def _read_page(path: Path, encoding: str | None) -> RawTable:
    if path.stat().st_size > _MOST_BYTES:
        raise _unreadable(path, "is larger than any web page of answers")
    try:
        text = path.read_bytes().decode(encoding or "utf-8-sig")
        tables = pd.read_html(StringIO(text), header=None, dtype_backend="numpy_nullable")
    except (
        Exception
    ) as error:  # lxml and pandas raise ValueError, ImportError, UnicodeError, XMLSyntaxError ...
        raise _unreadable(path, "looks like a web page and holds no table that can be read") from error
    largest = max(tables, key=lambda one: one.size)
    if isinstance(largest.columns, pd.RangeIndex):
        header = tuple("" if pd.isna(cell) else str(cell).strip() for cell in largest.iloc[0])
        largest = largest.iloc[1:]
    else:
        header = tuple(str(name).strip() for name in largest.columns)
    return _table(path, header, largest, f"{path.name}: is a web page under the ending .xls; read as such")


def _read_binary(path: Path) -> RawTable:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sheets = pd.read_excel(path, sheet_name=None, header=None, dtype=object, engine="xlrd")
    except Exception as error:  # xlrd lets its own and plain errors through
        raise _unreadable(path, "is not an Excel workbook that can be read, or it is damaged") from error
    filled = {str(title): sheet for title, sheet in sheets.items() if len(sheet)}
    if not filled:
        raise ResponsesError("is empty", place=path.name, cure="Export the answers again", code="empty-file")
    (title, sheet), *others = filled.items()
    header = tuple("" if pd.isna(cell) else str(cell).strip() for cell in sheet.iloc[0])
    listed = ", ".join(repr(other) for other, _ in others)
    left = f"{path.name}: sheet {title!r} was read; other sheets were left alone: {listed}"
    return _table(path, header, sheet.iloc[1:], left if others else "")


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
