"""SPSS .sav and Stata .dta: typed codes, with labels and declared missing values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from coprod_measure.errors import ResponsesError
from coprod_measure.responses.imports.raw_table import Export, RawTable, column_positions, refuse_many_cells

_ABOUT = {
    "respondent": "respondent",
    "respondent_id": "respondent",
    "responseid": "respondent",
    "id": "respondent",
    "duration": "duration",
    "finished": "finished",
    "started": "started",
    "language": "language",
    "wave": "wave",
    "category": "category",
    "version": "version",
}


def read_labelled(path: Path, encoding: str | None = None, *, large: bool = False) -> RawTable:
    """Read a .sav, .zsav or .dta file with its labels and declared missing values.

    ``encoding``: of its texts, where the file does not say it or says it wrongly (Stata before 14, old SPSS).

    Raises
    ------
    ResponsesError
        If it cannot be read, or holds no answers.
    """
    import pyreadstat

    place_of_file = str(path.absolute())  # a leading ~ would stand for the folder of the user
    read = pyreadstat.read_dta if path.suffix.lower() == ".dta" else pyreadstat.read_sav
    try:
        _, meta = read(place_of_file, metadataonly=True, encoding=encoding)
        refuse_many_cells(path.name, meta.number_rows or 0, meta.number_columns, large=large)
        cells, meta = read(place_of_file, user_missing=True, encoding=encoding)
    except ResponsesError:
        raise
    except Exception as error:  # pyreadstat has an error class of its own for each damage, and plain ones
        raise ResponsesError(
            f"is not a {path.suffix} file that can be read",
            place=path.name,
            cure="Save it again from SPSS or Stata; where only its letters are at fault, name its encoding "
            "in the study file (encoding: cp1252, gb18030, ...)",
            code="unreadable",
        ) from error
    if cells.empty:
        raise ResponsesError("holds no answers", place=path.name, cure="Export again", code="no-answers")
    header = tuple(str(name) for name in cells.columns)
    cells.columns = pd.RangeIndex(len(header))
    cells.index = pd.RangeIndex(1, len(cells) + 1)
    place = {name: position for position, name in enumerate(header)}
    return RawTable(
        name=path.name,
        header=header,
        cells=cells,
        first_row=1,
        form=path.suffix.lower().lstrip("."),
        guessed="cp1252" if encoding is None and _does_not_say(path) else "",
        labels={
            place[name]: label
            for name, label in meta.column_names_to_labels.items()
            if label and name in place
        },
        value_labels={
            place[name]: labels for name, labels in meta.variable_value_labels.items() if name in place
        },
        missing_values=_declared(cells, place, meta),
    )


def _does_not_say(path: Path) -> bool:
    """Whether the file is one of Stata before 14, which name no encoding: the reader takes Windows-1252."""
    with path.open("rb") as file:
        start = file.read(64)
    return path.suffix.lower() == ".dta" and (
        (start[:1] < b"\x75" and start[:1] != b"<") or b"<release>117<" in start
    )


def recognise(table: RawTable) -> str:
    """Say that a file is one of SPSS or Stata, or nothing."""
    words = {"sav": "an SPSS file", "zsav": "an SPSS file", "dta": "a Stata file"}
    return words.get(table.form, "")


def interpret(table: RawTable, recognised_by: str) -> Export:
    """Find items by variable name, else by label; SPSS compares names without case."""
    return Export(
        platform="spss",
        recognised_by=recognised_by,
        table=table,
        codes=tuple((name, name.lower()) for name in table.header),
        wordings={position: table.labels.get(position, name) for position, name in enumerate(table.header)},
        about=column_positions(table.header, _ABOUT),
    )


def _declared(cells: pd.DataFrame, place: dict[str, int], meta: Any) -> dict[int, frozenset[object]]:
    """Values in the data that fall into a declared range, or carry a Stata missing letter."""
    found: dict[int, frozenset[object]] = {}
    for name, ranges in (meta.missing_ranges or {}).items():
        if name not in place:
            continue
        values = [value for value in cells[place[name]].unique() if isinstance(value, int | float)]
        found[place[name]] = frozenset(
            value for value in values if any(_inside(value, bounds) for bounds in ranges)
        )
    for name, letters in (meta.missing_user_values or {}).items():
        if name not in place:
            continue
        found[place[name]] = frozenset(letters)
    return found


def _inside(value: float, bounds: Any) -> bool:
    if isinstance(bounds, dict):
        low, high = bounds["lo"], bounds["hi"]
        return isinstance(low, int | float) and low <= value <= high
    return bool(value == bounds)
