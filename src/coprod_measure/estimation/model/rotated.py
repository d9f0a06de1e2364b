"""Exploratory blocks: conditions that hold where their factors are rotated."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coprod_measure.estimation.arrays import Floats, Ints
from coprod_measure.estimation.model.constraints import Constraints
from coprod_measure.estimation.model.row_values import row_values
from coprod_measure.estimation.rotation.rotate import Rotation, stationarity
from coprod_measure.estimation.specification.exploratory import EfaBlock
from coprod_measure.estimation.specification.parameter_table import ParameterTable

# Of the differences, relative to the unit of the parameter.
_STEP = 1e-6


TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True)
class BlockRows:
    """Where the parameters of a block in one group stand in the table.

    Attributes
    ----------
    loadings : (p, m) int
    covariances : (m, m) int
        Of the factors (of their residuals, where they have equations).
    residuals : (k, p) int
        Residual variances; of all groups, if these share their loadings.
    """

    block: EfaBlock
    loadings: Ints
    covariances: Ints
    residuals: Ints
    group: int

    def scaled(self, values: Floats, rotation: Rotation) -> tuple[Floats, Floats]:
        """Give loadings as they are rotated, and covariances of the factors.

        Unit variance is that without what the causes of the factors add.
        """
        loadings, phi = values[self.loadings], values[self.covariances]
        if not rotation.standardized:
            return loadings, phi
        variance = np.sum(loadings * (loadings @ phi), axis=1) + values[self.residuals].mean(axis=0)
        return loadings / np.sqrt(np.maximum(variance, TINY))[:, None], phi


def block_rows(table: ParameterTable) -> list[BlockRows]:
    """Find the blocks that are rotated: every group's, or the first one's where loadings are equal."""
    at = {(row.lhs, row.op, row.rhs, row.group): k for k, row in enumerate(table.rows)}
    at |= {(row.rhs, "~~", row.lhs, row.group): k for k, row in enumerate(table.rows) if row.op == "~~"}
    found = []
    for block in table.variables.blocks:
        several = range(1, table.n_groups + 1)

        def residuals(group: int, block: EfaBlock = block) -> list[int]:
            return [at[x, "~~", x, group] for x in block.indicators]

        shared = table.n_groups > 1 and shares_loadings(table, block)
        for group in [1] if shared else several:
            loadings = [[at[f, "=~", x, group] for f in block.factors] for x in block.indicators]
            covariances = [[at[f, "~~", g, group] for g in block.factors] for f in block.factors]
            own = [residuals(g) for g in (several if shared else [group])]
            found.append(BlockRows(block, np.array(loadings), np.array(covariances), np.array(own), group))
    return found


def shares_loadings(table: ParameterTable, block: EfaBlock) -> bool:
    """Whether the loadings of a block are equal over groups."""
    first = (block.factors[0], block.indicators[-1])
    return len({row.key for row in table.rows if row.op == "=~" and (row.lhs, row.rhs) == first}) == 1


def with_rotation(
    constraints: Constraints, table: ParameterTable, free_of_row: Ints, fixed: Floats, units: Floats
) -> Constraints:
    """Hold the gradient of the rotation at zero: errors are those of rotated parameters (Jennrich 1973).

    Parameters
    ----------
    free_of_row, fixed : (n_rows,) int, float
        As in :class:`.model.Model`.
    units : (q,) float
        Of the free parameters.
    """
    rotation = table.rotation or Rotation()
    blocks = [rows for rows in block_rows(table) if len(rows.block.factors) > 1]
    if not blocks:
        return constraints

    def conditions(x: Floats) -> Floats:
        values = row_values(free_of_row, x, fixed)
        parts = [
            stationarity(
                *rows.scaled(values, rotation),
                rotation.method,
                rotation.of(rows.block.name),
                oblique=rotation.oblique,
            )
            for rows in blocks
        ]
        return np.concatenate(parts)

    involved = np.concatenate(
        [part.ravel() for b in blocks for part in (b.loadings, b.covariances, b.residuals)]
    )
    moved = np.unique(free_of_row[involved])
    moved = moved[moved >= 0]

    def with_slopes(x: Floats) -> tuple[Floats, Floats]:
        value = conditions(x)
        slopes = np.zeros((len(value), len(x)))
        for k in moved:
            step = np.zeros(len(x))
            step[k] = _STEP * units[k]
            slopes[:, k] = (conditions(x + step) - conditions(x - step)) / (2.0 * step[k])
        return value, slopes

    count = sum(
        len(b.block.factors) * (len(b.block.factors) - 1) // (1 if rotation.oblique else 2) for b in blocks
    )
    names = tuple(f"rotation {k + 1}" for k in range(count))
    return replace(constraints, equalities=constraints.equalities.joined(names, with_slopes))
