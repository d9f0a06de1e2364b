"""Bootstrap draws of respondents as counts: how often each row is in each draw."""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats

# Rows drawn at a time: 16 MB.
_CELLS = 2_000_000


def resampled_counts(n: int, draws: int, seed: int) -> Floats:
    """Draw n of n rows with replacement, so many times. Each row adds up to n."""
    rng, step = np.random.default_rng(seed), max(1, _CELLS // n)
    counts = np.empty((draws, n))
    for start in range(0, draws, step):
        size = min(step, draws - start)
        # Drawing rows and counting them takes a fourth of what multinomial counts take.
        rows = rng.integers(n, size=(size, n)) + n * np.arange(size)[:, None]
        counts[start : start + size] = np.bincount(rows.ravel(), minlength=n * size).reshape(size, n)
    return counts


def resampled_covariances(values: Floats, counts: Floats) -> Floats:
    """Covariance matrix of every draw, divisor n, from one matrix product.

    Examples
    --------
    >>> resampled_covariances(np.array([[0.0], [1.0], [2.0]]), np.array([[1.0, 0, 2]])).round(3).tolist()
    [[[0.889]]]
    """
    centred = values - values.mean(axis=0)
    first, second = np.triu_indices(values.shape[1])
    n = counts.sum(axis=1, keepdims=True)
    mean = counts @ centred / n
    S = np.empty((len(counts), values.shape[1], values.shape[1]))
    S[:, first, second] = S[:, second, first] = counts @ (centred[:, first] * centred[:, second]) / n
    return np.asarray(S - mean[:, :, None] * mean[:, None, :])
