"""SurveyMonkey: questions in the first row, rows of matrices and options in the second."""

from __future__ import annotations

from dataclasses import replace

from coprod_measure.responses.imports.raw_table import Export, RawTable, column_positions

_ABOUT = {
    "respondentid": "respondent",
    "startdate": "started",
    "datecreated": "started",
    "enddate": "ended",
    "datemodified": "ended",
}
_TECHNICAL = {"collectorid", "customdata", "customdata1", "custom1"}
_PLAIN = {"response", "open-ended response", "antwort", "beantwortung mit offenem ende", ""}


def recognise(table: RawTable) -> str:
    """Say why the table is a SurveyMonkey export, or nothing."""
    names = {_plain(name) for name in table.header}
    both = {"respondentid", "collectorid"} <= names
    return "the columns Respondent ID and Collector ID" if both else ""


def interpret(table: RawTable, recognised_by: str) -> Export:
    """Take the second header row off; a question stands over the first of its columns only."""
    second = [""] * len(table.header)
    if (
        len(table.cells)
        and not str(table.cells.iloc[0, _first_id(table)]).strip().replace(".0", "").isdigit()
    ):
        second = ["" if cell is None else str(cell).strip() for cell in table.cells.iloc[0]]
        second = ["" if cell == "nan" else cell for cell in second]
        table = replace(table, cells=table.cells.iloc[1:], first_row=table.first_row + 1)
    wordings: dict[int, str] = {}
    question = ""
    for position, (name, row) in enumerate(zip(table.header, second, strict=True)):
        question = name or question
        plain = row.casefold() in _PLAIN
        wordings[position] = question if plain else f"{question} [{row}]" if question else row
    heads = [_plain(name) for name in table.header]
    about = column_positions([head if head else "-" for head in heads], _ABOUT)
    technical = {position for position, head in enumerate(heads) if head in _TECHNICAL}
    return Export(
        platform="surveymonkey",
        recognised_by=recognised_by,
        table=replace(table, header=tuple(name or wordings[p] for p, name in enumerate(table.header))),
        codes=tuple((name,) for name in table.header),
        wordings={p: text for p, text in wordings.items() if p not in {*about.values(), *technical}},
        about=about,
        technical=frozenset(technical),
    )


def _plain(name: str) -> str:
    """Without case, blanks and strokes: older exports and R write ``RespondentID``."""
    return name.casefold().replace("_", "").replace(" ", "")


def _first_id(table: RawTable) -> int:
    return next((p for p, name in enumerate(table.header) if _plain(name) == "respondentid"), 0)
