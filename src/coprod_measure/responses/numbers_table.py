"""Any table of numbers, for models that need no instrument."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from coprod_measure.errors import Problem, ResponsesError
from coprod_measure.responses.imports import qualtrics
from coprod_measure.responses.imports.raw_table import DEFAULT_MISSING
from coprod_measure.responses.imports.table import load_table
from coprod_measure.yaml_files import did_you_mean


def read_numbers(
    path: str | Path, columns: Iterable[str] | None = None, codes: Collection[float] = ()
) -> pd.DataFrame:
    """Read a table whose columns are variables.

    ``path``: CSV, TSV, XLSX, Parquet, Feather, SPSS or Stata file with one header row. ``columns``: columns
    to keep; all when left out. ``codes``: numbers that stand for no answer. A column of text is kept as it
    is: groups may have names. Numbers, also with decimal commas, as float with NaN where nothing, ``NA``, a
    code or what SPSS or Stata declare missing stands. Question texts and ImportIds that Qualtrics writes
    below the header are left out, and its -99 is no answer then.

    Raises
    ------
    ResponsesError
        If the file cannot be read, a column is there twice or not at all.
    """
    raw = load_table(Path(path))
    if below := qualtrics.heading_rows(raw):
        raw = replace(raw, cells=raw.cells.iloc[below:])
        codes = {*codes, qualtrics.UNANSWERED}
    found = {}
    for name in chosen_columns(raw.header, raw.header if columns is None else columns, raw.name):
        place = raw.header.index(name)
        cells, gone = raw.cells[place], raw.missing_values.get(place)
        column = _numbers(cells.mask(cells.isin(gone)) if gone else cells)
        found[name] = column.mask(column.isin([*codes])) if codes and column.dtype == float else column
    return pd.DataFrame(found)


def chosen_columns(header: Sequence[str], wanted: Iterable[str], place: str) -> list[str]:
    """Check that each column wanted is there, once.

    ``place``: the file, for messages.

    Raises
    ------
    ResponsesError
        With every column that is not.
    """
    problems = []
    names = list(wanted)
    for name in names:
        count = header.count(name)
        if count == 0:
            cure = did_you_mean(name, header)
            problems.append(Problem(place, f"there is no column {name!r}", cure, "unknown-column"))
        elif count > 1:
            cause = f"column {name!r} is there {count} times"
            problems.append(Problem(place, cause, "Rename one of them", "column-twice"))
    if problems:
        raise ResponsesError.from_problems(problems)
    return names


def _with_points(text: pd.Series) -> pd.Series:
    """Write decimal points for decimal commas; 1,234 throughout may be a thousand and is left alone."""
    given = text.dropna()
    numbers = given.str.fullmatch(r"[-+]?\d+(,\d+)?(e[-+]?\d+)?", case=False)
    decimals = given.str.contains(r",(?:\d{1,2}|\d{4,})(?:\D|$)", regex=True)
    return text.str.replace(",", ".", regex=False) if numbers.all() and decimals.any() else text


def _numbers(cells: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(cells):
        return cells.astype(float)
    text = cells.astype("str").str.strip()
    # A negative code can be a real number here: only words count as missing.
    words = [word for word in DEFAULT_MISSING if not word.startswith("-")]
    text = text.mask(cells.isna() | text.str.lower().isin([*words, ""]))
    numbers = pd.to_numeric(_with_points(text), errors="coerce")
    return text if numbers.isna().sum() > text.isna().sum() else numbers.astype(float)
