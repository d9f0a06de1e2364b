"""Standard errors of the second step, corrected for the first.

With s2 the score of the structural parameters in the joint likelihood, I its information and h the influence
of a respondent on the measurement estimates, a respondent moves the structural estimates by
I22^-1 (s2 - I21 h). When the model and normality hold, s2 and h are uncorrelated, and the covariance is
I22^-1 / n + I22^-1 I21 V11 I12 I22^-1 (Murphy & Topel 1985; Rosseel & Loh 2024, eq. 17). Without that
assumption it is the covariance of those influences (Yuan & Chan 2002).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import null_space

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats, cholesky, inverse_and_logdet, inverse_of
from coprod_measure.estimation.inference.information import invert
from coprod_measure.estimation.model.implied import Derivatives, Implied
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.estimation.two_step.estimate import TwoStep, keys_of

# Rows of an information matrix computed at once.
_CHUNK = 256


@dataclass(frozen=True, slots=True)
class SecondStep:
    """What the errors of the second step are made of.

    Attributes
    ----------
    inverse : (q2, q2) float
        Of I22, information of one observation, in what constraints leave free.
    cross : (q2, q1) float
        I21.
    first, second : (q1,) and (q2,) int
        Numbers of the parameters of the two steps in the joint model.
    """

    inverse: Floats
    cross: Floats
    first: np.ndarray
    second: np.ndarray


def second_step(two: TwoStep, information: Floats | None = None) -> SecondStep:
    """Gather the information that links the two steps.

    Parameters
    ----------
    information : (q, q) float, optional
        Of the joint model and one observation; by default the expected one of complete data, of which only
        the rows of structural parameters are formed.

    Raises
    ------
    EstimationError
        If the structural part is not identified.
    """
    first, second = np.flatnonzero(two.first), np.flatnonzero(two.second)
    own, cross = (
        expected_blocks(two, first, second)
        if information is None
        else (information[np.ix_(second, second)], information[np.ix_(second, first)])
    )
    return SecondStep(inverse_information(two, own, second), cross, first, second)


def inverse_information(two: TwoStep, information: Floats, second: np.ndarray) -> Floats:
    """Invert I22 in what constraints leave free, (q2, q2); the information is overwritten.

    Raises
    ------
    EstimationError
        If the structural part is not identified.
    """
    directions = structural_directions(two, second)
    reduced = information if directions is None else directions.T @ information @ directions
    factor = cholesky(reduced, overwrite=True)
    if factor is None:
        raise EstimationError(
            "the structural part is not identified by the moments of the latent variables",
            place="model",
            cure="Drop a path, or fit the whole model with cm.sem",
            code="structure-not-identified",
        )
    inverse = inverse_of(factor)
    return np.asarray(inverse if directions is None else directions @ inverse @ directions.T)


def structural_directions(two: TwoStep, second: np.ndarray) -> Floats | None:
    """Find what constraints leave free of the structural parameters, shape (q2, r); None without any."""
    constraints = two.model.constraints
    if constraints.directions is None and not len(constraints.equalities):
        return None
    basis = np.eye(two.model.n_free) if constraints.directions is None else constraints.directions
    own = basis[second]
    own = own[:, np.abs(own).max(axis=0) > 0.0]
    if len(constraints.equalities):
        own = own @ null_space(constraints.equalities.jacobian(two.x)[:, second] @ own)
    return np.asarray(own, dtype=np.float64)


def expected_blocks(two: TwoStep, first: np.ndarray, second: np.ndarray) -> tuple[Floats, Floats]:
    """Compute the expected information of structural parameters, and between them and measurement."""
    place = np.full(two.model.n_free, -1)
    place[second], place[first] = np.arange(len(second)), len(second) + np.arange(len(first))
    found = np.zeros((len(second), len(second) + len(first)))
    for share, implied, rules in zip(
        two.sample.shares, two.model.implied(two.x), two.model.rules, strict=True
    ):
        inverse, _ = inverse_and_logdet(implied.sigma)
        where = place[rules.free]
        rows = np.flatnonzero((where >= 0) & (where < len(second)))
        columns = np.flatnonzero(where >= 0)
        add_information(found, share, rules, implied, inverse, (rows, columns), where, means=two.model.means)
    return found[:, : len(second)], found[:, len(second) :]


def add_information(
    found: Floats,
    share: float,
    rules: Derivatives,
    implied: Implied,
    inverse: Floats,
    chosen: tuple[np.ndarray, np.ndarray],
    where: np.ndarray,
    *,
    means: bool,
) -> None:
    """Add a group's information of chosen rows and columns to a matrix, a few rows at a time, in place."""
    basis = implied.basis
    metric = basis.T @ (inverse @ basis)
    rows, columns = chosen
    left, right = rules.left[columns], rules.right[columns]
    factor = rules.mean_factor(implied)
    for start in range(0, len(rows), _CHUNK):
        some = rows[start : start + _CHUNK]
        of_left, of_right = metric[rules.left[some]], metric[rules.right[some]]
        block = of_left[:, right] * of_right[:, left]
        ll = of_left[:, left]
        block += ll * of_right[:, right]
        block *= rules.scale[columns]
        block *= rules.scale[some, None]
        if means:
            block += ll * factor[some, None] * factor[columns]
        np.add.at(found, (where[some][:, None], where[columns]), share * block)


def first_step_covariance(two: TwoStep, covariances: list[Floats]) -> Floats:
    """Covariance of the measurement estimates, shape (q1, q1), blocks independent.

    ``covariances``: of every block.
    """
    first = np.flatnonzero(two.first)
    place = np.full(two.model.n_free, -1)
    place[first] = np.arange(len(first))
    small = np.zeros((len(first), len(first)))
    for block, covariance in zip(two.blocks, covariances, strict=True):
        numbers = block_numbers(two, block)
        at = np.where(numbers >= 0, place[numbers], -1)
        kept = at >= 0
        small[np.ix_(at[kept], at[kept])] = covariance[np.ix_(kept, kept)]
    return small


def block_numbers(two: TwoStep, block: Solution) -> np.ndarray:
    """Find the number in the joint model of each free parameter of a block; -1 where not measurement."""
    joint = keys_of(two.model)
    numbers = np.full(block.model.n_free, -1)
    for key, number in keys_of(block.model).items():
        if key in joint and two.first[joint[key]]:
            numbers[number] = joint[key]
    return numbers


def two_step_covariance(two: TwoStep, step: SecondStep, v11: Floats) -> Floats:
    """Covariance of all estimates when normality holds, shape (q, q).

    ``v11``: of the measurement estimates.
    """
    slope = -step.inverse @ step.cross
    cross = slope @ v11
    v22 = cross @ slope.T
    for start in range(0, len(v22), _CHUNK):
        v22[start : start + _CHUNK] += step.inverse[start : start + _CHUNK] / two.sample.n
    return assembled(two, step, v11, cross, v22)


def assembled(two: TwoStep, step: SecondStep, v11: Floats, v21: Floats, v22: Floats) -> Floats:
    """Place covariances of both steps in the joint model's numbers, shape (q, q)."""
    found = np.zeros((two.model.n_free, two.model.n_free))
    found[np.ix_(step.first, step.first)] = v11
    found[np.ix_(step.second, step.first)] = v21
    found[np.ix_(step.first, step.second)] = v21.T
    found[np.ix_(step.second, step.second)] = v22
    return found


def block_inverse(block: Solution, *, observed: bool) -> Floats:
    """Inverse information of one observation of a block.

    Raises
    ------
    EstimationError
        If the block is not identified.
    """
    model, x = block.model, block.minimum.x
    if observed:
        information = block.discrepancy.hessian(model, x) / 2.0
    else:
        information = block.discrepancy.information(model, x)
    inversion = invert(model, block.minimum, information)
    if inversion.inverse is None:
        raise EstimationError(
            f"the measurement of {', '.join(model.table.variables.latent)} is not identified "
            f"({', '.join(inversion.unidentified)})",
            place="measurement",
            cure="Add items, fix a loading or a residual variance, or join blocks with blocks=",
            code="block-not-identified",
        )
    return inversion.inverse
