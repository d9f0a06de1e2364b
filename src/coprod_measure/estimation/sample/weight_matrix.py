"""The asymptotic covariance of the moments of ordered and mixed data, from each respondent's influence.

Gamma is the limit of n times the covariance of the moment vector (order: `ordinal_moments`). It is a
sum of outer products of influence vectors, and those are what is kept: estimators need products with Gamma
far more often than Gamma itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.sample.first_stage import Answers, answers, univariate_scores
from coprod_measure.estimation.sample.ordinal_moments import OrdinalMoments, below_diagonal
from coprod_measure.estimation.sample.second_stage import TablePairs, score_blocks, table_pairs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class AsymptoticCovariance:
    """Gamma of one group as ``factor.T @ factor``.

    Attributes
    ----------
    factor : ndarray, shape (m, q)
        Influence vectors divided by the root of n, or their triangular factor where there are more
        respondents than moments.
    """

    factor: Floats

    @property
    def full(self) -> Floats:
        """Gamma; shape (q, q)."""
        return self.factor.T @ self.factor

    @property
    def diagonal(self) -> Floats:
        """The diagonal of Gamma, from which DWLS weighs; shape (q,)."""
        diagonal: Floats = np.einsum("ij,ij->j", self.factor, self.factor)
        return diagonal


@dataclass(frozen=True, slots=True)
class _Stages:
    """What turns the scores of respondents into influence on the moments.

    Attributes
    ----------
    inverses : tuple of ndarray
        Inverse sums of products of each variable's first-stage scores.
    tables : TablePairs or None
        Pairs that contingency tables tell; None with covariates.
    squares : ndarray, shape (m,)
        Sums of squared second-stage scores.
    cross : sparse array, shape (m, first-stage moments)
        Sums of products of second- and first-stage scores.
    """

    inverses: tuple[Floats, ...]
    tables: TablePairs | None
    squares: Floats
    cross: csr_array


def asymptotic_covariance(
    data: Floats, moments: OrdinalMoments, weights: Floats | None = None, covariates: Floats | None = None
) -> AsymptoticCovariance:
    """Asymptotic covariance of the moment vector of ordered and mixed data.

    Parameters
    ----------
    data : ndarray, shape (n, p)
        What `ordinal_moments.ordinal_moments` was given.
    moments : OrdinalMoments
        What it returned.
    weights : ndarray, shape (n,), optional
        Sampling weights.
    covariates : ndarray, shape (n, x), optional
        What everything is conditional on.

    Returns
    -------
    AsymptoticCovariance
        Gamma in the order of `OrdinalMoments.vector`.

    Notes
    -----
    Muthen (1984), Psychometrika 49, 115-132, and Muthen and Satorra (1995), Psychometrika 60, 489-503: the
    sandwich of first- and second-stage scores, with sums of products of scores for every derivative, as in
    lavaan.
    """
    group = answers(data, moments.ordered, weights, covariates)
    stages = _gather(group, moments)
    n, q = data.shape[0], moments.vector.size
    blocks: list[Floats] = []
    for rows in _slices(n, q):
        first, second = _influence(group.part(rows), moments, stages, n)
        blocks.append(np.hstack([first, _as_covariances(moments, first, second)]) / np.sqrt(n))
        if sum(block.shape[0] for block in blocks) > 2 * q:
            blocks = [_triangular(np.vstack(blocks))]
    factor = np.vstack(blocks)
    return AsymptoticCovariance(_triangular(factor) if factor.shape[0] > q else factor)


def moment_variances(
    data: Floats, moments: OrdinalMoments, weights: Floats | None = None
) -> tuple[Floats, Floats]:
    """Asymptotic variances alone, with those of correlations instead of covariances.

    Parameters
    ----------
    data, moments, weights
        As in `asymptotic_covariance`.

    Returns
    -------
    first : ndarray
        n times the variances of thresholds, means and variances, in the order of `OrdinalMoments.vector`.
    correlations : ndarray
        n times the variances of the correlations below the diagonal, column by column.
    """
    group = answers(data, moments.ordered, weights)
    stages = _gather(group, moments)
    n = data.shape[0]
    parts = [
        [
            np.einsum("ij,ij->j", influence, influence) / n
            for influence in _influence(group.part(rows), moments, stages, n)
        ]
        for rows in _slices(n, moments.vector.size)
    ]
    return np.sum([part[0] for part in parts], axis=0), np.sum([part[1] for part in parts], axis=0)


def _triangular(factor: Floats) -> Floats:
    """Square matrix R with the same ``R' R`` as `factor`."""
    return np.asarray(np.linalg.qr(factor, mode="r"), dtype=np.float64)


def _slices(n: int, q: int) -> Iterator[slice]:
    step = max(1, _CELLS_AT_ONCE // q)
    for start in range(0, n, step):
        yield slice(start, start + step)


def _gather(data: Answers, moments: OrdinalMoments) -> _Stages:
    """Sum over all respondents what the derivatives of both stages are made of."""
    p = moments.ordered.size
    squares = np.zeros(p * (p - 1) // 2)
    nothing = np.zeros(0, dtype=np.int64)
    cross: list[tuple[Ints, Ints, Floats]] = [(nothing, nothing, np.zeros(0))]
    tables = None
    if data.where.size > 1 and not data.covariates.shape[1]:
        tables = table_pairs(data, moments)
        squares[tables.pairs] = tables.squares
        cross.append(tables.cross)
    for rows in _slices(data.values.shape[0], p * p):
        part = data.part(rows)
        mass = part.weights[:, None]
        for block in score_blocks(part, moments):
            squares[block.pairs] += np.sum(mass * block.by_rho**2, axis=0)
            for index, score in block.by_moment:
                cross.append((block.pairs, index, np.sum(mass * block.by_rho * score, axis=0)))
    if np.any(squares <= 0.0):
        raise EstimationError(
            "a correlation leaves no trace in the data, so that its uncertainty is unknown",
            cure="Look for pairs of items that (almost) nobody answered together, or that agree perfectly",
            code="no-information",
        )
    pair, moment, total = (np.concatenate(column) for column in zip(*cross, strict=True))
    full = coo_array((total, (pair, moment)), shape=(squares.size, moments.n_first)).tocsr()
    return _Stages(_inverses(data, moments), tables, squares, full)


def _inverses(data: Answers, moments: OrdinalMoments) -> tuple[Floats, ...]:
    found: list[Floats] = []
    for v in range(moments.ordered.size):
        scores = univariate_scores(data, moments.first, v)
        found.append(np.asarray(np.linalg.inv((scores * data.weights[:, None]).T @ scores), dtype=np.float64))
    return tuple(found)


def _influence(data: Answers, moments: OrdinalMoments, stages: _Stages, n: int) -> tuple[Floats, Floats]:
    """Influence of some of n respondents on first-stage moments and on correlations, one column each."""
    mass = n * data.weights[:, None]
    first = np.zeros((data.weights.size, moments.n_first))
    for v, inverse in enumerate(stages.inverses):
        index = np.arange(moments.starts[v], moments.starts[v + 1])
        own = [] if moments.ordered[v] else [moments.variance_positions[v]]
        position = np.concatenate([index, moments.slope_positions(v), own]).astype(np.int64)
        first[:, position] = mass * (univariate_scores(data, moments.first, v) @ inverse)
    by_rho = np.zeros((data.weights.size, stages.squares.size))
    if stages.tables is not None:
        by_rho[:, stages.tables.pairs] = stages.tables.by_rho(data)
    for block in score_blocks(data, moments):
        by_rho[:, block.pairs] = block.by_rho
    return first, (mass * by_rho - (stages.cross @ first.T).T) / stages.squares


def _as_covariances(moments: OrdinalMoments, first: Floats, second: Floats) -> Floats:
    """Turn influence on correlations into influence on covariances; shape (rows, pairs)."""
    if moments.ordered.all():
        return second
    rows, columns = below_diagonal(moments.ordered.size)
    variances = moments.first.variances
    sd = np.sqrt(variances)
    moved: Floats = second * (sd[rows] * sd[columns])
    covariance = moments.covariance[rows, columns]
    for end in (rows, columns):
        pairs = np.flatnonzero(~moments.ordered[end])
        v = end[pairs]
        moved[:, pairs] += first[:, moments.variance_positions[v]] * (
            covariance[pairs] / (2.0 * variances[v])
        )
    return moved
