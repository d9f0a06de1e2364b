"""Microsoft Forms: ID, times, e-mail and name, then every question by its wording, answers by label."""

from __future__ import annotations

from coprod_measure.responses.imports.raw_table import Export, RawTable, column_positions

_ABOUT = {
    "id": "respondent",
    "start time": "started", "startzeit": "started", "heure de début": "started", "hora de inicio": "started",
    "begintijd": "started", "ora di inizio": "started", "hora de início": "started", "开始时间": "started",
    "completion time": "ended", "fertigstellungszeit": "ended", "heure de fin": "ended",
    "hora de finalización": "ended", "tijd van voltooien": "ended", "ora di completamento": "ended",
    "hora de conclusão": "ended", "完成时间": "ended",
    "language": "language", "sprache": "language",
}  # fmt: skip
_TECHNICAL = {"last modified time", "uhrzeit der letzten änderung", "total points", "quiz feedback"}


def recognise(table: RawTable) -> str:
    """Say why the table is a Microsoft Forms export, or nothing."""
    about = column_positions([name.casefold() for name in table.header], _ABOUT)
    if table.header[0].casefold() == "id" and {"started", "ended"} <= set(about):
        return f"ID, {table.header[about['started']]} and {table.header[about['ended']]}"
    return ""


def interpret(table: RawTable, recognised_by: str) -> Export:
    """Find items by their exact wording; several ticks stand in one cell, parted by semicolons."""
    heads = [name.casefold() for name in table.header]
    quiz = ("points - ", "feedback - ", "punkte - ")
    technical = {
        position for position, name in enumerate(heads) if name in _TECHNICAL or name.startswith(quiz)
    }
    return Export(
        platform="microsoft_forms",
        recognised_by=recognised_by,
        table=table,
        codes=tuple((name,) for name in table.header),
        wordings={p: name for p, name in enumerate(table.header) if p not in technical},
        about=column_positions(heads, _ABOUT),
        technical=frozenset(technical),
    )
