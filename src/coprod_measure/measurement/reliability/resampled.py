"""Alpha and omega in resampled respondents, for intervals that assume no distribution."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coprod_measure.errors import CoprodError, MeasurementError
from coprod_measure.measurement.reliability.one_factor import one_factor

Array = NDArray[np.float64]


def resampled_alpha(answers: Array, draws: int, seed: int) -> Array:
    """Alpha in each draw, from pairwise covariances.

    Parameters
    ----------
    answers : ndarray, shape (n, p)
        NaN where no answer is.
    draws, seed : int
        Draw ``r`` uses the ``r``-th stream spawned from the seed.

    Returns
    -------
    ndarray, shape (kept,)
        Draws in which two items were never answered together are left out.
    """
    p = answers.shape[1]
    found = np.empty(draws)
    for draw, rows in enumerate(_rows(len(answers), draws, seed)):
        S = pairwise_covariance(answers[rows])
        found[draw] = p / (p - 1) * (1.0 - np.trace(S) / S.sum())
    return np.asarray(found[np.isfinite(found)])


def resampled_omega(answers: Array, draws: int, seed: int) -> Array:
    """Omega of the one-factor model in each draw, from pairwise covariances.

    Parameters
    ----------
    answers, draws, seed
        As in :func:`resampled_alpha`.

    Returns
    -------
    ndarray, shape (kept,)
        Draws whose model cannot be fitted are left out.
    """
    n = len(answers)
    kept = []
    for rows in _rows(n, draws, seed):
        S = pairwise_covariance(answers[rows])
        if not np.all(np.isfinite(S)):
            continue
        try:
            model = one_factor(S, n)
        except CoprodError:
            continue
        common = model.loadings.sum() ** 2
        kept.append(common / (common + model.uniquenesses.sum()))
    return np.array(kept)


def percentile_interval(values: Array, draws: int, confidence: float) -> tuple[float, float]:
    """Percentile interval of the draws that were kept.

    Raises
    ------
    MeasurementError
        If fewer than half of the draws were kept.
    """
    if len(values) < 0.5 * draws:
        raise MeasurementError(f"only {len(values)} of {draws} bootstrap draws could be computed")
    tail = 50.0 * (1.0 - confidence)
    lower, upper = np.percentile(values, [tail, 100.0 - tail])
    return float(lower), float(upper)


def pairwise_covariance(x: Array) -> Array:
    """Covariances with divisor n - 1, each pair on its own rows.

    Parameters
    ----------
    x : ndarray, shape (n, p)
        NaN where no value is.
    """
    seen = np.isfinite(x).astype(float)
    filled = np.nan_to_num(x)
    n = seen.T @ seen
    sums = filled.T @ seen
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((filled.T @ filled - sums * sums.T / n) / (n - 1.0))


def _rows(n: int, draws: int, seed: int) -> list[NDArray[np.int64]]:
    return [
        np.random.default_rng(stream).integers(0, n, n)
        for stream in np.random.SeedSequence(seed).spawn(draws)
    ]
