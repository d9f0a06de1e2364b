"""From cells to codes: each different cell is understood once, then the column is filled by look-up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pandas as pd

from coprod_measure.errors import Problem
from coprod_measure.instrument.definition import Instrument, Item, Scale
from coprod_measure.responses.columns import same_words
from coprod_measure.responses.imports.raw_table import Export, MissingKind
from coprod_measure.responses.personal_data import without_personal_text

MISSING_KINDS = ("", "not_shown", "unanswered", "not_applicable")
_CODE_OF = {kind: number for number, kind in enumerate(MISSING_KINDS)}
_NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$", re.IGNORECASE)
_DATE = re.compile(
    r"^(\d{4}-\d{1,2}-\d{1,2}\b|\d{1,2}[./-](\d{1,2}|[a-z]{3})([./-]\d{2,4})?$)", re.IGNORECASE
)
_CHANGED_BY_SPREADSHEET = "a date or time where an answer belongs; a spreadsheet may have changed it"
_ROWS_NAMED = 5


@dataclass(frozen=True, slots=True)
class DecodedColumn:
    """One item's answers.

    Attributes
    ----------
    codes : numpy.ndarray
        Shape (n,), the code as given; NaN where no answer is.
    missing : numpy.ndarray
        Shape (n,), int8: 0 where answered, else the place of the kind in :data:`MISSING_KINDS`.
    problems : tuple of Problem
        One a cell that is no answer to this item.
    """

    codes: np.ndarray
    missing: np.ndarray
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What one different cell of a column says."""

    value: float = np.nan
    missing: int = 0
    spelled: str = ""  # "code" or "label"; empty when it could be both, or is missing
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class _Answers:
    """Everything by which the cells of one item are understood."""

    item: Item
    scale: Scale | None
    labels: Mapping[str, float]
    ambiguous: frozenset[str]
    blank: MissingKind
    missing_texts: Mapping[str, MissingKind]
    declared: frozenset[object]
    decimal_comma: bool
    stored: Mapping[str, float]
    valid: frozenset[float] = field(default_factory=frozenset)


def decode_column(
    export: Export,
    position: int,
    instrument: Instrument,
    item: Item,
    values: Mapping[str, int] | None = None,
) -> DecodedColumn:
    """Turn a column of cells into codes.

    ``values``: what the platform stores, as text, to our code, where the two differ. With a problem for each
    cell outside the scale, and for a column that mixes codes and labels.
    """
    cells = export.table.cells[position]
    places, uniques = pd.factorize(cells, use_na_sentinel=True)
    answers = _answers(export, position, instrument, item, values or {})
    meanings = [_meaning(unique, answers) for unique in uniques]
    blank = _CODE_OF[export.blank]
    codes = np.array([*(meaning.value for meaning in meanings), np.nan])
    missing = np.array([*(meaning.missing for meaning in meanings), blank], dtype=np.int8)
    problems = _problems(export, position, answers, places, uniques, meanings)
    return DecodedColumn(codes[places], missing[places], problems)


def reverse_column(values: np.ndarray, item: Item, scale: Scale | None) -> np.ndarray:
    """Mirror the answers of an item that is keyed against its construct."""
    if scale is not None:
        return scale.codes[0] + scale.codes[-1] - values
    if item.minimum is not None and item.maximum is not None:
        return item.minimum + item.maximum - values
    return values


def label_table(scale: Scale) -> tuple[dict[str, float], frozenset[str]]:
    """Map each label of each language to its code; labels that mean two codes come back apart."""
    found: dict[str, float] = {}
    ambiguous: set[str] = set()
    for labels in scale.labels.values():
        for code, label in zip(scale.codes, labels, strict=False):
            key = same_words(label)
            if key and found.setdefault(key, float(code)) != float(code):
                ambiguous.add(key)
    return found, frozenset(ambiguous)


def _answers(
    export: Export, position: int, instrument: Instrument, item: Item, values: Mapping[str, int]
) -> _Answers:
    scale = instrument.scale_of(item.id)
    labels, ambiguous = label_table(scale) if scale else ({}, frozenset())
    return _Answers(
        item=item,
        scale=scale,
        labels=labels,
        ambiguous=ambiguous,
        blank=export.blank,
        missing_texts=export.missing,
        declared=export.table.missing_values.get(position, frozenset()),
        decimal_comma=export.table.decimal_comma,
        stored={same_words(text): float(code) for text, code in values.items()},
        valid=frozenset(map(float, scale.codes)) if scale else frozenset(),
    )


def _meaning(cell: Hashable, answers: _Answers) -> _Meaning:
    if cell in answers.declared:
        return _Meaning(missing=_CODE_OF["unanswered"])
    if isinstance(cell, str):
        return _meaning_of_text(unicodedata.normalize("NFKC", cell).strip(), answers)
    if isinstance(cell, bool | np.bool_):
        return _meaning_of_number(float(cell), answers)
    if isinstance(cell, int | float | np.integer | np.floating | Decimal):
        return _meaning_of_number(float(cell), answers)
    return _Meaning(wrong=_CHANGED_BY_SPREADSHEET)


def _meaning_of_text(text: str, answers: _Answers) -> _Meaning:
    if not text:
        return _Meaning(missing=_CODE_OF[answers.blank])
    if text[0] == "'" and text[1:2] in {"=", "+", "-", "@"}:
        text = text[1:]  # platforms mask what a spreadsheet would take for a formula
    label = same_words(text)
    if label in answers.stored:
        return _meaning_of_code(answers.stored[label], answers)
    number = text.replace(",", ".") if answers.decimal_comma else text
    if _NUMBER.match(number):
        meaning = _meaning_of_number(float(number), answers)
        if meaning.wrong and label in answers.labels:
            return _Meaning(value=answers.labels[label], spelled="label")
        both = answers.labels.get(label) == meaning.value
        return _Meaning(meaning.value, meaning.missing, "" if both else meaning.spelled, meaning.wrong)
    if label in answers.ambiguous:
        return _Meaning(wrong="a label that means different codes in different languages")
    if label in answers.labels:
        return _Meaning(value=answers.labels[label], spelled="label")
    if label in answers.missing_texts:
        return _Meaning(missing=_CODE_OF[answers.missing_texts[label]])
    return _Meaning(wrong=_CHANGED_BY_SPREADSHEET if _DATE.match(text) else "no answer to this item")


def _meaning_of_number(number: float, answers: _Answers) -> _Meaning:
    return _meaning_of_code(answers.stored.get(f"{number:g}", number), answers)


def _meaning_of_code(number: float, answers: _Answers) -> _Meaning:
    scale, item = answers.scale, answers.item
    if scale is not None:
        if number in answers.valid:
            return _Meaning(value=number, spelled="code")
        if number == scale.not_applicable:
            return _Meaning(missing=_CODE_OF["not_applicable"])
    elif _within(number, item):
        declared = answers.missing_texts.get(f"{number:g}") if item.minimum is None else None
        return _Meaning(missing=_CODE_OF[declared]) if declared else _Meaning(value=number)
    kind = answers.missing_texts.get(f"{number:g}")
    if kind is not None:
        return _Meaning(missing=_CODE_OF[kind])
    return _Meaning(wrong="outside its scale" if scale is not None else "outside its bounds")


def _within(number: float, item: Item) -> bool:
    low = -np.inf if item.minimum is None else item.minimum
    high = np.inf if item.maximum is None else item.maximum
    return bool(np.isfinite(number) and low <= number <= high)


def _problems(
    export: Export,
    position: int,
    answers: _Answers,
    places: np.ndarray,
    uniques: pd.Index | np.ndarray,
    meanings: list[_Meaning],
) -> tuple[Problem, ...]:
    """One problem for each different cell that is no answer, at the first row that holds it."""
    rows = export.table.cells.index.to_numpy()
    column = export.table.header[position]
    problems = []
    for number, meaning in enumerate(meanings):
        if not meaning.wrong:
            continue
        where = rows[places == number]
        shown = without_personal_text(str(uniques[number]))
        problems.append(
            Problem(
                f"{export.table.name}, row {where[0]}, column {column}",
                f"{shown!r} is {meaning.wrong}{_further(where)}",
                f"Allowed: {_allowed(answers)}",
                "outside-scale",
            )
        )
    spelled = {meaning.spelled for meaning in meanings} - {""}
    if len(spelled) == 2:
        problems.append(_mixture(export, column, places, meanings, rows))
    return tuple(problems)


def _further(rows: np.ndarray) -> str:
    if len(rows) == 1:
        return ""
    named = ", ".join(str(row) for row in rows[1 : _ROWS_NAMED + 1])
    more = len(rows) - 1 - _ROWS_NAMED
    return f" (also in row {named}{f' and {more:,} more' if more > 0 else ''})"


def _mixture(
    export: Export, column: str, places: np.ndarray, meanings: list[_Meaning], rows: np.ndarray
) -> Problem:
    as_label = np.append([meaning.spelled == "label" for meaning in meanings], False)[places]
    as_code = np.append([meaning.spelled == "code" for meaning in meanings], False)[places]
    labels_fewer = as_label.sum() <= as_code.sum()
    odd = rows[np.argmax(as_label if labels_fewer else as_code)]
    kind = "a label among codes" if labels_fewer else "a code among labels"
    return Problem(
        f"{export.table.name}, row {odd}, column {column}",
        f"mixes codes and labels (here {kind})",
        "Export either numeric codes or choice texts",
        "mixed-codes-and-labels",
    )


def _allowed(answers: _Answers) -> str:
    scale, item = answers.scale, answers.item
    if scale is None:
        low = "any number" if item.minimum is None else f"{item.minimum:g}"
        return low if item.maximum is None else f"{low} to {item.maximum:g}"
    codes = scale.codes
    run = codes == tuple(range(codes[0], codes[0] + len(codes)))
    shown = f"{codes[0]} to {codes[-1]}" if run else ", ".join(map(str, codes))
    labels = [f"{language} {words[0]!r} ..." for language, words in scale.labels.items() if words]
    return f"{shown}, or its labels ({'; '.join(labels)})" if labels else shown
