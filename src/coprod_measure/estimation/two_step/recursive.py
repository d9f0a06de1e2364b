"""Recursive structures without residual covariances need no search: one regression an outcome is ML."""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.maximum_likelihood import MaximumLikelihood
from coprod_measure.estimation.model.model import Model, compile_model
from coprod_measure.estimation.sample.moments import SampleMoments
from coprod_measure.estimation.solution.estimate import Solution, estimate, resume
from coprod_measure.estimation.solution.minimize import Minimum
from coprod_measure.estimation.specification.parameter_table import ParameterTable

# Parameters above which one step of a search is dear.
_DEAR = 300
_FLAT = 1e-8


def fit_structure(table: ParameterTable, sample: SampleMoments) -> Solution:
    """Fit the structural part to latent moments.

    Parameters
    ----------
    table : ParameterTable
        Without latent variables.
    """
    free = {row.key for row in table.rows if row.free}
    if len(free) < _DEAR:
        return estimate(table, sample, MaximumLikelihood(sample))
    model, discrepancy = compile_model(table, sample), MaximumLikelihood(sample)
    start = equation_by_equation(model, sample)
    if not len(model.constraints.equalities) and model.constraints.directions is None:
        gradient = discrepancy.gradient(model, start)
        if np.abs(gradient).max() < _FLAT:
            value = discrepancy.value(model, start)
            return Solution(
                model, sample, discrepancy, Minimum(start, value, 1, converged=True, reason="flat")
            )
    return resume(model, sample, discrepancy, start)


def equation_by_equation(model: Model, sample: SampleMoments) -> Floats:
    """Regress each outcome on its causes in every group; other moments as in the sample, shape (q,)."""
    total, count = np.zeros(model.n_free), np.zeros(model.n_free)
    position = {name: k for k, name in enumerate(model.table.variables.observed)}
    for number, group in enumerate(sample.groups, start=1):
        rows = [(k, row) for k, row in enumerate(model.table.rows) if row.group == number]
        causes: dict[str, list[int]] = {}
        for k, row in rows:
            if row.op == "~" and model.free_of_row[k] >= 0:
                causes.setdefault(row.lhs, []).append(position[row.rhs])
        slopes = {}
        residual = np.eye(len(position))
        for name, own in causes.items():
            i = position[name]
            found = np.linalg.solve(group.cov[np.ix_(own, own)], group.cov[own, i])
            residual[i, own] = -found
            slopes.update({(i, j): value for j, value in zip(own, found, strict=True)})
        cov = residual @ group.cov @ residual.T
        level = np.zeros(len(position)) if group.mean is None else residual @ group.mean
        for k, row in rows:
            free = model.free_of_row[k]
            if free < 0:
                continue
            i, j = position[row.lhs], position.get(row.rhs, -1)
            value = level[i] if row.op == "~1" else slopes[i, j] if row.op == "~" else cov[i, j]
            total[free] += value
            count[free] += 1.0
    return total / np.maximum(count, 1.0)
