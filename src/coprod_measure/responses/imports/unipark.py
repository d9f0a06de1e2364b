"""Unipark and EFS: lfdn, dispcode and lastpage before the answers; -77 is a question that was not shown."""

from __future__ import annotations

from coprod_measure.responses.imports.raw_table import (
    DEFAULT_MISSING,
    Export,
    RawTable,
    column_positions,
)

_ABOUT = {
    "lfdn": "respondent",
    "duration": "duration",
    "dispcode": "finished",
    "tester": "preview",
    "datetime": "started",
    "date_of_first_mail": "invited",
    "date_of_last_access": "ended",
}
_OWN = {
    "lfdn", "external_lfdn", "tester", "dispcode", "lastpage", "quality", "duration", "quota", "page_history",
    "hflip", "vflip", "output_mode", "javascript", "flash", "session_id", "cleaned", "ats", "datetime",
    "date_of_last_access", "date_of_first_mail", "browser", "referer", "device_type", "quota_assignment",
    "quota_rejected_id", "participant_browser", "participant_browser_version", "participant_os", "language",
}  # fmt: skip
_TELLING = {"lfdn", "external_lfdn", "dispcode", "tester", "lastpage", "page_history", "quota_rejected_id"}


def recognise(table: RawTable) -> str:
    """Say why the table is a Unipark or EFS export, or nothing."""
    own = [name for name in table.header if name.casefold() in _OWN]
    telling = _TELLING & {name.casefold() for name in own}
    return f"Unipark's own columns {', '.join(own[:3])}" if len(own) >= 3 and len(telling) >= 2 else ""


def interpret(table: RawTable, recognised_by: str) -> Export:
    """Find items by name or label; ``dispcode`` 31 and 32 mean that the end was reached."""
    heads = [name.casefold() for name in table.header]
    about = column_positions(heads, {name: what for name, what in _ABOUT.items() if what != "invited"})
    rts = {position for position, head in enumerate(heads) if head.startswith(("rts", "rnd_", "c_000"))}
    own = {position for position, head in enumerate(heads) if head in _OWN} | rts
    return Export(
        platform="unipark",
        recognised_by=recognised_by,
        table=table,
        codes=tuple((name, name.lower()) for name in table.header),
        wordings={position: table.labels.get(position, name) for position, name in enumerate(table.header)},
        about=about,
        technical=frozenset(own - set(about.values())),
        missing={**DEFAULT_MISSING, "-77": "not_shown", "-66": "not_shown"},
    )
