"""Multiple choice: one column of ticks an option, from option columns or from one column of lists."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

import numpy as np
import pandas as pd

from coprod_measure.instrument.definition import Instrument, Scale
from coprod_measure.responses.answers import label_table
from coprod_measure.responses.columns import ColumnMap
from coprod_measure.responses.foreign_values import Foreign
from coprod_measure.responses.imports.raw_table import Export
from coprod_measure.responses.wordings import same_words

_NOT_TICKED = {"", "0", "0.0", "false", "no", "nein", "n", "n/a", "nan", "unchecked", "not selected", "none"}


def ticked_options(export: Export, columns: ColumnMap, instrument: Instrument) -> dict[str, pd.Series]:
    """Ticks of every multiple-choice item in the file.

    Returns ``"<item>:<code>"`` to a series of 1.0 (ticked), 0.0 and NaN (nothing ticked in a list column:
    whether the question was skipped or none applied, the file does not say).
    """
    cells = export.table.cells
    found = {
        f"{id_}:{code}": _ticked(cells[position], export.unticked)
        for (id_, code), position in columns.options.items()
    }
    for id_, position, scale in _listed(columns, instrument):
        places, uniques = pd.factorize(cells[position], use_na_sentinel=True)
        chosen = [codes_in_list(str(unique), scale, columns.stored.get(id_)) for unique in uniques]
        for code in scale.codes:
            ticks = [np.nan if not codes else float(code in codes) for codes in chosen]
            found[f"{id_}:{code}"] = pd.Series(np.array([*ticks, np.nan])[places], index=cells.index)
    return found


def foreign_options(export: Export, columns: ColumnMap, instrument: Instrument) -> list[Foreign]:
    """Find what was ticked and is no option: parts of a list, and columns of options that the scale lacks."""
    cells = export.table.cells
    rows = cells.index.to_numpy()
    found: list[Foreign] = []
    for (id_, code), position in columns.options.items():
        scale = instrument.scale_of(id_)
        ticked = _ticked(cells[position], export.unticked).to_numpy() > 0
        if scale is not None and code not in scale.codes and ticked.any():
            found.append(Foreign(id_, export.table.header[position], code, "no option", rows[ticked]))
    for id_, position, scale in _listed(columns, instrument):
        places, uniques = pd.factorize(cells[position], use_na_sentinel=True)
        strange: dict[str, list[int]] = {}
        for number, unique in enumerate(uniques):
            if same_words(str(unique)) in export.missing:
                continue
            for part in _parts_in_list(str(unique), scale, columns.stored.get(id_))[1]:
                strange.setdefault(part, []).append(number)
        column = export.table.header[position]
        found += [
            Foreign(id_, column, part, "no option", rows[np.isin(places, numbers)])
            for part, numbers in strange.items()
        ]
    return found


def _listed(columns: ColumnMap, instrument: Instrument) -> Iterator[tuple[str, int, Scale]]:
    """Items whose ticks stand in one column as lists, with its place and their scale."""
    with_options = {id_ for id_, _ in columns.options}
    for id_, position in columns.items.items():
        scale = instrument.scale_of(id_)
        if instrument.items[id_].kind == "multiple_choice" and scale is not None and id_ not in with_options:
            yield id_, position, scale


def codes_in_list(cell: str, scale: Scale, values: Mapping[str, int] | None = None) -> frozenset[int]:
    """Codes that a cell lists: ``"1 3"``, ``"1,3"``, ``"Saw, Drill"``; labels may hold commas themselves.

    ``values``: what the platform stores for the codes, from a name map; else what the scale says.
    """
    return _parts_in_list(cell, scale, values)[0]


def _parts_in_list(
    cell: str, scale: Scale, values: Mapping[str, int] | None
) -> tuple[frozenset[int], tuple[str, ...]]:
    """Codes that a cell lists, and what of it is no option."""
    stored = {same_words(value): code for value, code in (values or scale.code_of_stored).items()}
    known = {str(code): code for code in scale.codes if code not in stored.values()} | stored
    parts = [part.strip("[]'\"") for part in re.split(r"[\s,;|]+", cell.strip()) if part.strip("[]'\"")]
    plain = [re.sub(r"^(-?\d+)\.0$", r"\1", same_words(part)) for part in parts]
    if all(re.fullmatch(r"-?\d+", part) or part in known for part in plain):
        foreign = tuple(part for part in plain if part not in known and part != "0")
        return frozenset(known[part] for part in plain if part in known), foreign
    labels: Mapping[str, float] = label_table(scale)[0]
    rest, codes = same_words(cell), set()
    if not any("/" in label for label in labels):  # Typeform parts what was ticked by strokes
        rest = re.sub(r"(^|\s)/\s", ";", rest)
    for label in sorted(labels, key=len, reverse=True):
        taken = re.sub(rf"(?:^|(?<=[,;|┋]))\s*{re.escape(label)}\s*(?=$|[,;|┋])", "", rest)
        if taken != rest:
            rest = taken
            codes.add(int(labels[label]))
    return frozenset(codes), tuple(part.strip() for part in re.split(r"[,;|┋]", rest) if part.strip())


def _ticked(cells: pd.Series, unticked: Collection[str]) -> pd.Series:
    words = cells.astype("str").str.strip().str.casefold()
    blank = cells.isna() | words.isin(_NOT_TICKED | set(unticked))
    return pd.Series(np.where(blank, 0.0, 1.0), index=cells.index)
