"""Estimate a model in two steps: measurement block by block, then the structure of corrected moments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats, Ints
from coprod_measure.estimation.discrepancies.discrepancy import Discrepancy
from coprod_measure.estimation.model.implied import implied_moments
from coprod_measure.estimation.model.model import Model, compile_model
from coprod_measure.estimation.sample.moments import GroupMoments, SampleMoments
from coprod_measure.estimation.solution.estimate import Solution, estimate
from coprod_measure.estimation.specification.parameter_table import Parameter, ParameterTable
from coprod_measure.estimation.two_step.mapping import LatentMoments, Mapping, Measurement, latent_moments
from coprod_measure.estimation.two_step.parts import Parts
from coprod_measure.estimation.two_step.recursive import fit_structure

BlockSample = Callable[[tuple[int, ...]], SampleMoments]
BlockDiscrepancy = Callable[[SampleMoments, Model], Discrepancy]


@dataclass(frozen=True, slots=True)
class TwoStep:
    """A model estimated in two steps.

    Attributes
    ----------
    model : Model
        The joint model.
    x : (q,) float
        All estimates, by the joint model's free parameters.
    first, second : (q,) bool
        Which of them belong to measurement, and to structure.
    measurement : tuple of Measurement
        One a group.
    latent : tuple of LatentMoments
        One a group, without products.
    structure : Solution
        Its sample are the latent moments.
    sample : SampleMoments
        Of the items, variables in the order of the joint model.
    """

    parts: Parts
    model: Model
    x: Floats
    first: np.ndarray
    second: np.ndarray
    blocks: tuple[Solution, ...]
    measurement: tuple[Measurement, ...]
    latent: tuple[LatentMoments, ...]
    structure: Solution
    mapping: Mapping
    sample: SampleMoments


def measure(parts: Parts, sample_of: BlockSample, discrepancy: BlockDiscrepancy) -> tuple[Solution, ...]:
    """First step: fit every measurement block; a negative residual variance is held at zero.

    Raises
    ------
    EstimationError
        If a block does not converge.
    """
    position = {name: k for k, name in enumerate(parts.joint.variables.observed)}
    found = []
    for table in parts.blocks:
        sample = sample_of(tuple(position[name] for name in table.variables.observed))
        fitted = partial(discrepancy, sample)
        own = estimate(table, sample, fitted)
        if _negative(own):
            bounded = tuple(
                replace(row, lower=max(row.lower, 0.0)) if _is_residual(table, row) else row
                for row in table.rows
            )
            own = estimate(replace(table, rows=bounded), sample, fitted)
        if not own.minimum.converged:
            raise EstimationError(
                f"the measurement of {', '.join(table.variables.latent)} did not converge",
                place="measurement",
                cure="Look at these items alone with cm.cfa, or join blocks with blocks=",
                code="block-not-converged",
            )
        found.append(own)
    return tuple(found)


def _is_residual(table: ParameterTable, row: Parameter) -> bool:
    return row.op == "~~" and row.lhs == row.rhs and row.lhs in table.variables.observed


def _negative(solution: Solution) -> bool:
    values = solution.model.values(solution.minimum.x)
    return any(
        value < 0.0 and row.free and _is_residual(solution.model.table, row)
        for row, value in zip(solution.model.table.rows, values, strict=True)
    )


def keys_of(model: Model) -> dict[str, int]:
    """Key of a row to the number of its free parameter."""
    return {
        row.key: int(free) for row, free in zip(model.table.rows, model.free_of_row, strict=True) if free >= 0
    }


def transfer(model: Model, source: Solution, x: Floats) -> Ints:
    """Copy estimates of a part to the joint parameter vector, in place; give their numbers there, or -1."""
    own, joint = keys_of(source.model), keys_of(model)
    numbers = np.full(source.model.n_free, -1, dtype=np.int64)
    for key, number in own.items():
        numbers[number] = joint.get(key, -1)
    known = numbers >= 0
    x[numbers[known]] = source.minimum.x[known]
    return numbers


def measured_by(parts: Parts, model: Model, x: Floats) -> tuple[Measurement, ...]:
    """Gather loadings, residuals and intercepts by which the items measure the targets, products left out.

    Factors that only measure higher ones are absorbed: their disturbances become residuals of the items.
    """
    values = model.values(x)
    for k, row in enumerate(model.table.rows):
        if row.op == "~":
            values[k] = 0.0
    names = tuple(name for name in parts.targets if name not in parts.products)
    found = []
    for group in model.groups:
        implied = implied_moments(group, values)
        known = {name: k for k, name in enumerate(group.latent)}
        lam = np.zeros((len(group.observed), len(names)))
        latent = np.array([name not in group.observed for name in names])
        for column, name in enumerate(names):
            if name in group.observed:
                lam[group.observed.index(name), column] = 1.0
            else:
                lam[:, column] = implied.lam_a[:, known[name]]
        lower = [known[name] for name in model.table.variables.latent if name not in parts.targets]
        theta = implied.theta.copy()
        own = [group.observed.index(name) for name in names if name in group.observed]
        theta[own], theta[:, own] = 0.0, 0.0
        nu = implied.nu.copy()
        nu[own] = 0.0
        if lower:
            loads = implied.lam_a[:, lower]
            theta = theta + loads @ implied.psi[np.ix_(lower, lower)] @ loads.T
            nu = nu + loads @ implied.alpha[lower]
        found.append(Measurement(lam, theta, nu, latent))
    return tuple(found)


def two_steps(
    parts: Parts,
    sample: SampleMoments,
    blocks: tuple[Solution, ...],
    mapping: Mapping,
    *,
    moments: Callable[[tuple[Measurement, ...]], tuple[LatentMoments, ...]] | None = None,
    extend: Callable[[tuple[Measurement, ...], tuple[LatentMoments, ...]], SampleMoments] | None = None,
) -> TwoStep:
    """Second step: corrected moments of the latent variables, and the structural part fitted to them.

    Parameters
    ----------
    sample : SampleMoments
        Of all items.
    blocks : tuple of Solution
        From :func:`measure`.
    mapping : str
        ``"ML"``, ``"GLS"`` or ``"ULS"``.
    moments : callable, optional
        Find latent moments otherwise than from those of the items.
    extend : callable, optional
        Add products to the latent moments.
    """
    model = compile_model(parts.joint, sample)
    x = np.zeros(model.n_free)
    first, second = np.zeros(model.n_free, dtype=bool), np.zeros(model.n_free, dtype=bool)
    for block in blocks:
        inside = _measuring(block)
        numbers = transfer(model, block, x)
        first[numbers[(numbers >= 0) & inside]] = True
    measurement = measured_by(parts, model, x)
    if moments is not None:
        latent = moments(measurement)
    else:
        names = [name for name in parts.targets if name not in parts.products]
        latent = tuple(
            latent_moments(
                part, own.cov, own.mean, own.n, mapping, np.array([(name, g) in parts.unit for name in names])
            )
            for g, (part, own) in enumerate(zip(measurement, sample.groups, strict=True), start=1)
        )
    known = SampleMoments(
        tuple(
            GroupMoments(one.cov, one.mean if parts.joint.mean_structure else None, own.n)
            for one, own in zip(latent, sample.groups, strict=True)
        )
    )
    if extend is not None:
        known = extend(measurement, latent)
    structure = fit_structure(parts.structure, known)
    numbers = transfer(model, structure, x)
    second[numbers[numbers >= 0]] = True
    return TwoStep(
        parts, model, x, first, second & ~first, blocks, measurement, latent, structure, mapping, sample
    )


def _measuring(block: Solution) -> np.ndarray:
    """Which free parameters of a block belong to measurement: all but moments of its targets."""
    table = block.model.table
    tops = set(table.variables.latent_exogenous)
    inside = np.ones(block.model.n_free, dtype=bool)
    for row, free in zip(table.rows, block.model.free_of_row, strict=True):
        if free >= 0 and row.op in ("~~", "~1") and row.lhs in tops and (row.rhs in tops or not row.rhs):
            inside[free] = False
    return inside
