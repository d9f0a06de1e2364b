"""Bootstrap intervals of every coefficient of reliability, from the same draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.arguments import whole_number
from coprod_measure.errors import CoprodError, MeasurementError
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.item_sets import Constructs, ItemSet, item_sets
from coprod_measure.measurement.reliability.consistency import (
    greatest_lower_bound,
    lambda2,
    lambda6,
    maximal_reliability,
)
from coprod_measure.measurement.reliability.formulas import (
    average_variance_extracted,
    composite_reliability,
    cronbach_alpha,
)
from coprod_measure.measurement.reliability.one_factor import one_factor
from coprod_measure.measurement.reliability.resampled import percentile_interval
from coprod_measure.measurement.sampling import Data, Sampling, pairwise_covariance, people
from coprod_measure.notebook import Shown

Array = NDArray[np.float64]

INTERVAL_COLUMNS = ("construct", "coefficient", "est", "ci_lower", "ci_upper", "kept")
OF_PAIRS = ("alpha", "lambda2")
OF_THREE = ("omega", "cr", "ave", "h", "lambda6", "glb")


@dataclass(frozen=True, slots=True, repr=False)
class ReliabilityIntervals(Shown):
    """Percentile intervals.

    Attributes
    ----------
    intervals : pandas.DataFrame
        One row a construct and coefficient (:data:`INTERVAL_COLUMNS`); ``kept`` counts the draws in which it
        could be computed.
    unavailable : pandas.DataFrame
        ``construct coefficient reason``.
    sampling : tuple of str
        What the draws know of: ``"cluster"``, ``"weights"``.
    """

    intervals: pd.DataFrame
    unavailable: pd.DataFrame
    draws: int
    seed: int
    confidence: float
    sampling: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row a construct and coefficient; columns :data:`INTERVAL_COLUMNS`."""
        return self.intervals.copy()


def reliability_intervals(
    data: Data,
    constructs: Constructs | None = None,
    *,
    bootstrap: int = 500,
    confidence: float = 0.95,
    seed: int = 1,
) -> ReliabilityIntervals:
    """Compute all coefficients of each reflective construct in resampled respondents or clusters.

    Alpha and omega are those of the sum of the answers, lambda 2, lambda 6, the greatest lower bound and the
    maximal reliability H those of standardised items; all from pairwise covariances.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        Weights enter the covariances.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`.
    bootstrap, seed : int
        Draw ``r`` uses the ``r``-th stream spawned from the seed, the same for every construct.
    """
    whole_number("bootstrap", bootstrap, 0)
    rows: list[tuple[object, ...]] = []
    unavailable: list[tuple[str, str, str]] = []
    data, sampling = people(data)
    for one in item_sets(data, constructs):
        try:
            answers, drawn = _answers(one, sampling)
            wanted = (*OF_PAIRS, *OF_THREE) if len(one.items) > 2 else OF_PAIRS
            whole = coefficients(pairwise_covariance(answers, drawn.weights), len(answers))
        except CoprodError as problem:
            unavailable.append((one.construct, "all", problem.problems[0].cause))
            continue
        replicates = _drawn(answers, drawn, bootstrap, seed)
        for name in wanted:
            values = np.array([draw[name] for draw in replicates if name in draw])
            try:
                ends = percentile_interval(values, bootstrap, confidence)
            except MeasurementError as problem:
                unavailable.append((one.construct, name, problem.problems[0].cause))
                continue
            rows.append((one.construct, name, whole[name], *ends, len(values)))
    return ReliabilityIntervals(
        pd.DataFrame(rows, columns=list(INTERVAL_COLUMNS)),
        pd.DataFrame(unavailable, columns=["construct", "coefficient", "reason"]),
        bootstrap,
        seed,
        confidence,
        sampling.named,
    )


def coefficients(S: Array, n: int) -> dict[str, float]:
    """All coefficients of one covariance matrix.

    Parameters
    ----------
    S : ndarray, shape (p, p)

    Raises
    ------
    MeasurementError
        If the matrix is not positive definite or, from three items on, has no one-factor solution.
    """
    if not np.all(np.isfinite(S)) or float(np.linalg.eigvalsh(S)[0]) <= 1e-10:
        raise MeasurementError("the covariances of its items are not positive definite")
    scale = np.sqrt(np.diagonal(S))
    R = S / np.outer(scale, scale)
    found = {"alpha": cronbach_alpha(S), "lambda2": lambda2(R)}
    if len(S) > 2:
        model = one_factor(S, n)
        std = model.standardized
        found |= {
            "omega": composite_reliability(model.loadings, model.uniquenesses),
            "cr": composite_reliability(std, 1.0 - std**2),
            "ave": average_variance_extracted(std),
            "h": maximal_reliability(std),
            "lambda6": lambda6(R),
            "glb": greatest_lower_bound(R),
        }
    return found


def _answers(one: ItemSet, sampling: Sampling) -> tuple[Array, Sampling]:
    if one.measurement != "reflective":
        raise MeasurementError(f"measured as {one.measurement}: its items need not agree with each other")
    if len(one.items) < 2:
        raise MeasurementError("a single item has no internal consistency")
    kept = one.frame.notna().any(axis=1).to_numpy()
    return one.frame.to_numpy(dtype=float)[kept], sampling.of(kept)


def _drawn(answers: Array, drawn: Sampling, draws: int, seed: int) -> list[dict[str, float]]:
    found = []
    for rows in drawn.draws(len(answers), draws, seed):
        try:
            S = pairwise_covariance(answers[rows], drawn.of(rows).weights)
            found.append(coefficients(S, len(rows)))
        except CoprodError:
            continue
    return found


def examine(x: Examination) -> ReliabilityIntervals:
    """Compute the part ``reliability_intervals``."""
    return reliability_intervals(x.clean, x.modelled, bootstrap=x.options.htmt_draws, seed=x.options.seed)
