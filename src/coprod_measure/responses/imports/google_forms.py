"""Google Forms CSV: a time stamp, then every question by its wording, every answer by its label."""

from __future__ import annotations

from coprod_measure.responses.imports.raw_table import Export, RawTable

_TIMESTAMP = {
    "timestamp", "zeitstempel", "horodateur", "marca temporal", "tijdstempel", "informazioni cronologiche",
    "carimbo de data/hora", "sygnatura czasowa", "tidsstämpel", "отметка времени",
}  # fmt: skip


def recognise(table: RawTable) -> str:
    """Say why the table is a Google Forms export, or nothing."""
    first = table.header[0].casefold()
    worded = any(" " in name or name.endswith("]") for name in table.header[1:])
    return (
        f"{table.header[0]!r} first, then questions by their wording"
        if first in _TIMESTAMP and worded
        else ""
    )


def interpret(table: RawTable, recognised_by: str) -> Export:
    """Find items by their exact wording in any language of the instrument."""
    return Export(
        platform="google_forms",
        recognised_by=recognised_by,
        table=table,
        codes=tuple((name,) for name in table.header),
        wordings=dict(enumerate(table.header)),
        about={"ended": 0},
    )
