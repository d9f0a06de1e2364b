"""Second stage: scores by correlations, and how they lean on what the first stage estimated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from coprod_measure.estimation.sample.first_stage import Answers, normal_density
from coprod_measure.estimation.sample.ordinal_moments import OrdinalMoments, below_diagonal
from coprod_measure.estimation.sample.polychoric import (
    SMALLEST_PROBABILITY,
    cell_probabilities,
    cell_slopes,
    contingency_tables,
)
from coprod_measure.estimation.sample.polyserial import polyserial_scores
from coprod_measure.estimation.sample.product_moment import pearson_scores
from coprod_measure.estimation.sample.rectangle import Rectangles, rectangle_scores

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Triplets = tuple[Ints, Ints, Floats]


@dataclass(frozen=True, slots=True)
class Block:
    """Scores of some respondents for the correlations of one variable with m others.

    Attributes
    ----------
    pairs : ndarray of int, shape (m,)
        Which correlations, counted column by column below the diagonal.
    by_rho : ndarray, shape (n, m)
        Scores by these correlations.
    by_moment : tuple of (ndarray of int, ndarray)
        First-stage moments (m,) and the scores by them (n, m).
    """

    pairs: Ints
    by_rho: Floats
    by_moment: tuple[tuple[Ints, Floats], ...]


@dataclass(frozen=True, slots=True)
class TablePairs:
    """Everything about pairs of ordered variables that contingency tables tell, when there are no covariates.

    Attributes
    ----------
    pairs : ndarray of int, shape (m,)
        Which correlations, counted column by column below the diagonal.
    scores : ndarray, shape (m, K + 1, K + 1)
        Score by the correlation of each cell, with a last row and column of zeros for missing answers.
    squares : ndarray, shape (m,)
        Sums of squared scores over respondents.
    cross : tuple of ndarray
        Triplets (pair, moment, sum of products of the scores by both).
    """

    pairs: Ints
    scores: Floats
    squares: Floats
    cross: Triplets

    def by_rho(self, data: Answers) -> Floats:
        """Scores of respondents by all correlations; shape (n, m)."""
        size = self.scores.shape[1]
        codes = np.where(data.codes < 0, size - 1, data.codes)
        low, high = below_diagonal(codes.shape[1])
        cells = (np.arange(low.size) * size + codes[:, low]) * size + codes[:, high]
        scores: Floats = self.scores.ravel()[cells]
        return scores


def pair_positions(p: int) -> Ints:
    """Count each pair below the diagonal, column by column, as a symmetric matrix (p, p)."""
    rows, columns = below_diagonal(p)
    positions = np.zeros((p, p), dtype=np.int64)
    positions[rows, columns] = positions[columns, rows] = np.arange(rows.size)
    return positions


def table_pairs(data: Answers, moments: OrdinalMoments) -> TablePairs:
    """Second-stage sums of pairs of ordered variables from their contingency tables.

    Parameters
    ----------
    data : Answers
        All respondents of a group, without covariates.
    """
    where, padded = data.where, moments.first.padded
    low, high = below_diagonal(where.size)
    pairs = pair_positions(moments.ordered.size)[where[low], where[high]]
    rho = moments.correlations[where[low], where[high]]
    counts = contingency_tables(data.codes, padded.shape[1] - 1, data.weights)[low, high]
    probability = np.maximum(cell_probabilities(padded[low], padded[high], rho), SMALLEST_PROBABILITY)
    score = np.where(counts > 0.0, cell_slopes(padded[low], padded[high], rho) / probability, 0.0)
    ratio = counts * score / probability
    cross = []
    for own, other, table in ((low, high, ratio), (high, low, ratio.transpose(0, 2, 1))):
        sums = _threshold_products(padded[own], padded[other], rho, table)
        real = padded[own][:, 1:-1] < padded[own][:, -1:]
        index = moments.starts[where[own]][:, None] + np.arange(sums.shape[1])
        cross.append((np.broadcast_to(pairs[:, None], real.shape)[real], index[real], sums[real]))
    scores = np.zeros((low.size, score.shape[1] + 1, score.shape[2] + 1))
    scores[:, :-1, :-1] = score
    squares = np.einsum("mab,mab,mab->m", counts, score, score)
    first, second = cross
    joined = tuple(np.concatenate(parts) for parts in zip(first, second, strict=True))
    return TablePairs(pairs, scores, squares, (joined[0], joined[1], joined[2]))


def _threshold_products(own: Floats, other: Floats, rho: Floats, ratio: Floats) -> Floats:
    """Sum over respondents the score by rho times the score by each threshold of `own`; (m, K - 1).

    `ratio` is count times score by rho over probability, with the categories of `own` in the rows. A
    threshold moves probability between the rows that it parts: ``phi(a) d Phi((b - rho a) / root)`` a cell.
    """
    root = np.sqrt((1.0 - rho) * (1.0 + rho))[:, None, None]
    inner = own[:, 1:-1, None]
    moved = np.diff(ndtr((other[:, None, :] - rho[:, None, None] * inner) / root), axis=2) * normal_density(
        inner
    )
    sums: Floats = np.einsum("mal,mal->ma", ratio[:, :-1] - ratio[:, 1:], moved)
    return sums


def score_blocks(data: Answers, moments: OrdinalMoments) -> Iterator[Block]:
    """Scores of all pairs that tables cannot tell: with a continuous variable, or any given covariates.

    Parameters
    ----------
    data : Answers
        Some respondents.
    moments : OrdinalMoments
        Estimates from all of them.

    Yields
    ------
    Block
        One a variable and kind of partner.
    """
    where, continuous = data.where, np.flatnonzero(~data.ordered)
    positions = pair_positions(data.ordered.size)
    z, sd = moments.first.standardised(data), np.sqrt(moments.first.variances)
    lower, upper = moments.first.limits(data)
    codes = data.codes
    for position, c in enumerate(continuous):
        if where.size:
            rho = moments.correlations[c, where]
            mixed = polyserial_scores(z[:, c], lower, upper, rho, sd[c])
            own = _of_continuous(data, moments, np.full(where.size, c), mixed.mean, mixed.variance)
            others = _of_ordered(data, moments, where, codes, mixed.lower, mixed.upper)
            yield Block(positions[c, where], mixed.rho, (*own, *others))
        later = continuous[position + 1 :]
        if later.size:
            plain = pearson_scores(z[:, c], z[:, later], moments.correlations[c, later], sd[c], sd[later])
            own = _of_continuous(data, moments, np.full(later.size, c), plain.mean, plain.variance)
            others = _of_continuous(data, moments, later, plain.other_mean, plain.other_variance)
            yield Block(positions[c, later], plain.rho, (*own, *others))
    if not data.covariates.shape[1]:
        return
    for k in range(where.size - 1):
        later = where[k + 1 :]
        rectangles = Rectangles(lower[:, [k]], upper[:, [k]], lower[:, k + 1 :], upper[:, k + 1 :])
        found = rectangle_scores(rectangles, moments.correlations[where[k], later])
        own_codes = np.broadcast_to(codes[:, [k]], found.rho.shape)
        own = _of_ordered(data, moments, np.full(later.size, where[k]), own_codes, found.lower, found.upper)
        others = _of_ordered(data, moments, later, codes[:, k + 1 :], found.other_lower, found.other_upper)
        yield Block(positions[where[k], later], found.rho, (*own, *others))


def _of_continuous(
    data: Answers, moments: OrdinalMoments, variables: Ints, mean: Floats, variance: Floats
) -> list[tuple[Ints, Floats]]:
    """First-stage moments of continuous variables (m,), with the scores by them."""
    by_moment = [(moments.starts[variables], mean), (moments.variance_positions[variables], variance)]
    return by_moment + _of_slopes(data, moments, variables, mean)


def _of_ordered(
    data: Answers, moments: OrdinalMoments, variables: Ints, codes: Ints, lower: Floats, upper: Floats
) -> list[tuple[Ints, Floats]]:
    """First-stage moments of ordered variables (m,): each answer leans on the thresholds on its two sides."""
    sizes = np.array([moments.first.thresholds[v].size for v in variables])
    by_moment = []
    for cut in range(int(sizes.max())):
        score = np.where(codes == cut, upper, 0.0) + np.where(codes == cut + 1, lower, 0.0)
        # A variable with fewer categories has no such threshold: its score is zero, pointing anywhere.
        by_moment.append((np.where(cut < sizes, moments.starts[variables] + cut, 0), score))
    return by_moment + _of_slopes(data, moments, variables, -(lower + upper))


def _of_slopes(
    data: Answers, moments: OrdinalMoments, variables: Ints, location: Floats
) -> list[tuple[Ints, Floats]]:
    """Scores by slopes, given the scores by the location of the response."""
    p, x = moments.first.slopes.shape
    return [(moments.starts[-1] + k * p + variables, location * data.covariates[:, [k]]) for k in range(x)]
