"""Alpha and omega in resampled respondents, for intervals that assume no distribution."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coprod_measure.errors import CoprodError, MeasurementError
from coprod_measure.measurement.reliability.one_factor import one_factor
from coprod_measure.measurement.sampling import ALIKE, Sampling, pairwise_covariance

Array = NDArray[np.float64]


def resampled_alpha(answers: Array, draws: int, seed: int, drawn: Sampling = ALIKE) -> Array:
    """Alpha in each draw, from pairwise covariances.

    Parameters
    ----------
    answers : ndarray, shape (n, p)
        NaN where no answer is.
    drawn : Sampling
        See :meth:`~coprod_measure.measurement.sampling.Sampling.draws`.

    Returns
    -------
    ndarray, shape (kept,)
        Draws in which two items were never answered together are left out.
    """
    p = answers.shape[1]
    found = np.empty(draws)
    for draw, rows in enumerate(drawn.draws(len(answers), draws, seed)):
        S = pairwise_covariance(answers[rows], drawn.of(rows).weights)
        found[draw] = p / (p - 1) * (1.0 - np.trace(S) / S.sum())
    return np.asarray(found[np.isfinite(found)])


def resampled_omega(answers: Array, draws: int, seed: int, drawn: Sampling = ALIKE) -> Array:
    """Omega of the one-factor model in each draw, from pairwise covariances.

    Parameters
    ----------
    answers, draws, seed, drawn
        As in :func:`resampled_alpha`.

    Returns
    -------
    ndarray, shape (kept,)
        Draws whose model cannot be fitted are left out.
    """
    n = len(answers)
    kept = []
    for rows in drawn.draws(n, draws, seed):
        S = pairwise_covariance(answers[rows], drawn.of(rows).weights)
        if not np.all(np.isfinite(S)):
            continue
        try:
            model = one_factor(S, len(rows))
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
