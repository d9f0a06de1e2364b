"""Models with exploratory blocks: estimated unrotated, then rotated with all that rests on their factors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from coprod_measure.errors import ModelError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.discrepancy import Discrepancy
from coprod_measure.estimation.model.implied import Implied, implied_moments
from coprod_measure.estimation.model.model import Model, compile_model
from coprod_measure.estimation.model.rotated import block_rows, shares_loadings
from coprod_measure.estimation.rotation.criteria import RotationOptions
from coprod_measure.estimation.rotation.rotate import IN_PLACE, Rotation, rotate, signs_of
from coprod_measure.estimation.sample.moments import SampleMoments
from coprod_measure.estimation.solution.estimate import Solution, estimate
from coprod_measure.estimation.specification.exploratory import block_covariances, unrotated_zeros
from coprod_measure.estimation.specification.parameter_table import Parameter, ParameterTable

# Indicators whose loading is nearly the largest one say where a factor stands among the others, as in lavaan.
_MARKING = 0.8


def unrotated(table: ParameterTable) -> ParameterTable:
    """Identify exploratory blocks by zeros: an echelon of loadings, and factors without covariances."""
    blocks = table.variables.blocks
    zeros = {cell for block in blocks for cell in unrotated_zeros(block)}
    free_elsewhere = {block.factors[0] for block in blocks if shares_loadings(table, block)}
    pairs: dict[tuple[str, str, str], bool] = {}
    for block in blocks:
        for lhs, op, rhs in block_covariances((block,)):
            pairs[lhs, op, rhs] = pairs[rhs, op, lhs] = block.factors[0] in free_elsewhere

    def held(row: Parameter) -> Parameter:
        cell = (row.lhs, row.op, row.rhs)
        apart = cell in pairs and not (pairs[cell] and row.group > 1)
        return replace(row, free=False, value=0.0) if cell in zeros or apart else row

    plain = replace(table.variables, blocks=())
    return replace(table, rows=tuple(held(row) for row in table.rows), variables=plain, rotation=None)


def rotated_estimate(
    table: ParameterTable,
    sample: SampleMoments,
    discrepancy: Callable[[Model], Discrepancy],
    near: Floats | None = None,
) -> Solution:
    """Estimate a model with exploratory blocks.

    Parameters
    ----------
    discrepancy : callable
        Makes one of a compiled model.
    near : (n_rows,) float, optional
        Values of a solution of similar data, whose rotation is followed.

    Raises
    ------
    ModelError
        If the factors of a block do not enter the same equations, or constraints hold what rotation moves.
    """
    first = estimate(unrotated(table), sample, discrepancy)
    model = compile_model(table, sample)
    built = discrepancy(model)
    values = first.model.values(first.minimum.x)
    turned = _turned(model, first.model, values, near)
    x = np.zeros(model.n_free)
    free = model.free_of_row >= 0
    x[model.free_of_row[free]] = turned[free]
    value = built.value(model, x)
    if not abs(value - first.minimum.value) < 1e-7 * max(1.0, abs(value)):
        names = ", ".join(block.name for block in table.variables.blocks)
        raise ModelError(
            f"the factors of the block {names} cannot be rotated: not all of them have the same relations",
            place="model",
            cure="Let every factor of a block stand in the same formulas, free and without constraints",
            code="not-rotatable",
        )
    minimum = replace(first.minimum, x=x, value=value)
    return Solution(model, sample, built, minimum)


def _turned(model: Model, first: Model, values: Floats, near: Floats | None) -> Floats:
    """Rotate the parameters of every group."""
    table = model.table
    rotation = table.rotation or Rotation()
    turns: dict[int, dict[str, Floats]] = {group: {} for group in range(1, table.n_groups + 1)}
    for rows in block_rows(table):
        loadings = values[rows.loadings]
        scaled = rows.scaled(values, rotation)[0]
        if near is None:
            turn = _turn(loadings, scaled, rotation, rotation.of(rows.block.name))
        else:
            options = replace(rotation.of(rows.block.name), starts=0)
            turn = _followed(scaled, rows.scaled(near, rotation)[0], rotation.method, options)
        shared = shares_loadings(table, rows.block)
        for number in turns if shared else [rows.group]:
            turns[number][rows.block.name] = turn
    found = values.copy()
    for number, group in enumerate(first.groups, start=1):
        implied = implied_moments(group, values)
        turn = np.eye(len(group.latent))
        for block in table.variables.blocks:
            at = [group.latent.index(factor) for factor in block.factors]
            turn[np.ix_(at, at)] = turns[number][block.name]
        back = np.asarray(np.linalg.inv(turn), dtype=np.float64)
        _place(model, number, found, implied, turn, back)
    return found


def _place(model: Model, number: int, found: Floats, implied: Implied, turn: Floats, back: Floats) -> None:
    """Write the rotated matrices of one group into the rows of the table."""
    matrices = {
        "lambda": implied.lam @ turn,
        "beta": back @ implied.beta @ turn,
        "psi": back @ implied.psi @ back.T,
        "alpha": (back @ implied.alpha)[:, None],
    }
    for name, matrix in matrices.items():
        place = model.groups[number - 1].places[name]
        found[place.row] = matrix[place.i, place.j]


def _turn(loadings: Floats, scaled: Floats, rotation: Rotation, options: RotationOptions) -> Floats:
    """Find M of Lambda M: rotated, in the order of the marking indicators, with positive sums."""
    if loadings.shape[1] == 1:
        return np.asarray(np.sign(loadings.sum(keepdims=True)), dtype=np.float64)
    pattern = rotate(scaled, rotation.method, options).loadings
    turn = np.linalg.lstsq(scaled, pattern, rcond=None)[0]
    final = loadings @ turn
    if not rotation.method.startswith(IN_PLACE):
        size = np.abs(final)
        marked = size >= _MARKING * size.max(axis=0)
        place = (marked * np.arange(1, len(size) + 1)[:, None]).sum(axis=0) / marked.sum(axis=0)
        order = np.argsort(place, kind="stable")
        final, turn = final[:, order], turn[:, order]
    return np.asarray(turn * signs_of(final, options.target), dtype=np.float64)


def _followed(scaled: Floats, pattern: Floats, method: str, options: RotationOptions) -> Floats:
    """Rotate from near a known pattern, and keep its order and signs."""
    left, _, right = np.linalg.svd(scaled.T @ pattern)
    start = scaled @ (left @ right)
    found = rotate(start, method, options).loadings
    agreement = found.T @ pattern
    theirs, own = linear_sum_assignment(-np.abs(agreement.T))
    found = found[:, own] * np.where(agreement.T[theirs, own] < 0, -1.0, 1.0)
    return np.asarray(np.linalg.lstsq(scaled, found, rcond=None)[0], dtype=np.float64)
