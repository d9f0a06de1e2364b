"""SurveyJS: one JSON object a response, nested by question."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from coprod_measure.errors import ResponsesError
from coprod_measure.responses.imports.raw_table import Export, RawTable, column_positions, refuse_many_cells

_ABOUT = {
    "id": "respondent",
    "respondentId": "respondent",
    "instanceId": "respondent",
    "language": "language",
    "locale": "language",
    "timeSpent": "duration",
    "startedAt": "started",
    "completedAt": "ended",
    "HappendAt": "ended",
    "createdAt": "ended",
}
_MOST_BYTES = 1 << 29
_DEEPEST = 20
_WRAPPERS = ("data", "responses", "results", "Data")


def read_json(path: Path, *, large: bool = False) -> RawTable:
    """Read a JSON array of responses (or an object that holds one, or one object a line) as a flat table.

    Raises
    ------
    ResponsesError
        No JSON, no responses, or too large.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise ResponsesError(
            "is too large for a JSON export of answers", place=path.name, cure="Export CSV", code="too-large"
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
        records = _records(text)
    except (ValueError, RecursionError) as error:
        raise ResponsesError(
            "is not JSON that can be read",
            place=path.name,
            cure="Export the answers again as JSON",
            code="unreadable",
        ) from error
    if not records or not all(isinstance(record, dict) for record in records):
        raise ResponsesError(
            "holds no list of answers",
            place=path.name,
            cure="Each response must be a JSON object",
            code="no-answers",
        )
    flat = [_flat(record, path.name) for record in records]
    header = tuple(dict.fromkeys(name for record in flat for name in record))
    refuse_many_cells(path.name, len(flat), len(header), large=large)
    cells = pd.DataFrame(
        {position: [record.get(name) for record in flat] for position, name in enumerate(header)},
        index=pd.RangeIndex(1, len(flat) + 1),
        dtype=object,
    )
    return RawTable(path.name, header, cells, first_row=1, form="json")


def recognise(table: RawTable) -> str:
    """Say that a JSON file is one of SurveyJS, or nothing."""
    return "a JSON list of answers" if table.form == "json" else ""


def interpret(table: RawTable, recognised_by: str) -> Export:
    """Find items as questions or as rows of a matrix; a row that is not there was not answered."""
    return Export(
        platform="surveyjs",
        recognised_by=recognised_by,
        table=table,
        codes=tuple((name.rsplit(".", 1)[-1], name) for name in table.header),
        about=column_positions(table.header, _ABOUT),
    )


def _records(text: str) -> list[Any]:
    try:
        content = json.loads(text)
    except ValueError:
        content = [json.loads(line) for line in text.splitlines() if line.strip()]
    if isinstance(content, dict):
        inner = next((content[key] for key in _WRAPPERS if isinstance(content.get(key), list)), None)
        return inner if inner is not None else [content]
    return content if isinstance(content, list) else []


def _flat(record: dict[str, Any], file: str, prefix: str = "", depth: int = 1) -> dict[str, object]:
    """Bring a matrix ``{"m": {"m_1": 7}}`` to ``{"m.m_1": 7}``; a list of ticks becomes text."""
    if depth > _DEEPEST:
        cause = f"nests an answer more than {_DEEPEST} levels deep"
        raise ResponsesError(cause, place=file, cure="Export the answers again", code="too-deep")
    found: dict[str, object] = {}
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            found |= _flat(value, file, f"{name}.", depth + 1)
        elif isinstance(value, list):
            found[name] = "; ".join(str(entry) for entry in value)
        else:
            found[name] = value
    return found
