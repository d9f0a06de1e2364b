"""Stability of scores between waves of a panel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from coprod_measure.errors import DataError, MeasurementError, counted
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.invariance.waves import waves_of
from coprod_measure.measurement.scores.respondents import scores
from coprod_measure.notebook import Shown

Array = NDArray[np.float64]

RETEST_COLUMNS = ("construct", "n", "r", "icc", "icc_ci_lower", "icc_ci_upper", "sem", "smallest_change")


@dataclass(frozen=True, slots=True, repr=False)
class Retest(Shown):
    """Agreement of two waves or more.

    Attributes
    ----------
    coefficients : pandas.DataFrame
        One row a construct (:data:`RETEST_COLUMNS`): mean correlation of the waves, intraclass correlation
        for absolute agreement of single scores, standard error of measurement, and the smallest change of a
        person that exceeds it at 95 %.
    unavailable : pandas.DataFrame
        ``construct reason``.
    """

    coefficients: pd.DataFrame
    waves: int
    confidence: float
    unavailable: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """One row a construct; columns :data:`RETEST_COLUMNS`."""
        return self.coefficients.copy()


def retest(*waves: pd.DataFrame, confidence: float = 0.95) -> Retest:
    """Compare scores of the same people in several waves.

    ``*waves``: scores, one column a construct, indexed by the person's id; people missing from a wave are
    left out.

    Raises
    ------
    DataError
        If there are fewer than two waves, or they share no construct.
    """
    if len(waves) < 2:
        raise DataError("stability needs two waves", cure="Give the scores of each wave")
    shared = [str(name) for name in waves[0].columns if all(name in wave for wave in waves)]
    if not shared:
        raise DataError("the waves share no construct", cure="Score the same constructs in every wave")
    rows, unavailable = [], []
    for name in shared:
        together = pd.concat([wave[name] for wave in waves], axis=1, join="inner").dropna()
        scores = together.to_numpy(dtype=float)
        if len(scores) < 3 or np.any(scores.std(axis=0) == 0):
            unavailable.append(
                (
                    name,
                    f"only {counted(len(scores), 'person', 'people')} "
                    "in every wave, or a wave without variance",
                )
            )
            continue
        try:
            icc, lower, upper = absolute_agreement(scores, confidence)
        except MeasurementError as problem:
            unavailable.append((name, problem.in_one_line))
            continue
        R = np.atleast_2d(np.corrcoef(scores.T))
        mean_r = float(R[np.tril_indices(len(R), -1)].mean())
        sem = float(scores.std(axis=0, ddof=1).mean() * np.sqrt(max(1.0 - icc, 0.0)))
        rows.append((name, len(scores), mean_r, icc, lower, upper, sem, 1.96 * np.sqrt(2.0) * sem))
    return Retest(
        pd.DataFrame(rows, columns=list(RETEST_COLUMNS)),
        len(waves),
        confidence,
        pd.DataFrame(unavailable, columns=["construct", "reason"]),
    )


def absolute_agreement(scores: Array, confidence: float = 0.95) -> tuple[float, float, float]:
    """Intraclass correlation ICC(A,1) and its interval (McGraw and Wong 1996, tables 4 and 7).

    Parameters
    ----------
    scores : ndarray, shape (n, k)
        People by waves, no gaps.

    Returns
    -------
    float, float, float
        Estimate, lower and upper end.

    Raises
    ------
    MeasurementError
        If people do not differ.
    """
    n, k = scores.shape
    grand = scores.mean()
    people, occasions = scores.mean(axis=1), scores.mean(axis=0)
    ms_people = k * np.sum((people - grand) ** 2) / (n - 1)
    ms_waves = n * np.sum((occasions - grand) ** 2) / (k - 1)
    rest = scores - people[:, None] - occasions[None, :] + grand
    ms_error = max(float(np.sum(rest**2)) / ((n - 1) * (k - 1)), 1e-300)
    if ms_people <= 0:
        raise MeasurementError("the scores of people do not differ")
    if ms_error <= 1e-12 * ms_people and ms_waves <= 1e-12 * ms_people:
        return 1.0, 1.0, 1.0  # the limits: everybody has the same score in every wave
    icc = float((ms_people - ms_error) / (ms_people + (k - 1) * ms_error + k / n * (ms_waves - ms_error)))
    a, b = k * icc / (n * (1.0 - icc)), 1.0 + k * icc * (n - 1) / (n * (1.0 - icc))
    df = (a * ms_waves + b * ms_error) ** 2 / (
        (a * ms_waves) ** 2 / (k - 1) + (b * ms_error) ** 2 / ((n - 1) * (k - 1))
    )
    tail = 0.5 + confidence / 2.0
    above, below = stats.f.ppf(tail, n - 1, df), stats.f.ppf(tail, df, n - 1)
    spread = k * ms_waves + (k * n - k - n) * ms_error
    lower = n * (ms_people - above * ms_error) / (above * spread + n * ms_people)
    upper = n * (below * ms_people - ms_error) / (spread + n * below * ms_people)
    return icc, float(lower), float(upper)


def examine(x: Examination) -> Retest:
    """Compute the part ``retest``: stability of mean scores."""
    return retest(
        *(
            scores(wave, x.modelled).values  # noqa: PD011
            for wave in waves_of(x.panel).values()
        )
    )
