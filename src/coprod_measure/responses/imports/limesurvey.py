"""LimeSurvey CSV and XLSX: heads as codes, as expression codes, as texts, or as "code. text"."""

from __future__ import annotations

import re

from coprod_measure.responses.imports.raw_table import (
    DEFAULT_MISSING,
    Export,
    RawTable,
    column_positions,
    leading_codes,
)

_ABOUT = {
    "id": "respondent",
    "Response ID": "respondent",
    "Antwort ID": "respondent",
    "submitdate": "ended",
    "Date submitted": "ended",
    "Datum Abgeschickt": "ended",
    "startdate": "started",
    "Date started": "started",
    "startlanguage": "language",
    "Start language": "language",
    "Start-Sprache": "language",
    "interviewtime": "duration",
    "Total time": "duration",
    "Gesamtzeit": "duration",
}
_OWN = {
    "submitdate", "lastpage", "startlanguage", "seed", "datestamp", "startdate",
    "Date submitted", "Last page", "Start language", "Seed",
    "Datum Abgeschickt", "Letzte Seite", "Start-Sprache", "Zufallsstartwert",
}  # fmt: skip
_TIME = re.compile(r"^(groupTime|Group time: )(.+)$|^(.+)Time$")
_SUBQUESTION = re.compile(r"^(?P<question>[A-Za-z]\w*)(\[(?P<row>\w+)\](\[\d\])?|\.(?P<dotted>\w+)\.)$")


def recognise(table: RawTable) -> str:
    """Say why the table is a LimeSurvey export, or nothing."""
    own = [name for name in table.header if _head(name) in _OWN]
    if len(own) >= 2:
        return f"LimeSurvey's own columns {', '.join(own[:3])}"
    rows = [name for name in map(_head, table.header) if _SUBQUESTION.match(name)]
    if len(rows) >= 2 or (rows and own):
        return f"heads that are a question and a row of it ({', '.join(rows[:2])})"
    return ""


def interpret(table: RawTable, recognised_by: str) -> Export:
    """Read heads in any of LimeSurvey's ways; an empty ``submitdate`` means that the end was not reached."""
    heads = tuple(_head(name) for name in table.header)
    about = column_positions(heads, _ABOUT)
    technical = {p for p, name in enumerate(heads) if name in _OWN or name in {"submitdate"}}
    for position, name in enumerate(heads):
        time = _TIME.match(name)
        if time and position not in about.values():
            technical.add(position)
            if time[1]:
                about[f"page:{time[2]}"] = position
    if "ended" in about:
        about["finished"] = about["ended"]
    return Export(
        platform="limesurvey",
        recognised_by=recognised_by,
        table=table,
        codes=tuple(_codes(name) for name in table.header),
        wordings={p: leading_codes(name)[1] for p, name in enumerate(table.header)},
        about=about,
        technical=frozenset(technical - set(about.values())),
        missing={**DEFAULT_MISSING, "-oth-": "not_applicable"},
    )


def _head(name: str) -> str:
    code, text = leading_codes(name)
    return code if code and text != name else name


def _codes(name: str) -> tuple[str, ...]:
    code, _ = leading_codes(name)
    found = _SUBQUESTION.match(code or name)
    if not found:
        return (code or name, name)
    row = found["row"] or found["dotted"]
    return (code or name, f"{found['question']}_{row}", row)
