"""Modification indices: what freeing one more parameter would do."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import LinAlgError, cho_solve, cholesky

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.discrepancy import Bordered
from coprod_measure.estimation.inference.information import free_directions
from coprod_measure.estimation.model.model import Model, compile_model
from coprod_measure.estimation.model.standardize import standardizing_factors
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.estimation.specification.parameter_table import Parameter, ParameterTable

# Smallest pivot beside the largest: below it, information does not tell parameters apart.
_IDENTIFIED = 1e-6


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
        Expected change from where the parameter is fixed (EPC; Saris, Satorra & Sorbom 1987).
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
    """List parameters that are absent or fixed.

    Returns
    -------
    list of Parameter
        Loadings on every indicator, covariances of residuals and of latent variables, regressions among the
        variables of the structural part (of covariates too, by what is none); what is fixed, at its value;
        one a group.
    """
    found: list[Parameter] = []
    for group in range(1, table.n_groups + 1):
        variables = table.level_of(group)
        own = [row for row in table.rows if row.group == group]
        given = {row.lhs for row in own if row.exogenous}
        fixed = [row for row in own if not (row.free or row.exogenous or _follows(row, table))]
        taken = {(row.lhs, row.op, row.rhs) for row in own}
        taken |= {(rhs, op, lhs) for lhs, op, rhs in taken if op == "~~"}
        explained = [row for row in own if row.op in ("~", "<~")]
        structural = list(dict.fromkeys(name for row in explained for name in (row.lhs, row.rhs)))
        indicators = list(dict.fromkeys(row.rhs for row in own if row.op == "=~"))
        indicators = [x for x in indicators if x not in variables.latent]
        measured = [name for name in variables.latent if name not in variables.formative]
        names = [(f, "=~", x) for f in measured for x in indicators]
        for part in (variables.endogenous, variables.latent):
            names += [(a, "~~", b) for k, a in enumerate(part) for b in part[k:]]
        # The regression of an indicator on a latent variable is a loading.
        names += [
            (y, "~", x)
            for y in structural
            for x in structural
            if y != x
            and not (y in given and x in given)
            and not (y in indicators and x in variables.latent)
            and (y, "<~", x) not in taken
            # What a factor of factors measures is one place in the matrices, whichever way it is written.
            and (x, "=~", y) not in taken
        ]
        absent = [Parameter(*name, group, value=0.0) for name in names if name not in taken]
        found += [replace(row, free=True, label="") for row in fixed] + absent
    return [replace(row, key=f"modification {k} {row.name}") for k, row in enumerate(found)]


def _follows(row: Parameter, table: ParameterTable) -> bool:
    """Whether the row is no parameter: of residual variance and scale of an ordered variable one follows."""
    following = "~~" if table.parameterization == "delta" else "~*~"
    return row.op == following and row.lhs == row.rhs and row.lhs in table.variables.ordered


def modification_indices(solution: Solution, *, observed: bool = False) -> list[Modification]:
    """Compute modification indices and expected parameter changes.

    Parameters
    ----------
    observed : bool
        Use observed instead of expected information.

    Returns
    -------
    list of Modification
        Those that the data cannot tell apart from free ones are left out.
    """
    table = solution.model.table
    covariates = {(row.lhs, row.group) for row in table.rows if row.exogenous}
    usual: list[Parameter] = []
    scales: list[Parameter] = []
    of_covariates: list[Parameter] = []
    for row in candidates(table):
        caused = row.op == "~" and (row.lhs, row.group) in covariates
        (of_covariates if caused else scales if row.op == "~*~" else usual).append(row)
    if {row.rhs for row in table.rows if row.op == "~"} & set(table.variables.ordered):
        scales = []  # what an ordered variable causes goes by its fixed scale
    found: list[Modification] = []
    step = solution.discrepancy.at_once
    if table.variables.ordered:
        of_covariates = []  # all is given them there
    bases = (solution, solution, _random(solution) if of_covariates else solution)
    for base, rows in zip(bases, (usual, scales, of_covariates), strict=True):
        for start in range(0, len(rows), step):
            found += _of_chunk(base, rows[start : start + step], observed)
    return found


def _random(solution: Solution) -> Solution:
    """Give covariates moments of their own: where something causes them, what it leaves of them is free."""
    old = solution.model
    rows = tuple(replace(row, free=True, exogenous=False) if row.exogenous else row for row in old.table.rows)
    model = compile_model(replace(old.table, rows=rows), solution.sample)
    values = old.raw_values(solution.minimum.x)[model.first_rows()]
    return replace(solution, model=model, minimum=replace(solution.minimum, x=values))


def _extended(solution: Solution, rows: list[Parameter]) -> Model:
    """Add rows at the end, so that the free parameters before them keep their numbers."""
    table = solution.model.table
    zero = {(row.lhs, row.op, row.rhs, row.group) for row in rows}
    kept = tuple(row for row in table.rows if (row.lhs, row.op, row.rhs, row.group) not in zero)
    return compile_model(replace(table, rows=(*kept, *rows)), solution.sample)


def _of_chunk(solution: Solution, rows: list[Parameter], observed: bool) -> list[Modification]:
    model = _extended(solution, rows)
    q = solution.model.n_free
    x = np.concatenate([solution.minimum.x, [row.value for row in rows]])
    gradient = solution.discrepancy.gradient(model, x)
    if observed:
        information = Bordered.of(solution.discrepancy.hessian(model, x) / 2.0, q)
    else:
        information = solution.discrepancy.bordered(model, x, q)
    information, moved = _with_constraints(model, x, q, information)
    gradient = gradient[q:] + gradient[:q] @ moved
    directions = free_directions(solution.model, solution.minimum)
    own = directions.T @ information.own @ directions
    cross = information.across @ directions
    explained = _solved(own, cross.T)
    diagonal = information.diagonal
    left = diagonal - np.einsum("ij,ji->i", cross, explained)
    counted = solution.counted
    score = -gradient / 2.0 * counted
    with np.errstate(divide="ignore", invalid="ignore"):
        index, change = solution.sample.n / counted * score**2 / left, score / left
    by_latent, by_all = _standardized(model, x, rows, change)
    return [
        Modification(
            row.lhs,
            row.op,
            row.rhs,
            row.group,
            float(index[k]),
            float(change[k]),
            float(by_latent[k]),
            float(by_all[k]),
        )
        for k, row in enumerate(rows)
        if left[k] > 1e-8 * diagonal[k]
    ]


def _with_constraints(model: Model, x: Floats, q: int, information: Bordered) -> tuple[Bordered, Floats]:
    """Let the first q parameters move with each further one as the constraints ask, shape (q, k).

    A loading more changes the variance of its item, which correlation structures hold at one, for example.
    """
    moved = np.zeros((q, len(x) - q))
    constraints = model.constraints
    if not len(constraints.equalities):
        return information, moved
    slopes = constraints.equalities.jacobian(x)
    basis = np.eye(len(x)) if constraints.directions is None else constraints.directions
    basis = basis[:q, np.abs(basis[q:]).sum(axis=0) == 0]
    moved = -basis @ np.linalg.lstsq(slopes[:, :q] @ basis, slopes[:, q:], rcond=None)[0]
    through = information.own @ moved
    diagonal = (
        information.diagonal
        + 2.0 * np.einsum("ki,ik->k", information.across, moved)
        + np.einsum("ik,ik->k", moved, through)
    )
    return replace(information, across=information.across + through.T, diagonal=diagonal), moved


def _solved(information: Floats, right: Floats) -> Floats:
    """Solve by Cholesky's factor; by least squares where a parameter is not identified.

    On the scale of a unit diagonal, so that the units of the answers do not decide which way.
    """
    diagonal = np.diagonal(information)
    scale = np.sqrt(np.where(diagonal > 0.0, diagonal, 1.0))
    scaled, on_right = information / np.outer(scale, scale), right / scale[:, None]
    try:
        factor = cholesky(scaled, lower=True)
        told_apart = np.diagonal(factor).min(initial=np.inf) >= _IDENTIFIED
    except LinAlgError:
        told_apart = False
    if told_apart:
        return np.asarray(cho_solve((factor, True), on_right) / scale[:, None], dtype=np.float64)
    return np.asarray(np.linalg.lstsq(scaled, on_right, rcond=None)[0] / scale[:, None], dtype=np.float64)


def _standardized(model: Model, x: Floats, rows: list[Parameter], change: Floats) -> tuple[Floats, Floats]:
    """Standardise changes by the standard deviations as they are, by latent and by all variables.

    Of a variance lavaan gives its standardised value, with the sign of the change.
    """
    at = np.arange(-len(rows), 0)
    value = np.array([row.value for row in rows])
    variance = np.array([row.op == "~~" and row.lhs == row.rhs for row in rows])
    by_latent, by_all = (
        np.where(variance, np.copysign(value * factor[at], change), change * factor[at])
        for factor in standardizing_factors(model, x)
    )
    return by_latent, by_all
