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
from scipy.special import ndtr

from coprod_measure.estimation.ordinal_moments import OrdinalMoments, below_diagonal, category_codes
from coprod_measure.estimation.polychoric import (
    SMALLEST_PROBABILITY,
    cell_probabilities,
    cell_slopes,
    contingency_tables,
)
from coprod_measure.estimation.polyserial import polyserial_scores
from coprod_measure.estimation.product_moment import pearson_scores
from coprod_measure.estimation.thresholds import padded_thresholds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

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
class _Block:
    """Second-stage scores of some pairs: by their correlations, and by first-stage moments."""

    pairs: Ints
    by_rho: Floats
    by_moment: tuple[tuple[Ints, Floats], ...]


@dataclass(frozen=True, slots=True)
class _Stages:
    """Everything that the influence of one respondent depends on, gathered over all respondents."""

    data: Floats
    weights: Floats
    moments: OrdinalMoments
    codes: Ints
    padded: Floats
    positions: Ints
    relative: Floats
    squares: Floats
    cross: csr_array
    first_inverse: Floats

    @property
    def z(self) -> Floats:
        standardised: Floats = (self.data - self.moments.means) / np.sqrt(self.moments.variances)
        return standardised


def asymptotic_covariance(
    data: Floats, moments: OrdinalMoments, weights: Floats | None = None
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

    Returns
    -------
    AsymptoticCovariance
        Gamma in the order of `OrdinalMoments.vector`.

    Notes
    -----
    Muthen (1984), Psychometrika 49, 115-132, and Muthen and Satorra (1995), Psychometrika 60, 489-503: the
    sandwich of first- and second-stage scores, with sums of products of scores for every
    derivative, as in lavaan.
    """
    stages = _gather(data, moments, np.ones(data.shape[0]) if weights is None else weights)
    n, q = data.shape[0], moments.vector.size
    blocks: list[Floats] = []
    for rows in _slices(n, q):
        first, second = _influence(stages, rows)
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
    n = data.shape[0]
    stages = _gather(data, moments, np.ones(n) if weights is None else weights)
    parts = [
        [np.einsum("ij,ij->j", influence, influence) / n for influence in _influence(stages, rows)]
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


def _gather(data: Floats, moments: OrdinalMoments, weights: Floats) -> _Stages:
    """Sum over all respondents what the derivatives of both stages are made of."""
    p = moments.ordered.size
    where = np.flatnonzero(moments.ordered)
    codes = category_codes(data[:, where])
    size = int(codes.max(initial=0)) + 1
    padded = padded_thresholds(tuple(moments.thresholds[v] for v in where), size)
    rows, columns = below_diagonal(p)
    positions = np.zeros((p, p), dtype=np.int64)
    positions[rows, columns] = positions[columns, rows] = np.arange(rows.size)
    first = moments.starts[-1] + np.count_nonzero(~moments.ordered)
    relative, squares, cross = _ordinal_pairs(
        moments, where, positions, padded, contingency_tables(codes, size, weights)
    )
    empty = csr_array((rows.size, first))
    inverse = np.zeros((p, 2, 2))
    stages = _Stages(data, weights, moments, codes, padded, positions, relative, squares, empty, inverse)
    for part in _slices(data.shape[0], p * p):
        mass = weights[part, None]
        inverse += np.einsum(
            "nvi,nvj->vij", _first_scores(stages, part) * mass[:, :, None], _first_scores(stages, part)
        )
        for block in _continuous_blocks(stages, part):
            squares[block.pairs] += np.sum(mass * block.by_rho**2, axis=0)
            for index, score in block.by_moment:
                cross.append((block.pairs, index, np.sum(mass * block.by_rho * score, axis=0)))
    inverse[~moments.ordered] = np.linalg.inv(inverse[~moments.ordered])
    triplets = [np.concatenate(column) for column in zip(*cross, strict=True)]
    full = coo_array((triplets[2], (triplets[0], triplets[1])), shape=(rows.size, first)).tocsr()
    return _Stages(data, weights, moments, codes, padded, positions, relative, squares, full, inverse)


def _ordinal_pairs(
    moments: OrdinalMoments, where: Ints, positions: Ints, padded: Floats, tables: Floats
) -> tuple[Floats, Floats, list[tuple[Ints, Ints, Floats]]]:
    """Scores a cell, sums of squares, and products with threshold scores, all from contingency tables.

    Returns
    -------
    tuple
        ``relative`` of shape (m, K + 1, K + 1), the score by the correlation of each cell with a last row and
        column of zeros for missing answers; the sums of squares of all pairs; and triplets
        (pair, moment, sum).
    """
    low, high = below_diagonal(where.size)
    pairs = positions[where[low], where[high]]
    rho = moments.correlations[where[low], where[high]]
    counts = tables[low, high]
    probability = np.maximum(cell_probabilities(padded[low], padded[high], rho), SMALLEST_PROBABILITY)
    score = cell_slopes(padded[low], padded[high], rho) / probability
    squares = np.zeros(moments.ordered.size * (moments.ordered.size - 1) // 2)
    squares[pairs] = np.einsum("mab,mab,mab->m", counts, score, score)
    ratio = counts * score / probability
    triplets = []
    for own, other, table in ((low, high, ratio), (high, low, ratio.transpose(0, 2, 1))):
        sums = _threshold_products(padded[own], padded[other], rho, table)
        cuts = np.arange(sums.shape[1])
        real = padded[own][:, 1:-1] < padded[own][:, -1:]
        index = moments.starts[where[own]][:, None] + cuts
        triplets.append((np.broadcast_to(pairs[:, None], real.shape)[real], index[real], sums[real]))
    relative = np.zeros((low.size, score.shape[1] + 1, score.shape[2] + 1))
    relative[:, :-1, :-1] = np.where(counts > 0.0, score, 0.0)
    return relative, squares, triplets


def _threshold_products(own: Floats, other: Floats, rho: Floats, ratio: Floats) -> Floats:
    """Sum over respondents the score by rho times the score by each threshold of `own`; (m, K - 1).

    `ratio` is count times score by rho over probability, with the categories of `own` in the rows. A
    threshold moves probability between the rows that it parts: ``phi(a) d Phi((b - rho a) / root)`` a cell.
    """
    root = np.sqrt((1.0 - rho) * (1.0 + rho))[:, None, None]
    inner = own[:, 1:-1, None]
    moved = np.diff(ndtr((other[:, None, :] - rho[:, None, None] * inner) / root), axis=2)
    moved *= np.exp(-0.5 * inner * inner) / np.sqrt(2.0 * np.pi)
    sums: Floats = np.einsum("mal,mal->ma", ratio[:, :-1] - ratio[:, 1:], moved)
    return sums


def _first_scores(stages: _Stages, part: slice) -> Floats:
    """Scores of continuous variables by mean and variance; shape (n, p, 2), zero where missing."""
    z, variances = stages.z[part], stages.moments.variances
    seen = np.isfinite(z) & ~stages.moments.ordered
    z = np.where(seen, z, 0.0)
    return np.stack([z / np.sqrt(variances), (z * z - seen) / (2.0 * variances)], axis=2)


def _continuous_blocks(stages: _Stages, part: slice) -> Iterator[_Block]:
    """Second-stage scores of all pairs with a continuous variable, for a slice of respondents."""
    moments = stages.moments
    where, continuous = np.flatnonzero(moments.ordered), np.flatnonzero(~moments.ordered)
    z, sd = stages.z[part], np.sqrt(moments.variances)
    variance_at = moments.starts[-1] + np.cumsum(~moments.ordered) - 1
    cuts = np.arange(stages.padded.shape[1] - 2)
    threshold_at = moments.starts[where][:, None] + cuts
    real = stages.padded[:, 1:-1] < stages.padded[:, -1:]
    for position, c in enumerate(continuous):
        if where.size:
            mixed = polyserial_scores(
                z[:, c], stages.codes[part], stages.padded, moments.correlations[c, where], sd[c]
            )
            own = [(np.full(where.size, moments.starts[c]), mixed.mean)]
            own += [(np.full(where.size, variance_at[c]), mixed.variance)]
            # A variable with fewer categories has no such threshold: its score is zero, pointing anywhere.
            own += [(np.where(real[:, k], threshold_at[:, k], 0), mixed.thresholds[:, :, k]) for k in cuts]
            yield _Block(stages.positions[c, where], mixed.rho, tuple(own))
        later = continuous[position + 1 :]
        if later.size:
            plain = pearson_scores(z[:, c], z[:, later], moments.correlations[c, later], sd[c], sd[later])
            moments_at = (
                (np.full(later.size, moments.starts[c]), plain.mean),
                (np.full(later.size, variance_at[c]), plain.variance),
                (moments.starts[later], plain.other_mean),
                (variance_at[later], plain.other_variance),
            )
            yield _Block(stages.positions[c, later], plain.rho, moments_at)


def _influence(stages: _Stages, part: slice) -> tuple[Floats, Floats]:
    """Influence of each respondent of a slice on first-stage moments and on correlations, one column each."""
    moments = stages.moments
    n = stages.data.shape[0]
    mass = stages.weights[part, None]
    first = _first_influence(stages, part)
    by_rho = np.zeros((mass.size, stages.squares.size))
    where = np.flatnonzero(moments.ordered)
    low, high = below_diagonal(where.size)
    if low.size:
        size = stages.relative.shape[1]
        codes = np.where(stages.codes[part] < 0, size - 1, stages.codes[part])
        cells = (np.arange(low.size) * size + codes[:, low]) * size + codes[:, high]
        by_rho[:, stages.positions[where[low], where[high]]] = stages.relative.ravel()[cells]
    for block in _continuous_blocks(stages, part):
        by_rho[:, block.pairs] = block.by_rho
    second = (n * mass * by_rho - (stages.cross @ first.T).T) / stages.squares
    return first, second


def _first_influence(stages: _Stages, part: slice) -> Floats:
    """Influence on thresholds, means and variances; shape (rows, first-stage moments)."""
    moments, n = stages.moments, stages.data.shape[0]
    mass = stages.weights[part, None]
    variances_at = moments.starts[-1] + np.cumsum(~moments.ordered) - 1
    influence = np.zeros((mass.size, moments.starts[-1] + np.count_nonzero(~moments.ordered)))
    for position, v in enumerate(np.flatnonzero(moments.ordered)):
        cuts, codes = moments.thresholds[v], stages.codes[part, position, None]
        share = stages.weights[stages.codes[:, position] >= 0].sum() / n
        density = np.exp(-0.5 * cuts * cuts) / np.sqrt(2.0 * np.pi)
        below = np.where(codes >= 0, (codes <= np.arange(cuts.size)) - ndtr(cuts), 0.0)
        influence[:, moments.starts[v] : moments.starts[v + 1]] = mass * below / (density * share)
    scores = _first_scores(stages, part)
    for v in np.flatnonzero(~moments.ordered):
        moved = n * mass * scores[:, v] @ stages.first_inverse[v]
        influence[:, moments.starts[v]], influence[:, variances_at[v]] = moved[:, 0], moved[:, 1]
    return influence


def _as_covariances(moments: OrdinalMoments, first: Floats, second: Floats) -> Floats:
    """Turn influence on correlations into influence on covariances; shape (rows, pairs)."""
    if moments.ordered.all():
        return second
    rows, columns = below_diagonal(moments.ordered.size)
    sd = np.sqrt(moments.variances)
    moved: Floats = second * (sd[rows] * sd[columns])
    covariance = moments.covariance[rows, columns]
    variances_at = moments.starts[-1] + np.cumsum(~moments.ordered) - 1
    for end in (rows, columns):
        pairs = np.flatnonzero(~moments.ordered[end])
        v = end[pairs]
        moved[:, pairs] += first[:, variances_at[v]] * (covariance[pairs] / (2.0 * moments.variances[v]))
    return moved
