"""From cells to codes: each different cell is understood once, then the column is filled by look-up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pandas as pd

from coprod_measure.instrument.definition import Instrument, Item, Scale
from coprod_measure.responses.foreign_values import Foreign, Reason
from coprod_measure.responses.imports.raw_table import Export, MissingKind, number_text
from coprod_measure.responses.wordings import same_words

MISSING_KINDS = ("", "not_shown", "unanswered", "not_applicable")
_CODE_OF = {kind: number for number, kind in enumerate(MISSING_KINDS)}
_NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$", re.IGNORECASE)
_DATE = re.compile(
    r"^(\d{4}-\d{1,2}-\d{1,2}\b|\d{1,2}[./-](\d{1,2}|[a-z]{3})([./-]\d{2,4})?$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class DecodedColumn:
    """One item's answers.

    Attributes
    ----------
    codes : numpy.ndarray
        Shape (n,), the code as given; NaN where no answer is.
    missing : numpy.ndarray
        Shape (n,), int8: 0 where answered, else the place of the kind in :data:`MISSING_KINDS`.
    foreign : tuple of Foreign
        One a different cell that is no answer to this item.
    understood : bool
        Whether any cell is an answer.
    """

    codes: np.ndarray
    missing: np.ndarray
    foreign: tuple[Foreign, ...] = ()
    understood: bool = True


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What one different cell of a column says."""

    value: float = np.nan
    missing: int = 0
    spelled: str = ""  # "code" or "label"; empty when it could be both, or is missing
    wrong: Reason | None = None


@dataclass(frozen=True, slots=True)
class _Answers:
    """Everything by which the cells of one item are understood.

    Attributes
    ----------
    missing_texts : mapping
        The platform's and the study's words for no answer, where they are no codes of the scale.
    told : mapping
        What the study says of all items; more exact than what a typed file declares.
    told_here : mapping
        What the study says of this item or scale alone: it counts even against a code of the scale.
    valid : frozenset of float
        Codes that stand for themselves; those that ``stored`` leads to do not.
    twofold : frozenset of float
        Codes that are labels of other codes, where nothing says which of the two the file holds.
    """

    item: Item
    scale: Scale | None
    labels: Mapping[str, float]
    ambiguous: frozenset[str]
    blank: MissingKind
    missing_texts: Mapping[str, MissingKind]
    declared: frozenset[object]
    decimal_comma: bool
    stored: Mapping[str, float]
    told: Mapping[str, MissingKind]
    told_here: Mapping[str, MissingKind]
    valid: frozenset[float] = field(default_factory=frozenset)
    twofold: frozenset[float] = field(default_factory=frozenset)


def decode_column(
    export: Export,
    position: int,
    instrument: Instrument,
    item: Item,
    values: Mapping[str, int] | None = None,
) -> DecodedColumn:
    """Turn a column of cells into codes.

    ``values``: what the platform stores, as text, to our code, from a name map; else what the scale says.
    With every cell outside the scale, and whether the column mixes codes and labels.
    """
    cells = export.table.cells[position]
    places, uniques = pd.factorize(cells, use_na_sentinel=True)
    answers = _answers(export, position, instrument, item, values or {})
    meanings = [_meaning(unique, answers) for unique in uniques]
    blank = _CODE_OF[export.blank]
    codes = np.array([*(meaning.value for meaning in meanings), np.nan])
    missing = np.array([*(meaning.missing for meaning in meanings), blank], dtype=np.int8)
    foreign = _foreign(export, position, answers, places, uniques, meanings)
    return DecodedColumn(codes[places], missing[places], foreign, any(one.wrong is None for one in meanings))


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
    told_by_scale = scale.code_of_stored if scale and not values else {}
    valid = {float(code) for code in scale.codes} if scale else set()
    agreed = _labelled_alike(export.table.value_labels.get(position, {}), labels)
    return _Answers(
        item=item,
        scale=scale,
        labels=labels,
        ambiguous=ambiguous,
        blank=export.blank,
        missing_texts=export.missing,
        declared=export.table.missing_values.get(position, frozenset()),
        decimal_comma=export.table.decimal_comma,
        stored={same_words(text): float(code) for text, code in (values or told_by_scale).items()},
        told=export.told,
        told_here=export.told_of(item.id, item.scale_id or "", item.construct_id or ""),
        valid=frozenset(valid - {float(code) for code in told_by_scale.values()}),
        twofold=frozenset() if values or told_by_scale or agreed else _twofold(labels, valid),
    )


def _twofold(labels: Mapping[str, float], valid: Collection[float]) -> frozenset[float]:
    numbers = {float(label): code for label, code in labels.items() if _NUMBER.match(label)}
    return frozenset(number for number, code in numbers.items() if number != code and number in valid)


def _labelled_alike(given: Mapping[float, str], labels: Mapping[str, float]) -> bool:
    """Whether a typed file itself labels its codes as the instrument does, so that its cells are codes."""
    known = [(code, labels.get(same_words(str(label)))) for code, label in given.items()]
    return bool(known) and all(meant == code for code, meant in known if meant is not None)


def _meaning(cell: Hashable, answers: _Answers) -> _Meaning:
    if cell in answers.declared:
        text = number_text(cell) if isinstance(cell, int | float) else str(cell).casefold()
        kind = answers.told_here.get(text) or answers.told.get(text) or "unanswered"
        return _Meaning(missing=_CODE_OF[kind])
    if isinstance(cell, str):
        return _meaning_of_text(unicodedata.normalize("NFKC", cell).strip(), answers)
    if isinstance(cell, bool | np.bool_):
        return _meaning_of_number(float(cell), answers)
    if isinstance(cell, int | float | np.integer | np.floating | Decimal):
        return _meaning_of_number(float(cell), answers)
    return _Meaning(wrong="spreadsheet")


def _meaning_of_text(text: str, answers: _Answers) -> _Meaning:
    if not text:
        return _Meaning(missing=_CODE_OF[answers.blank])
    if text[0] == "'" and text[1:2] in {"=", "+", "-", "@"}:
        text = text[1:]  # platforms mask what a spreadsheet would take for a formula
    label = same_words(text)
    if label in answers.told_here:
        return _Meaning(missing=_CODE_OF[answers.told_here[label]])
    if label in answers.stored:
        return _meaning_of_stored(answers.stored[label], answers)
    if answers.item.expected_text:
        return _Meaning(value=float(label in {same_words(one) for one in answers.item.expected_text}))
    number = text.replace(",", ".") if answers.decimal_comma else text
    if _NUMBER.match(number):
        meaning = _meaning_of_number(float(number), answers)
        if meaning.wrong == "outside" and label in answers.labels:
            return _Meaning(value=answers.labels[label], spelled="label")
        both = answers.labels.get(label) == meaning.value
        return _Meaning(meaning.value, meaning.missing, "" if both else meaning.spelled, meaning.wrong)
    if label in answers.ambiguous:
        return _Meaning(wrong="two languages")
    if label in answers.labels:
        return _Meaning(value=answers.labels[label], spelled="label")
    if label in answers.missing_texts:
        return _Meaning(missing=_CODE_OF[answers.missing_texts[label]])
    return _Meaning(wrong="spreadsheet" if _DATE.match(text) else "no answer")


def _meaning_of_stored(code: float, answers: _Answers) -> _Meaning:
    if answers.scale is not None and code == answers.scale.not_applicable:
        return _Meaning(missing=_CODE_OF["not_applicable"])
    if answers.scale is not None and code not in answers.scale.codes:
        return _Meaning(wrong="outside")
    return _Meaning(value=code, spelled="code")


def _meaning_of_number(number: float, answers: _Answers) -> _Meaning:
    scale, item, text = answers.scale, answers.item, number_text(number)
    if text in answers.told_here:
        return _Meaning(missing=_CODE_OF[answers.told_here[text]])
    if text in answers.stored:
        return _meaning_of_stored(answers.stored[text], answers)
    if number in answers.twofold:
        return _Meaning(wrong="code or label")
    if scale is not None:
        if number in answers.valid:
            return _Meaning(value=number, spelled="code")
        if number == scale.not_applicable:
            return _Meaning(missing=_CODE_OF["not_applicable"])
    elif _within(number, item):
        declared = answers.missing_texts.get(text) if item.minimum is None else None
        return _Meaning(missing=_CODE_OF[declared]) if declared else _Meaning(value=number)
    kind = answers.missing_texts.get(text)
    return _Meaning(missing=_CODE_OF[kind]) if kind is not None else _Meaning(wrong="outside")


def _within(number: float, item: Item) -> bool:
    low = -np.inf if item.minimum is None else item.minimum
    high = np.inf if item.maximum is None else item.maximum
    return bool(np.isfinite(number) and low <= number <= high)


def _foreign(
    export: Export,
    position: int,
    answers: _Answers,
    places: np.ndarray,
    uniques: pd.Index | np.ndarray,
    meanings: list[_Meaning],
) -> tuple[Foreign, ...]:
    """Gather each different cell that is no answer, and the mixture of codes and labels."""
    rows = export.table.cells.index.to_numpy()
    column, item = export.table.header[position], answers.item
    found = [
        Foreign(item.id, column, uniques[number], meaning.wrong, rows[places == number])
        for number, meaning in enumerate(meanings)
        if meaning.wrong
    ]
    if len({meaning.spelled for meaning in meanings} - {""}) == 2:
        found.append(_mixture(item.id, column, places, meanings, rows))
    return tuple(found)


def _mixture(
    item: str, column: str, places: np.ndarray, meanings: list[_Meaning], rows: np.ndarray
) -> Foreign:
    as_label = np.append([meaning.spelled == "label" for meaning in meanings], False)[places]
    as_code = np.append([meaning.spelled == "code" for meaning in meanings], False)[places]
    labels_fewer = as_label.sum() <= as_code.sum()
    odd = rows[as_label if labels_fewer else as_code]
    return Foreign(item, column, "", "a label among codes" if labels_fewer else "a code among labels", odd)
