"""Thresholds, means, variances and correlations of ordered and mixed data: the moments that WLS fits.

The moment vector of p variables has three parts, in this order:

1. variable by variable, the thresholds of an ordered one or the mean of a continuous one;
2. the variances of the continuous variables;
3. the covariances below the diagonal, column by column: (2,1), (3,1), ..., (p,1), (3,2), ... An ordered
   variable enters with its latent response of variance 1, so that these are polychoric correlations,
   polyserial correlations times a standard deviation, and ordinary covariances.

lavaan orders its moments in the same way; it stores the means with the opposite sign.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coprod_measure.estimation.polychoric import (
    PairCorrelations,
    contingency_tables,
    polychoric_correlations,
    with_lavaan_correction,
)
from coprod_measure.estimation.polyserial import polyserial_correlations
from coprod_measure.estimation.product_moment import two_step_correlations
from coprod_measure.estimation.thresholds import padded_thresholds, thresholds_from_counts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OrdinalMoments:
    """First-stage estimates for one group.

    Attributes
    ----------
    n : int
        Respondents.
    ordered : ndarray of bool, shape (p,)
        Which variables are ordered.
    thresholds : tuple of ndarray
        Thresholds of each variable, empty for continuous ones.
    means, variances : ndarray, shape (p,)
        Of continuous variables (maximum likelihood); 0 and 1 for ordered ones.
    correlations : ndarray, shape (p, p)
        Polychoric, polyserial and Pearson correlations.
    empty_cells : tuple of (int, int)
        Pairs of ordered variables whose table has an empty cell.
    unsolved : tuple of (int, int)
        Pairs whose correlation did not converge.
    at_bound : tuple of (int, int)
        Pairs whose correlation ran to the largest value searched.
    """

    n: int
    ordered: Bools
    thresholds: tuple[Floats, ...]
    means: Floats
    variances: Floats
    correlations: Floats
    empty_cells: tuple[tuple[int, int], ...]
    unsolved: tuple[tuple[int, int], ...]
    at_bound: tuple[tuple[int, int], ...]

    @property
    def covariance(self) -> Floats:
        """Covariances, with variance 1 for latent responses; shape (p, p)."""
        sd = np.sqrt(self.variances)
        return self.correlations * sd[:, None] * sd

    @property
    def vector(self) -> Floats:
        """The moment vector in the order that the module describes; shape (q,)."""
        first = [
            cuts if is_ordered else np.array([mean])
            for cuts, is_ordered, mean in zip(self.thresholds, self.ordered, self.means, strict=True)
        ]
        rows, columns = below_diagonal(self.ordered.size)
        return np.concatenate([*first, self.variances[~self.ordered], self.covariance[rows, columns]])

    @property
    def starts(self) -> Ints:
        """Where each variable's thresholds or mean begin in the vector, the total at the end; (p + 1,)."""
        sizes = [
            cuts.size if is_ordered else 1
            for cuts, is_ordered in zip(self.thresholds, self.ordered, strict=True)
        ]
        return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def below_diagonal(p: int) -> tuple[Ints, Ints]:
    """Rows and columns of the cells below the diagonal of a p x p matrix, column by column."""
    columns, rows = np.triu_indices(p, 1)
    return rows.astype(np.int64), columns.astype(np.int64)


def category_codes(data: Floats) -> Ints:
    """Categories as integers with -1 for NaN; `data` has codes 0, 1, ... of shape (n, m)."""
    return np.where(np.isnan(data), -1.0, data).astype(np.int64)


def ordinal_moments(data: Floats, ordered: Bools, weights: Floats | None = None) -> OrdinalMoments:
    """Estimate thresholds, means, variances and all correlations of mixed data in two steps.

    Parameters
    ----------
    data : ndarray, shape (n, p)
        Ordered columns hold categories 0, 1, ..., K - 1, each of them chosen by somebody; NaN where missing.
        Pairs use all respondents who answered both.
    ordered : ndarray of bool, shape (p,)
        Which columns are ordered.
    weights : ndarray, shape (n,), optional
        Sampling weights.

    Returns
    -------
    OrdinalMoments
        The first-stage estimates.

    Notes
    -----
    Muthen (1984), Psychometrika 49, 115-132, stages one and two, without covariates.
    """
    n, p = data.shape
    mass = np.ones(n) if weights is None else weights
    where = np.flatnonzero(ordered)
    codes = category_codes(data[:, where])
    size = int(codes.max(initial=0)) + 1
    tables = contingency_tables(codes, size, weights)
    cuts = _all_thresholds(tables, where, p)
    padded = padded_thresholds(tuple(cuts[v] for v in where), size)
    means, variances = _univariate(data, ordered, mass)
    correlations = np.eye(p)
    low, high = below_diagonal(where.size)
    found = _polychorics(
        tables[low, high], padded[low], padded[high], codes.max(axis=0, initial=0)[[low, high]]
    )
    rows, columns = where[low], where[high]
    correlations[rows, columns] = correlations[columns, rows] = found.rho
    flags = [_pairs(rows, columns, _empty(tables[low, high], padded[low], padded[high]))]
    flags += [_pairs(rows, columns, ~found.converged), _pairs(rows, columns, found.at_bound)]
    z = (data - means) / np.sqrt(variances)
    continuous = np.flatnonzero(~ordered)
    for position, c in enumerate(continuous):
        mixed = polyserial_correlations(z[:, c], codes, padded, weights)
        correlations[c, where] = correlations[where, c] = mixed.rho
        flags[1] += _pairs(np.full(where.size, c), where, ~mixed.converged)
        flags[2] += _pairs(np.full(where.size, c), where, mixed.at_bound)
        later = continuous[position + 1 :]
        if later.size:
            plain = two_step_correlations(z[:, c], z[:, later], weights)
            correlations[c, later] = correlations[later, c] = plain
    return OrdinalMoments(n, ordered, cuts, means, variances, correlations, *flags)


def _all_thresholds(tables: Floats, where: Ints, p: int) -> tuple[Floats, ...]:
    """Thresholds of each of p variables, empty for continuous ones."""
    cuts = [np.zeros(0)] * p
    for position, variable in enumerate(where):
        counts = np.diagonal(tables[position, position])
        cuts[variable] = thresholds_from_counts(counts[: np.flatnonzero(counts)[-1] + 1])
    return tuple(cuts)


def _univariate(data: Floats, ordered: Bools, mass: Floats) -> tuple[Floats, Floats]:
    """Means and maximum likelihood variances of continuous columns, 0 and 1 for ordered ones."""
    means, variances = np.zeros(ordered.size), np.ones(ordered.size)
    for c in np.flatnonzero(~ordered):
        seen = np.isfinite(data[:, c])
        total = mass[seen].sum()
        means[c] = mass[seen] @ data[seen, c] / total
        variances[c] = mass[seen] @ (data[seen, c] - means[c]) ** 2 / total
    return means, variances


def _polychorics(tables: Floats, rows: Floats, columns: Floats, highest: Ints) -> PairCorrelations:
    """Polychoric correlations; `highest`, the last categories (2, m), tells which tables are 2 x 2."""
    binary = np.flatnonzero((highest == 1).all(axis=0))
    if binary.size:
        tables = tables.copy()
        tables[binary, :2, :2] = with_lavaan_correction(tables[binary, :2, :2])
    return polychoric_correlations(tables, rows, columns)


def _empty(tables: Floats, rows: Floats, columns: Floats) -> Bools:
    """Which tables have an empty cell, padded cells not counted."""
    real = (np.diff(rows, axis=1) > 0.0)[:, :, None] & (np.diff(columns, axis=1) > 0.0)[:, None, :]
    empty: Bools = (real & (tables == 0.0)).any(axis=(1, 2))
    return empty


def _pairs(rows: Ints, columns: Ints, chosen: Bools) -> tuple[tuple[int, int], ...]:
    return tuple((int(i), int(j)) for i, j in zip(rows[chosen], columns[chosen], strict=True))
