"""Polychoric correlations in resampled respondents, each draw started at the whole sample's solution."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from coprod_measure.estimation.sample.bivariate_normal import INFINITE
from coprod_measure.estimation.sample.ordinal_moments import below_diagonal
from coprod_measure.estimation.sample.polychoric import (
    BOUND,
    SMALLEST_PROBABILITY,
    cell_probabilities,
    cell_slopes,
    with_lavaan_correction,
)
from coprod_measure.measurement.sampling import ALIKE, Sampling

Array = NDArray[np.float64]

CLOSE = 1e-5
"""Change at which a draw's correlation stands: small against the spread of any interval."""
_MOST_STEPS = 20


def resampled_polychorics(
    answers: Array, R: Array, draws: int, seed: int, sampling: Sampling = ALIKE
) -> Iterator[Array | None]:
    """Correlations of each draw, or None where an item did not vary in it.

    Parameters
    ----------
    answers : ndarray, shape (n, p)
        Ordered codes, NaN where no answer is; pairs use everybody who answered both.
    R : ndarray, shape (p, p)
        Polychoric correlations of the whole sample.
    draws, seed : int
        Draw ``r`` uses the ``r``-th stream spawned from the seed.
    sampling : Sampling
        Weights and clusters of the rows.

    Notes
    -----
    Olsson (1979), both steps: thresholds from the draw's own margins, then Fisher scoring for all pairs at
    once. Resampling respondents is weighing them by how often they were drawn, so that the tables of a draw
    are one matrix product.
    """
    n, p = answers.shape
    chosen, size = _indicators(answers)
    low, high = below_diagonal(p)
    start = np.clip(R[low, high], -0.99, 0.99)
    for rows in sampling.draws(n, draws, seed):
        own = None if sampling.weights is None else sampling.weights[rows]
        weights = np.bincount(rows, own, minlength=n).astype(np.float32)
        tables = (chosen.T @ (chosen * weights[:, None])).reshape(p, size, p, size).transpose(0, 2, 1, 3)
        thresholds = _thresholds(tables[np.arange(p), np.arange(p)].diagonal(axis1=1, axis2=2))
        if thresholds is None:
            yield None
            continue
        found = np.eye(p)
        pairs = tables[low, high].astype(np.float64)
        pairs = with_lavaan_correction(pairs) if size == 2 else pairs
        found[low, high] = found[high, low] = _scored(pairs, thresholds[low], thresholds[high], start)
        yield found


def _indicators(answers: Array) -> tuple[NDArray[np.float32], int]:
    """One column an item and category, shape (n, p K), and K, the most categories of an item."""
    codes = [np.unique(column[np.isfinite(column)]) for column in answers.T]
    size = max(len(own) for own in codes)
    chosen = np.zeros((*answers.shape, size), dtype=np.float32)
    for j, own in enumerate(codes):
        chosen[:, j, : len(own)] = answers[:, j, None] == own
    return chosen.reshape(len(answers), -1), size


def _thresholds(counts: NDArray[np.float32]) -> Array | None:
    """Cut points of every item with both ends, shape (p, K + 1); None where an item does not vary."""
    counts = counts.astype(np.float64)
    if np.any(counts.max(axis=1) == counts.sum(axis=1)):
        return None
    shares = np.cumsum(counts, axis=1) / counts.sum(axis=1, keepdims=True)
    cuts = np.hstack([np.zeros((len(counts), 1)), np.minimum(shares, 1.0)])
    return np.asarray(np.clip(ndtri(cuts), -INFINITE, INFINITE))


def _scored(tables: Array, rows: Array, columns: Array, start: Array) -> Array:
    rho = start.copy()
    active = np.arange(len(rho))
    for _ in range(_MOST_STEPS):
        now, table = rho[active], tables[active]
        probability = np.maximum(cell_probabilities(rows[active], columns[active], now), SMALLEST_PROBABILITY)
        slope = cell_slopes(rows[active], columns[active], now)
        gradient = np.sum(table * slope / probability, axis=(1, 2))
        information = np.sum(slope**2 / probability, axis=(1, 2)) * table.sum(axis=(1, 2))
        step = np.clip(gradient / np.maximum(information, 1e-12), -0.3, 0.3)
        rho[active] = np.clip(now + step, -BOUND, BOUND)
        active = active[np.abs(rho[active] - now) > CLOSE]
        if active.size == 0:
            break
    return rho
