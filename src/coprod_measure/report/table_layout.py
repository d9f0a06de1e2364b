"""How a table stands on paper: widths that follow what the cells hold, the page turned where needed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from coprod_measure.report.document import Table
from coprod_measure.report.numbers import ShownTable, shown
from coprod_measure.word_columns import Layout, lay_out

PAGE, MARGIN = (595.3, 841.9), 72.0
"""A4 and the margin on each side, points."""
UPRIGHT, ACROSS = (side - 2 * MARGIN for side in PAGE)
"""Room for text on a page that stands, and on one that lies."""
_SPACES = "\u200b"


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table as text, its layout, and which columns hold numbers."""

    printed: ShownTable
    layout: Layout
    numeric: tuple[bool, ...]


def on_paper(table: Table) -> PaperTable:
    """Lay a table out on A4; see :func:`coprod_measure.word_columns.lay_out`."""
    printed = shown(table)
    lines = [
        [cell.whole + cell.mark for cell in cells]
        for row, cells in zip(table.rows, printed.rows, strict=True)
        if not row.heading
    ]
    numeric = tuple(column.kind != "text" for column in table.columns)
    heads = [column.label for column in table.columns]
    return PaperTable(printed, lay_out(heads, lines, numeric, portrait=UPRIGHT, landscape=ACROSS), numeric)


def breakable(text: str) -> str:
    """Let a name of many parts (``trust_in_firm_3``, a hash) be broken where its parts meet, unseen."""
    return re.sub(
        r"(?<=[^\s_]{3})_(?=[^\s_])|(?<=[0-9a-f]{16})(?=[0-9a-f]{16})", lambda at: at.group() + _SPACES, text
    )
