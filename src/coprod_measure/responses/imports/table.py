"""Files by their form, and plain tables: one header row, one row a respondent."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coprod_measure.errors import ResponsesError
from coprod_measure.provenance import is_file
from coprod_measure.responses.imports.apart import read_apart, refuse_much_text, table_apart
from coprod_measure.responses.imports.not_answers import refuse_questionnaire
from coprod_measure.responses.imports.old_workbook import read_old_workbook
from coprod_measure.responses.imports.printable import printable
from coprod_measure.responses.imports.raw_table import (
    Export,
    RawTable,
    column_positions,
    names_in_heading,
    refuse_many_cells,
)
from coprod_measure.responses.imports.spss import read_labelled
from coprod_measure.responses.imports.surveyjs import read_json
from coprod_measure.responses.imports.text_file import read_text_table
from coprod_measure.responses.imports.workbook import read_workbook

if TYPE_CHECKING:
    import pyarrow

_ABOUT = {
    "respondent": "respondent",
    "respondent_id": "respondent",
    "responseid": "respondent",
    "id": "respondent",
    "duration": "duration",
    "duration_seconds": "duration",
    "finished": "finished",
    "started": "started",
    "startdate": "started",
    "ended": "ended",
    "enddate": "ended",
    "language": "language",
    "wave": "wave",
    "category": "category",
    "version": "version",
}
_TEXT = {".csv", ".tsv", ".txt", ".tab", ".dat"}


def load_table(path: Path, encoding: str | None = None, *, large: bool = False) -> RawTable:
    """Read any supported file into cells, by the form that its bytes and ending show.

    ``large``: lifts the limits on cells, time and memory.

    Raises
    ------
    ResponsesError
        Missing, empty, damaged, or of a form that is not supported.
    """
    if not is_file(path):
        cause = "is a folder, not a file" if os.path.isdir(path) else "does not exist"
        raise ResponsesError(cause, place=str(path), cure="Check the path to the export", code="missing-file")
    try:
        return printable(_load(path, encoding, large=large))
    except OSError as error:
        raise ResponsesError(
            f"cannot be read ({error.strerror or 'damaged file'})",
            place=path.name,
            cure="Check its rights, or export it again",
            code="unreadable",
        ) from error


def _load(path: Path, encoding: str | None, *, large: bool) -> RawTable:
    ending = path.suffix.lower()
    if path.stat().st_size == 0:
        raise ResponsesError("is empty", place=path.name, cure="Export it again", code="empty-file")
    refuse_questionnaire(path)
    path = path.absolute()  # a child that waited may have begun in another folder
    if ending == ".xls":
        read = partial(read_old_workbook, path, encoding, large=large)
        return table_apart(read, path, library="xlrd", large=large)
    if ending in {".xlsx", ".xlsm"}:
        read = partial(read_workbook, path, large=large)
        return table_apart(read, path, library="openpyxl", large=large)
    if ending in {".parquet", ".pq", ".feather", ".arrow"}:
        form = "parquet" if ending in {".parquet", ".pq"} else "feather"
        return _from_arrow(path, form, large=large)
    if ending in _TEXT:
        return read_text_table(path, encoding, large=large)
    if ending in {".sav", ".zsav", ".dta"}:
        read = partial(read_labelled, path, encoding, large=large)
        return table_apart(read, path, library="pyreadstat", large=large)
    if ending in {".json", ".jsonl", ".ndjson"}:
        return read_json(path, large=large)
    raise ResponsesError(
        f"has the ending {ending or '(none)'!r}, which no importer reads",
        place=path.name,
        cure="Use .csv, .tsv, .xlsx, .xls, .parquet, .feather, .json, .sav or .dta",
        code="unknown-form",
    )


def _from_arrow(path: Path, form: str, *, large: bool) -> RawTable:
    """Let the child read and check what the file holds; pandas takes what is sound where it lies."""
    read = partial(_checked_arrow, path, form, large=large)
    table, names = read_apart(read, path, library=f"pyarrow.{form}", large=large)
    try:
        cells = table.to_pandas(
            split_blocks=True, self_destruct=True, ignore_metadata=True, use_threads=False
        )
    except Exception as error:  # times beyond those of pandas
        raise _unreadable(path, form) from error
    cells.columns = pd.RangeIndex(cells.shape[1])
    cells.index = pd.RangeIndex(1, len(cells) + 1)
    return RawTable(path.name, tuple(json.loads(names)), cells, first_row=1, form=form)


def _checked_arrow(path: Path, form: str, *, large: bool) -> tuple[pyarrow.Table, bytes]:
    """Read a file of Arrow; lists and mappings become texts. Its columns are numbered, their names apart."""
    import pyarrow
    from pyarrow import dataset, parquet

    try:
        if form == "parquet":
            file = parquet.ParquetFile(path)
            refuse_many_cells(path.name, file.metadata.num_rows, len(file.schema_arrow), large=large)
            table = file.read(use_threads=False)
        else:
            source = dataset.dataset(path, format=form)
            refuse_many_cells(path.name, source.count_rows(), len(source.schema), large=large)
            table = source.to_table(use_threads=False)
        table.validate()
        if not large:
            _refuse_crowded_views(table, path)
        table.validate(full=True)
        names = [str(name) for name in table.column_names]
        columns = {str(place): _plain_column(column) for place, column in enumerate(table.columns)}
    except (ResponsesError, MemoryError):
        raise
    except Exception as error:  # damage shows as ArrowException, OSError, ValueError, UnicodeDecodeError ...
        raise _unreadable(path, form) from error
    if not len(table) or not names:
        raise ResponsesError("holds no answers", place=path.name, cure="Export again", code="no-answers")
    return pyarrow.table(columns), json.dumps(names).encode()


def _refuse_crowded_views(table: pyarrow.Table, path: Path) -> None:
    """Refuse cells that may all point at one long text or list, before any of it is looked at."""
    from pyarrow import compute, types

    text = entries = 0
    for column in table.columns:
        for part in column.chunks:
            if types.is_string_view(part.type) or types.is_binary_view(part.type):
                views = np.frombuffer(part.buffers()[1], dtype=np.int32).reshape(
                    -1, 4
                )  # length, then the place
                text += int(views[part.offset : part.offset + len(part), 0].sum(dtype=np.int64))
            elif types.is_list_view(part.type) or types.is_large_list_view(part.type):
                entries += compute.sum(compute.list_value_length(part)).as_py() or 0
    refuse_much_text(text, path)
    refuse_many_cells(path.name, entries, 1, large=False)


def _plain_column(column: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    import pyarrow
    from pyarrow import types

    if types.is_string_view(column.type):
        column = column.cast("large_string")
    elif types.is_binary_view(column.type):
        column = column.cast("large_binary")
    kind = column.type
    if types.is_nested(kind):
        return pyarrow.chunked_array([[str(cell) for cell in column.to_pandas()]])
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        texts = [None if cell is None else cell.decode(errors="replace") for cell in column.to_pylist()]
        return pyarrow.chunked_array([texts])
    return column.cast("float64") if types.is_decimal(kind) else column


def _unreadable(path: Path, form: str) -> ResponsesError:
    return ResponsesError(
        f"is not a {form} file that can be read",
        place=path.name,
        cure="Write it again",
        code="unreadable",
    )


def interpret(table: RawTable, recognised_by: str) -> Export:
    """Take a plain table as it is: a column is called what its first row says, an id or the wording."""
    return Export(
        platform="table",
        recognised_by=recognised_by,
        table=table,
        codes=tuple(names_in_heading(name) for name in table.header),
        wordings=dict(enumerate(table.header)),
        about=column_positions(table.header, _ABOUT),
    )
