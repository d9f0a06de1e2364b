"""A file of answers: SPSS and Stata with their labels, a platform's export, or a plain table.

What the questions are is read from the columns: their names, headings and labels, and the values in them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from coprod_measure.drafting.question import Choice, Found, Question, plain_text
from coprod_measure.drafting.word_scales import in_order
from coprod_measure.instrument.definition import Kind
from coprod_measure.responses.imports.raw_table import Export, RawTable
from coprod_measure.responses.imports.sniff import interpret
from coprod_measure.responses.imports.table import load_table
from coprod_measure.responses.personal_data import holds_personal_cells, is_personal_name

MOST_OPTIONS = 12
"""Distinct values up to which a column is a question with options; codes of a scale may be as many."""
_ROW = re.compile(r"^(?P<stem>.+?)\s*(?:\[(?P<row>[^\[\]]+)\]|\s-\s(?P<part>.+))$", re.DOTALL)
_TABLE_CODE = re.compile(r"^(?P<table>[A-Za-z]\w*)\[(?P<row>\w+)\]$")


def recognise(path: Path, start: bytes) -> bool:
    """Whatever an importer of answers can read."""
    return True


def read(path: Path) -> Found:
    """Draft a question from every column that is neither the platform's own nor about a person."""
    raw = load_table(path)
    export = interpret(raw)
    about = set(export.about.values()) | export.technical
    stems = _stems(export)
    notes: list[str] = []
    questions = []
    for position, name in enumerate(export.table.header):
        if position in about:
            continue
        if is_personal_name(name) or holds_personal_cells(export.table.cells[position]):
            notes.append(f"{name}: identifies people")
            continue
        heading = export.wordings.get(position) or raw.labels.get(position) or name
        table, text = stems.get(position, ("", heading))
        coded = _TABLE_CODE.match(name)
        one = _question(name, plain_text(text) or name, coded["table"] if coded else table, position, export)
        if one is None:
            notes.append(f"{name}: no answers, or each its own text")
        else:
            questions.append(one)
    return Found(
        platform=export.platform,
        title=path.stem,
        languages=("en",),
        questions=tuple(questions),
        answers=True,
        tables={table: {"en": table} for table, _ in stems.values()},
        missing_codes=_declared(export.table),
        notes=tuple(notes),
    )


def _stems(export: Export) -> dict[int, tuple[str, str]]:
    """Columns that share a stem, as ``Stem [row]`` or ``Stem - row``: position to stem and row."""
    headings = export.wordings or {
        place: label for place, label in export.table.labels.items() if " " in label
    }
    parted = {place: _ROW.match(text) for place, text in headings.items()}
    found = {place: (one["stem"], one["row"] or one["part"]) for place, one in parted.items() if one}
    times = pd.Series([stem for stem, _ in found.values()]).value_counts()
    return {place: pair for place, pair in found.items() if times[pair[0]] > 1}


def _question(name: str, text: str, table: str, position: int, export: Export) -> Question | None:
    """Make a question of the labels of a typed file, or else from the values that stand in the column."""
    column = export.table.cells.iloc[:, position]
    labels = {_stored(code): label for code, label in export.table.value_labels.get(position, {}).items()}
    gone = {_stored(code) for code in export.table.missing_values.get(position, ())}
    missing = set(export.missing)
    cells = column.dropna()
    values = {one for one in map(_stored, cells.unique()) if one and one.casefold() not in missing} - gone
    offered = [code for code in labels if code not in gone and code.casefold() not in missing]
    if offered and values <= set(offered) and len(offered) > 1:
        choices = tuple(Choice(code, {"en": labels[code] or code}) for code in offered)
        return Question(name, name, {"en": text}, "single_choice", choices, table=table)
    numbers = [one for one in values if _is_number(one)]
    if not values or (len(numbers) < len(values) and len(values) > MOST_OPTIONS):
        return None
    if len(numbers) < len(values):
        choices = tuple(Choice(one, {"en": one}) for one in in_order(values))
        return Question(name, name, {"en": text}, "single_choice", choices, table=table)
    whole = sorted(int(float(one)) for one in numbers if float(one).is_integer())
    if len(whole) < len(numbers) or whole[-1] - whole[0] >= MOST_OPTIONS or whole[0] < 0:
        return Question(name, name, {"en": text}, _amount(labels), table=table)
    codes = [str(code) for code in range(whole[0], whole[-1] + 1)]
    choices = tuple(Choice(code, {"en": labels.get(code) or code}) for code in codes)
    return Question(name, name, {"en": text}, "single_choice", choices, table=table)


def _amount(labels: Mapping[str, str]) -> Kind:
    return "slider" if labels else "number"


def _declared(table: RawTable) -> dict[str, str]:
    """Codes that a typed file declares as missing in any column."""
    codes = {_stored(code) for found in table.missing_values.values() for code in found}
    return dict.fromkeys(sorted(codes), "unanswered")


def _stored(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def common_range(questions: Sequence[Question]) -> tuple[Choice, ...]:
    """Options that serve all questions of a group whose scales were drafted from the values in their columns.

    Nobody chose the ends of a scale in every column: the widest range of the group is the scale of all.
    """
    found: dict[str, Choice] = {}
    for one in questions:
        for choice in one.choices:
            known = found.get(choice.stored)
            if known is None or known.labels.get("en") == choice.stored:
                found[choice.stored] = choice
    if not all(_is_number(stored) for stored in found):
        return tuple(found[stored] for stored in in_order(found))
    return tuple(found[stored] for stored in sorted(found, key=float))
