r"""Information about the saturated moments of incomplete data, at the cost of one product of tall matrices.

With :math:`V_p` the inverse of a pattern's part of Sigma (zero in its gaps) and :math:`E_p` the sum of
:math:`ee'` over its rows, :math:`e = V_p (y - \mu)`, the observed information about
:math:`\sigma_{ij}` and :math:`\sigma_{kl}` is made of :math:`S_{ik,jl} + S_{il,jk}` with

.. math:: S = Q + Q', \quad Q = \sum_p vech(V_p)\, vech(E_p - \tfrac12 n_p V_p)'

(Savalei 2010 gives the information; the rest is reordering its indices.) So patterns are summed by one
product with a row a pattern, and the p* x p* entries are picked from the result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.linalg import cho_factor, solve_triangular

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.missing.fiml import Completed
from coprod_measure.estimation.missing.patterns import MissingPatterns

TINY = 1e-150
# Below this share of its own information, a moment is known through nothing but rounding.
SMALLEST_PIVOT = 1e-7
# Doubles in one tall matrix: large enough for BLAS, small enough for any memory.
CHUNK = 4_000_000


PatternSums = tuple[Floats, Floats, Floats, Floats]


# Without slots, because it keeps what is costly to compute.
@dataclass(frozen=True)
class SaturatedInformation:
    """Information about the moments that a model explains, for one group and all its people.

    Attributes
    ----------
    kept : ndarray of bool, shape (p + p*,)
        Means and vech(Sigma) without the moments that belong to fixed covariates alone.
    incomplete, complete : ndarray, shape (s, s)
        W_m and W_c: observed information in the data at hand, and in complete data with the same moments.
    scores : ndarray, shape (n, s)
        Of people; of clusters where there are any.
    """

    kept: np.ndarray
    incomplete: Floats
    complete: Floats
    scores: Floats

    def solve(self, right: Floats) -> Floats:
        """Multiply by the inverse of W_m.

        Raises
        ------
        EstimationError
            If W_m is singular.
        """
        return self._second_half(self._first_half(right))

    @cached_property
    def score_trace(self) -> float:
        """Trace of J W_m^-1, J = S'S the cross product of the scores."""
        return float(np.einsum("ij,ij->", self._half_solved, self._half_solved))

    @cached_property
    def completed_scores(self) -> Floats:
        """Scores times W_m^-1 W_c, shape (n, s)."""
        return np.asarray(self._solved_scores.T @ self.complete)

    @cached_property
    def completed_score_trace(self) -> float:
        """Trace of J W_m^-1 W_c W_m^-1."""
        return float(np.einsum("ij,ji->", self.completed_scores, self._solved_scores))

    @cached_property
    def completed_trace(self) -> float:
        """Trace of W_m^-1 W_c."""
        return float(np.trace(self.solve(self.complete)))

    @cached_property
    def _solved_scores(self) -> Floats:
        return self._second_half(self._half_solved)

    @cached_property
    def _half_solved(self) -> Floats:
        return self._first_half(self.scores.T)

    def _first_half(self, right: Floats) -> Floats:
        scale, factor = self._factor
        return np.asarray(solve_triangular(factor, right / scale[:, None], lower=True, overwrite_b=True))

    def _second_half(self, half: Floats) -> Floats:
        scale, factor = self._factor
        return np.asarray(solve_triangular(factor, half, lower=True, trans="T") / scale[:, None])

    @cached_property
    def _factor(self) -> tuple[Floats, Floats]:
        """Roots of the diagonal of W_m, and the Cholesky factor of W_m scaled by them."""
        scale = np.sqrt(np.abs(np.diag(self.incomplete))) + TINY
        problem = EstimationError(
            "the saturated moments of the incomplete data are not identified",
            cure="look for two variables that nobody answered both of",
            code="saturated-not-identified",
        )
        try:
            factor, _ = cho_factor(self.incomplete / np.outer(scale, scale), lower=True, overwrite_a=True)
        except np.linalg.LinAlgError as error:
            raise problem from error
        if np.diag(factor).min() < SMALLEST_PIVOT:
            raise problem
        return scale, np.asarray(factor)


def observed_moment_information(patterns: MissingPatterns, completed: Completed) -> Floats:
    """Observed information about the p means and the lower triangle of Sigma by columns, shape (k, k).

    Parameters
    ----------
    completed : Completed
        At the saturated moments.
    """
    p = len(completed.precision)
    column, row = np.triu_indices(p)
    of_means = np.zeros((p, p))
    crossed = np.zeros((column.size, p))
    products = np.zeros((column.size, column.size))
    for known, weights, sums, squares in _joined(_by_pattern(patterns, completed), column.size):
        of_means[row, column] += weights @ known
        crossed += known.T @ sums
        products += known.T @ (squares - 0.5 * weights[:, None] * known)
    place = np.empty((p, p), dtype=np.intp)
    place[row, column] = place[column, row] = np.arange(column.size)
    scale = np.where(row == column, 0.5, 1.0)
    information = np.empty((p + column.size, p + column.size))
    information[:p, :p] = of_means + np.tril(of_means, -1).T
    information[:p, p:] = scale * (crossed[place[:, row], column] + crossed[place[:, column], row])
    information[p:, :p] = information[:p, p:].T
    information[p:, p:] = _paired(products + products.T, place, scale)
    return information


def complete_moment_information(precision: Floats) -> Floats:
    """Compute the expected information of one complete observation about the same moments, shape (k, k)."""
    p = len(precision)
    column, row = np.triu_indices(p)
    scale = np.where(row == column, 0.5, 1.0)
    information = np.zeros((p + column.size, p + column.size))
    information[:p, :p] = precision
    own = information[p:, p:]
    start = 0
    for j in range(p):
        stop = start + p - j
        first, second = row[start:], column[start:]
        block = precision[j:][:, first] * precision[j, second]
        block += precision[j:][:, second] * precision[j, first]
        block *= scale[start:] * scale[start:stop, None]
        own[start:stop, start:] = block
        own[start:, start:stop] = block.T
        start = stop
    return information


def _paired(summed: Floats, place: np.ndarray, scale: Floats) -> Floats:
    """Pick S[ik, jl] + S[il, jk] for all pairs of entries (i, j) and (k, l), and scale them."""
    p = len(place)
    column, row = np.triu_indices(p)
    paired = np.empty_like(summed)
    start = 0
    # A column of Sigma at a time: then what is picked from fits into the cache.
    for j in range(p):
        stop = start + p - j
        near = summed[place[j]][:, place[j:]].transpose(1, 0, 2)
        block = (near + near.transpose(0, 2, 1))[:, row[start:], column[start:]]
        block *= scale[start:] * scale[start:stop, None]
        paired[start:stop, start:] = block
        paired[start:, start:stop] = block.T
        start = stop
    return paired


def _joined(pieces: Iterator[PatternSums], width: int) -> Iterator[PatternSums]:
    """Join pieces until they are tall enough for their product to cost more than its sum."""
    waiting: list[PatternSums] = []
    for piece in pieces:
        waiting.append(piece)
        if sum(len(part[1]) for part in waiting) * width > CHUNK:
            yield _stacked(waiting)
            waiting = []
    if waiting:
        yield _stacked(waiting)


def _stacked(pieces: list[PatternSums]) -> PatternSums:
    known, weights, sums, squares = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    return known, weights, sums, squares


def _by_pattern(patterns: MissingPatterns, completed: Completed) -> Iterator[PatternSums]:
    """vech(V_p), n_p, the sum of t e and vech(E_p) of some patterns, t the locations of the rows."""
    weighted, precision = completed.weighted, completed.precision
    p = len(precision)
    column, row = np.triu_indices(p)
    whole = np.flatnonzero(patterns.observed.all(axis=1))
    if whole.size:
        rows = weighted[patterns.row_patterns == whole[0]]
        sums = patterns.locations[patterns.row_patterns == whole[0]] @ rows
        squares = (rows.T @ rows)[row, column]
        yield precision[row, column][None], patterns.weights[whole], sums[None], squares[None]
    step = max(1, CHUNK // (p * p))
    for block, residual in zip(patterns.blocks, completed.residual_covariances, strict=True):
        for start in range(0, len(block.patterns), step):
            chosen = slice(start, start + step)
            across = precision[block.missing[chosen]]
            inverses = precision - across.transpose(0, 2, 1) @ (residual[chosen] @ across)
            within = (block.slots >= start) & (block.slots < start + step)
            order = np.argsort(block.slots[within], kind="stable")
            rows = block.rows[within][order]
            sums, squares = _row_sums(
                weighted[rows], patterns.locations[rows], block.slots[within][order] - start, len(inverses)
            )
            yield inverses[:, row, column], patterns.weights[block.patterns[chosen]], sums, squares


def _row_sums(e: Floats, locations: Floats, slots: np.ndarray, count: int) -> tuple[Floats, Floats]:
    """Sum t e and vech(ee') over the rows of each pattern; rows come sorted by pattern."""
    column, row = np.triu_indices(e.shape[1])
    ends = np.searchsorted(slots, np.arange(count + 1))
    sums, squares = np.empty((count, e.shape[1])), np.empty((count, column.size))
    for slot, (first, last) in enumerate(pairwise(ends)):
        own = e[first:last]
        sums[slot] = locations[first:last] @ own
        squares[slot] = (own.T @ own)[row, column]
    return sums, squares
