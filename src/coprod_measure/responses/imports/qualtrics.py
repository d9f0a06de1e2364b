"""Qualtrics CSV and XLSX: names, then question texts, then (not in the legacy export) ImportIds."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from coprod_measure.responses.imports.raw_table import (
    DEFAULT_MISSING,
    Export,
    RawTable,
    column_positions,
)

_ABOUT = {
    "ResponseId": "respondent",
    "ResponseID": "respondent",
    "V1": "respondent",
    "Duration (in seconds)": "duration",
    "Finished": "finished",
    "Progress": "progress",
    "StartDate": "started",
    "EndDate": "ended",
    "UserLanguage": "language",
    "Status": "preview",
}
# The import id names the column whatever language the export's own headings are in.
_ABOUT_BY_IMPORT_ID = {
    "_recordId": "respondent",
    "duration": "duration",
    "finished": "finished",
    "progress": "progress",
    "startDate": "started",
    "endDate": "ended",
    "userLanguage": "language",
    "status": "preview",
}
_TECHNICAL = {"RecordedDate", "DistributionChannel", "ResponseSet", "ExternalDataReference"}
_TIMING = re.compile(r"^(?P<page>.+)_(?P<what>First Click|Last Click|Page Submit|Click Count)$")
_ORDER = re.compile(r"^(?P<block>.+)_DO(_(?P<code>.+))?$")
_METADATA = {"ResponseId", "StartDate", "Finished", "ResponseID", "RecordedDate"}
# Names without case, points and blanks: R and SPSS write "Duration..in.seconds." and "Duration__in_seconds_".
_OWN = {
    "startdate", "enddate", "status", "progress", "durationinseconds", "finished", "recordeddate",
    "responseid", "distributionchannel", "userlanguage",
}  # fmt: skip
_OTHERS_HAVE_TOO = {"startdate", "enddate", "status", "progress", "finished"}
_FEWEST_OWN = 3
UNANSWERED = -99.0
"""What the export may write where a question was seen and not answered."""


def recognise(table: RawTable) -> str:
    """Say why the table is a Qualtrics export, or nothing."""
    if heading_rows(table) > 1:
        return "the third row holds ImportIds"
    if len(table.cells) >= 1 and len(_METADATA & set(table.header)) >= 2 and _second_row_is_text(table):
        return "Qualtrics' own columns and a second header row (legacy export)"
    own = [name for name in table.header if _bare(name) in _OWN]
    spelled = [name for name in own if name in _ABOUT or name in _TECHNICAL]
    if len(own) >= _FEWEST_OWN and (len(spelled) >= _FEWEST_OWN or {*map(_bare, own)} - _OTHERS_HAVE_TOO):
        return f"Qualtrics' own columns {', '.join(own[:3])}"
    return ""


def heading_rows(table: RawTable) -> int:
    """Count the rows below the first that hold question texts and ImportIds instead of answers."""
    if len(table.cells) >= 2 and any(_import_id(cell) for cell in table.cells.iloc[1]):
        return 2
    return int(_second_row_is_text(table))


def interpret(table: RawTable, recognised_by: str) -> Export:
    """Take the extra header rows off and name the platform's own columns.

    A blank cell means "not shown" where the export marks seen but unanswered questions with -99; otherwise
    the two cannot be told apart and a blank counts as unanswered.
    """
    import_ids = [""] * len(table.header)
    headings = heading_rows(table)
    if headings > 1:
        import_ids = [_import_id(cell) for cell in table.cells.iloc[1]]
    texts = [str(cell) for cell in table.cells.iloc[0]] if headings else []
    body = table.cells.iloc[headings:]
    plain = {_bare(name): standard for name, standard in _ABOUT.items()}
    about = column_positions([_bare(name) for name in table.header], plain)
    for position, import_id in enumerate(import_ids):
        if import_id in _ABOUT_BY_IMPORT_ID:
            about[_ABOUT_BY_IMPORT_ID[import_id]] = position
    own = {_bare(name) for name in _TECHNICAL} | _OWN
    technical = {position for position, name in enumerate(table.header) if _bare(name) in own}
    order_lists, order_ranks = [], {}
    for position, name in enumerate(table.header):
        if timing := _TIMING.match(name):
            technical.add(position)
            if timing["what"] == "Page Submit":
                about[f"page:{timing['page']}"] = position
        elif order := _ORDER.match(name):
            technical.add(position)
            if order["code"]:
                order_ranks[position] = order["code"]
            else:
                order_lists.append(position)
    mark = f"{UNANSWERED:g}"
    marks_unanswered = any(bool((body[column].astype("str") == mark).any()) for column in body.columns)
    return Export(
        platform="qualtrics",
        recognised_by=recognised_by,
        table=replace(table, cells=body, first_row=table.first_row + headings),
        codes=tuple((name,) for name in table.header),
        wordings={position: text.strip() for position, text in enumerate(texts)},
        about=about,
        technical=frozenset(technical - set(about.values())),
        order_lists=tuple(order_lists),
        order_ranks=order_ranks,
        blank="not_shown" if marks_unanswered else "unanswered",
        missing=DEFAULT_MISSING,
    )


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _import_id(cell: object) -> str:
    if not isinstance(cell, str) or not cell.lstrip().startswith("{"):
        return ""
    try:
        content = json.loads(cell)
    except ValueError:
        return ""
    found = content.get("ImportId", "") if isinstance(content, dict) else ""
    return found if isinstance(found, str) else ""


def _second_row_is_text(table: RawTable) -> bool:
    """In the legacy export the second row repeats the names or holds texts where the others hold dates."""
    if table.cells.empty or table.form in {"sav", "zsav", "dta"}:
        return False
    for name in ("StartDate", "ResponseId", "ResponseID", "V1", "Finished"):
        if name in table.header:
            first = str(table.cells.iloc[0, table.header.index(name)]).strip()
            return (
                bool(first)
                and not any(character.isdigit() for character in first)
                and (first.lower() not in {"true", "false"})
            )
    return False
