"""Any platform's export becomes answers of an instrument; nothing is guessed or lost in silence."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

import numpy as np
import pandas as pd

from coprod_measure.arguments import options_of, spelled
from coprod_measure.errors import CoprodError, Problem, ResponsesError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.name_map import NameMap, name_map_beside, read_name_map
from coprod_measure.provenance import is_file, sha256_of_bytes, sha256_of_file
from coprod_measure.responses.about import ALIKE, about_respondents, plain_ids, tellers
from coprod_measure.responses.answers import MISSING_KINDS, DecodedColumn, decode_column, reverse_column
from coprod_measure.responses.carried_over import carry_over
from coprod_measure.responses.cleaning_rules import Step
from coprod_measure.responses.columns import ColumnMap, match_columns
from coprod_measure.responses.dataset import Responses, Source, empty_log
from coprod_measure.responses.foreign_values import Foreign, refuse_foreign
from coprod_measure.responses.imports.raw_table import Export, RawTable
from coprod_measure.responses.imports.sniff import interpret
from coprod_measure.responses.imports.table import load_table
from coprod_measure.responses.missing_codes import with_missing_codes
from coprod_measure.responses.multiple_choice import foreign_options
from coprod_measure.responses.not_shown import hidden_by_rules, hidden_by_version, mark_hidden
from coprod_measure.responses.order_shown import positions_shown
from coprod_measure.responses.personal_data import pseudonym_key
from coprod_measure.responses.read_options import ReadKeywords, ReadOptions
from coprod_measure.responses.side_by_side import part_tables, stacked
from coprod_measure.responses.value_labels import label_differences
from coprod_measure.yaml_reading import did_you_mean

_SYNTHETIC = re.compile(r"^[^\w\n]{0,20}synthetic\W{1,20}(yes|true)\b", re.IGNORECASE | re.MULTILINE)


@spelled(ReadKeywords, ReadOptions)
def read_responses(
    path: str | Path, instrument: Instrument, source: str = "auto", **options: Unpack[ReadKeywords]
) -> Responses:
    """Read an export as answers to an instrument.

    Parameters
    ----------
    path : str or pathlib.Path
        The file as the platform gave it; it is read, hashed and left alone.
    instrument : Instrument
        Whose items are looked for, by id.
    source : str
        ``"auto"`` or a platform; what was recognised, and why, stands in ``responses.source``.
    **options
        See :class:`~coprod_measure.responses.read_options.ReadOptions`.

    Returns
    -------
    Responses
        ``frame`` keyed, ``shown`` as given, ``missing`` by kind.

    Raises
    ------
    ResponsesError
        With every problem of the file: the first twenty in full, the rest counted.

    Examples
    --------
    >>> from coprod_measure import read_instrument, shipped_folder
    >>> file = shipped_folder("data/sample") / "bfi" / "bfi.csv"
    >>> responses = read_responses(file, read_instrument("bfi25"), keep=["gender"])
    >>> responses.n, responses.source.platform, responses.about["gender"].nunique()
    (2800, 'table', 2)
    """
    return read_file(Path(path), instrument, source, options_of(ReadOptions, options))


def read_file(
    path: Path, instrument: Instrument, source: str, options: ReadOptions, *, one_of_several: bool = False
) -> Responses:
    """See :func:`read_responses`; of one of several files ``about`` has the column :data:`.about.ALIKE`."""
    options.say(f"Reading {path.name}")
    digest = sha256_of_file(path) if is_file(path) else ""
    raw = load_table(path, options.encoding, large=options.large)
    _refuse_unknown_form(instrument, options.form)
    asked = _Asked(path, digest, instrument, source, options, one_of_several)
    whole = {key: name for key, name in options.design.items() if not isinstance(name, Mapping)}
    side_by_side = {key: name for key, name in options.design.items() if isinstance(name, Mapping)}
    if not side_by_side:
        return _unchanged(_read_table(raw, asked, **whole), path)
    if len(side_by_side) > 1:
        raise ResponsesError(
            "waves and categories cannot both stand side by side",
            place=path.name,
            cure="Bring one of them into rows of its own",
            code="both-side-by-side",
        )
    (part, patterns), *_ = side_by_side.items()
    return _unchanged(_read_parts(raw, asked, part, patterns, whole), path)


def _read_parts(
    raw: RawTable, asked: _Asked, key: str, patterns: Mapping[str, str], whole: Mapping[str, str | None]
) -> Responses:
    """Read parts that stand side by side; the problems of all of them are told together."""
    parts: dict[str, Responses] = {}
    problems: list[Problem] = []
    for part, table in part_tables(raw, patterns, asked.instrument).items():
        try:
            parts[part] = _read_table(table, asked, **whole)
        except CoprodError as error:
            problems += error.problems
    if problems:
        raise ResponsesError.from_problems(dict.fromkeys(problems))
    return stacked(parts, key, raw)


def _unchanged(responses: Responses, path: Path) -> Responses:
    """Refuse answers whose file is another one than when reading began."""
    if sha256_of_file(path) != responses.source.sha256:
        raise ResponsesError(
            "was changed while it was read",
            place=path.name,
            cure="Wait until it is written, and run the command again",
            code="changed-while-read",
        )
    return responses


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the caller asked for, the same for every part of a file."""

    path: Path
    sha256: str
    instrument: Instrument
    source: str
    options: ReadOptions
    one_of_several: bool


def _read_table(raw: RawTable, asked: _Asked, **keys: str | None) -> Responses:
    """Take one table, one row a respondent (and wave, and category), as answers."""
    path, instrument, options = asked.path, asked.instrument, asked.options
    export = with_missing_codes(interpret(raw, asked.source), options.missing_codes, instrument)
    named = {name for name in (options.id_column, *keys.values()) if name is not None}
    spoken_for = {place for place, name in enumerate(export.table.header) if name in named}
    export = replace(export, technical=export.technical | spoken_for)
    name_map, left = _name_map(path, instrument, options.names)
    export = replace(export, warnings=(*export.warnings, *left))
    waves = options.design.get("wave")
    columns = match_columns(
        export, instrument, options.keep, name_map, options.form or "", options.columns,
        waves if isinstance(waves, Mapping) else None,
    )  # fmt: skip
    form = options.form or _only_form(instrument, columns.items)
    options.say(f"Taking {len(columns.items)} items from {len(export.table.cells):,} rows")
    codes, kinds = _decode(export, columns, instrument)
    _give_back()
    about_frame, told = _about(export, columns, asked, keys)
    carried: tuple[str, ...] = ()
    if export.carries_over:
        about_frame, carried = carry_over(codes, kinds, about_frame, columns, export, instrument)
    _mark_not_shown(kinds, codes, about_frame, instrument, form)
    index = about_frame.index
    shown = pd.DataFrame(codes, index=index, copy=False)
    return Responses(
        instrument=instrument,
        frame=_keyed(shown, instrument),
        shown=shown,
        missing=_named_kinds(kinds, index),
        about=about_frame,
        source=_source(asked, export, columns, name_map),
        log=empty_log(),
        steps=(Step("read", len(index), f"rows of {export.table.name}, read as {export.platform}"),),
        unmapped=columns.unmapped,
        warnings=(
            *(*export.table.warnings, *export.warnings, *columns.warnings, *told, *carried),
            *label_differences(export, columns, instrument),
        ),
        form=form,
        positions=positions_shown(export, columns, name_map, index),
    )


def _about(
    export: Export, columns: ColumnMap, asked: _Asked, keys: Mapping[str, str | None]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Take what is known of respondents beside their answers, and its warnings."""
    options, key = asked.options, asked.options.key or pseudonym_key(asked.path)
    about = about_respondents(
        export,
        columns,
        asked.instrument,
        key=key,
        id_column=options.id_column,
        anonymous_ids=options.anonymous_ids,
        **keys,
    )
    if asked.one_of_several and options.id_column:
        about.frame[ALIKE] = plain_ids(export, options.id_column, key).to_numpy()
    return about.frame, about.warnings


def _refuse_unknown_form(instrument: Instrument, form: str | None) -> None:
    if form is not None and form not in instrument.forms:
        raise ResponsesError(
            f"{instrument.id!r} has no form {form!r}",
            cure=did_you_mean(form, instrument.forms),
            code="unknown-form-id",
        )


def _source(asked: _Asked, export: Export, columns: ColumnMap, names: NameMap | None) -> Source:
    origin = origin_beside(asked.path)
    told = origin.read_bytes() if origin else b""
    return Source(
        name=asked.path.name,
        sha256=asked.sha256,
        platform=export.platform,
        recognised_by=export.recognised_by,
        n_rows=len(export.table.cells),
        synthetic=_is_synthetic(told.decode("utf-8", errors="replace"), export),
        columns={
            id_: " + ".join(export.table.header[p] for p in (position, *columns.also.get(id_, ())))
            for id_, position in columns.items.items()
        },
        names_sha256=names.sha256 if names else "",
        origin_sha256=sha256_of_bytes(told) if origin else "",
    )


def _named_kinds(kinds: Mapping[str, np.ndarray], index: pd.Index) -> pd.DataFrame:
    names = list(MISSING_KINDS)
    columns = {id_: pd.Categorical.from_codes(numbers, names) for id_, numbers in kinds.items()}
    return pd.DataFrame(columns, index=index, copy=False)


LONG = 50_000
"""Rows from which on cells leave as they are understood."""


def _decode(
    export: Export, columns: ColumnMap, instrument: Instrument
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Codes as given and kinds of missing, by item id.

    Columns of a long table that nothing else reads leave it as they are understood: the cells of a million
    rows take as much memory as what they mean.
    """
    cells = export.table.cells
    spare = _read_once(export, columns, instrument) if len(cells) >= LONG else set()
    shown: dict[str, np.ndarray] = {}
    missing: dict[str, np.ndarray] = {}
    foreign = foreign_options(export, columns, instrument)
    understood: set[str] = set()
    for id_, position in _coded_columns(columns, instrument):
        item = instrument.items[id_]
        stored = columns.stored.get(id_)
        decoded = decode_column(export, position, instrument, item, stored)
        for further in columns.also.get(id_, ()):
            other = decode_column(export, further, instrument, item, stored)
            decoded = _together(decoded, other, id_, export, further)
        foreign += decoded.foreign
        understood |= {id_} if decoded.understood else set()
        shown[id_], missing[id_] = decoded.codes, decoded.missing
        if position in spare:
            del cells[position]
            _give_back()
    refuse_foreign(foreign, understood, export, instrument)
    if not shown:
        raise ResponsesError(
            "holds no item that is answered with a code or a number",
            place=export.table.name,
            cure="Check the instrument",
            code="no-items",
        )
    return shown, missing


def _read_once(export: Export, columns: ColumnMap, instrument: Instrument) -> set[int]:
    """Find the columns whose cells are read for the answers to one item and for nothing else."""
    if export.carries_over:
        return set()
    once = Counter([*columns.items.values(), *(place for own in columns.also.values() for place in own)])
    beside = {
        *export.about.values(), *export.technical, *export.order_ranks, *export.order_lists,
        *export.ends_of_forms, *columns.kept.values(), *columns.options.values(), *tellers(export),
        *(place for id_, place in columns.items.items() if instrument.items[id_].kind == "multiple_choice"),
    }  # fmt: skip
    return {place for place in columns.items.values() if once[place] == 1 and place not in beside}


def _give_back() -> None:
    """Let the memory pool of Arrow, where a reader used it, give back what is free."""
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()


def _together(
    one: DecodedColumn, other: DecodedColumn, id_: str, export: Export, position: int
) -> DecodedColumn:
    """Take an answer from whichever of two columns of an item holds it; two different ones are foreign."""
    both = ~np.isnan(one.codes) & ~np.isnan(other.codes) & (one.codes != other.codes)
    rows = export.table.cells.index.to_numpy()[both]
    column = export.table.header[position]
    clash = [Foreign(id_, column, "", "two answers", rows)] if len(rows) else []
    answered = ~np.isnan(other.codes)
    return DecodedColumn(
        np.where(answered, other.codes, one.codes),
        np.where(answered, other.missing, one.missing),
        (*one.foreign, *other.foreign, *clash),
        one.understood or other.understood,
    )


def _mark_not_shown(
    missing: dict[str, np.ndarray],
    shown: dict[str, np.ndarray],
    about: pd.DataFrame,
    instrument: Instrument,
    form: str,
) -> None:
    mark_hidden(missing, hidden_by_rules(shown, instrument))
    if form and instrument.forms[form].versions and "version" in about:
        items = pd.Index(list(shown))
        mark_hidden(missing, hidden_by_version(instrument.forms[form], about["version"], items))


def _name_map(
    path: Path, instrument: Instrument, names: str | Path | NameMap | None
) -> tuple[NameMap | None, tuple[str, ...]]:
    """Give the names of the export, and a word where those beside the file are another instrument's."""
    if isinstance(names, NameMap):
        return names, ()
    if names is not None:
        return read_name_map(Path(names)), ()
    found = name_map_beside(path)
    if found is None or found.instrument == instrument.id:
        return found, ()
    return None, (
        f"names.json beside it is of {found.instrument!r}, not {instrument.id!r}: it was left alone",
    )


def _coded_columns(columns: ColumnMap, instrument: Instrument) -> Iterator[tuple[str, int]]:
    for id_, position in columns.items.items():
        item = instrument.items[id_]
        if item.expected_text or item.kind not in {"text", "display", "multiple_choice"}:
            yield id_, position


def _keyed(shown: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    keyed = {}
    for id_ in shown.columns:
        item = instrument.items[id_]
        values = shown[id_].to_numpy()
        keyed[id_] = reverse_column(values, item, instrument.scale_of(id_)) if item.reverse else values
    return pd.DataFrame(keyed, index=shown.index, copy=False)


def origin_beside(path: Path) -> Path | None:
    """Find the ORIGIN.md beside a file of answers."""
    origin = path.parent / "ORIGIN.md"
    return origin if is_file(origin) else None


def _is_synthetic(origin: str, export: Export) -> bool:
    """Look for a column ``synthetic``, or a line ``Synthetic: yes`` in the ORIGIN.md beside the file."""
    return "synthetic" in (name.casefold() for name in export.table.header) or bool(_SYNTHETIC.search(origin))


def _only_form(instrument: Instrument, found: Mapping[str, int]) -> str:
    holding = [form.id for form in instrument.forms.values() if set(found) <= set(form.item_ids)]
    exact = [id_ for id_ in holding if set(instrument.forms[id_].item_ids) == set(found)]
    for candidates in (exact, holding):
        if len(candidates) == 1:
            return candidates[0]
    return ""
