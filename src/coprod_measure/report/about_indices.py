"""What a model misses: modification indices and residuals over their standard errors."""

from __future__ import annotations

import pandas as pd

from coprod_measure.report.document import Block, Column, Row, Table
from coprod_measure.report.from_frames import cell
from coprod_measure.report.labels import Labels


def about_indices(id_: str, model: str, indices: pd.DataFrame, labels: Labels) -> list[Block]:
    """Show the largest modification indices; nothing where none is significant."""
    if indices.empty:
        return []
    rows = tuple(
        Row(
            (
                f"{_name(row.lhs, labels)} {row.op} {_name(row.rhs, labels)}",
                *map(cell, (row.mi, row.epc, row.sepc_all)),
            )
        )
        for row in indices.itertuples()
    )
    columns = (
        Column("Parameter"),
        Column("MI", "decimal"),
        Column("EPC", "decimal"),
        Column("EPC, standardised", "bounded"),
    )
    notes = (
        "The largest: by how much χ² would fall if the parameter were free, and what its value would be "
        "about. Nothing was freed by them: a change that only the data ask for needs new data.",
    )
    return [Table(id_, f"Modification indices of {model}", columns, rows, notes)]


def about_residuals(id_: str, model: str, residuals: pd.DataFrame, labels: Labels) -> list[Block]:
    """Show the largest residuals over their standard errors; nothing where there are none."""
    if residuals.empty:
        return []
    rows = tuple(
        Row((_name(row.lhs, labels), _name(row.rhs, labels), cell(row.residual)))
        for row in residuals.itertuples()
    )
    columns = (Column("Variable"), Column("and variable"), Column("z", "decimal", italic=True))
    notes = ("Residual covariances over their standard errors; beyond ±1.96 chance alone is unlikely.",)
    return [Table(id_, f"Largest standardised residuals of {model}", columns, rows, notes)]


def _name(id_: str, labels: Labels) -> str:
    return labels.short_item(id_) if id_ in labels.instrument.items else labels.construct(id_)
