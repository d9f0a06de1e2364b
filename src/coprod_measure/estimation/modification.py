"""Modification indices: what freeing one more parameter would do."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coprod_measure.estimation.estimate import Solution
from coprod_measure.estimation.information import free_directions
from coprod_measure.estimation.matrices import Floats
from coprod_measure.estimation.model import Model, compile_model
from coprod_measure.estimation.parameter_table import Parameter, ParameterTable
from coprod_measure.estimation.standardize import standardize
from coprod_measure.estimation.weighted_least_squares import WeightedLeastSquares

_CHUNK = 400


@dataclass(frozen=True, slots=True)
class Modification:
    """A parameter that could be freed.

    Attributes
    ----------
    lhs, op, rhs, group
        The parameter.
    index : float
        Expected fall of the chi-square (Sorbom 1989).
    change : float
        Expected value of the parameter (EPC; Saris, Satorra & Sorbom 1987).
    change_lv, change_all : float
        The same standardised by latent, by all variables.
    """

    lhs: str
    op: str
    rhs: str
    group: int
    index: float
    change: float
    change_lv: float
    change_all: float


def candidates(table: ParameterTable) -> list[Parameter]:
    """List parameters that are absent or fixed to zero.

    Parameters
    ----------
    table : ParameterTable

    Returns
    -------
    list of Parameter
        Loadings on every indicator, covariances of residuals and of latent variables, and regressions among
        the variables of the structural part; one a group.
    """
    variables = table.variables
    found: list[Parameter] = []
    for group in range(1, table.n_groups + 1):
        own = [row for row in table.rows if row.group == group]
        taken = {(row.lhs, row.op, row.rhs) for row in own if row.free or row.exogenous or row.value != 0.0}
        taken |= {(rhs, op, lhs) for lhs, op, rhs in taken if op == "~~"}
        indicators = list(dict.fromkeys(row.rhs for row in own if row.op == "=~"))
        measured = [name for name in variables.latent if name not in variables.formative]
        structural = list(dict.fromkeys(name for row in own if row.op == "~" for name in (row.lhs, row.rhs)))
        names = [(f, "=~", x) for f in measured for x in indicators if f != x]
        for part in (variables.endogenous, variables.latent):
            names += [(a, "~~", b) for k, a in enumerate(part) for b in part[k:]]
        names += [
            (y, "~", x) for y in structural for x in structural if y != x and y not in variables.exogenous
        ]
        reverse = {(row.lhs, row.rhs) for row in own if row.op == "~"}
        found += [
            Parameter(lhs, op, rhs, group, key=f"modification {len(found)} {lhs}{op}{rhs} {group}")
            for lhs, op, rhs in names
            if (lhs, op, rhs) not in taken and not (op == "~" and (rhs, lhs) in reverse)
        ]
    return found


def modification_indices(solution: Solution, *, observed: bool = False) -> list[Modification]:
    """Compute modification indices and expected parameter changes.

    Parameters
    ----------
    solution : Solution
        The estimates.
    observed : bool
        Use observed instead of expected information.

    Returns
    -------
    list of Modification
        In the order of :func:`candidates`; those that the data cannot tell apart from free ones are left out.
    """
    rows = candidates(solution.model.table)
    found: list[Modification] = []
    for start in range(0, len(rows), _CHUNK):
        found += _of_chunk(solution, rows[start : start + _CHUNK], observed)
    return found


def _extended(solution: Solution, rows: list[Parameter]) -> Model:
    """Add rows at the end, so that the free parameters before them keep their numbers."""
    table = solution.model.table
    zero = {(row.lhs, row.op, row.rhs, row.group) for row in rows}
    kept = tuple(row for row in table.rows if (row.lhs, row.op, row.rhs, row.group) not in zero)
    return compile_model(replace(table, rows=(*kept, *rows)), solution.sample)


def _of_chunk(solution: Solution, rows: list[Parameter], observed: bool) -> list[Modification]:
    model = _extended(solution, rows)
    q = solution.model.n_free
    x = np.concatenate([solution.minimum.x, np.zeros(len(rows))])
    gradient = solution.discrepancy.gradient(model, x)[q:]
    if observed:
        information = solution.discrepancy.hessian(model, x) / 2.0
    else:
        information = solution.discrepancy.information(model, x)
    directions = free_directions(solution.model, solution.minimum)
    own = directions.T @ information[:q, :q] @ directions
    cross = information[q:, :q] @ directions
    explained = np.linalg.lstsq(own, cross.T, rcond=None)[0]
    diagonal = np.diagonal(information)[q:]
    left = diagonal - np.einsum("ij,ji->i", cross, explained)
    counted, discrepancy = 1.0, solution.discrepancy
    if isinstance(discrepancy, WeightedLeastSquares):
        # F counts respondents less one a group, its information all of them, as in lavaan.
        counted = discrepancy.multiplier / discrepancy.n
    score = -gradient / 2.0 * counted
    standard = _standard_scales(model, x, q, rows)
    return [
        Modification(
            row.lhs,
            row.op,
            row.rhs,
            row.group,
            float(solution.sample.n / counted * score[k] ** 2 / left[k]),
            float(score[k] / left[k]),
            float(score[k] / left[k] * standard[0][k]),
            float(score[k] / left[k] * standard[1][k]),
        )
        for k, row in enumerate(rows)
        if left[k] > 1e-8 * max(diagonal[k], 1e-12)
    ]


def _standard_scales(model: Model, x: Floats, q: int, rows: list[Parameter]) -> tuple[Floats, Floats]:
    """Find what a change is multiplied by: derivatives of the standardised values at zero."""
    last = len(model.table.rows) - len(rows)
    free = np.arange(q, q + len(rows))
    scales = []
    for observed in (False, True):
        jacobian = standardize(model, x, observed=observed).jacobian
        scales.append(jacobian[last:][np.arange(len(rows)), free])
    return scales[0], scales[1]
