"""The tables of a report as an Excel workbook, one sheet a table, numbers as numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from coprod_measure.errors import NotAvailable
from coprod_measure.output_files import spreadsheet_text, write_whole
from coprod_measure.plain_text import cleaned
from coprod_measure.report.document import Column, Document, Row, Starred, Table, Value, numbered
from coprod_measure.report.fixed_times import fix_times
from coprod_measure.report.numbers import is_missing, stars

_FORMATS = {"count": "#,##0", "df": "0", "p": '[<0.001]"< .001";0.000', "percent": "0.0%"}
_LONGEST_NAME = 31


def write(document: Document, path: Path) -> tuple[Path, ...]:
    """Write the file, whole or not at all."""
    write_whole(path, partial(write_excel, document))
    return (path,)


def write_excel(document: Document, path: Path) -> None:
    """Write the workbook."""
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.active)
    contents = workbook.create_sheet("Contents")
    contents.append([_safe(document.title)])
    contents.append([_safe(document.subtitle)])
    contents.append([])
    contents.append(["Table", "Title", "Sheet"])
    for block in numbered(document).blocks():
        if isinstance(block, Table):
            name = _sheet_name(block)
            contents.append([block.number, _safe(block.title), name])
            _fill(workbook.create_sheet(name), block)
    for cell in (*contents[1], *contents[4]):
        cell.font = _bold()
    contents.column_dimensions["B"].width = 60
    contents.column_dimensions["C"].width = 34
    workbook.save(path)
    fix_times(path)


def _fill(sheet: Any, table: Table) -> None:
    columns, rows = _with_ends_apart(table)
    sheet.append([_safe(f"Table {table.number}. {table.title}")])
    sheet.append([_safe(column.label) for column in columns])
    reasons: dict[str, None] = {}
    for row in rows:
        sheet.append([_plain(value, reasons) for value in row.values])
        for cell, value, column in zip(sheet[sheet.max_row], row.values, columns, strict=True):
            if row.heading:
                cell.font = _bold()
            if isinstance(cell.value, int | float):
                cell.number_format = _FORMATS.get(column.kind, "0." + "0" * column.digits) + _stars(value)
    for cell in (*sheet[1], *sheet[2]):
        cell.font = _bold()
    sheet.append([])
    for note in (*table.notes, *(f"— {reason}" for reason in reasons)):
        sheet.append([_safe(note)])
    for position, column in enumerate(columns, start=1):
        letter = sheet.cell(row=2, column=position).column_letter
        sheet.column_dimensions[letter].width = 34 if column.kind == "text" and position < 3 else 16
    sheet.freeze_panes = "B3"


def _with_ends_apart(table: Table) -> tuple[list[Column], list[Row]]:
    """Give both ends of an interval a column of their own, so that one can compute with them."""
    paired = [
        any(isinstance(row.values[place], tuple) for row in table.rows) for place in range(len(table.columns))
    ]
    columns: list[Column] = []
    for column, pair in zip(table.columns, paired, strict=True):
        ends = (" lower", " upper") if pair else ("",)
        columns += [replace(column, label=column.label + end) for end in ends]
    rows = []
    for row in table.rows:
        values: list[Value] = []
        for value, pair in zip(row.values, paired, strict=True):
            values += value if isinstance(value, tuple) else (value,) * (1 + pair)
        rows.append(Row(tuple(values), row.heading))
    return columns, rows


def _plain(value: Value, reasons: dict[str, None]) -> object:
    if isinstance(value, NotAvailable):
        reasons[value.reason] = None
        return _safe(f"— {value.reason}")
    if is_missing(value):
        return "—"
    if isinstance(value, str):
        return _safe(value)
    return value.number if isinstance(value, Starred) else value


def _stars(value: Value) -> str:
    # Part of the number's format: the cell stays a number that one can compute with.
    found = stars(value.pvalue) if isinstance(value, Starred) else ""
    return f'"{found}"' if found else ""


def _safe(text: str) -> object:
    # Characters that XML cannot hold would make the whole workbook unreadable.
    return spreadsheet_text(cleaned(text))


def _sheet_name(table: Table) -> str:
    return re.sub(r"[\[\]:*?/\\']", "", f"{table.number} {table.id}")[:_LONGEST_NAME]


def _bold() -> Any:
    from openpyxl.styles import Font

    return Font(bold=True)
