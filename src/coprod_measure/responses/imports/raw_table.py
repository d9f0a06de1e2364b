"""Between a file and the instrument: cells as they stand, then cells as the platform means them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from coprod_measure.errors import ResponsesError

MOST_CELLS = 50_000_000
MOST_COLUMNS = 20_000
MissingKind = Literal["not_shown", "unanswered", "not_applicable"]

DEFAULT_MISSING: Mapping[str, MissingKind] = {
    "na": "unanswered",
    "n/a": "unanswered",
    "nan": "unanswered",
    "null": "unanswered",
    "none": "unanswered",
    ".": "unanswered",
    "-99": "unanswered",
    "-98": "not_applicable",
    "-97": "not_shown",
}


@dataclass(frozen=True, slots=True)
class RawTable:
    """A file's cells, nothing interpreted.

    Attributes
    ----------
    header : tuple of str
        Column names as they stand in the first row; may repeat.
    cells : pandas.DataFrame
        Everything below the first row; columns are positions 0, 1, ...; text cells unless the file has types.
    first_row : int
        Number that a spreadsheet shows beside the first row of ``cells``; the frame's index counts from it.
    form : str
        Kind of file: ``"text"``, ``"workbook"``, ``"parquet"``, ``"feather"``, ``"json"``, ``"sav"`` or
        ``"dta"``.
    guessed : str
        Encoding that nothing in the file names; empty where one is named or all is UTF-8.
    labels : mapping
        Column position to the wording that a typed file stores beside the column.
    value_labels : mapping
        Column position to the labels that a typed file stores for its codes.
    missing_values : mapping
        Column position to the codes that a typed file declares as missing.
    """

    name: str
    header: tuple[str, ...]
    cells: pd.DataFrame
    first_row: int = 2
    form: str = "text"
    decimal_comma: bool = False
    warnings: tuple[str, ...] = ()
    guessed: str = ""
    labels: Mapping[int, str] = field(default_factory=dict)
    value_labels: Mapping[int, Mapping[float, str]] = field(default_factory=dict)
    missing_values: Mapping[int, frozenset[object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Export:
    """A platform's table: what each column is, before any item is looked for.

    Attributes
    ----------
    table : RawTable
        The cells; header rows beyond the first are gone from them.
    codes : tuple of tuple of str
        For each column the names under which an item id or a platform code may be found, best first.
    wordings : mapping
        Column position to the question as the respondent read it, where the platform gives it.
    about : mapping
        Standard name (``respondent``, ``duration``, ``finished``, ``started``, ``ended``, ``language``,
        ``progress``, ``wave``, ``preview``) to column position.
    technical : frozenset of int
        Columns that the platform adds and nobody needs; they are not reported as unmapped.
    order_lists : tuple of int
        Columns that list the codes of shuffled questions in the order shown (``"q3|q1|q2"``).
    order_ranks : mapping
        Column position to the code of the question whose place in the order shown it holds.
    blank : str
        The kind of missing that an empty cell means.
    missing : mapping
        Case-folded cell text to the kind of missing it means.
    unticked : frozenset of str
        Cells, beside the usual ones, that mean that a box was left empty.
    secret_ids : bool
        Whether who has an id can answer in that person's name.
    ends_of_forms : tuple of int
        Columns that say whether the form whose columns stand before them was completed.
    carries_over : bool
        Whether several rows are one record, so that what was asked once holds for all of them.
    told : mapping
        The same as the study says it of all items; also part of ``missing``.
    told_within : mapping
        Item, scale or construct to what the study says of its cells alone.
    """

    platform: str
    recognised_by: str
    table: RawTable
    codes: tuple[tuple[str, ...], ...]
    wordings: Mapping[int, str] = field(default_factory=dict)
    about: Mapping[str, int] = field(default_factory=dict)
    technical: frozenset[int] = frozenset()
    order_lists: tuple[int, ...] = ()
    order_ranks: Mapping[int, str] = field(default_factory=dict)
    blank: MissingKind = "unanswered"
    missing: Mapping[str, MissingKind] = field(default_factory=lambda: DEFAULT_MISSING)
    warnings: tuple[str, ...] = ()
    unticked: frozenset[str] = frozenset()
    secret_ids: bool = False
    ends_of_forms: tuple[int, ...] = ()
    carries_over: bool = False
    told: Mapping[str, MissingKind] = field(default_factory=dict)
    told_within: Mapping[str, Mapping[str, MissingKind]] = field(default_factory=dict)

    def told_of(self, *names: str) -> Mapping[str, MissingKind]:
        """Collect what the study says of cells of an item, its scale or its construct."""
        found: dict[str, MissingKind] = {}
        for name in names:
            found |= {**self.told_within.get(name, {}), **found}
        return found


def refuse_many_cells(name: str, rows: int, columns: int, *, large: bool) -> None:
    """Refuse a table before it is made, where it is larger than a study is.

    Raises
    ------
    ResponsesError
        Unless ``large``.
    """
    if not large and (columns > MOST_COLUMNS or rows * columns > MOST_CELLS):
        raise ResponsesError(
            f"holds {rows:,} rows and {columns:,} columns, more than a study has "
            f"(limits {MOST_CELLS:,} cells, {MOST_COLUMNS:,} columns)",
            place=name,
            cure="If it is as it should be, write large: true under responses in the study file",
            code="too-many-cells",
        )


def number_text(number: float) -> str:
    """Write a number as a file shows it: whole numbers without a point, ``9999999`` and not ``1e+07``."""
    return f"{number:.0f}" if np.isfinite(number) and number == round(number) else f"{number:g}"


def column_positions(header: Sequence[str], names: Mapping[str, str]) -> dict[str, int]:
    """Find standard columns by their platform names (``platform name -> standard name``), first one wins."""
    found: dict[str, int] = {}
    for position, name in enumerate(header):
        standard = names.get(name) or names.get(name.casefold())
        if standard is not None:
            found.setdefault(standard, position)
    return found


def names_in_heading(name: str) -> tuple[str, ...]:
    """Name the heading, and the code before its text: ``"Q1. How are you?"`` is ``Q1`` too."""
    code, _ = leading_codes(name)
    return (name, code) if code else (name,)


def leading_codes(name: str) -> tuple[str, str]:
    """Part a head of the form ``"code. text"``; the code is empty when there is none."""
    code, dot, text = name.partition(". ")
    if dot and code.replace("[", "").replace("]", "").replace("_", "").isalnum() and " " not in code:
        return code, text
    return "", name
