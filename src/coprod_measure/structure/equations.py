"""Single equations for outcomes that are no factor and no score: yes/no decisions by logistic regression."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

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
    covariance : ndarray, shape (k, k)
        Of the estimates.
    correlations : ndarray, shape (k, k)
        Of the predictors.
    """

    estimate: np.ndarray
    se: np.ndarray
    std: np.ndarray
    n: int
    r_squared: float
    covariance: np.ndarray
    correlations: np.ndarray


def logistic_regression(
    outcome: np.ndarray,
    predictors: np.ndarray,
    names: tuple[str, ...],
    *,
    clusters: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    target: str = "the outcome",
) -> LogisticSlope:
    """Regress a yes/no outcome on predictors by maximum likelihood.

    Parameters
    ----------
    outcome : ndarray, shape (n,)
        0 and 1; missing values are left out.
    predictors : ndarray, shape (n, k)
        Raw predictors; standardised here over the respondents used.
    names, target : tuple of str, str
        Names of the predictors and the outcome, for messages.
    clusters, weights : array_like, shape (n,), optional
        Rows of one cluster are not independent; errors are then robust (Liang & Zeger 1986). With weights the
        likelihood is weighted, and errors are robust too.

    Raises
    ------
    EstimationError
        If the outcome does not vary or the predictors separate it perfectly.
    """
    complete = ~(np.isnan(outcome) | np.isnan(predictors).any(axis=1))
    y, x = outcome[complete], predictors[complete]
    if len(y) < 2:
        raise EstimationError(
            f"{len(y)} of {len(outcome)} respondents answered {', '.join((target, *names))}",
            cure="Collect more answers, or leave out what few answered",
            code="too-few-rows",
        )
    constant = [name for name, column in zip((target, *names), (y, *x.T), strict=True) if not np.ptp(column)]
    if constant:
        raise EstimationError(
            "everybody gave the same answer",
            place=", ".join(constant),
            cure="A regression needs answers that differ",
            code="constant",
        )
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)[complete]
    w = w * (len(w) / w.sum())
    x = x - np.average(x, axis=0, weights=w)
    x = x / np.sqrt(np.average(x**2, axis=0, weights=w))
    groups = None
    if clusters is not None or weights is not None:
        of_row = np.arange(len(outcome)) if clusters is None else np.asarray(clusters)
        groups = np.unique(of_row[complete], return_inverse=True)[1]
    result = _fitted(y, x, None if weights is None else w, groups, names)
    slopes = np.asarray(result.params)[1:]
    explained = float(np.var(x @ slopes))
    total, covariance = explained + np.pi**2 / 3.0, np.asarray(result.cov_params())[1:, 1:]
    return LogisticSlope(
        slopes, np.sqrt(np.diag(covariance)), slopes / np.sqrt(total), len(y), explained / total, covariance,
        (x * w[:, None]).T @ x / w.sum(),
    )  # fmt: skip


def without_error(slope: LogisticSlope, reliability: np.ndarray) -> LogisticSlope | None:
    """Take the unreliability of the predictors off: slopes for one standard deviation of what they measure.

    Error in a predictor leaves the variance of the latent response and its covariances with the predictors as
    they are, so that the slopes on what is measured solve the same equations with the variances of the
    predictors less their errors: Croon (2002), in Marcoulides and Moustaki, Latent variable and latent
    structure models, 195-223; Rosseel and Loh (2024), Psychological Methods 29, 561-588. Reliabilities count
    as known.

    Parameters
    ----------
    reliability : ndarray, shape (k,)
        Of each predictor, 1 where it has no error.

    Returns
    -------
    LogisticSlope or None
        None where the predictors would explain everything, or have no covariance matrix.
    """
    true = slope.correlations - np.diag(1.0 - reliability)
    if np.linalg.eigvalsh(true)[0] <= 1e-6:
        return None
    turn = np.linalg.solve(true, slope.correlations)
    std = turn @ slope.std
    explained = float(std @ true @ std)
    if not explained < 0.99:
        return None
    # Log odds have a residual variance of pi^2 / 3.
    unit, sd = np.pi / np.sqrt(3.0 * (1.0 - explained)), np.sqrt(reliability)
    turn = sd[:, None] * turn * (unit * np.sqrt((1.0 - slope.r_squared) * 3.0) / np.pi)
    covariance = turn @ slope.covariance @ turn.T
    return LogisticSlope(
        sd * std * unit,
        np.sqrt(np.diag(covariance)),
        sd * std,
        slope.n,
        explained,
        covariance,
        slope.correlations,
    )


def _fitted(
    y: np.ndarray, x: np.ndarray, w: np.ndarray | None, groups: np.ndarray | None, names: tuple[str, ...]
) -> Any:
    from statsmodels.api import GLM, Logit, add_constant
    from statsmodels.genmod.families import Binomial
    from statsmodels.tools.sm_exceptions import (
        ConvergenceWarning,
        PerfectSeparationError,
        PerfectSeparationWarning,
        SpecificationWarning,
    )

    errors: dict[str, Any] = {}
    if groups is not None:
        errors = {"cov_type": "cluster", "cov_kwds": {"groups": groups, "use_correction": False}}
    design = add_constant(x)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            warnings.simplefilter("error", PerfectSeparationWarning)
            # Robust errors with weights are right here; the test against R holds them.
            warnings.simplefilter("ignore", SpecificationWarning)
            if w is None:
                return Logit(y, design).fit(disp=0, **errors)
            return GLM(y, design, family=Binomial(), var_weights=w).fit(tol=1e-12, **errors)
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
