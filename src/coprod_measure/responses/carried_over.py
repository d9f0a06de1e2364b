"""What was asked once of a record holds for all its rows: age and sex of the baseline event of REDCap."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.columns import ColumnMap
from coprod_measure.responses.imports.raw_table import Export

_ONCE = {"demographic", "design", "screening", "consent"}


def carry_over(
    codes: dict[str, np.ndarray],
    kinds: dict[str, np.ndarray],
    about: pd.DataFrame,
    columns: ColumnMap,
    export: Export,
    instrument: Instrument,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Fill what a row leaves blank from the first row of the same record that says it; in place for items.

    Items about the person (demographic, design, screening, consent) and kept columns; answers to constructs
    are never copied. Returns ``about`` filled, and one sentence where anything was.
    """
    record = about["respondent"].to_numpy()
    filled = [
        id_ for id_ in codes if instrument.items[id_].role in _ONCE and _fill(codes, kinds, id_, record)
    ]
    about = about.copy(deep=False)
    for name in columns.kept:
        told = about[name].mask(about[name].astype("str").str.strip() == "")
        whole = told.fillna(told.groupby(record).transform("first"))
        if whole.notna().sum() > told.notna().sum():
            about[name] = whole if pd.api.types.is_numeric_dtype(whole.dtype) else whole.fillna("")
            filled.append(name)
    ticked = dict.fromkeys(id_ for id_, _ in columns.options)
    once = [id_ for id_ in ticked if instrument.items[id_].role in _ONCE]
    filled += [id_ for id_ in once if _fill_ticks(about, id_, columns, export, record)]
    names = ", ".join(filled[:12]) + (f" and {len(filled) - 12} more" if len(filled) > 12 else "")
    said = f"{export.table.name}: asked once of a record and taken for all its rows: {names}"
    return about, (said,) if filled else ()


def _fill(codes: dict[str, np.ndarray], kinds: dict[str, np.ndarray], id_: str, record: np.ndarray) -> bool:
    given = pd.Series(codes[id_])
    gaps = given.isna().to_numpy()
    whole = given.fillna(given.groupby(record).transform("first")).to_numpy()
    newly = gaps & ~np.isnan(whole)
    if newly.any():
        codes[id_], kinds[id_] = whole, np.where(newly, 0, kinds[id_]).astype(np.int8)
    return bool(newly.any())


def _fill_ticks(
    about: pd.DataFrame, id_: str, columns: ColumnMap, export: Export, record: np.ndarray
) -> bool:
    own = {code: position for (item, code), position in columns.options.items() if item == id_}
    blank = _blank(export, own.values())
    names = [f"{id_}:{code}" for code in own]
    if not blank.any() or blank.all():
        return False
    told = about[names].mask(np.broadcast_to(blank[:, None], (len(blank), len(names))))
    about[names] = told.fillna(told.groupby(record).transform("first")).fillna(0.0)
    return True


def _blank(export: Export, positions: Collection[int]) -> np.ndarray:
    cells = export.table.cells[list(positions)]
    empty: np.ndarray = (cells.isna() | (cells.astype("str") == "")).all(axis=1).to_numpy()
    return empty
