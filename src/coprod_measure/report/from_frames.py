"""From the frames of the other rooms to the cells of a report's tables."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.report.document import Block, Bullets, Callout, Column, Row, Section, Table, Value

Reasons = Mapping[tuple[str, str], str]
Record = Mapping[Hashable, Any]
Part = TypeVar("Part")
UNKNOWN = "it could not be computed from these answers"


def cell(value: Any, reason: str = UNKNOWN) -> Value:
    """Turn a frame's cell into a table's; a missing number becomes ``NotAvailable`` with ``reason``."""
    if isinstance(value, NotAvailable | str):
        return value
    if value is None or pd.isna(value):
        return NotAvailable(reason)
    plain: Value = value.item() if hasattr(value, "item") else value
    return plain


def span(low: Any, high: Any, reason: str = UNKNOWN) -> Value:
    """Make an interval of two cells; missing if one end is."""
    if any(end is None or isinstance(end, NotAvailable) or pd.isna(end) for end in (low, high)):
        return cell(None, reason)
    return float(low), float(high)


def reasons_of(unavailable: pd.DataFrame, key: str) -> Reasons:
    """Read a frame ``<key> statistic reason`` into a mapping from key and statistic to reason."""
    columns = (unavailable[key], unavailable["statistic"], unavailable["reason"])
    return {(str(name), str(what)): str(why) for name, what, why in zip(*columns, strict=True)}


def grouped_rows(
    frame: pd.DataFrame,
    group: str,
    heading: Callable[[str], str],
    values: Callable[[Record], Sequence[Value]],
    width: int,
) -> tuple[Row, ...]:
    """Rows under a heading a group, groups in order of first appearance; ``values`` makes those of a line."""
    rows: list[Row] = []
    for name, part in frame.groupby(group, sort=False):
        rows.append(Row((heading(str(name)), *[None] * (width - 1)), heading=True))
        rows.extend(Row(tuple(values(record))) for record in part.to_dict("records"))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a table that shows a frame.

    Attributes
    ----------
    source : str, tuple of str or callable
        Column of the frame; two of them are the ends of an interval; a callable makes the value of the line.
    show : callable or None
        Turns the frame's cell, a string or a tuple of names, into words; None: the number itself.
    missing : str, callable or None
        Reason of a missing number, where it is not that of the whole table; a callable finds it for the line.
        An empty one leaves the cell blank.
    """

    source: str | tuple[str, ...] | Callable[[Record], Value]
    head: Column
    show: Callable[[Any], str] | None = None
    missing: str | Callable[[Record], str] | None = None

    def value(self, record: Record, reason: str) -> Value:
        """Take the cell of one line."""
        if callable(self.source):
            return self.source(record)
        names = (self.source,) if isinstance(self.source, str) else self.source
        if self.show:
            told = record[names[0]]
            return self.show(told if isinstance(told, tuple) else str(told))
        why = self.missing(record) if callable(self.missing) else self.missing
        ends = [record[name] for name in names]
        found = span(ends[0], ends[1], why or reason) if len(ends) == 2 else cell(ends[0], why or reason)
        return None if why == "" and isinstance(found, NotAvailable) else found


def frame_table(
    id_: str,
    title: str,
    frame: pd.DataFrame,
    fields: Sequence[Field],
    *,
    notes: Sequence[str] = (),
    reason: str = UNKNOWN,
    group: str | None = None,
    heading: Callable[[str], str] = str,
) -> Table:
    """Show a frame, one row a line, under a heading a group where there are groups.

    Parameters
    ----------
    group : str, optional
        Column that names the group of a line; groups stand in order of first appearance.
    heading : callable
        Group to the words of its heading.

    Examples
    --------
    >>> frame = pd.DataFrame({"scale": ["trust", "trust", "loyalty"], "item": ["t1", "t2", "l1"]})
    >>> fields = [Field("item", Column("Item"), str.upper)]
    >>> shown = frame_table("items", "Items", frame, fields, group="scale", heading=str.title)
    >>> [(row.values, row.heading) for row in shown.rows]
    [(('Trust',), True), (('T1',), False), (('T2',), False), (('Loyalty',), True), (('L1',), False)]
    """

    def values(record: Record) -> tuple[Value, ...]:
        return tuple(field.value(record, reason) for field in fields)

    if group is None:
        rows = tuple(Row(values(record)) for record in frame.to_dict("records"))
    else:
        rows = grouped_rows(frame, group, heading, values, len(fields))
    return Table(id_, title, tuple(field.head for field in fields), rows, tuple(notes))


def shown_or_why(
    part: Part | NotAvailable | None, title: str, show: Callable[[Part], Sequence[Block]]
) -> list[Block]:
    """Show a part of the results, or say why it does not exist; nothing for one that nobody asked for (None).

    Examples
    --------
    >>> shown_or_why(NotAvailable("no marker was named"), "Marker", lambda part: [])
    [Callout(text='no marker was named.', title='Marker: not available.', tone='note')]
    """
    if isinstance(part, NotAvailable):
        return [Callout(f"{part.reason}.", f"{title}: not available.", "note")]
    return [] if part is None else list(show(part))


def bullets(lines: Iterable[str]) -> list[Block]:
    """Statements of equal rank, or nothing where there are none."""
    told = tuple(lines)
    return [Bullets(told)] if told else []


def section_of(id_: str, title: str, blocks: Sequence[Block]) -> tuple[Section, ...]:
    """One section, or none when there is nothing to show."""
    return (Section(id_, title, tuple(blocks)),) if blocks else ()
