"""SoSci Survey: CASE first, -9 for what was not answered, a second header row of labels where chosen."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from coprod_measure.responses.imports.raw_table import (
    DEFAULT_MISSING,
    Export,
    RawTable,
    column_positions,
)

_ABOUT = {
    "CASE": "respondent",
    "TIME_SUM": "duration",
    "FINISHED": "finished",
    "STARTED": "started",
    "LASTDATA": "ended",
    "LANGUAGE": "language",
    "MODE": "preview",
}
_OWN = {
    "CASE", "SERIAL", "REF", "QUESTNNR", "MODE", "STARTED", "TIME_SUM", "MAILSENT", "LASTDATA", "FINISHED",
    "Q_VIEWER", "LASTPAGE", "MAXPAGE", "MISSING", "MISSREL", "TIME_RSI", "DEG_TIME", "LANGUAGE",
}  # fmt: skip
_TELLING = {
    "QUESTNNR",
    "MAILSENT",
    "LASTDATA",
    "MAXPAGE",
    "MISSREL",
    "TIME_RSI",
    "DEG_TIME",
    "Q_VIEWER",
    "CASE",
}
_PAGE = re.compile(r"^TIME(\d{3})$")


def recognise(table: RawTable) -> str:
    """Say why the table is a SoSci export, or nothing."""
    own = [name for name in table.header if name in _OWN]
    telling = _TELLING & set(own)
    return f"SoSci's own columns {', '.join(own[:3])}" if len(own) >= 3 and len(telling) >= 2 else ""


def interpret(table: RawTable, recognised_by: str) -> Export:
    """Take the row of labels off; in a multiple choice 1 is a box left empty, 2 a ticked one.

    What -1 and -2 mean ("don't know", "no answer") is the questionnaire's own: the study says it.
    """
    about = column_positions(table.header, _ABOUT)
    labels: dict[int, str] = dict(table.labels)
    if "respondent" in about and table.form in {"text", "workbook"} and len(table.cells) > 1:
        cases = pd.to_numeric(table.cells[about["respondent"]], errors="coerce")
        if pd.isna(cases.iloc[0]) and cases.iloc[1:].notna().all():
            labels = {position: str(cell) for position, cell in enumerate(table.cells.iloc[0])}
            table = replace(table, cells=table.cells.iloc[1:], first_row=table.first_row + 1)
    for position, name in enumerate(table.header):
        if page := _PAGE.match(name):
            about[f"page:{int(page[1])}"] = position
    own = {position for position, name in enumerate(table.header) if name in _OWN}
    return Export(
        platform="sosci",
        recognised_by=recognised_by,
        table=table,
        codes=tuple((name,) for name in table.header),
        wordings=labels or dict(enumerate(table.header)),
        about=about,
        technical=frozenset(own - set(about.values())),
        missing={**DEFAULT_MISSING, "-9": "unanswered"},
        unticked=frozenset({"1", "-9", "-1", "-2"}),
    )
