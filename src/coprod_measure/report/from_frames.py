"""From the frames of the other rooms to the cells of a report's tables."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.report.document import Column, Row, Table, Value

Reasons = Mapping[tuple[str, str], str]


def cell(value: Any, reason: str = "it could not be computed from these answers") -> Value:
    """Turn a frame's cell into a table's; a missing number becomes ``NotAvailable`` with ``reason``."""
    if isinstance(value, NotAvailable | str):
        return value
    if value is None or pd.isna(value):
        return NotAvailable(reason)
    plain: Value = value.item() if hasattr(value, "item") else value
    return plain


def span(low: Any, high: Any, reason: str = "it could not be computed from these answers") -> Value:
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
    values: Callable[[Mapping[Hashable, Any]], Sequence[Value]],
    width: int,
) -> tuple[Row, ...]:
    """Rows under a heading a group, groups in order of first appearance.

    Parameters
    ----------
    frame : pandas.DataFrame
    group : str
        Column that names the group.
    heading : callable
        Group to the words of its heading.
    values : callable
        One line of the frame to the values of its row.
    width : int
        Number of columns.
    """
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
    names : tuple of str
        Column of the frame; two of them are the ends of an interval.
    head : Column
    show : callable or None
        Turns the frame's cell into words; None: the number itself.
    """

    names: tuple[str, ...]
    head: Column
    show: Callable[[str], str] | None = None

    def value(self, record: Mapping[Hashable, Any], reason: str) -> Value:
        """Take the cell of one line."""
        if len(self.names) == 2:
            return span(record[self.names[0]], record[self.names[1]], reason)
        value = record[self.names[0]]
        return self.show(str(value)) if self.show else cell(value, reason)


def frame_table(
    id_: str,
    title: str,
    frame: pd.DataFrame,
    fields: Sequence[Field],
    *,
    notes: tuple[str, ...] = (),
    reason: str = "it could not be computed from these answers",
) -> Table:
    """Show a frame, one row a line.

    Parameters
    ----------
    id_, title : str
    frame : pandas.DataFrame
    fields : sequence of Field
    notes : tuple of str
    reason : str
        Of a missing number.
    """
    rows = tuple(
        Row(tuple(field.value(record, reason) for field in fields)) for record in frame.to_dict("records")
    )
    return Table(id_, title, tuple(field.head for field in fields), rows, notes)
