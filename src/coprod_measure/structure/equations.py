"""Single equations for outcomes that are no factor and no score: yes/no decisions by logistic regression."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from coprod_measure.errors import EstimationError


@dataclass(frozen=True, slots=True)
class LogisticSlope:
    """Slopes of a logistic regression on standardised predictors.

    Attributes
    ----------
    estimate, se : ndarray, shape (k,)
        Log odds for one standard deviation of the predictor.
    std : ndarray, shape (k,)
        Standardised on the latent response, ``b / sqrt(var(xb) + pi^2 / 3)`` (McKelvey & Zavoina 1975).
    r_squared : float
        Explained share of the latent response, ``var(xb) / (var(xb) + pi^2 / 3)`` (the same source).
    """

    estimate: np.ndarray
    se: np.ndarray
    std: np.ndarray
    n: int
    r_squared: float


def logistic_regression(outcome: np.ndarray, predictors: np.ndarray, names: tuple[str, ...]) -> LogisticSlope:
    """Regress a yes/no outcome on predictors by maximum likelihood.

    Parameters
    ----------
    outcome : ndarray, shape (n,)
        0 and 1; missing values are left out.
    predictors : ndarray, shape (n, k)
        Raw predictors; standardised here over the respondents used.
    names : tuple of str
        Names of the predictors, for messages.

    Raises
    ------
    EstimationError
        If the outcome does not vary or the predictors separate it perfectly.
    """
    from statsmodels.api import Logit, add_constant
    from statsmodels.tools.sm_exceptions import (
        ConvergenceWarning,
        PerfectSeparationError,
        PerfectSeparationWarning,
    )

    complete = ~(np.isnan(outcome) | np.isnan(predictors).any(axis=1))
    y, x = outcome[complete], predictors[complete]
    if len(np.unique(y)) < 2 or (np.ptp(x, axis=0) == 0).any():
        raise EstimationError(
            "everybody gave the same answer",
            place=", ".join(names),
            cure="A regression needs answers that differ",
        )
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            warnings.simplefilter("error", PerfectSeparationWarning)
            result = Logit(y, add_constant(x)).fit(disp=0)
    except (
        PerfectSeparationError,
        PerfectSeparationWarning,
        ConvergenceWarning,
        np.linalg.LinAlgError,
    ) as error:
        raise EstimationError(
            "the predictors separate yes from no perfectly, or are collinear",
            place=", ".join(names),
            cure="Leave one predictor out, or collect more answers",
            code="perfect-separation",
        ) from error
    slopes = np.asarray(result.params)[1:]
    explained = float(np.var(x @ slopes))
    total = explained + np.pi**2 / 3.0
    return LogisticSlope(
        slopes, np.asarray(result.bse)[1:], slopes / np.sqrt(total), len(y), explained / total
    )
