"""formr: session, created, modified, ended, expired, then one column an item by its name."""

from __future__ import annotations

from coprod_measure.responses.imports.raw_table import Export, RawTable, column_positions

_ABOUT = {"session": "respondent", "created": "started", "ended": "ended"}
_OWN = {"session", "session_id", "study_id", "iteration", "created", "modified", "ended", "expired"}


def recognise(table: RawTable) -> str:
    """Say why the table is a formr export, or nothing."""
    own = [name for name in table.header if name in _OWN]
    return f"formr's own columns {', '.join(own[:3])}" if "session" in own and len(own) >= 3 else ""


def interpret(table: RawTable, recognised_by: str) -> Export:
    """Find items by name; who has no ``ended`` did not reach the end; a session's code opens it: a secret."""
    about = column_positions(table.header, _ABOUT)
    if "ended" in about:
        about["finished"] = about["ended"]
    own = {position for position, name in enumerate(table.header) if name in _OWN}
    return Export(
        platform="formr",
        recognised_by=recognised_by,
        table=table,
        codes=tuple((name,) for name in table.header),
        wordings=dict(table.labels),
        about=about,
        technical=frozenset(own - set(about.values())),
        secret_ids=True,
    )
