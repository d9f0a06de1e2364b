"""Excel workbooks: values only, macros never run, archives that swell refused."""

from __future__ import annotations

import struct
import zipfile
from io import BytesIO
from itertools import islice
from pathlib import Path

import pandas as pd

from coprod_measure.errors import ResponsesError
from coprod_measure.responses.imports.raw_table import RawTable, refuse_many_cells

# What zipfile raises over a damaged directory, besides its own error.
_DAMAGED = (
    zipfile.BadZipFile,
    struct.error,
    OSError,
    ValueError,
    NotImplementedError,
    OverflowError,
    EOFError,
)
_MOST_BYTES = 1 << 30
_MOST_RATIO = 200
_MOST_COLUMNS = 16_384


def read_workbook(path: Path, *, large: bool = False) -> RawTable:
    """Read the first sheet that holds anything.

    ``path``: ``.xlsx`` or ``.xlsm``; formulas count with the value stored beside them.

    Raises
    ------
    ResponsesError
        Not a workbook, empty, or one that swells beyond bounds when unpacked.
    """
    warnings = list(checked_archive(path))
    sheets = _sheets(path)
    filled = [(title, rows) for title, rows in sheets if rows]
    if not filled:
        raise ResponsesError("is empty", place=path.name, cure="Export it again", code="empty-file")
    title, rows = filled[0]
    if len(filled) > 1:
        others = ", ".join(repr(other) for other, _ in filled[1:])
        warnings.append(f"{path.name}: sheet {title!r} was read; other sheets were left alone: {others}")
    header = tuple("" if cell is None else str(cell).strip() for cell in rows[0])
    if len(rows) == 1:
        raise ResponsesError(
            "has a header and no answers below it",
            place=path.name,
            cure="Export the answers again",
            code="no-answers",
        )
    refuse_many_cells(path.name, len(rows), len(header), large=large)
    cells = pd.DataFrame(
        {
            position: [row[position] if position < len(row) else None for row in rows[1:]]
            for position in range(len(header))
        },
        index=pd.RangeIndex(2, len(rows) + 1),
        dtype=object,
    )
    cells = cells.loc[cells.notna().any(axis=1)]
    return RawTable(path.name, header, cells, form="workbook", warnings=tuple(warnings))


def checked_archive(path: Path) -> tuple[str, ...]:
    """Refuse what is no archive or swells beyond bounds; warn of macros, which nobody runs.

    Raises
    ------
    ResponsesError
        Before anything is unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except _DAMAGED as error:
        raise _not_a_workbook(path) from error
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if unpacked > _MOST_BYTES or (unpacked > 1 << 26 and unpacked / packed > _MOST_RATIO):
        raise ResponsesError(
            f"swells from {packed:,} to {unpacked:,} bytes when unpacked: refused",
            place=path.name,
            cure="Export the answers as CSV",
            code="archive-bomb",
        )
    if any(member.filename.endswith("vbaProject.bin") for member in members):
        return (f"{path.name}: holds macros; they were not run",)
    return ()


def _sheets(path: Path) -> list[tuple[str, list[tuple[object, ...]]]]:
    import warnings

    from openpyxl import load_workbook

    found: list[tuple[str, list[tuple[object, ...]]]] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # openpyxl comments on styles and extensions that carry no answers
            # By its content: openpyxl refuses a new workbook under an old ending.
            book = load_workbook(BytesIO(path.read_bytes()), read_only=True, data_only=True, keep_links=False)
            try:
                for sheet in book.worksheets:
                    if sheet.max_column is not None and sheet.max_column > _MOST_COLUMNS:
                        raise _not_a_workbook(path)
                    sheet.reset_dimensions()  # else every row is filled up to the widest
                    rows = [tuple(row) for row in islice(sheet.iter_rows(values_only=True), 1_048_576)]
                    found.append((sheet.title, _from_first_filled(rows)))
            finally:
                book.close()
    except ResponsesError:
        raise
    except Exception as error:  # openpyxl lets KeyError, ValueError, zlib and XML errors through
        raise _not_a_workbook(path) from error
    return found


def _from_first_filled(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    if not rows or all(cell is None for cell in rows[0]):
        return [] if all(cell is None for row in rows for cell in row) else rows
    width = max(position + 1 for position, cell in enumerate(rows[0]) if cell is not None)
    return [row[: max(width, 1)] for row in rows]


def _not_a_workbook(path: Path) -> ResponsesError:
    return ResponsesError(
        "is not an Excel workbook that can be read, or it is damaged",
        place=path.name,
        cure="Save it again as .xlsx, or export CSV",
        code="unreadable",
    )
