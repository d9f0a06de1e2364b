"""The cleaned answers for other programs: CSV, SPSS, Stata, Parquet, and a codebook of these columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from coprod_measure.instrument.codebook import CodebookTable, tables_text
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.name_map import unique_names
from coprod_measure.instrument.wording import item_text, options, scale_labels
from coprod_measure.output_files import csv_of_frame, write_text, write_whole
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.personal_data import holds_personal_cells, is_personal_name
from coprod_measure.study.definition import Study
from coprod_measure.study.outputs import replace_part

_LONGEST = 28  # of the 32 letters of a Stata name, its set of labels takes some for the number of the column
_HEADER = 1024
_SAV_MOMENT = 92  # nine bytes of date, eight of time
_DTA_MOMENT = b"<timestamp>\x11"  # seventeen bytes follow
_LONGEST_LABEL = {"sav": 255, "dta": 80}
_LONGEST_VALUE_LABEL = 120
_MOST_CELLS = 5_000_000
_KINDS: Mapping[str, tuple[float, str]] = {
    "unanswered": (-99.0, "c"),
    "not_applicable": (-98.0, "b"),
    "not_shown": (-97.0, "a"),
}
"""Kind of missing to its code in SPSS, which reading knows, and its letter in Stata."""
_LEFT_OUT = ("device", "person", "flags", "instance")
_RESERVED = ("all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with", "if", "in")


@dataclass(frozen=True, slots=True)
class CleanColumn:
    """One column of the clean files.

    Attributes
    ----------
    name : str
        As every program takes it.
    of : str
        Item id, or what the column says of the respondent.
    labels : mapping
        Value to label; of an item that was mirrored, the labels are mirrored with it.
    level : str
        ``"scale"``, ``"ordinal"`` or ``"nominal"``, in the words of SPSS.
    kinds : pandas.Series or None
        Kind of missing by row, of items.
    """

    name: str
    of: str
    label: str
    cells: pd.Series
    labels: Mapping[float, str] = field(default_factory=dict)
    level: str = "nominal"
    kinds: pd.Series | None = None


def clean_columns(responses: Responses) -> tuple[CleanColumn, ...]:
    """Gather the columns: who, in which wave, what the study keeps, then the keyed answers.

    Hashes of devices and persons and kept columns with personal data are left out: these files are passed on.
    """
    kept = without_personal_data(responses).about
    about = {name: kept[name] for name in kept if not name.startswith(("mark:", "page:"))}
    rows = pd.Series(responses.frame.index, index=responses.frame.index)
    if not about["respondent"].astype("str").equals(rows.astype("str")):
        about["person"] = about["respondent"]  # several rows: what joins them
    about["respondent"] = rows
    known = list(about)
    ids = [*known, *responses.frame.columns]
    names = unique_names(ids, _shape, _LONGEST, _RESERVED)
    return (
        *(_of_about(name, names[name], about[name], responses.instrument) for name in known),
        *(_of_item(id_, names[id_], responses) for id_ in responses.frame.columns),
    )


def without_personal_data(responses: Responses) -> Responses:
    """Leave out what nobody else may see and no later room needs, so that the answers can be handed on.

    Hashes of devices and persons and kept columns with personal data are left out, and of the log what stood
    in a cell.
    """
    about = responses.about
    personal = [
        name
        for name in about
        if name in _LEFT_OUT or (name != "respondent" and _is_personal(name, about[name]))
    ]
    log = responses.log.assign(before="", after=responses.log["after"].where(lambda v: v == "excluded", ""))
    return replace(responses, about=about.drop(columns=personal), log=log)


def clean_table(responses: Responses) -> pd.DataFrame:
    """Put the columns together, NaN where no answer is."""
    return pd.DataFrame({one.name: one.cells.to_numpy() for one in clean_columns(responses)})


def write_clean(study: Study, responses: Responses, records: Mapping[str, str]) -> tuple[Path, ...]:
    """Write the files beside the records; of more than five million cells Parquet alone.

    Returns
    -------
    tuple of pathlib.Path
        What was written, the codebook last.
    """
    columns = clean_columns(responses)
    table = pd.DataFrame({one.name: one.cells.to_numpy() for one in columns})
    start = study.out_folder / "records" / f"{study.id}-clean"
    writers: dict[str, Callable[[Path], None]] = {"parquet": partial(_write_parquet, table)}
    if table.size <= _MOST_CELLS:
        writers = {
            "csv": partial(_write_csv, table),
            "sav": partial(_write_labelled, columns, "sav"),
            "dta": partial(_write_labelled, columns, "dta"),
        } | writers
    written = []
    for ending, write in writers.items():
        path = start.with_name(f"{start.name}.{ending}")
        write_whole(path, write)
        written.append(path)
    codebook = start.with_name(f"{start.name}-codebook.md")
    write_text(codebook, tables_text(f"{study.title}: cleaned answers", [codebook_of(columns)], "markdown"))
    written.append(codebook)
    replace_part(study, study.out_folder, "clean files", written, records)
    return tuple(written)


def codebook_of(columns: tuple[CleanColumn, ...]) -> CodebookTable:
    """Describe the columns: what each holds, its values, and how many rows have one."""
    rows = tuple(
        (
            one.name,
            one.of,
            one.label,
            one.level,
            "; ".join(f"{value:g} = {label}" for value, label in one.labels.items()),
            str(int(_there(one.cells).sum())),
            _missing_words(one.kinds),
        )
        for one in columns
    )
    head = ("column", "of", "label", "level", "values", "rows with a value", "missing")
    return CodebookTable("Columns", head, rows)


def _missing_words(kinds: pd.Series | None) -> str:
    if kinds is None:
        return ""
    counts = kinds.astype("str").value_counts()
    return ", ".join(f"{int(counts[kind])} {kind}" for kind in _KINDS if kind in counts)


def _is_personal(name: str, values: pd.Series) -> bool:
    return is_personal_name(name) or holds_personal_cells(values)


def _shape(name: str) -> str:
    plain = re.sub(r"\W", "_", name)
    return plain if plain[:1].isalpha() else f"v_{plain.lstrip('_')}"


def _of_about(name: str, column: str, values: pd.Series, instrument: Instrument) -> CleanColumn:
    item, _, code = name.partition(":")
    if code and item in instrument.items:
        scale, asked = instrument.scale_of(item), instrument.items[item]
        labels = dict(options(scale, instrument.languages[0])) if scale else {}
        label = f"{labels.get(int(code), code)}: {item_text(instrument, asked, instrument.languages[0])}"
        return CleanColumn(column, name, label, values.astype(float), {0.0: "no", 1.0: "yes"})
    if pd.api.types.is_numeric_dtype(values.dtype):
        return CleanColumn(column, name, name, values.astype(float), level="scale")
    return CleanColumn(column, name, name, values.astype("str").mask(values.isna(), ""))


def _of_item(id_: str, column: str, responses: Responses) -> CleanColumn:
    instrument, item = responses.instrument, responses.instrument.items[id_]
    scale = instrument.scale_of(id_)
    text = item_text(instrument, item, instrument.languages[0])
    labels: dict[float, str] = {}
    if scale is not None:
        shown = zip(scale.codes, scale_labels(scale, instrument.languages[0]), strict=True)
        labels = {(scale.reverse(code) if item.reverse else float(code)): label for code, label in shown}
    level = "scale" if scale is None else "ordinal" if scale.ordered and item.kind == "scale" else "nominal"
    return CleanColumn(
        column,
        id_,
        f"{text} (mirrored)" if item.reverse else text,
        responses.frame[id_],
        dict(sorted(labels.items())),
        level,
        responses.missing[id_],
    )


def _there(values: pd.Series) -> pd.Series:
    return values.notna() & (values.astype("str") != "") if values.dtype.kind not in "fi" else values.notna()


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    path.write_text(csv_of_frame(table, index=False), encoding="utf-8", newline="\n")


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, index=False)


def _write_labelled(columns: tuple[CleanColumn, ...], ending: str, path: Path) -> None:
    """Write with labels, missing kinds and, for SPSS, the level of measurement."""
    import pyreadstat

    cells: dict[str, np.ndarray | pd.Categorical] = {}
    values: dict[str, dict[float | str, str]] = {}
    missing: dict[str, list[object]] = {}
    for one in columns:
        cells[one.name] = one.cells.to_numpy()
        labels: dict[float | str, str] = {
            value: label[:_LONGEST_VALUE_LABEL] for value, label in one.labels.items()
        }
        if one.kinds is not None:
            given, used = _with_kinds(one, ending)
            # pyreadstat judges plain objects by the first hundred: letters alone make the column text.
            cells[one.name] = pd.Categorical(given, [*_numbers(given), *used]) if ending == "dta" else given
            labels |= {code: kind.replace("_", " ") for code, kind in used.items()}
            if used:
                missing[one.name] = list(used)
        if labels:
            values[one.name] = labels
    frame = pd.DataFrame(cells)
    told = {one.name: _cut(one.label, _LONGEST_LABEL[ending]) for one in columns}
    if ending == "sav":
        pyreadstat.write_sav(
            frame,
            str(path),
            column_labels=told,
            variable_value_labels=values,
            missing_ranges=missing,
            variable_measure={one.name: one.level for one in columns},
        )
    else:
        pyreadstat.write_dta(
            frame,
            str(path),
            column_labels=told,
            variable_value_labels=values,
            missing_user_values=missing,
        )
    _without_clock(path, ending)


def _without_clock(path: Path, ending: str) -> None:
    """Put a fixed moment where the format holds that of writing: the same answers give the same bytes."""
    with path.open("r+b") as file:
        start = file.read(_HEADER)
        if ending == "sav":
            place, moment = _SAV_MOMENT, b"01 Jan 7000:00:00"
        else:
            place, moment = start.index(_DTA_MOMENT) + len(_DTA_MOMENT), b"01 Jan 1970 00:00"
        file.seek(place)
        file.write(moment)


def _with_kinds(one: CleanColumn, ending: str) -> tuple[np.ndarray, dict[float | str, str]]:
    """Answers with a code (SPSS) or letter (Stata) where a kind of missing stands, and the codes used."""
    answers = one.cells.to_numpy(dtype=float)
    kinds = one.kinds.astype("str").to_numpy() if one.kinds is not None else np.array([])
    lowest = min([0.0, *one.labels, *answers[np.isfinite(answers)]])
    shift = 0.0 if lowest > -97 else np.floor(lowest) + 96  # below whatever is an answer
    given = answers.copy() if ending == "sav" else answers.astype(object)
    used: dict[float | str, str] = {}
    for kind, (code, letter) in _KINDS.items():
        here = kinds == kind
        if here.any():
            mark: float | str = float(code + shift) if ending == "sav" else letter
            given[here] = mark
            used[mark] = kind
    return given, used


def _numbers(cells: np.ndarray) -> list[float]:
    return sorted({float(cell) for cell in cells if not isinstance(cell, str) and cell == cell})


def _cut(text: str, longest: int) -> str:
    return text.encode()[:longest].decode(errors="ignore")
