"""Who answered, when, how long, in which wave: what a file says of its respondents besides the answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.errors import ResponsesError, counted
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.columns import ColumnMap
from coprod_measure.responses.dataset import SEVERAL_ROWS
from coprod_measure.responses.imports.raw_table import Export
from coprod_measure.responses.multiple_choice import ticked_options
from coprod_measure.responses.personal_data import (
    DEVICE_NAMES,
    PERSON_NAMES,
    holds_personal_cells,
    is_panel_id,
    is_personal_name,
    lone_persons,
    only_persons,
    pseudonyms,
    read_like_names,
    tell_people_apart,
    without_nobody,
)
from coprod_measure.responses.times import read_times
from coprod_measure.yaml_files import did_you_mean

_SECONDS = re.compile(r"^\s*(-?\d+(?:\.\d+)?)\s*(?:s|sec|seconds|秒)?\s*$")
_TIMES = ("started", "ended", "submitted")
_SHOWN_KEYS = ("wave", "category", "version", "language", "partner", "episode", "country", "instance")
_ENOUGH_FOR_A_CONSTANT = 5  # rows that all have one id
_LARGEST_WHOLE = 2.0**53  # beyond, a float no longer tells neighbours apart
_TRUE = {
    "1",
    "true",
    "t",
    "yes",
    "ja",
    "wahr",
    "complete",
    "unverified",
    "2",
    "1.0",
    "31",
    "32",
    "31.0",
    "32.0",
}
_PREVIEW = {
    "1",
    "2",
    "1.0",
    "2.0",
    "survey preview",
    "survey test",
}  # Qualtrics' codes of Status, their words
_PREVIEW |= {"pretest", "preview", "debug", "admin", "test", "survey"}  # SoSci's modes beside "interview"
_FEW = 20
"""Cells that tell a column of words soon from one of numbers."""
_FALSE = {"", "[not completed]", "0", "false", "f", "no", "nein", "falsch", "incomplete", "0.0"}
_FALSE |= {f"{code}{end}" for code in (15, 16, 17, 18, 20, 21, 22, 23, 35, 36, 37, 41) for end in ("", ".0")}
"""Words for the end being reached or not; numbers beyond 2 are disposition codes of Unipark."""
ALIKE = "id:plain"
"""Column of hashes of the ids without capitals and blanks, until the exports of several waves are joined."""


@dataclass(frozen=True, slots=True)
class AboutRespondents:
    """``frame`` has one row a record, indexed by a unique id; ``respondent`` in it may repeat."""

    frame: pd.DataFrame
    warnings: tuple[str, ...]


def about_respondents(
    export: Export,
    columns: ColumnMap,
    instrument: Instrument,
    *,
    key: bytes,
    id_column: str | None = None,
    anonymous_ids: bool = False,
    **design: str | None,
) -> AboutRespondents:
    """Gather ids, keys, times and kept columns.

    Ids that identify people, and the devices and persons behind the answers, become keyed hashes: enough to
    see that two rows are one person's, not enough to see whose. ``design`` names the columns of wave,
    category, partner, episode, country, weight and cluster.
    """
    cells = export.table.cells
    warnings: list[str] = []
    found: dict[str, pd.Series] = {}
    identity = _column(export, id_column) if id_column else export.about.get("respondent")
    keys = {**export.about, **_named_keys(export, design)}
    keyless = not {*SEVERAL_ROWS} & set(keys)
    codes = id_column is None or anonymous_ids
    found["respondent"] = _respondents(export, identity, key, warnings, keyless=keyless, codes=codes)
    for name, position in keys.items():
        if name == "weight":
            found[name] = _weights(export, position)
        elif name == "cluster":
            found[name] = _clusters(export, position, key, found["respondent"])
        elif name != "respondent":
            found[name] = _screened(name, export, position, key, warnings)
    for name, candidates in (("device", _devices(export)), ("person", _persons(export))):
        told = _who(export, [position for position in candidates if position != identity], warnings)
        if told is not None:
            found[name] = pseudonyms(told, key)
    for name, position in columns.kept.items():
        found[name] = _numbers_or_text(cells[position])
        if (
            is_personal_name(name)
            or holds_personal_cells(cells[position])
            or tell_people_apart(cells[position])
            or lone_persons(cells[position]).any()
        ):
            warnings.append(f"{name}: holds personal data and was kept, as the study says")
    found |= ticked_options(export, columns, instrument)
    if ends := _ends_of_own_forms(export, columns):
        found["finished"] = _all_complete(export, ends)
    if "duration" not in found and {"started", "ended"} <= set(found):
        found["duration"] = _seconds_taken(found, cells[keys["started"]], cells[keys["ended"]])
    if columns.personal:
        warnings.append(
            f"{export.table.name}: columns that identify people were dropped: {', '.join(columns.personal)}"
        )
    frame = pd.DataFrame(found, copy=False)
    frame.index = unique_index(frame)
    return AboutRespondents(frame, tuple(warnings))


def plain_ids(export: Export, id_column: str, key: bytes) -> pd.Series:
    """Hash the ids of the rows without capitals and blanks, for the column :data:`ALIKE`."""
    return pseudonyms(without_nobody(export.table.cells[_column(export, id_column)]).map(_plain), key)


def _plain(id_: str) -> str:
    return "".join(id_.split()).casefold()


def _column(export: Export, name: str) -> int:
    if name not in export.table.header:
        raise ResponsesError(
            f"there is no column {name!r}",
            place=export.table.name,
            cure=did_you_mean(name, export.table.header),
            code="missing-column",
        )
    return export.table.header.index(name)


def _named_keys(export: Export, design: Mapping[str, str | None]) -> dict[str, int]:
    return {key: _column(export, name) for key, name in design.items() if name is not None}


def _weights(export: Export, position: int) -> pd.Series:
    """Read sampling weights: a positive number in every row."""
    weights = pd.to_numeric(export.table.cells[position], errors="coerce").astype("float64")
    wrong = ~(weights > 0) | ~np.isfinite(weights)
    if wrong.any():
        raise ResponsesError(
            f"{counted(int(wrong.sum()), 'row has', 'rows have')} no sampling weight above 0, the first is "
            f"row {weights.index[wrong][0]}",
            place=f"{export.table.name}, column {export.table.header[position]}",
            cure="Give every row a weight, or leave weight out",
            code="wrong-weight",
        )
    return weights


def _clusters(export: Export, position: int, key: bytes, respondents: pd.Series) -> pd.Series:
    """Read clusters of people: each person belongs to one."""
    cells, name = export.table.cells[position], export.table.header[position]
    clusters = cells.astype("str").str.strip().mask(cells.isna(), "")
    place = f"{export.table.name}, column {name}"
    if (clusters == "").any():
        cause = f"{counted(int((clusters == '').sum()), 'row belongs', 'rows belong')} to no cluster"
        raise ResponsesError(cause, place=place, cure="Name the cluster of every row", code="no-cluster")
    if len(set(zip(respondents, clusters, strict=True))) > respondents.nunique():
        cure = "Name a column that is the same in all rows of a person, or leave cluster out"
        raise ResponsesError("a person belongs to several clusters", place=place, cure=cure, code="crossed")
    personal = is_personal_name(name) or holds_personal_cells(cells) or read_like_names(clusters)
    return pseudonyms(clusters, key) if personal else clusters


def _respondents(
    export: Export,
    position: int | None,
    key: bytes,
    warnings: list[str],
    *,
    keyless: bool,
    codes: bool,
) -> pd.Series:
    cells = export.table.cells
    rows = cells.index.astype(str)
    if position is None:
        return pd.Series("row " + rows, index=cells.index, dtype="str")
    column = cells[position]
    whole = pd.api.types.is_float_dtype(column.dtype) and (column.dropna() % 1 == 0).all()
    if whole and not (column.abs() > _LARGEST_WHOLE).any():
        column = column.astype("Int64")
    ids = without_nobody(column)
    if keyless and len(ids) >= _ENOUGH_FOR_A_CONSTANT and len(set(ids)) == 1:
        ids = ids.mask(ids != "", "")
    empty = (ids == "").to_numpy()
    name = export.table.header[position]
    personal = holds_personal_cells(column) or is_personal_name(name) or read_like_names(ids)
    if unlike := ids.nunique() - ids.map(_plain).nunique():
        warnings.append(
            f"{name}: {counted(unlike, 'id differs', 'ids differ')} from another in capitals or blanks alone "
            f"and {'counts' if unlike == 1 else 'count'} as other people; write every id alike"
        )
    if export.secret_ids or personal or not codes:
        why = "the ids identify people" if export.secret_ids or personal else "the ids may identify people"
        cure = "" if personal else "; anonymous_ids: true under responses leaves codes as they are"
        warnings.append(f"{name}: {why}; keyed hashes stand in their place{cure}")
        ids = pseudonyms(ids, key)
    if empty.any():
        warnings.append(
            f"{name}: {counted(int(empty.sum()), 'row has', 'rows have')} no id of their own; their row "
            "number stands in"
        )
        ids = ids.mask(empty, pd.Series("row " + rows, index=cells.index, dtype="str"))
    return ids


def _screened(name: str, export: Export, position: int, key: bytes, warnings: list[str]) -> pd.Series:
    """Read a key of the rows; what identifies people becomes keyed hashes, also under a harmless name."""
    cells, heading = export.table.cells[position], export.table.header[position]
    if name in _TIMES:
        times, said = read_times(cells, heading)
        warnings += said
        return times
    typed = _typed(name, cells)
    if name not in _SHOWN_KEYS:
        return typed
    if holds_personal_cells(cells) or tell_people_apart(cells):
        warnings.append(f"{heading}: holds personal data; keyed hashes stand there")
        return pseudonyms(typed, key)
    lone = lone_persons(cells)
    if not lone.any():
        return typed
    what = counted(int(lone.sum()), "cell reads like a person", "cells read like people")
    warnings.append(f"{heading}: {what}; keyed hashes stand there (write a code where it is a group)")
    texts = cells.astype("str").str.strip()
    return texts.mask(cells.isna(), "").mask(lone, pseudonyms(texts.where(lone, ""), key))


def _typed(name: str, cells: pd.Series) -> pd.Series:
    if name in {"duration", "progress"} or name.startswith("page:"):
        if not pd.api.types.is_numeric_dtype(cells.dtype):
            cells = cells.astype("str").str.extract(_SECONDS.pattern)[0]
        taken = pd.to_numeric(cells, errors="coerce").astype("float64")
        return taken.where(taken >= 0)  # EFS writes -1 where somebody came back later
    if name == "finished":
        return _truth(cells)
    if name == "preview":
        return cells.astype("str").str.strip().str.casefold().isin(_PREVIEW).astype("float64")
    if name == "language":
        return cells.astype("str")
    typed = _numbers_or_text(cells)
    if name not in _SHOWN_KEYS or not pd.api.types.is_float_dtype(typed.dtype) or typed.notna().all():
        return typed
    if (typed.dropna() % 1 != 0).any() or (typed.abs() > _LARGEST_WHOLE).any():
        return typed
    # Gaps made fractions of whole numbers: a wave is called 2, not 2.0.
    return typed.astype("Int64").astype("str").mask(typed.isna(), "")


def _numbers_or_text(cells: pd.Series) -> pd.Series:
    """Numbers where every cell that holds something is one."""
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return cells
    texts = cells.astype("str").str.strip()
    blank = cells.isna() | (texts == "")
    if pd.to_numeric(texts[~blank].head(_FEW), errors="coerce").isna().any():
        return texts.mask(blank, "")
    numbers = pd.to_numeric(texts.mask(blank), errors="coerce")
    return numbers if not blank.all() and (numbers.notna() | blank).all() else texts.mask(blank, "")


def _truth(cells: pd.Series) -> pd.Series:
    words = cells.astype("str").str.strip().str.casefold()
    dated = words.str.match(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}").fillna(False)  # LimeSurvey: when it was sent
    truth = np.where(words.isin(_TRUE) | dated, 1.0, np.where(words.isin(_FALSE), 0.0, np.nan))
    return pd.Series(truth, index=cells.index)


def _seconds_taken(found: Mapping[str, pd.Series], started: pd.Series, ended: pd.Series) -> pd.Series:
    seconds = _seconds_between(found["started"], found["ended"])
    return _seconds_of_one_day(started, ended) if seconds.isna().all() else seconds


def _seconds_of_one_day(started: pd.Series, ended: pd.Series) -> pd.Series:
    """Seconds between times of one day, which need not say which number is its month."""
    first, last = (
        times.astype("str").str.strip().str.split(" ", n=1, expand=True) for times in (started, ended)
    )
    if first.shape[1] < 2 or last.shape[1] < 2:
        return pd.Series(np.nan, index=started.index)
    clocks = [pd.to_timedelta(one[1], errors="coerce").dt.total_seconds() for one in (first, last)]
    return (clocks[1] - clocks[0]).where((first[0] == last[0]) & (clocks[1] >= clocks[0]))


def _ends_of_own_forms(export: Export, columns: ColumnMap) -> list[int]:
    """Find the ends of the forms that hold items, where the platform completes form by form."""
    found = set()
    for position in (*columns.items.values(), *columns.options.values()):
        found |= set([end for end in export.ends_of_forms if end > position][:1])
    return sorted(found)


def _all_complete(export: Export, ends: Sequence[int]) -> pd.Series:
    """1 where every form of the row is complete; forms that another event of the record holds are blank."""
    cells = export.table.cells[list(ends)]
    blank = cells.isna() | (cells.astype("str") == "")
    return cells.apply(_truth).mask(blank).min(axis=1).fillna(0.0)


def _seconds_between(started: pd.Series, ended: pd.Series) -> pd.Series:
    first, last = (pd.to_datetime(times, errors="coerce") for times in (started, ended))
    seconds = (last - first).dt.total_seconds()
    return seconds.where(seconds >= 0)


def tellers(export: Export) -> list[int]:
    """Columns that may tell devices or persons apart."""
    return _devices(export) + _persons(export)


def _devices(export: Export) -> list[int]:
    return _positions(export, DEVICE_NAMES)


def _persons(export: Export) -> list[int]:
    """Columns that may tell whose a row is, those of panels first."""
    panels = [position for position, name in enumerate(export.table.header) if is_panel_id(name)]
    return panels + _positions(export, PERSON_NAMES)


def _positions(export: Export, names: tuple[str, ...]) -> list[int]:
    wanted = {name.casefold() for name in names}
    return [position for position, name in enumerate(export.table.header) if name.casefold() in wanted]


def _who(export: Export, candidates: list[int], warnings: list[str]) -> pd.Series | None:
    """Cells of the first column that tells rows apart."""
    for position in candidates:
        cells, name = export.table.cells[position], export.table.header[position]
        if not (cells.notna() & (cells.astype("str").str.strip() != "")).any():
            continue
        told = only_persons(cells, name)
        if (told != "").any():
            return told
        warnings.append(f"{name}: every row holds the same or a word for nobody, so it tells no two apart")
    return None


def unique_index(frame: pd.DataFrame) -> pd.Index:
    """One id a row: the respondent, with wave and category where they tell rows apart, else with a count."""
    ids = frame["respondent"].astype("str").fillna("")
    if not ids.duplicated().any():
        return pd.Index(ids.to_numpy(dtype=object), name="respondent", dtype="str")
    for key in SEVERAL_ROWS:
        if key in frame and (frame[key].astype("str") != "").any():
            ids = ids + "/" + frame[key].astype("str").fillna("")
    again = ids.groupby(ids).cumcount()
    ids = ids.where(again == 0, ids + "#" + (again + 1).astype("str"))
    return pd.Index(ids.to_numpy(dtype=object), name="respondent", dtype="str")
