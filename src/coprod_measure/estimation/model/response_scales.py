"""Residual variances and scales of ordered variables that follow from the other parameters.

A latent response has no scale of its own. Under the delta parameterisation its scale is a parameter and its
residual variance follows; under theta it is the other way round (Muthen & Asparouhov 2002, Mplus Web Note 4).
"""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.model.implied import Derivatives, implied_moments
from coprod_measure.estimation.model.matrices import GroupMatrices, Placement
from coprod_measure.estimation.specification.parameter_table import ParameterTable


def conditional_values(table: ParameterTable, values: Floats) -> Floats:
    """Values with all moments of fixed covariates at zero: what remains is conditional on them.

    Parameters
    ----------
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
        variance = np.diagonal(implied.sigma).copy()
        pairs = own_variances(group.places["psi"], group.latent, ordered)
        if pairs:
            columns = [column for _, column in pairs]
            observed = [group.observed.index(group.latent[column]) for column in columns]
            share = implied.lam_a[:, columns] ** 2
            now = np.diagonal(implied.psi)[columns]
            solved = now + np.linalg.solve(share[observed], target[observed] - variance[observed])
            completed[[row for row, _ in pairs]] = solved
            variance += share @ (solved - now)
        for row, i in own_variances(group.places["theta"], group.observed, ordered):
            completed[row] = target[i] - (variance[i] - implied.theta[i, i])
    return completed


def completed_slopes(
    table: ParameterTable,
    groups: tuple[GroupMatrices, ...],
    rules: tuple[Derivatives, ...],
    values: Floats,
    unit: Floats,
) -> Floats:
    """Differentiate `complete_values` by the free parameters.

    Parameters
    ----------
    table, groups
        As in `complete_values`.
    rules : tuple of Derivatives
        Derivatives of the implied moments.
    values : (n_rows,) float
        Completed values.
    unit : (n_rows, n_free) float
        Derivatives of the rows that are free.

    Returns
    -------
    (n_rows, n_free) float
    """
    slopes = unit.copy()
    conditional = conditional_values(table, values)
    ordered = set(table.variables.ordered)
    for group, rule in zip(groups, rules, strict=True):
        implied = implied_moments(group, conditional)
        basis = implied.basis
        variance = np.zeros((len(group.observed), unit.shape[1]))
        own = 2.0 * rule.scale * basis[:, rule.left] * basis[:, rule.right]
        np.add.at(variance.T, rule.free, own.T)
        delta = group.places["delta"]
        if table.parameterization == "theta":
            slopes[delta.row] = -0.5 * (values[delta.row] ** 3)[:, None] * variance[delta.i]
            continue
        target = np.zeros_like(variance)
        target[delta.i] = -2.0 * (values[delta.row] ** -3)[:, None] * unit[delta.row]
        pairs = own_variances(group.places["psi"], group.latent, ordered)
        if pairs:
            columns = [column for _, column in pairs]
            observed = [group.observed.index(group.latent[column]) for column in columns]
            share = implied.lam_a[:, columns] ** 2
            moved = np.linalg.solve(share[observed], target[observed] - variance[observed])
            slopes[[row for row, _ in pairs]] = moved
            variance += share @ moved
        for row, i in own_variances(group.places["theta"], group.observed, ordered):
            slopes[row] = target[i] - variance[i]
    return slopes


def scales_of(group: GroupMatrices, values: Floats) -> Floats:
    """Scale parameters of all observed variables, 1 where there is none; shape (p,)."""
    scale = np.ones(len(group.observed))
    scale[group.places["delta"].i] = values[group.places["delta"].row]
    return scale


def own_variances(place: Placement, names: tuple[str, ...], ordered: set[str]) -> list[tuple[int, int]]:
    """Table row and position of each residual variance of an ordered variable in one matrix."""
    cells = zip(place.row, place.i, place.j, strict=True)
    return [(int(row), int(i)) for row, i, j in cells if i == j and names[i] in ordered]
