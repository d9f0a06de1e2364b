"""Correlation structures: every observed variable is a scale times a variable with unit variance.

Sigma = D P D, with D the standard deviations and P the correlations that the model implies (Jennrich 1970;
Browne 1982): the parameters behind P have the standard errors of correlations.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coprod_measure.estimation.arrays import Floats, Ints
from coprod_measure.estimation.model.constraints import Constraints
from coprod_measure.estimation.model.implied import Derivatives, implied_moments, variance_slopes
from coprod_measure.estimation.model.matrices import GroupMatrices
from coprod_measure.estimation.model.row_values import row_values
from coprod_measure.estimation.specification.parameter_table import ParameterTable


def with_unit_variances(
    constraints: Constraints,
    table: ParameterTable,
    groups: tuple[GroupMatrices, ...],
    rules: tuple[Derivatives, ...],
    free_of_row: Ints,
    fixed: Floats,
) -> Constraints:
    """Hold the variances of variables with an equation at 1; those of the others are fixed there.

    Parameters
    ----------
    rules : tuple of Derivatives
        Derivatives of the implied moments, one a group.
    free_of_row, fixed : (n_rows,) int, float
        As in :class:`.model.Model`.
    """
    kept = [name in table.variables.dependent for name in groups[0].latent[groups[0].n_latent :]]
    columns = groups[0].n_latent + np.flatnonzero(kept)
    n_free = len(constraints.origin)

    def variances(x: Floats) -> tuple[Floats, Floats]:
        values = row_values(free_of_row, x, fixed)
        implied = [implied_moments(group, values) for group in groups]
        miss = [np.diagonal(one.v)[columns] - 1.0 for one in implied]
        slopes = [
            variance_slopes(rule, one, n_free)[1][columns] for rule, one in zip(rules, implied, strict=True)
        ]
        return np.concatenate(miss), np.vstack(slopes)

    names = tuple(f"variance of {groups[0].latent[k]} == 1" for k in columns) * len(groups)
    return replace(constraints, equalities=constraints.equalities.joined(names, variances))
