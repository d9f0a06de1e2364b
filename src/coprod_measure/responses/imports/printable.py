"""Control characters are taken out of a table's texts, and that is said once."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from coprod_measure.plain_text import cleaned
from coprod_measure.responses.imports.raw_table import RawTable


def printable(table: RawTable) -> RawTable:
    """Clean names, labels and cells; a table that holds nothing to clean comes back as it is."""
    header = tuple(map(cleaned, table.header))
    labels = {at: cleaned(text) for at, text in table.labels.items()}
    value_labels = {
        at: {code: cleaned(str(text)) for code, text in said.items()}
        for at, said in table.value_labels.items()
    }
    found = {}
    for place in table.cells.columns:
        column = table.cells[place]
        if (said := _cleaned(column)) is not None:
            found[place] = said
    warnings = table.warnings
    if found or header != table.header:
        warnings = (*warnings, f"{table.name}: control characters were taken out of its texts")
    cells = table.cells.copy(deep=False) if found else table.cells
    for place, said in found.items():
        cells[place] = said
    return replace(
        table, header=header, labels=labels, value_labels=value_labels, cells=cells, warnings=warnings
    )


def _cleaned(column: pd.Series) -> pd.Series | None:
    """Texts without control characters; None where there are none, which a look at distinct cells tells."""
    if isinstance(column.dtype, pd.StringDtype):
        import pyarrow
        from pyarrow import compute

        if (
            compute.all(compute.utf8_is_printable(pyarrow.array(column, from_pandas=True))).as_py()
            is not False
        ):
            return None
    elif column.dtype != object:
        return None
    texts = {cell for cell in column.tolist() if isinstance(cell, str) and not cell.isprintable()}
    changed = {text: plain for text in texts if (plain := cleaned(text)) is not text}
    return (
        column.map(lambda cell: changed.get(cell, cell) if isinstance(cell, str) else cell)
        if changed
        else None
    )
