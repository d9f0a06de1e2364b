"""A file of answers: SPSS and Stata with their labels, a platform's export, or a plain table.

What the questions are is read from the columns: their names, headings and labels, and the values in them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from coprod_measure.drafting.names import has_spaces, unlike
from coprod_measure.drafting.question import Choice, Found, Question, plain_text
from coprod_measure.drafting.word_scales import in_order, is_known
from coprod_measure.instrument.definition import Kind
from coprod_measure.responses.imports.raw_table import Export, RawTable
from coprod_measure.responses.imports.sniff import interpret
from coprod_measure.responses.imports.table import load_table
from coprod_measure.responses.personal_data import holds_personal_cells, is_personal_name

MOST_OPTIONS = 12
"""Distinct values up to which a column is a question with options; codes of a scale may be as many."""
_DIVIDERS = (";", "┋", ", ")
_ROW = re.compile(r"^(?P<stem>.+?)\s*(?:\[(?P<row>[^\[\]]+)\]|\s-\s(?P<part>.+))$", re.DOTALL)
_TABLE_CODE = re.compile(r"^(?P<table>[A-Za-z]\w*)\[(?P<row>\w+)\]$")


def recognise(path: Path, start: bytes) -> bool:
    """Whatever an importer of answers can read."""
    return True


def read(path: Path, encoding: str | None = None) -> Found:
    """Draft a question from every column that is neither the platform's own nor about a person."""
    raw = load_table(path, encoding)
    export = interpret(raw)
    about = set(export.about.values()) | export.technical
    notes: list[str] = []
    asked: list[int] = []
    for position, name in enumerate(export.table.header):
        if position in about:
            continue
        if is_personal_name(name) or holds_personal_cells(export.table.cells[position]):
            notes.append(f"{name}: identifies people")
        else:
            asked.append(position)
    places, headings = _places(export, asked)
    questions = []
    for position in asked:
        one = _question(places[position], export.table.header[position], position, export)
        if one is None:
            notes.append(f"{export.table.header[position]}: no answers, or each its own text")
        else:
            questions.append(one)
    return Found(
        platform=export.platform,
        title=path.stem,
        languages=("en",),
        questions=tuple(questions),
        answers=True,
        tables={table: {"en": heading} for table, heading in headings.items()},
        missing_codes=_declared(export.table),
        notes=tuple(notes),
    )


def _places(export: Export, asked: Sequence[int]) -> tuple[dict[int, _Place], dict[str, str]]:
    """Name every question and the table whose row it is; a heading that is a wording becomes a number."""
    stems, header = _stems(export), export.table.header
    codes = {at: next((one for one in export.codes[at] if not has_spaces(one)), "") for at in asked}
    taken = {code.lower() for code in codes.values()}
    headings: dict[str, str] = {}
    places: dict[int, _Place] = {}
    tables: dict[str, str] = {}
    for position in asked:
        code, plain = codes[position], export.wordings.get(position) or export.table.labels.get(position)
        stem, text = stems.get(position, ("", plain or header[position]))
        coded = _TABLE_CODE.match(code)
        numbered = unlike(f"q{len({place.table or place.name for place in places.values()}) + 1}", taken)
        table = tables.setdefault(stem, coded["table"] if coded else numbered) if stem else ""
        rows = sum(place.table == table for place in places.values()) + 1
        name = code or (unlike(f"{table}_{rows}", taken) if table else numbered)
        if name in {place.name for place in places.values()}:
            name = unlike(name, taken)
        taken.add(name.lower())
        if table:
            headings.setdefault(table, plain_text(stem))
        places[position] = _Place(
            name, plain_text(text) or header[position], coded["table"] if coded else table
        )
    return places, headings


@dataclass(frozen=True, slots=True)
class _Place:
    """Name of a question, its words, and the table whose row it is."""

    name: str
    text: str
    table: str


def _stems(export: Export) -> dict[int, tuple[str, str]]:
    """Columns that share a stem, as ``Stem [row]`` or ``Stem - row``: position to stem and row."""
    headings = export.wordings or {
        place: label for place, label in export.table.labels.items() if " " in label
    }
    parted = {place: _ROW.match(text) for place, text in headings.items()}
    found = {place: (one["stem"], one["row"] or one["part"]) for place, one in parted.items() if one}
    times = pd.Series([stem for stem, _ in found.values()]).value_counts()
    return {place: pair for place, pair in found.items() if times[pair[0]] > 1}


def _question(place: _Place, column_name: str, position: int, export: Export) -> Question | None:
    """Make a question of the labels of a typed file, or else from the values that stand in the column."""
    asked = partial(Question, place.name, column_name, {"en": place.text}, table=place.table)
    column = export.table.cells.iloc[:, position]
    labels = {_stored(code): label for code, label in export.table.value_labels.get(position, {}).items()}
    gone = {_stored(code) for code in export.table.missing_values.get(position, ())}
    missing = set(export.missing)
    cells = column.dropna()
    values = {one for one in map(_stored, cells.unique()) if one and one.casefold() not in missing} - gone
    offered = [code for code in labels if code not in gone and code.casefold() not in missing]
    if offered and values <= set(offered) and len(offered) > 1:
        choices = tuple(Choice(code, {"en": labels[code] or code}) for code in offered)
        return asked("single_choice", choices)
    pointed = {one.replace(",", ".") for one in values} if export.table.decimal_comma else values
    numbers = [one for one in pointed if _is_number(one)]
    values = pointed if len(numbers) == len(pointed) else values
    if len(numbers) < len(values) and (listed := _listed(values)):
        return asked("multiple_choice", tuple(Choice(one, {"en": one}) for one in listed))
    if not values or (len(numbers) < len(values) and len(values) > MOST_OPTIONS):
        return None
    if len(numbers) < len(values):
        if 2 * len(values) > len(cells) and not is_known(values):
            return None
        return asked("single_choice", tuple(Choice(one, {"en": one}) for one in in_order(values)))
    whole = sorted(int(float(one)) for one in numbers if float(one).is_integer())
    if len(whole) < len(numbers) or whole[-1] - whole[0] >= MOST_OPTIONS or whole[0] < 0:
        return asked(_amount(labels))
    codes = [str(code) for code in range(whole[0], whole[-1] + 1)]
    choices = tuple(Choice(code, {"en": labels.get(code) or code}) for code in codes)
    return asked("single_choice", choices)


def _listed(values: Collection[str]) -> list[str]:
    """Options of a question of which several could be ticked, where cells list them; empty where they do not.

    Commas stand in plain answers too: there, each option must come back in another cell.
    """
    for divider in _DIVIDERS:
        cells = [[part.strip() for part in cell.split(divider) if part.strip()] for cell in values]
        times = Counter(part for parts in cells for part in parts)
        several = sum(len(parts) > 1 for parts in cells)
        enough = several if divider != ", " else several > 1 and min(times.values()) > 1
        if enough and len(times) <= MOST_OPTIONS:
            return sorted(times)
    return []


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


def alike(questions: Sequence[Question]) -> list[list[Question]]:
    """Part questions by what their codes mean: a code with two labels parts them.

    Where they part, those without any labels stay together, apart from the others: whose labels are theirs,
    nobody can know.
    """
    parts: list[tuple[dict[str, str], list[Question]]] = []
    bare: list[Question] = []
    for one in questions:
        said = {choice.stored: choice.labels.get("en", "") for choice in one.choices}
        said = {code: label for code, label in said.items() if label not in ("", code)}
        if not said:
            bare.append(one)
            continue
        for known, members in parts:
            if all(known.get(code, label) == label for code, label in said.items()):
                known.update(said)
                members.append(one)
                break
        else:
            parts.append((said, [one]))
    if len(parts) == 1:
        return [list(questions)]
    return [members for _, members in parts] + ([bare] if bare else [])


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
