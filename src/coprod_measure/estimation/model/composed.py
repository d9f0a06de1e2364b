"""What the weights of composites imply: loadings, residual covariances and intercepts of their items.

A composite c = w'x has the variance v = w'Sw, its items the loadings Sw / v and the residual covariances
S - (Sw)(Sw)' / v: they share among each other what the sample says, and with the rest of the model what goes
through c (Schuberth 2023; lavaan 0.7). S holds the covariances of the items in the sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from coprod_measure.estimation.arrays import Floats, Ints
from coprod_measure.estimation.model.constraints import Constraints
from coprod_measure.estimation.model.implied import implied_moments
from coprod_measure.estimation.model.matrices import GroupMatrices
from coprod_measure.estimation.model.row_values import row_values
from coprod_measure.estimation.specification.parameter_table import ParameterTable

# Of the differences, relative to the unit of the parameter.
_STEP = 1e-6


@dataclass(frozen=True, slots=True)
class ComposedRows:
    """Rows of the table for one composite in one group.

    Attributes
    ----------
    weights, loadings : (k,) int
    covariances, residuals : (k, k) int
        Of the items: as the sample has them, and beside the composite.
    means, intercepts : (k,) int
        Empty without means.
    variance, level : int
        Of the composite: residual variance, and intercept (-1 without means).
    column : int
        Of the composite among the latent variables.
    """

    group: int
    weights: Ints
    loadings: Ints
    covariances: Ints
    residuals: Ints
    means: Ints
    intercepts: Ints
    variance: int
    level: int
    column: int


def composed_rows(table: ParameterTable, groups: tuple[GroupMatrices, ...]) -> list[ComposedRows]:
    """Find the rows of every composite."""
    at = {(row.lhs, row.op, row.rhs, row.group): k for k, row in enumerate(table.rows)}
    for op in ("~~", "~~*"):
        at |= {(row.rhs, op, row.lhs, row.group): k for k, row in enumerate(table.rows) if row.op == op}
    found = []
    for g, group in enumerate(groups, start=1):
        for one in table.variables.composites:
            c, items = one.name, one.items
            found.append(
                ComposedRows(
                    g - 1,
                    np.array([at[c, "<~", x, g] for x in items]),
                    np.array([at[c, "=~*", x, g] for x in items]),
                    np.array([[at[a, "~~", b, g] for b in items] for a in items]),
                    np.array([[at[a, "~~*", b, g] for b in items] for a in items]),
                    np.array(
                        [at[x, "~1", "", g] for x in items] if table.mean_structure else [], dtype=np.int64
                    ),
                    np.array(
                        [at[x, "~1*", "", g] for x in items] if table.mean_structure else [], dtype=np.int64
                    ),
                    at[c, "~~", c, g],
                    at.get((c, "~1", "", g), -1),
                    group.latent.index(c),
                )
            )
    return found


def composed(rows: list[ComposedRows], groups: tuple[GroupMatrices, ...], values: Floats) -> Floats:
    """Fill in what follows from weights and structure.

    Parameters
    ----------
    values : (n_rows,) float
        Of every row of the table.
    """
    found = values.copy()
    total = np.zeros(len(rows))
    for k, one in enumerate(rows):
        own, s = values[one.weights], values[one.covariances]
        total[k] = own @ s @ own
        loading = s @ own / total[k]
        found[one.loadings] = loading
        found[one.residuals] = s - total[k] * np.outer(loading, loading)
    for g, group in enumerate(groups):
        chosen = [k for k, one in enumerate(rows) if one.group == g]
        own_rows = [rows[k] for k in chosen]
        columns = [one.column for one in own_rows]
        variance = [one.variance for one in own_rows]
        implied = implied_moments(group, found)
        share = implied.a[np.ix_(columns, columns)] ** 2
        found[variance] += np.linalg.solve(share, total[chosen] - np.diagonal(implied.v)[columns])
        if own_rows and len(own_rows[0].means):
            level = np.array([values[one.weights] @ found[one.means] for one in own_rows])
            effect = implied.a[np.ix_(columns, columns)]
            found[[one.level for one in own_rows]] += np.linalg.solve(
                effect, level - implied.eta_mean[columns]
            )
            for one, mean in zip(own_rows, level, strict=True):
                found[one.intercepts] = found[one.means] - found[one.loadings] * mean
    return found


def with_weights(
    constraints: Constraints,
    table: ParameterTable,
    groups: tuple[GroupMatrices, ...],
    free_of_row: Ints,
    fixed: Floats,
    units: Floats,
) -> tuple[Constraints, Callable[[Floats], Floats]]:
    """Hold what follows from weights where it has to be, and say how a point is brought there.

    Parameters
    ----------
    units : (q,) float
        Of the free parameters.

    Returns
    -------
    (Constraints, callable)
        The second takes and gives free parameters, shape (q,).
    """
    rows = composed_rows(table, groups)
    parts = [
        [*one.loadings, *one.residuals[np.tril_indices(len(one.weights))], *one.intercepts] for one in rows
    ]
    levels = [one.level for one in rows if one.level >= 0]
    follow = np.array([*chain.from_iterable(parts), *(one.variance for one in rows), *levels], dtype=np.int64)
    places = free_of_row[follow]

    def completed(x: Floats) -> Floats:
        values = composed(rows, groups, row_values(free_of_row, x, fixed))
        found = x.copy()
        found[places] = values[follow]
        return found

    others = np.setdiff1d(np.arange(len(constraints.origin)), places)

    def missed(x: Floats) -> tuple[Floats, Floats]:
        slopes = np.zeros((len(places), len(x)))
        slopes[np.arange(len(places)), places] = 1.0
        for k in others:
            step = np.zeros(len(x))
            step[k] = _STEP * units[k]
            ahead, behind = completed(x + step)[places], completed(x - step)[places]
            slopes[:, k] = -(ahead - behind) / (2.0 * step[k])
        return x[places] - completed(x)[places], slopes

    names = tuple(f"composite {k + 1}" for k in range(len(places)))
    return replace(constraints, equalities=constraints.equalities.joined(names, missed)), completed
