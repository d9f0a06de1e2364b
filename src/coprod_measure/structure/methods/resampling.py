"""Bootstrap draws of respondents as counts: how often each row is in each draw."""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats


def resampled_counts(n: int, draws: int, seed: int) -> Floats:
    """Draw n of n rows with replacement, so many times. Each row adds up to n."""
    counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1.0 / n), draws)
    return np.asarray(counts, dtype=np.float64)


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
