"""In what units parameters are counted: steps and tolerances are relative to them."""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats, Ints
from coprod_measure.estimation.sample.moments import SampleMoments
from coprod_measure.estimation.specification.parameter_table import ParameterTable


def free_units(table: ParameterTable, sample: SampleMoments | None, free_of_row: Ints, n_free: int) -> Floats:
    """Take the units of the free parameters, shape (q,): of equal ones the first one's."""
    units = np.ones(n_free)
    free = np.flatnonzero(free_of_row >= 0)[::-1]
    units[free_of_row[free]] = row_units(table, sample)[free]
    return units


def row_units(table: ParameterTable, sample: SampleMoments | None) -> Floats:
    """Guess the size of every row's parameter from the standard deviations of the sample, shape (n_rows,).

    A factor counts in the unit of its marker, a composite in that of the item whose weight is fixed.
    """
    if sample is None:
        return np.ones(len(table.rows))
    found = np.ones(len(table.rows))
    for group, moments in enumerate(sample.groups, start=1):
        own = [(k, row) for k, row in enumerate(table.rows) if row.group == group]
        sds = np.sqrt(np.maximum(np.diagonal(moments.cov), 0.0))  # of a part between, also negative
        known = {n: float(sd) for n, sd in zip(table.variables.observed, sds, strict=True) if sd > 0.0}
        marked = {
            row.lhs: row for _, row in own if row.op in ("=~", "<~") and not row.free and row.value != 0.0
        }
        for _ in marked:  # factors of factors follow theirs
            for name, row in marked.items():
                if name not in known and row.rhs in known:
                    known[name] = known[row.rhs] / abs(row.value)
        for k, row in own:
            # A product of factors counts in that of their units.
            left, right = (
                float(np.prod([known.get(part, 1.0) for part in name.split(":")]))
                for name in (row.lhs, row.rhs)
            )
            if row.op in ("~~", "~~*"):
                found[k] = left * right
            elif row.op in ("~1", "~1*"):
                found[k] = left
            elif row.op in ("=~", "=~*"):
                found[k] = right / left
            elif row.op in ("~", "<~"):
                found[k] = left / right
    return found
