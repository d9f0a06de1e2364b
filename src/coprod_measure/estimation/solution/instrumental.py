"""Model-implied instrumental variables: two-stage least squares by equation, then variances given slopes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.special import chdtrc

from coprod_measure.errors import EstimationError, ModelError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.maximum_likelihood import MaximumLikelihood
from coprod_measure.estimation.model.implied import moment_jacobian
from coprod_measure.estimation.model.model import compile_model
from coprod_measure.estimation.sample.moments import GroupMoments, SampleMoments
from coprod_measure.estimation.solution.estimate import Solution, estimate
from coprod_measure.estimation.solution.instruments import Equation, equations
from coprod_measure.estimation.solution.minimize import Minimum
from coprod_measure.estimation.specification.parameter_table import ParameterTable


@dataclass(frozen=True, slots=True)
class Estimated:
    """One equation after two-stage least squares.

    Attributes
    ----------
    covariance : (k, k) float
        Of the coefficients, the residual variance with the divisor n - k - 1.
    influence : (k, p*) float
        Derivatives of the coefficients by vech(S).
    sargan, df, pvalue : float
        Test of overidentification (Sargan 1958), counting n - k - 1 respondents.
    """

    equation: Equation
    group: int
    coefficients: Floats
    covariance: Floats
    influence: Floats
    sargan: float
    df: int
    pvalue: float


@dataclass(frozen=True, slots=True)
class Instrumental(MaximumLikelihood):
    """Normal theory at estimates that do not maximise its likelihood.

    Attributes
    ----------
    estimated : tuple of Estimated
        The equations.
    errors : (q, q) float or None
        Covariance matrix of the estimates.
    """

    likelihood: ClassVar[bool] = False
    complete: ClassVar[bool] = False
    one_less: ClassVar[bool] = True
    estimated: tuple[Estimated, ...] = ()
    errors: Floats | None = None


def two_stage_least_squares(
    equation: Equation, group: int, moments: GroupMoments, observed: tuple[str, ...]
) -> Estimated:
    """Estimate one equation from covariances (Bollen 1996)."""
    place = {name: k for k, name in enumerate(observed)}
    z = [place[name] for name in equation.instruments]
    x = [place[name] for name in equation.regressors]
    weights = np.zeros(len(observed))
    weights[place[equation.outcome]] = 1.0
    for name, value in equation.fixed:
        weights[place[name]] -= value
    cov = moments.cov
    first: Floats = np.asarray(np.linalg.solve(cov[np.ix_(z, z)], cov[np.ix_(z, x)]), dtype=np.float64)
    projected = cov[np.ix_(x, z)] @ first
    coefficients = np.asarray(np.linalg.solve(projected, first.T @ (cov[z] @ weights)), dtype=np.float64)
    np.add.at(weights, x, -coefficients)
    variance = float(weights @ cov @ weights)
    # As in other least squares here, one respondent is not counted.
    k, n = len(x), moments.n + 1
    left = cov[z] @ weights
    sargan = (n - k - 1) * float(left @ np.linalg.solve(cov[np.ix_(z, z)], left)) / variance
    df = len(z) - k
    covariance: Floats = np.asarray(variance / (n - k - 1) * np.linalg.inv(projected), dtype=np.float64)
    pvalue = float(chdtrc(df, sargan)) if df else np.nan
    slopes = _slopes(cov, z, x, weights, first)
    influence = np.asarray(np.linalg.solve(projected, slopes), dtype=np.float64)
    return Estimated(equation, group, coefficients, covariance, influence, sargan, df, pvalue)


def _slopes(cov: Floats, z: list[int], x: list[int], weights: Floats, first: Floats) -> Floats:
    """Differentiate the normal equations S_xz S_zz^-1 s_zu by vech(S) at their solution, shape (k, p*)."""
    p = len(cov)
    left = np.linalg.solve(cov[np.ix_(z, z)], cov[z] @ weights)
    beyond = weights.copy()
    beyond[z] -= left
    cells = np.zeros((len(x), p, p))
    for k, own in enumerate(x):
        cells[k, z] += np.outer(first[:, k], beyond)
        cells[k, own, z] += left
    cells += cells.transpose(0, 2, 1)
    column, row = np.triu_indices(p)
    return np.asarray(np.where(row == column, 0.5, 1.0) * cells[:, row, column])


def instrumental_solution(table: ParameterTable, sample: SampleMoments) -> Solution:
    """Estimate a model by instrumental variables.

    Returns
    -------
    Solution
        Its minimum holds the estimates, of which variances and means maximise the likelihood given the
        slopes; its discrepancy the equations and errors.

    Raises
    ------
    ModelError
        If slopes are constrained, or instruments are lacking.
    """
    model = compile_model(table, sample)
    directed = [row.free and row.op in ("=~", "~") for row in table.rows]
    keys = [row.key for row, own in zip(table.rows, directed, strict=True) if own]
    if len(set(keys)) < len(keys) or any(c.op != ":=" for c in table.constraints):
        cure = "Remove labels that hold slopes equal, and constraints"
        raise ModelError("instrumental variables take no constraints", place="model", cure=cure)
    found = tuple(
        two_stage_least_squares(one, number, moments, table.variables.observed)
        for number, moments in enumerate(sample.groups, start=1)
        for one in equations([row for row in table.rows if row.group == number], table.variables.observed)
    )
    slope = {
        (name, one.group): float(value)
        for one in found
        for name, value in zip(one.equation.free, one.coefficients, strict=True)
    }
    fixed = replace(
        table,
        rows=tuple(
            replace(row, free=False, value=slope[row.name, row.group]) if own else row
            for row, own in zip(table.rows, directed, strict=True)
        ),
    )
    second = estimate(fixed, sample, MaximumLikelihood(sample))
    values = second.model.raw_values(second.minimum.x)
    x = np.zeros(model.n_free)
    for k, free in enumerate(model.free_of_row):
        if free >= 0:
            x[free] = values[k]
    discrepancy = Instrumental(sample)
    minimum = Minimum(x, discrepancy.value(model, x), second.minimum.n_iterations, *_outcome(second))
    first = np.zeros(model.n_free, dtype=bool)
    for k, own in enumerate(directed):
        if own:
            first[model.free_of_row[k]] = True
    solution = Solution(model, sample, discrepancy, minimum)
    errors = _covariance(solution, found, first)
    return replace(solution, discrepancy=Instrumental(sample, estimated=found, errors=errors))


def _outcome(solution: Solution) -> tuple[bool, str]:
    return solution.minimum.converged, solution.minimum.reason


def _covariance(solution: Solution, found: tuple[Estimated, ...], first: np.ndarray) -> Floats:
    """Slopes by equation; variances and means with what they inherit from the slopes, under normality."""
    model, x, sample = solution.model, solution.minimum.x, solution.sample
    position = {
        (row.name, row.group): free
        for row, free in zip(model.table.rows, model.free_of_row, strict=True)
        if free >= 0
    }
    q = model.n_free
    whole = np.zeros((q, q))
    rest = np.flatnonzero(~first)
    slopes = [moment_jacobian(r, i, q) for r, i in zip(model.rules, model.implied(x), strict=True)]
    weights = [_normal_weight(i.sigma, means=model.means) for i in model.implied(x)]
    information = sum(
        moments.n * (d[:, rest].T @ w @ d[:, rest])
        for d, w, moments in zip(slopes, weights, sample.groups, strict=True)
    )
    for number, (d, w, moments, implied) in enumerate(
        zip(slopes, weights, sample.groups, model.implied(x), strict=True), start=1
    ):
        influence = np.zeros((q, len(d)))
        for one in found:
            if one.group == number:
                own = [position[name, number] for name in one.equation.free]
                influence[own, len(implied.sigma) :] = one.influence
        second = moments.n * d[:, rest].T @ w
        try:
            influence[rest] = np.linalg.solve(information, second @ (np.eye(len(d)) - d @ influence))
        except np.linalg.LinAlgError as error:
            cause = "the variances and covariances cannot be told from the moments that the equations leave"
            cure = "Free fewer of them, or take another estimator"
            raise EstimationError(cause, place="model", cure=cure, code="not-identified") from error
        whole += influence @ _normal_covariance(implied.sigma) @ influence.T / (moments.n + 1)
    for one in found:
        own = [position[name, one.group] for name in one.equation.free]
        whole[np.ix_(own, own)] = one.covariance
    return whole


def _normal_covariance(sigma: Floats) -> Floats:
    """Gamma of means and vech(S) of normal answers."""
    p = len(sigma)
    column, row = np.triu_indices(p)
    gamma = np.zeros((p + column.size, p + column.size))
    gamma[:p, :p] = sigma
    gamma[p:, p:] = (
        sigma[np.ix_(row, row)] * sigma[np.ix_(column, column)]
        + sigma[np.ix_(row, column)] * sigma[np.ix_(column, row)]
    )
    return gamma


def _normal_weight(sigma: Floats, *, means: bool) -> Floats:
    weight: Floats = np.asarray(np.linalg.inv(_normal_covariance(sigma)), dtype=np.float64)
    if not means:
        weight[: len(sigma)] = weight[:, : len(sigma)] = 0.0
    return weight
