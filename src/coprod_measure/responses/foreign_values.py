"""Cells that are no answers, told once a value and not once a cell, with the line that mends them."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from coprod_measure.errors import Problem, ResponsesError
from coprod_measure.instrument.definition import Instrument, Scale
from coprod_measure.responses.imports.raw_table import Export
from coprod_measure.responses.personal_data import without_personal_text
from coprod_measure.responses.wordings import same_words

Reason = Literal[
    "outside",
    "no answer",
    "spreadsheet",
    "two languages",
    "code or label",
    "no option",
    "two answers",
    "a label among codes",
    "a code among labels",
]
_WORDS: Mapping[str, str] = {
    "outside": "outside its scale",
    "no answer": "no answer to this item",
    "spreadsheet": "a date or time where an answer belongs; a spreadsheet may have changed it",
    "two languages": "a label that means different codes in different languages",
    "no option": "no option of this item",
}
_SHOWN = 20
_ROWS_NAMED = 5
_MANY_ITEMS = 3
_MOST_STORED = 12


@dataclass(frozen=True, slots=True)
class Foreign:
    """A different cell of an item's column that is no answer to it.

    Attributes
    ----------
    rows : numpy.ndarray
        Numbers of the rows that hold it.
    """

    item: str
    column: str
    cell: Hashable
    reason: Reason
    rows: np.ndarray

    @property
    def shown(self) -> str:
        """The cell for a message: short, nothing personal."""
        return without_personal_text(str(self.cell))


def refuse_foreign(
    found: Sequence[Foreign], understood: set[str], export: Export, instrument: Instrument
) -> None:
    """Refuse a file with cells that are no answers.

    ``understood``: items of which some cell is an answer. What ails a whole scale is told once for it, a
    value that stands in many items once for all of them.

    Raises
    ------
    ResponsesError
        The first twenty problems in full, the rest counted.
    """
    if not found:
        return
    table, rest = export.table.name, list(found)
    problems: list[Problem] = []
    for scale in instrument.scales.values():
        own = [one for one in rest if instrument.items[one.item].scale_id == scale.id]
        if problem := _of_scale(own, scale, understood, table):
            problems.append(problem)
            rest = [one for one in rest if one not in own]
    amounts = [one for one in rest if _badly_written(one, instrument)]
    problems += _of_amounts(amounts, table, instrument)
    problems += _of_values([one for one in rest if one not in amounts], table, instrument)
    if len(problems) > _SHOWN:
        more = f"{len(problems) - _SHOWN} more things stand where answers belong ({len(problems)} in all)"
        cure = "Mend the first ones and look again"
        problems = [*problems[:_SHOWN], Problem(table, more, cure, "outside-scale")]
    raise ResponsesError.from_problems(problems)


def _of_scale(own: Sequence[Foreign], scale: Scale, understood: set[str], table: str) -> Problem | None:
    twofold = [one for one in own if one.reason == "code or label"]
    codes = ", ".join(map(str, scale.codes))
    if twofold:
        labels = ", ".join(next(iter(scale.labels.values()), ()))
        cause = (
            f"{twofold[0].shown!r} is a code of scale {scale.id!r} and the label of another code: does the "
            f"file hold codes or labels ({_columns(twofold)})?"
        )
        cure = f"Write under the scale: stored: [{codes}] if codes, stored: [{labels}] if labels"
        return Problem(table, cause, cure, "code-or-label")
    strange = list(dict.fromkeys(one.shown for one in own if one.reason in {"outside", "no answer"}))
    if understood & {one.item for one in own} or not 1 < len(strange) <= _MOST_STORED:
        return None
    shown = ", ".join(map(repr, sorted(strange)))
    cause = f"no cell of {_columns(own)} is a code or label of scale {scale.id!r} (they hold {shown})"
    proposal = ", ".join(sorted(strange))
    cure = (
        f"Write under the scale what the platform stores, in the order of its codes {codes}, for example "
        f"stored: [{proposal}]; or add the labels in the file's language"
    )
    return Problem(table, cause, cure, "unknown-stored-values")


def _badly_written(one: Foreign, instrument: Instrument) -> bool:
    """Whether somebody wrote an amount in another way than as a number (12,50 or 20 EUR)."""
    in_digits = any(sign.isdigit() for sign in str(one.cell))
    return one.reason == "no answer" and in_digits and instrument.scale_of(one.item) is None


def _of_amounts(found: Sequence[Foreign], table: str, instrument: Instrument) -> Iterator[Problem]:
    for item in dict.fromkeys(one.item for one in found):
        own = [one for one in found if one.item == item]
        shown = ", ".join(repr(one.shown) for one in own[:_MANY_ITEMS])
        rows = np.unique(np.concatenate([one.rows for one in own]))
        shown += ", ..." if len(own) > _MANY_ITEMS else ""
        cause = f"{shown} {'is no number' if len(own) == 1 else 'are no numbers'}"
        cure = (
            "Write digits alone, a point before decimals, no thousands separator and no unit: 1200.50 "
            f"({_allowed(instrument, item)})"
        )
        place = f"{table}, row {rows[0]}, column {own[0].column}"
        yield Problem(place, cause + _further(rows), cure, "outside-scale")


def _of_values(found: Sequence[Foreign], table: str, instrument: Instrument) -> Iterator[Problem]:
    by_value: dict[str, list[Foreign]] = {}
    for one in found:
        if one.reason in {"outside", "no answer"}:
            by_value.setdefault(one.shown, []).append(one)
    many = {value: ones for value, ones in by_value.items() if len({one.item for one in ones}) >= _MANY_ITEMS}
    codes = ", ".join(f'"{value}": unanswered' for value in many)
    for value, ones in many.items():
        n_rows = len(np.unique(np.concatenate([one.rows for one in ones])))
        rows = f"{n_rows:,} row{'s' * (n_rows > 1)}"
        cause = f"{value!r} stands in {len(ones)} items ({rows}; {_columns(ones)}) and is no answer"
        none = f"If it means that nothing was answered, write under responses: missing_codes: {{{codes}}}"
        cure = _counted_from(value, ones[0].item, instrument) + none
        yield Problem(table, cause, cure, "outside-scale")
    for one in found:
        if one.shown not in many:
            yield _of_cell(one, table, instrument)


def _of_cell(one: Foreign, table: str, instrument: Instrument) -> Problem:
    place = f"{table}, row {one.rows[0]}, column {one.column}"
    if one.reason in {"a label among codes", "a code among labels"}:
        cause = f"mixes codes and labels (here {one.reason})"
        return Problem(place, cause, "Export either numeric codes or choice texts", "mixed-codes-and-labels")
    if one.reason == "two answers":
        cause = f"answers the item {one.item!r} otherwise than another column of it does"
        return Problem(place, cause, "Take the column off 'columns', or mend the row", "two-answers")
    allowed = _allowed(instrument, one.item)
    bounds = one.reason == "outside" and instrument.scale_of(one.item) is None
    words = "outside its bounds" if bounds else _WORDS[one.reason]
    cure = f"{_counted_from(one.shown, one.item, instrument)}Allowed: {allowed}"
    if one.reason in {"outside", "no answer"} and one.shown == same_words(str(one.cell)):
        none = f"missing_codes: {{{json.dumps(one.shown)}: {{means: unanswered, among: [{one.item}]}}}}"
        cure += f". If it is no answer, write under responses: {none}"
    return Problem(place, f"{one.shown!r} is {words}{_further(one.rows)}", cure, "outside-scale")


def _counted_from(value: str, item: str, instrument: Instrument) -> str:
    """Propose stored values where a cell is one below the lowest code: 0 to 6 for seven options."""
    scale = instrument.scale_of(item)
    if scale is None or scale.stored or value != str(scale.codes[0] - 1):
        return ""
    stored = ", ".join(str(code - 1) for code in scale.codes)
    return f"If the platform counts from {value}, write under the scale: stored: [{stored}]. "


def _columns(found: Sequence[Foreign]) -> str:
    names = list(dict.fromkeys(one.column for one in found))
    if len(names) == 1:
        return f"column {names[0]}"
    return f"columns {', '.join(names)}" if len(names) < 4 else f"columns {names[0]} ... {names[-1]}"


def _further(rows: np.ndarray) -> str:
    if len(rows) == 1:
        return ""
    named = ", ".join(str(row) for row in rows[1 : _ROWS_NAMED + 1])
    more = len(rows) - 1 - _ROWS_NAMED
    return f" (also in row {named}{f' and {more:,} more' if more > 0 else ''})"


def _allowed(instrument: Instrument, item_id: str) -> str:
    scale, item = instrument.scale_of(item_id), instrument.items[item_id]
    if scale is None:
        low = "any number" if item.minimum is None else f"{item.minimum:g}"
        return low if item.maximum is None else f"{low} to {item.maximum:g}"
    if scale.stored:
        return f"{', '.join(scale.code_of_stored)} (as the scale says), or its labels"
    codes = scale.codes
    run = codes == tuple(range(codes[0], codes[0] + len(codes)))
    shown = f"{codes[0]} to {codes[-1]}" if run else ", ".join(map(str, codes))
    labels = [f"{language} {words[0]!r} ..." for language, words in scale.labels.items() if words]
    return f"{shown}, or its labels ({'; '.join(labels)})" if labels else shown
