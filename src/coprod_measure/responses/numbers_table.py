"""Any table of numbers, for models that need no instrument."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from coprod_measure.errors import Problem, ResponsesError
from coprod_measure.responses.imports.raw_table import DEFAULT_MISSING
from coprod_measure.responses.imports.table import load_table
from coprod_measure.yaml_files import did_you_mean


def read_numbers(path: str | Path, columns: Iterable[str] | None = None) -> pd.DataFrame:
    """Read a table whose columns are variables.

    ``path``: CSV, TSV, XLSX, Parquet, Feather, SPSS or Stata file with one header row. ``columns``: columns
    to keep; all when left out. A column of text is kept as it is: groups may have names. Numbers, also with
    decimal commas, as float with NaN where nothing, ``NA`` or a usual code for it stands.

    Raises
    ------
    ResponsesError
        If the file cannot be read, a column is there twice or not at all.
    """
    raw = load_table(Path(path))
    wanted = list(raw.header) if columns is None else list(columns)
    problems = []
    for name in wanted:
        count = raw.header.count(name)
        if count == 0:
            cure = did_you_mean(name, raw.header)
            problems.append(Problem(raw.name, f"there is no column {name!r}", cure, "unknown-column"))
        elif count > 1:
            cure = "Rename one of them"
            problems.append(
                Problem(raw.name, f"column {name!r} is there {count} times", cure, "column-twice")
            )
    if problems:
        raise ResponsesError.from_problems(problems)
    return pd.DataFrame({name: _numbers(raw.cells[raw.header.index(name)]) for name in wanted})


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
