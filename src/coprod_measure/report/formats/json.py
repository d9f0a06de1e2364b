"""A report as JSON: every table with its raw values, for programs."""

from __future__ import annotations

import json
from pathlib import Path

from coprod_measure.errors import NotAvailable
from coprod_measure.output_files import write_text
from coprod_measure.report.document import (
    Block,
    Bullets,
    Callout,
    Document,
    Figure,
    KeyValues,
    Paragraph,
    References,
    Starred,
    Table,
    Value,
    numbered,
)
from coprod_measure.report.numbers import is_missing

FORMAT = "coprod-measure report 1"


def write(document: Document, path: Path) -> tuple[Path, ...]:
    """Write the file."""
    write_text(path, as_json(document))
    return (path,)


def as_json(document: Document) -> str:
    """Render a report.

    Returns JSON with unrounded numbers. An interval is a pair, a number with stars ``{"value": number,
    "pvalue": p}``; a number that does not exist is ``{"not_available": reason}``. Figures are told by their
    titles and descriptions.
    """
    document = numbered(document)
    content = {
        "format": FORMAT,
        "title": document.title,
        "subtitle": document.subtitle,
        "language": document.language,
        "sections": [
            {"id": s.id, "title": s.title, "blocks": [_block(block) for block in s.blocks]}
            for s in document.sections
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _block(block: Block) -> dict[str, object]:
    match block:
        case Paragraph(text):
            return {"kind": "paragraph", "text": text}
        case Bullets(items):
            return {"kind": "bullets", "items": list(items)}
        case References(items):
            return {"kind": "references", "items": list(items)}
        case Callout(text, title, tone):
            return {"kind": "callout", "tone": tone, "title": title, "text": text}
        case KeyValues(pairs):
            return {"kind": "key_values", "pairs": [list(pair) for pair in pairs]}
        case Figure():
            return {
                "kind": "figure",
                "id": block.id,
                "number": block.number,
                "title": block.title,
                "description": block.alt,
                "note": block.note,
            }
        case Table():
            return _table(block)


def _table(table: Table) -> dict[str, object]:
    group: Value = None
    rows = []
    for row in table.rows:
        if row.heading:
            group = row.values[0]
            continue
        rows.append({"group": group, "values": [_value(value) for value in row.values]})
    return {
        "kind": "table",
        "id": table.id,
        "number": table.number,
        "title": table.title,
        "columns": [{"label": column.label, "kind": column.kind} for column in table.columns],
        "rows": rows,
        "notes": list(table.notes),
    }


def _value(value: Value) -> object:
    if isinstance(value, NotAvailable):
        return {"not_available": value.reason}
    if is_missing(value):
        return {"not_available": "there is no finite value"}
    if isinstance(value, Starred):
        return {"value": value.number, "pvalue": value.pvalue}
    if isinstance(value, tuple):
        return [_value(end) for end in value]
    return value
