"""Thresholds, means, variances and correlations of ordered and mixed data: the moments that WLS fits.

The moment vector of p variables has four parts, in this order:

1. variable by variable, the thresholds of an ordered one or the mean (intercept) of a continuous one;
2. the slopes on covariates, if there are any: those of all variables on the first covariate, and so on;
3. the (residual) variances of the continuous variables;
4. the (residual) covariances below the diagonal, column by column: (2,1), (3,1), ..., (p,1), (3,2), ...
   An ordered variable enters with its latent response of (residual) variance 1, so that these are polychoric
   correlations, polyserial correlations times a standard deviation, and ordinary covariances.

lavaan orders its moments in the same way; it stores the means with the opposite sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from coprod_measure.estimation.sample.first_stage import Answers, FirstStage, answers, first_stage
from coprod_measure.estimation.sample.polychoric import (
    PairCorrelations,
    contingency_tables,
    polychoric_correlations,
    with_lavaan_correction,
)
from coprod_measure.estimation.sample.polyserial import polyserial_correlations
from coprod_measure.estimation.sample.product_moment import two_step_correlations
from coprod_measure.estimation.sample.rectangle import Rectangles, rectangle_correlations

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OrdinalMoments:
    """Both stages' estimates for one group.

    Attributes
    ----------
    ordered : ndarray of bool, shape (p,)
        Which variables are ordered.
    first : FirstStage
        Thresholds, means, slopes and variances.
    correlations : ndarray, shape (p, p)
        Polychoric, polyserial and Pearson correlations (of residuals, if there are covariates).
    empty_cells : tuple of (int, int)
        Pairs of ordered variables whose table has an empty cell.
    unsolved : tuple of (int, int)
        Pairs whose correlation did not converge.
    at_bound : tuple of (int, int)
        Pairs whose correlation ran to the largest value searched.
    """

    n: int
    ordered: Bools
    first: FirstStage
    correlations: Floats
    empty_cells: tuple[tuple[int, int], ...]
    unsolved: tuple[tuple[int, int], ...]
    at_bound: tuple[tuple[int, int], ...]

    @property
    def covariance(self) -> Floats:
        """(Residual) covariances, with variance 1 for latent responses; shape (p, p)."""
        sd = np.sqrt(self.first.variances)
        return self.correlations * sd[:, None] * sd

    @property
    def vector(self) -> Floats:
        """The moment vector in the order that the module describes; shape (q,)."""
        levels = [
            cuts if is_ordered else np.array([mean])
            for cuts, is_ordered, mean in zip(
                self.first.thresholds, self.ordered, self.first.means, strict=True
            )
        ]
        rows, columns = below_diagonal(self.ordered.size)
        variances = self.first.variances[~self.ordered]
        return np.concatenate(
            [*levels, self.first.slopes.T.ravel(), variances, self.covariance[rows, columns]]
        )

    @property
    def starts(self) -> Ints:
        """Where each variable's thresholds or mean begin in the vector, the total at the end; (p + 1,)."""
        sizes = [
            cuts.size if is_ordered else 1
            for cuts, is_ordered in zip(self.first.thresholds, self.ordered, strict=True)
        ]
        return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

    @property
    def n_first(self) -> int:
        """Number of first-stage moments: all but the covariances."""
        return int(self.starts[-1]) + self.first.slopes.size + int(np.count_nonzero(~self.ordered))

    def slope_positions(self, v: int) -> Ints:
        """Where the slopes of variable `v` stand in the vector; shape (x,)."""
        p, x = self.first.slopes.shape
        positions: Ints = self.starts[-1] + np.arange(x) * p + v
        return positions

    @property
    def variance_positions(self) -> Ints:
        """Where the variance of each continuous variable stands in the vector; shape (p,)."""
        positions: Ints = self.starts[-1] + self.first.slopes.size + np.cumsum(~self.ordered) - 1
        return positions


@lru_cache
def below_diagonal(p: int) -> tuple[Ints, Ints]:
    """Rows and columns of the cells below the diagonal of a p x p matrix, column by column."""
    columns, rows = (cells.astype(np.int64) for cells in np.triu_indices(p, 1))
    # One pair for all who ask: every step of a search does.
    rows.flags.writeable = columns.flags.writeable = False
    return rows, columns


def ordinal_moments(
    data: Floats, ordered: Bools, weights: Floats | None = None, covariates: Floats | None = None
) -> OrdinalMoments:
    """Estimate thresholds, means, slopes, variances and all correlations of mixed data in two steps.

    Parameters
    ----------
    data : ndarray, shape (n, p)
        Ordered columns hold categories 0, 1, ..., K - 1, each of them chosen by somebody; NaN where missing.
        Pairs use all respondents who answered both.
    ordered : ndarray of bool, shape (p,)
        Which columns are ordered.
    weights : ndarray, shape (n,), optional
        Sampling weights.
    covariates : ndarray, shape (n, x), optional
        What everything is conditional on; complete.

    Returns
    -------
    OrdinalMoments
        The estimates.

    Notes
    -----
    Muthen (1984), Psychometrika 49, 115-132, stages one and two.
    """
    group = answers(data, ordered, weights, covariates)
    first = first_stage(group)
    p = ordered.size
    where, continuous = group.where, np.flatnonzero(~ordered)
    correlations = np.eye(p)
    unsolved: tuple[tuple[int, int], ...] = ()
    at_bound: tuple[tuple[int, int], ...] = ()
    found, rows, columns, thin = _ordered_pairs(group, first)
    parts = [(found, rows, columns)]
    empty = _pairs(rows, columns, thin)
    z = first.standardised(group)
    lower, upper = first.limits(group)
    for position, c in enumerate(continuous):
        mixed = polyserial_correlations(z[:, c], lower, upper, group.weights)
        parts.append((mixed, np.full(where.size, c), where))
        later = continuous[position + 1 :]
        if later.size:
            plain = two_step_correlations(z[:, c], z[:, later], group.weights)
            correlations[c, later] = correlations[later, c] = plain
    for pairs, one, other in parts:
        correlations[one, other] = correlations[other, one] = pairs.rho
        unsolved += _pairs(one, other, ~pairs.converged)
        at_bound += _pairs(one, other, pairs.at_bound)
    return OrdinalMoments(data.shape[0], ordered, first, correlations, empty, unsolved, at_bound)


def _ordered_pairs(data: Answers, first: FirstStage) -> tuple[PairCorrelations, Ints, Ints, Bools]:
    """Correlations of all pairs of ordered variables, the pairs, and which tables have an empty cell."""
    codes, where, padded = data.codes, data.where, first.padded
    low, high = below_diagonal(where.size)
    tables = contingency_tables(codes, padded.shape[1] - 1, data.weights)[low, high]
    thin = _empty(tables, padded[low], padded[high])
    if data.covariates.shape[1]:
        return _rectangle_pairs(data, first), where[low], where[high], thin
    highest = codes.max(axis=0, initial=0)
    binary = np.flatnonzero((highest[low] == 1) & (highest[high] == 1))
    if binary.size:
        tables[binary, :2, :2] = with_lavaan_correction(tables[binary, :2, :2])
    return polychoric_correlations(tables, padded[low], padded[high]), where[low], where[high], thin


def _rectangle_pairs(data: Answers, first: FirstStage) -> PairCorrelations:
    """Correlations of all pairs when thresholds move with covariates, column by column below the diagonal."""
    lower, upper = first.limits(data)
    found = [
        rectangle_correlations(
            Rectangles(lower[:, [j]], upper[:, [j]], lower[:, j + 1 :], upper[:, j + 1 :]), data.weights
        )
        for j in range(lower.shape[1] - 1)
    ]
    if not found:
        return PairCorrelations(np.zeros(0), np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.bool_))
    return PairCorrelations(
        np.concatenate([pairs.rho for pairs in found]),
        np.concatenate([pairs.converged for pairs in found]),
        np.concatenate([pairs.at_bound for pairs in found]),
    )


def _empty(tables: Floats, rows: Floats, columns: Floats) -> Bools:
    """Which tables have an empty cell, padded cells not counted."""
    real = (np.diff(rows, axis=1) > 0.0)[:, :, None] & (np.diff(columns, axis=1) > 0.0)[:, None, :]
    empty: Bools = (real & (tables == 0.0)).any(axis=(1, 2))
    return empty


def _pairs(rows: Ints, columns: Ints, chosen: Bools) -> tuple[tuple[int, int], ...]:
    return tuple((int(i), int(j)) for i, j in zip(rows[chosen], columns[chosen], strict=True))
