"""Waves or product categories that stand side by side in one row become rows of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.about import unique_index
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.imports.raw_table import RawTable

_STAR = "*"


def part_tables(raw: RawTable, patterns: Mapping[str, str], instrument: Instrument) -> dict[str, RawTable]:
    """Cut a table into one a wave (or category), its columns called as if there were no other.

    Parameters
    ----------
    raw : RawTable
        One row a person.
    patterns : mapping
        What a part is called to how its columns are called: ``{"before": "*_w1", "after": "*_w2"}``, the star
        standing for the item. A column that no pattern fits, or that is called exactly as an item is, belongs
        to all parts.
    instrument : Instrument
        Whose item ids are never cut.

    Returns
    -------
    dict
        Part to its table, named after the file and the pattern, so that problems found in it can be placed.

    Raises
    ------
    ResponsesError
        If a pattern has no star or two, fits no column, or two patterns fit the same one.
    """
    owners: dict[int, tuple[str, str]] = {}
    for part, pattern in patterns.items():
        for position, name in enumerate(raw.header):
            inner = _inner(pattern, name, raw)
            if not inner or name in instrument.items:
                continue
            if position in owners:
                raise _ambiguous(raw, name, patterns[owners[position][0]], pattern)
            owners[position] = (part, inner)
    found = {part for part, _ in owners.values()}
    for part, pattern in patterns.items():
        if part not in found:
            raise ResponsesError(
                f"no column is called like {pattern!r}",
                place=raw.name,
                cure="Check the pattern; the star stands for the item's id",
                code="no-such-part",
            )
    return {part: _part(raw, part, pattern, owners) for part, pattern in patterns.items()}


def stacked(parts: Mapping[str, Responses], key: str, raw: RawTable) -> Responses:
    """Put the parts below one another.

    A person who answered nothing in a part has no row there, so that who missed a wave does not count as one
    who left it blank; who answered nothing at all keeps one row, for the cleaning rules to judge.

    ``parts``: part to its answers, the same people in the same order. ``key``: ``"wave"`` or ``"category"``.
    ``raw``: what the parts were cut from.
    """
    first = next(iter(parts.values()))
    answered = {part: _own(one, raw).notna().any(axis=1).to_numpy() for part, one in parts.items()}
    nowhere = ~pd.DataFrame(answered).any(axis=1).to_numpy()
    taken = {
        part: one.keep(one.frame.index[answered[part] | (nowhere & (one is first))])
        for part, one in parts.items()
    }
    reason = (
        f"rows of {raw.name}, one a person and {key} ({', '.join(parts)}), read as {first.source.platform}"
    )
    whole = put_below(taken, key, reason)
    return replace(
        whole,
        source=replace(whole.source, columns=_columns(parts)),
        unmapped=tuple(dict.fromkeys(column for one in parts.values() for column in one.unmapped)),
        warnings=_warnings(parts, taken, key, raw.name),
    )


def put_below(parts: Mapping[str, Responses], key: str, reason: str) -> Responses:
    """Make one record of parts, each row told apart by its part; the source is that of the first.

    ``key``: ``"wave"`` or ``"category"``. ``reason``: what the rows are, for the first step.
    """
    first = next(iter(parts.values()))
    about = pd.concat([one.about.assign(**{key: part}) for part, one in parts.items()])
    index = unique_index(about)
    about.index = index
    positions = [one.positions for one in parts.values() if one.positions is not None]
    n = len(index)
    return replace(
        first,
        frame=_below(first, [one.frame for one in parts.values()], index),
        shown=_below(first, [one.shown for one in parts.values()], index),
        missing=_kinds_below(first, [one.missing for one in parts.values()], index),
        about=about,
        source=replace(first.source, n_rows=n, columns=_columns(parts)),
        steps=tuple(replace(step, n_in=n, why=reason) for step in first.steps),
        unmapped=tuple(dict.fromkeys(column for one in parts.values() for column in one.unmapped)),
        form=first.form if len({one.form for one in parts.values()}) == 1 else "",
        positions=pd.concat(positions).set_axis(index) if len(positions) == len(parts) else None,
    )


def _inner(pattern: str, name: str, raw: RawTable) -> str:
    if pattern.count(_STAR) != 1:
        raise ResponsesError(
            f"{pattern!r} does not say where the item stands in a column's name",
            place=raw.name,
            cure="Write one star for it, for example '*_w1' or 'T1_*'",
            code="wrong-pattern",
        )
    start, end = pattern.split(_STAR)
    fits = name.startswith(start) and name.endswith(end) and len(name) > len(start) + len(end)
    return name[len(start) : len(name) - len(end)] if fits else ""


def _ambiguous(raw: RawTable, name: str, one: str, other: str) -> ResponsesError:
    return ResponsesError(
        f"fits both {one!r} and {other!r}",
        place=f"{raw.name}, column {name}",
        cure="Make the patterns longer, so that each column fits one",
        code="ambiguous-pattern",
    )


def _part(raw: RawTable, part: str, pattern: str, owners: Mapping[int, tuple[str, str]]) -> RawTable:
    places = [p for p in range(len(raw.header)) if p not in owners or owners[p][0] == part]
    new = {old: position for position, old in enumerate(places)}
    cells = raw.cells[places].copy(deep=False)
    cells.columns = pd.RangeIndex(len(places))
    return replace(
        raw,
        name=f"{raw.name} ({pattern})",
        header=tuple(owners[p][1] if p in owners else raw.header[p] for p in places),
        cells=cells,
        labels={new[p]: label for p, label in raw.labels.items() if p in new},
        value_labels={new[p]: labels for p, labels in raw.value_labels.items() if p in new},
        missing_values={new[p]: codes for p, codes in raw.missing_values.items() if p in new},
    )


def _own(part: Responses, raw: RawTable) -> pd.DataFrame:
    """Answers to the items that only this part asked."""
    return part.frame[[id_ for id_ in part.frame if part.source.columns[id_] not in raw.header]]


def _below(first: Responses, frames: Sequence[pd.DataFrame], index: pd.Index) -> pd.DataFrame:
    """Stack frames; an item that one part lacks is empty there."""
    whole = pd.concat(frames)
    ordered = [id_ for id_ in first.instrument.items if id_ in whole.columns]
    return whole[ordered].set_axis(index)


def _kinds_below(first: Responses, frames: Sequence[pd.DataFrame], index: pd.Index) -> pd.DataFrame:
    """Stack kinds of missing; an item that one part lacks was not shown there."""
    whole = _below(first, [frame.astype("object") for frame in frames], index).fillna("not_shown")
    kinds = frames[0].dtypes.iloc[0]
    return whole.astype(kinds)


def _columns(parts: Mapping[str, Responses]) -> dict[str, str]:
    return {id_: column for one in parts.values() for id_, column in one.source.columns.items()}


def _warnings(
    parts: Mapping[str, Responses], taken: Mapping[str, Responses], key: str, name: str
) -> tuple[str, ...]:
    said = list(dict.fromkeys(warning for one in parts.values() for warning in one.warnings))
    for part, one in taken.items():
        absent = parts[part].n - one.n
        if absent:
            said.append(f"{name}: {absent:,} of {parts[part].n:,} people have no answer in {key} {part!r}")
    return tuple(said)
