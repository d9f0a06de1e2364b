"""Polychoric correlations of all pairs of ordered variables at once, from their contingency tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from coprod_measure.estimation.sample.bivariate_normal import bivariate_normal_cdf, bivariate_normal_density

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BOUND = 0.999
"""Largest absolute correlation that is searched, as in lavaan."""

SMALLEST_PROBABILITY = 1e-15
_ROWS_AT_ONCE = 20_000
_MOST_ITERATIONS = 60


@dataclass(frozen=True, slots=True)
class PairCorrelations:
    """Correlations of pairs of ordered variables.

    Attributes
    ----------
    rho : ndarray, shape (m,)
        Two-step maximum likelihood estimates.
    converged : ndarray of bool, shape (m,)
        Whether the likelihood equation was solved.
    at_bound : ndarray of bool, shape (m,)
        Whether the estimate lies on the largest or smallest value searched.
    """

    rho: Floats
    converged: NDArray[np.bool_]
    at_bound: NDArray[np.bool_]


def contingency_tables(codes: Ints, n_categories: int, weights: Floats | None = None) -> Floats:
    """Two-way tables of all pairs of variables, pairs with a missing answer left out.

    Parameters
    ----------
    codes : ndarray of int, shape (n, p)
        Categories 0, 1, ..., with -1 for a missing answer.
    n_categories : int
        Size of each table (the variable with most categories decides).
    weights : ndarray, shape (n,), optional
        Sampling weights.

    Returns
    -------
    ndarray, shape (p, p, n_categories, n_categories)
        ``tables[i, j, a, b]`` counts respondents with category a on variable i and b on variable j. The
        diagonal ``tables[i, i]`` holds the univariate counts.
    """
    n, p = codes.shape
    total = np.zeros((p * n_categories, p * n_categories))
    categories = np.arange(n_categories)
    for start in range(0, n, _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        chosen = (codes[rows, :, None] == categories).reshape(-1, p * n_categories).astype(np.float64)
        weighted = chosen if weights is None else chosen * weights[rows, None]
        total += weighted.T @ chosen
    return total.reshape(p, n_categories, p, n_categories).transpose(0, 2, 1, 3)


def cell_probabilities(rows: Floats, columns: Floats, rho: Floats) -> Floats:
    """Probabilities of all cells of many two-way tables.

    Parameters
    ----------
    rows, columns : ndarray, shape (m, K + 1)
        Thresholds with both ends (`padded_thresholds`).
    rho : ndarray, shape (m,)
        Correlations.

    Returns
    -------
    ndarray, shape (m, K, K)
        Probabilities; zero in padded cells.
    """
    inner = bivariate_normal_cdf(rows[:, 1:-1, None], columns[:, None, 1:-1], rho[:, None, None])
    corners = np.zeros((rho.size, rows.shape[1], columns.shape[1]))
    corners[:, 1:-1, 1:-1] = inner
    corners[:, 1:, -1] = ndtr(rows[:, 1:])
    corners[:, -1, 1:] = ndtr(columns[:, 1:])
    return np.diff(np.diff(corners, axis=1), axis=2)


def cell_slopes(rows: Floats, columns: Floats, rho: Floats) -> Floats:
    """Differentiate `cell_probabilities` by the correlation; same shapes."""
    corners = bivariate_normal_density(rows[:, :, None], columns[:, None, :], rho[:, None, None])
    return np.diff(np.diff(corners, axis=1), axis=2)


def polychoric_correlations(tables: Floats, rows: Floats, columns: Floats) -> PairCorrelations:
    """Maximise the likelihood of many two-way tables by their correlation, thresholds held.

    Parameters
    ----------
    tables : ndarray, shape (m, K, K)
        Counts (or weights), as prepared by `with_lavaan_correction` where tables are 2 x 2.
    rows, columns : ndarray, shape (m, K + 1)
        Thresholds with both ends (`padded_thresholds`).

    Returns
    -------
    PairCorrelations
        One correlation a table.

    Notes
    -----
    Olsson (1979), Psychometrika 44, 443-460, second step. Fisher scoring for all tables together; the sign
    of the gradient brackets each root, and a step that leaves its bracket is replaced by bisection.
    """
    m = tables.shape[0]
    rho = _product_moment(tables)
    low, high = np.full(m, -BOUND), np.full(m, BOUND)
    active = np.arange(m)
    for _ in range(_MOST_ITERATIONS):
        now = rho[active]
        gradient, information = _score(tables[active], rows[active], columns[active], now)
        low[active] = np.where(gradient > 0.0, now, low[active])
        high[active] = np.where(gradient > 0.0, high[active], now)
        move = gradient / np.maximum(information, 1e-12)
        outside = (now + move <= low[active]) | (now + move >= high[active])
        halfway = 0.5 * (low[active] + high[active])
        # At the root itself the bracket closes on the point: a step too small to matter is not bisected away.
        new = np.where(outside & (np.abs(move) > 1e-10), halfway, now + move)
        rho[active] = new
        active = active[np.abs(new - now) > 1e-9]
        if active.size == 0:
            break
    converged = np.ones(m, dtype=np.bool_)
    converged[active] = False
    return PairCorrelations(rho, converged, np.abs(rho) > BOUND - 1e-6)


def with_lavaan_correction(tables: Floats) -> Floats:
    """Move half an answer into the empty cell of 2 x 2 tables that have exactly one, margins kept.

    Parameters
    ----------
    tables : ndarray, shape (m, 2, 2)
        Counts.

    Returns
    -------
    ndarray, shape (m, 2, 2)
        Counts from which lavaan (``zero.add = c(0.5, 0.0)``) estimates; larger tables are left alone by it.
    """
    empty = tables == 0.0
    lone = empty.sum(axis=(1, 2)) == 1
    on_diagonal = empty[:, 0, 0] | empty[:, 1, 1]
    half = np.where(lone, np.where(on_diagonal, 0.5, -0.5), 0.0)
    corrected: Floats = tables + half[:, None, None] * np.array([[1.0, -1.0], [-1.0, 1.0]])
    return corrected


def _score(tables: Floats, rows: Floats, columns: Floats, rho: Floats) -> tuple[Floats, Floats]:
    """Gradient and expected information of the log-likelihood by the correlation, both of shape (m,)."""
    probability = np.maximum(cell_probabilities(rows, columns, rho), SMALLEST_PROBABILITY)
    slope = cell_slopes(rows, columns, rho)
    relative = slope / probability
    gradient = np.einsum("mab,mab->m", tables, relative)
    information = np.einsum("mab,mab->m", slope, relative) * tables.sum(axis=(1, 2))
    return gradient, information


def _product_moment(tables: Floats) -> Floats:
    """Pearson correlations of the category numbers, kept inside the bounds, as a start; shape (m,)."""
    size = tables.shape[1]
    number = np.arange(size, dtype=np.float64)
    total = tables.sum(axis=(1, 2))
    row, column = tables.sum(axis=2), tables.sum(axis=1)
    mean_row, mean_column = row @ number / total, column @ number / total
    covariance = np.einsum("mab,a,b->m", tables, number, number) / total - mean_row * mean_column
    variance_row = row @ number**2 / total - mean_row**2
    variance_column = column @ number**2 / total - mean_column**2
    # Among those who answered both questions, one of them may have found a single answer.
    spread = np.sqrt(np.maximum(variance_row * variance_column, 1e-12))
    start: Floats = np.clip(covariance / spread, -0.9, 0.9)
    return start
