"""Typeform: # first, questions by their wording, times and network id at the end."""

from __future__ import annotations

from coprod_measure.responses.imports.raw_table import Export, RawTable, column_positions

_ABOUT = {
    "#": "respondent",
    "Start Date (UTC)": "started",
    "Submit Date (UTC)": "ended",
}
_OWN = {
    "Start Date (UTC)", "Stage Date (UTC)", "Submit Date (UTC)", "Network ID", "Tags", "Ending", "Outcome",
    "Response Type", "Score",
}  # fmt: skip
_TELLING = {"Start Date (UTC)", "Submit Date (UTC)", "Network ID", "Stage Date (UTC)"}


def recognise(table: RawTable) -> str:
    """Say why the table is a Typeform export, or nothing."""
    own = sorted(_TELLING & set(table.header))
    return f"Typeform's own columns {', '.join(own[:3])}" if len(own) >= 2 else ""


def interpret(table: RawTable, recognised_by: str) -> Export:
    """Find items by their wording."""
    about = column_positions(table.header, _ABOUT)
    own = {position for position, name in enumerate(table.header) if name in _OWN}
    return Export(
        platform="typeform",
        recognised_by=recognised_by,
        table=table,
        codes=tuple((name,) for name in table.header),
        wordings={p: name for p, name in enumerate(table.header) if p not in {*own, *about.values()}},
        about=about,
        technical=frozenset(own - set(about.values())),
    )
