"""A compiled model: everything about it that does not change while it is estimated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import null_space

from coprod_measure.errors import ModelError
from coprod_measure.estimation.arrays import Floats, Ints
from coprod_measure.estimation.model.composed import with_weights
from coprod_measure.estimation.model.constraints import Constraints, compile_constraints
from coprod_measure.estimation.model.correlations import with_unit_variances
from coprod_measure.estimation.model.implied import Derivatives, Implied, derivative_rules, implied_moments
from coprod_measure.estimation.model.matrices import GroupMatrices, place_parameters
from coprod_measure.estimation.model.response_scales import complete_values, completed_slopes
from coprod_measure.estimation.model.rotated import with_rotation
from coprod_measure.estimation.model.row_values import row_values
from coprod_measure.estimation.model.units import free_units
from coprod_measure.estimation.sample.moments import SampleMoments
from coprod_measure.estimation.specification.parameter_table import ParameterTable


@dataclass(frozen=True, slots=True)
class Model:
    """A model ready to be estimated.

    Attributes
    ----------
    groups : tuple of GroupMatrices
        Cells of the matrices.
    rules : tuple of Derivatives
        Derivatives, one a group.
    free_of_row : (n_rows,) int
        Row of the table to free parameter (equal parameters share one), -1 where fixed.
    fixed : (n_rows,) float
        Values of fixed rows; 0 where free.
    n_free : int
        q, the number of distinct free parameters.
    constraints : Constraints
        Definitions, equalities, inequalities.
    completed : callable or None
        Brings free parameters to where those that follow from the weights of composites have to be.
    sample : SampleMoments or None
        What the spread of the variables is taken from, for :attr:`units`.
    """

    table: ParameterTable
    groups: tuple[GroupMatrices, ...]
    rules: tuple[Derivatives, ...]
    free_of_row: Ints
    fixed: Floats
    n_free: int
    constraints: Constraints
    completed: Callable[[Floats], Floats] | None = None
    sample: SampleMoments | None = None

    @property
    def units(self) -> Floats:
        """About how large each free parameter is, by the spread of the variables, shape (q,)."""
        return free_units(self.table, self.sample, self.free_of_row, self.n_free)

    @property
    def means(self) -> bool:
        """Whether the mean structure belongs to the model."""
        return self.table.mean_structure

    @property
    def constrained(self) -> bool:
        """Whether there are constraints that are not linear equalities."""
        return bool(len(self.constraints.equalities) or len(self.constraints.inequalities))

    def values(self, x: Floats) -> Floats:
        """Value of every row of the table, with what follows for the scales of ordered variables."""
        raw = self.raw_values(x)
        return complete_values(self.table, self.groups, raw) if self.table.variables.ordered else raw

    def row_slopes(self, x: Floats) -> Floats:
        """Differentiate `values` by the free parameters, shape (n_rows, q)."""
        unit = np.zeros((len(self.free_of_row), self.n_free))
        free = np.flatnonzero(self.free_of_row >= 0)
        unit[free, self.free_of_row[free]] = 1.0
        if not self.table.variables.ordered:
            return unit
        return completed_slopes(self.table, self.groups, self.rules, self.values(x), unit)

    def raw_values(self, x: Floats) -> Floats:
        """Value of every row of the table as free and fixed parameters say."""
        return row_values(self.free_of_row, x, self.fixed)

    def implied(self, x: Floats) -> tuple[Implied, ...]:
        """Implied moments of every group."""
        values = self.values(x)
        return tuple(implied_moments(group, values) for group in self.groups)

    def fixed_covariates(self, group: int) -> list[int]:
        """Positions of the covariates whose moments are fixed, groups counted from 1."""
        names = {row.lhs for row in self.table.rows if row.exogenous and row.group == group}
        return [k for k, name in enumerate(self.table.variables.observed) if name in names]

    def first_rows(self) -> list[int]:
        """First row of the table for every free parameter."""
        rows = np.flatnonzero(self.free_of_row >= 0)
        found: list[int] = rows[np.unique(self.free_of_row[rows], return_index=True)[1]].tolist()
        return found

    def kept(self, slopes: Floats) -> Floats:
        """Directions of the free parameters along which functions with these slopes stay, shape (q, r).

        Each in units of its parameters: none is taken for nothing because its variables have large values.
        """
        units = self.units
        scaled = slopes * units
        size = np.linalg.norm(scaled, axis=1, keepdims=True)
        return np.asarray(units[:, None] * null_space(scaled / np.where(size > 0.0, size, 1.0)))

    def names(self) -> tuple[str, ...]:
        """Name every free parameter: its label, or lhs op rhs with the group."""
        rows = (self.table.rows[k] for k in self.first_rows())
        return tuple(
            row.label or (row.name if row.group == 1 else f"{row.name} (group {row.group})") for row in rows
        )


def compile_model(table: ParameterTable, sample: SampleMoments | None = None) -> Model:
    """Prepare a parameter table for estimation.

    Parameters
    ----------
    sample : SampleMoments, optional
        Where exogenous covariates take their fixed moments from.

    Raises
    ------
    ModelError
        For constraints that cannot be read or met.
    """
    keys: dict[str, int] = {}
    free_of_row = np.full(len(table.rows), -1, dtype=np.int64)
    fixed = np.zeros(len(table.rows))
    position = {name: k for k, name in enumerate(table.variables.observed)}
    for k, row in enumerate(table.rows):
        if row.free:
            free_of_row[k] = keys.setdefault(row.key, len(keys))
        elif (row.exogenous or row.given) and sample is not None:
            fixed[k] = _sample_value(sample, row.group, position[row.lhs], position.get(row.rhs))
        elif not (row.exogenous or row.given):
            fixed[k] = row.value
    if not np.isfinite(fixed).all():
        bad = table.rows[int(np.flatnonzero(~np.isfinite(fixed))[0])]
        raise ModelError(f"{bad.name} is fixed to no number", place=bad.place, cure="Write NA* to free it")
    groups = place_parameters(table)
    rules = tuple(derivative_rules(group, free_of_row) for group in groups)
    constraints = compile_constraints(table, free_of_row, fixed, len(keys))
    if table.correlation:
        constraints = with_unit_variances(constraints, table, groups, rules, free_of_row, fixed)
    if table.rotation is not None:
        units = free_units(table, sample, free_of_row, len(keys))
        constraints = with_rotation(constraints, table, free_of_row, fixed, units)
    completed = None
    if table.variables.composites:
        units = free_units(table, sample, free_of_row, len(keys))
        constraints, completed = with_weights(constraints, table, groups, free_of_row, fixed, units)
    return Model(table, groups, rules, free_of_row, fixed, len(keys), constraints, completed, sample)


def exogenous_values(table: ParameterTable, sample: SampleMoments, fixed: Floats) -> Floats:
    """Take the moments of fixed covariates from another sample.

    Parameters
    ----------
    fixed : (n_rows,) float
        Values of fixed rows.

    Returns
    -------
    (n_rows,) float
    """
    position = {name: k for k, name in enumerate(table.variables.observed)}
    changed = fixed.copy()
    for k, row in enumerate(table.rows):
        if row.exogenous:
            changed[k] = _sample_value(sample, row.group, position[row.lhs], position.get(row.rhs))
    return changed


def _sample_value(sample: SampleMoments, group: int, i: int, j: int | None) -> float:
    moments = sample.groups[group - 1]
    if j is not None:
        return float(moments.cov[i, j])
    return 0.0 if moments.mean is None else float(moments.mean[i])
