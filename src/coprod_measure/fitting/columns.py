"""Columns of a data frame as numbers; what is wrong with them is said of all at once."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from coprod_measure.errors import DataError, Problem
from coprod_measure.estimation.arrays import Floats
from coprod_measure.frames import nearest_column


def with_products(data: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Make ``x:z`` from x and z, as lavaan does, where the frame lacks the column."""
    products = [name for name in names if ":" in name and name not in data.columns]
    made = {name: _product(data, name) for name in products if not _why_no_product(data, name)}
    return data.assign(**made) if made else data


def _product(data: pd.DataFrame, name: str) -> pd.Series:
    first, second = name.split(":", 1)
    return data[first].astype(float) * data[second].astype(float)


def _why_no_product(data: pd.DataFrame, name: str) -> str:
    """Say which part of ``x:z`` hinders the product; empty when nothing does."""
    for part in name.split(":", 1):
        if part not in data.columns:
            return f"{part!r} is not in the data"
        try:
            data[part].astype(float)
        except (TypeError, ValueError):
            return f"{part!r} is not numeric"
    return ""


def check_columns(frame: pd.DataFrame, names: list[str]) -> None:
    """Refuse columns that are not there, stand there twice, or are products that cannot be made."""
    columns = Counter(frame.columns.tolist())
    problems = []
    for name in names:
        if name not in columns and ":" in name:
            hindrance = _why_no_product(frame, name) or "moments must hold it"
            cause = f"this product cannot be made: {hindrance}"
            cure = (
                "A product of columns needs two numeric ones; one of latent variables is estimated by "
                "cm.sam, cm.product_indicators or cm.lms"
            )
            problems.append(Problem(f"variable {name}", cause, cure, "no-product"))
        elif name not in columns:
            cure = nearest_column(name, frame)
            problems.append(Problem(f"variable {name}", "not in the data", cure, "unknown-variable"))
        elif columns[name] > 1:
            problems.append(
                Problem(f"variable {name}", "stands in the data twice", "Drop one", "duplicate-column")
            )
    if problems:
        raise DataError.from_problems(problems)


def _plain(frame: pd.DataFrame, names: tuple[str, ...]) -> Floats | None:
    """Take columns of plain numbers at once: one by one they cost more than all that is computed of them."""
    place = {name: k for k, name in enumerate(frame.columns.tolist())}
    at, kinds = [place.get(name, -1) for name in names], frame.dtypes.array
    if not all(k >= 0 and isinstance(kinds[k], np.dtype) and kinds[k].kind in "fiu" for k in at):
        return None
    chosen = frame if at == list(range(frame.shape[1])) else frame.take(at, axis=1)
    return np.array(chosen.to_numpy(dtype=np.float64), order="C")


def numbers(frame: pd.DataFrame, names: tuple[str, ...]) -> Floats:
    """Give columns as an array, shape (n, p); ordered categories count from 1."""
    whole = _plain(frame, names)
    if whole is not None and not np.isinf(whole).any():
        return whole
    chosen = [frame[name] for name in names]
    columns, problems = [], []
    for name, column in zip(names, chosen, strict=True):
        if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered:
            columns.append(np.where(column.cat.codes < 0, np.nan, column.cat.codes + 1.0))
            continue
        try:
            plain = column.astype(float).to_numpy()
        except (TypeError, ValueError):
            bad = next((repr(v) for v in column if isinstance(v, str)), str(column.dtype))
            problems.append(
                Problem(
                    f"variable {name}", f"is not numeric ({bad})", "Recode it to numbers first", "not-numeric"
                )
            )
            continue
        if np.isinf(plain).any():
            problems.append(
                Problem(
                    f"variable {name}", "has infinite values", "Make them missing or correct them", "infinite"
                )
            )
        columns.append(plain)
    if problems:
        raise DataError.from_problems(problems)
    return np.column_stack(columns).astype(np.float64)
