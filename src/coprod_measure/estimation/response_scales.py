"""Residual variances and scales of ordered variables that follow from the other parameters.

A latent response has no scale of its own. Under the delta parameterisation its scale is a parameter and its
residual variance follows; under theta it is the other way round (Muthen & Asparouhov 2002, Mplus Web Note 4).
"""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.implied import implied_moments
from coprod_measure.estimation.matrices import Floats, GroupMatrices
from coprod_measure.estimation.parameter_table import ParameterTable


def conditional_values(table: ParameterTable, values: Floats) -> Floats:
    """Values with all moments of fixed covariates at zero: what remains is conditional on them.

    Parameters
    ----------
    table : ParameterTable
        The parameters.
    values : (n_rows,) float
        Value of every row of the table.

    Returns
    -------
    (n_rows,) float
    """
    exogenous = np.array([row.exogenous for row in table.rows], dtype=np.bool_)
    conditional: Floats = np.where(exogenous, 0.0, values)
    return conditional


def complete_values(table: ParameterTable, groups: tuple[GroupMatrices, ...], values: Floats) -> Floats:
    """Fill in what follows for ordered variables.

    Parameters
    ----------
    table : ParameterTable
        The parameters.
    groups : tuple of GroupMatrices
        Cells of the matrices.
    values : (n_rows,) float
        Value of every row of the table as free and fixed parameters say.

    Returns
    -------
    (n_rows,) float
        With residual variances (delta) or scales (theta) of ordered variables.
    """
    completed = values.copy()
    conditional = conditional_values(table, values)
    ordered = {table.variables.observed.index(name) for name in table.variables.ordered}
    for group in groups:
        implied = implied_moments(group, conditional)
        theta, delta = group.places["theta"], group.places["delta"]
        scaled = np.array([i in ordered for i in delta.i], dtype=np.bool_)
        if table.parameterization == "theta":
            variance = np.diagonal(implied.sigma)[delta.i[scaled]]
            completed[delta.row[scaled]] = 1.0 / np.sqrt(np.maximum(variance, 1e-12))
            continue
        scale = np.ones(len(group.observed))
        scale[delta.i] = values[delta.row]
        own = np.array(
            [i == j and i in ordered for i, j in zip(theta.i, theta.j, strict=True)], dtype=np.bool_
        )
        position = theta.i[own]
        explained = np.diagonal(implied.sigma - implied.theta)[position]
        completed[theta.row[own]] = 1.0 / scale[position] ** 2 - explained
    return completed
