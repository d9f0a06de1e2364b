"""Residual variances and scales of ordered variables that follow from the other parameters.

A latent response has no scale of its own. Under the delta parameterisation its scale is a parameter and its
residual variance follows; under theta it is the other way round (Muthen & Asparouhov 2002, Mplus Web Note 4).
"""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.implied import implied_moments
from coprod_measure.estimation.matrices import Floats, GroupMatrices, Placement
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
    ordered = set(table.variables.ordered)
    for group in groups:
        implied = implied_moments(group, conditional)
        if table.parameterization == "theta":
            delta = group.places["delta"]
            variance = np.diagonal(implied.sigma)[delta.i]
            completed[delta.row] = 1.0 / np.sqrt(np.maximum(variance, 1e-12))
            continue
        target = 1.0 / scales_of(group, values) ** 2
        theta, psi = group.places["theta"], group.places["psi"]
        for rows, i in own_variances(theta, group.observed, ordered):
            completed[rows] = target[i] - (implied.sigma - implied.theta)[i, i]
        pairs = own_variances(psi, group.latent, ordered)
        if pairs:
            columns = [column for _, column in pairs]
            observed = [group.observed.index(group.latent[column]) for column in columns]
            share = implied.lam_a[np.ix_(observed, columns)] ** 2
            base = np.diagonal(implied.sigma)[observed] - share @ np.diagonal(implied.psi)[columns]
            completed[[row for row, _ in pairs]] = np.linalg.solve(share, target[observed] - base)
    return completed


def scales_of(group: GroupMatrices, values: Floats) -> Floats:
    """Scale parameters of all observed variables, 1 where there is none; shape (p,)."""
    scale = np.ones(len(group.observed))
    scale[group.places["delta"].i] = values[group.places["delta"].row]
    return scale


def own_variances(place: Placement, names: tuple[str, ...], ordered: set[str]) -> list[tuple[int, int]]:
    """Table row and position of each residual variance of an ordered variable in one matrix."""
    cells = zip(place.row, place.i, place.j, strict=True)
    return [(int(row), int(i)) for row, i, j in cells if i == j and names[i] in ordered]
