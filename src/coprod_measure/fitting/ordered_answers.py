"""Ordered answers from a data frame: category codes, with everything that cannot be used named at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.answer_codes import said_of_codes, suspected_codes
from coprod_measure.errors import DataError, Problem

Floats = NDArray[np.float64]

MOST_CATEGORIES = 20
"""A variable with more different answers is taken for a continuous one declared ordered by mistake."""


@dataclass(frozen=True, slots=True)
class OrderedAnswers:
    """Category codes of several variables.

    Attributes
    ----------
    codes : ndarray, shape (n, p)
        0, 1, ... in the order of the categories that somebody chose; NaN where missing.
    categories : mapping
        Variable to its categories, in order.
    gaps : tuple of str
        A sentence for each variable with an answer that nobody chose between others, or with one that looks
        like a code for a missing answer.
    """

    codes: Floats
    categories: dict[str, tuple[object, ...]]
    gaps: tuple[str, ...]


def ordered_answers(frame: pd.DataFrame, names: Sequence[str]) -> OrderedAnswers:
    """Turn answers into category codes.

    Parameters
    ----------
    frame : DataFrame
        Whole numbers, booleans, or ordered categoricals.
    names : sequence of str
        Which columns.

    Returns
    -------
    OrderedAnswers
        Categories that nobody chose are closed up, as in lavaan.

    Raises
    ------
    DataError
        If answers are not whole numbers, a variable is constant, or it has more than `MOST_CATEGORIES`
        answers; all problems of all columns together.
    """
    columns: list[Floats] = []
    categories: dict[str, tuple[object, ...]] = {}
    gaps: list[str] = []
    problems: list[Problem] = []
    for name in names:
        cause = _why_unusable(frame, name)
        if cause is not None:
            problems.append(Problem(f"column {name}", *cause))
            continue
        values = _numbers(frame[name])
        found = np.unique(values[np.isfinite(values)])
        codes = np.searchsorted(found, values).astype(np.float64)
        codes[np.isnan(values)] = np.nan
        columns.append(codes)
        categories[name] = _labels(frame[name], found)
        gaps.extend(_said_of_gaps(found, name))
    if problems:
        raise DataError.from_problems(problems)
    codes_of_all = np.column_stack(columns) if columns else np.zeros((len(frame), 0))
    return OrderedAnswers(codes_of_all, categories, tuple(gaps))


def _said_of_gaps(found: Floats, name: str) -> list[str]:
    rest = found[~np.isin(found, suspected_codes(found))]
    skipped = [
        f"{low + 1:.0f}" if high - low == 2 else f"{low + 1:.0f} to {high - 1:.0f}"
        for low, high in pairwise(rest)
        if high - low > 1
    ]
    nobody = [f"nobody chose answer {', '.join(skipped)} of {name}"] if skipped else []
    return [*said_of_codes(found, name), *nobody]


def _why_unusable(frame: pd.DataFrame, name: str) -> tuple[str, str, str] | None:
    """Cause, cure and code of what is wrong with a column, or None."""
    if name not in frame.columns:
        return "there is no such column in the data", "Check the spelling of the variable", "unknown-variable"
    column = frame[name]
    if isinstance(column, pd.DataFrame):
        return "the data have several columns of this name", "Keep one of them", "duplicate-column"
    if isinstance(column.dtype, pd.CategoricalDtype):
        if not column.cat.ordered:
            cure = "Give them an order: column.cat.as_ordered()"
            return "its categories have no order", cure, "unordered-categories"
    elif not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
        return (
            "it holds text where category numbers belong",
            "Code the answers as 1, 2, 3, ...",
            "not-numeric",
        )
    values = _numbers(column)
    seen = values[~np.isnan(values)]
    if np.any(seen != np.round(seen)) or np.any(np.isinf(seen)):
        return "it holds values that are not whole numbers", "Do not declare it as ordered", "not-integer"
    n_categories = np.unique(seen).size
    if n_categories < 2:
        return (
            "all answers are the same" if n_categories else "all answers are missing",
            "Leave it out",
            "constant",
        )
    if n_categories > MOST_CATEGORIES:
        cause = f"it has {n_categories} different answers, too many for an ordered variable"
        return cause, "Treat it as continuous, or join categories", "too-many-categories"
    return None


def _numbers(column: pd.Series) -> Floats:
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy().astype(np.float64)
        return np.where(codes < 0, np.nan, codes)
    numbers: Floats = column.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    return numbers


def _labels(column: pd.Series, found: Floats) -> tuple[object, ...]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return tuple(column.cat.categories[found.astype(np.int64)])
    return tuple(int(value) for value in found)
