"""Maximum likelihood of any model that gives the log-likelihood of each respondent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats

LogLikelihood = Callable[[NDArray[Any]], NDArray[Any]]
_STEP = 1e-20


@dataclass(frozen=True, slots=True)
class Maximum:
    """Estimates and what their errors need.

    Attributes
    ----------
    estimates : ndarray, shape (p,)
    information : ndarray, shape (p, p)
        Observed: minus the second derivatives of the log-likelihood.
    scores : ndarray, shape (n, p)
        First derivatives, by respondent.
    """

    estimates: Floats
    information: Floats
    scores: Floats
    loglik: float

    def covariance(self, robust: bool = False, clusters: np.ndarray | None = None) -> Floats:
        """Inverse of the information, or the sandwich around the scores, summed by cluster where given."""
        bread = np.linalg.inv(self.information)
        if not robust and clusters is None:
            return np.asarray(bread)
        adds = summed(self.scores @ bread, clusters)
        return np.asarray(adds.T @ adds)


def summed(rows: Floats, units: np.ndarray | None, number: int = 0) -> Floats:
    """Add up rows by unit, of which there are ``number`` or more; without units leave them as they are."""
    if units is None:
        return rows
    return np.column_stack([np.bincount(units, weights=column, minlength=number) for column in rows.T])


def maximise(loglik: LogLikelihood, start: Floats, iterations: int = 100) -> Maximum:
    """Climb by Newton's method, halving steps that overshoot.

    First derivatives are complex steps, exact to rounding; second ones are central differences of them.

    Parameters
    ----------
    loglik : callable
        From parameters, which may be complex, to the log-likelihood of each respondent, shape (n,).
    start : ndarray, shape (p,)

    Raises
    ------
    EstimationError
        If it does not converge.

    Examples
    --------
    >>> seen = np.array([1.0, 2.0, 6.0])
    >>> maximise(lambda b: -0.5 * (seen - b[0]) ** 2, np.zeros(1)).estimates.round(6).tolist()
    [3.0]
    """
    at = np.asarray(start, dtype=np.float64)
    value = float(np.sum(loglik(at)))
    for _ in range(iterations):
        scores = _scores(loglik, at)
        gradient = scores.sum(axis=0)
        unit = 1.0 / np.sqrt(np.maximum((scores**2).sum(axis=0), 1e-12))  # about one standard error
        information = _information(loglik, at, 1e-4 * unit)
        scaled = information * np.outer(unit, unit)
        if not np.isfinite(scaled).all():
            break
        values, vectors = np.linalg.eigh(scaled)
        step = unit * (vectors @ (vectors.T @ (unit * gradient) / np.maximum(np.abs(values), 1e-8)))
        if values[0] > 0 and float(gradient @ step) < 1e-12 * max(1.0, abs(value)):
            return Maximum(at, information, scores, value)
        for halving in range(40):
            trial = at + step * 0.5**halving
            with np.errstate(all="ignore"):
                reached = float(np.sum(loglik(trial)))
            if np.isfinite(reached) and reached > value - 1e-12 * abs(value):
                break
        else:
            break
        at, value = trial, reached
    raise EstimationError(
        "the likelihood has no maximum that could be reached",
        cure="Look for predictors that decide alone, for tiny groups, and for scales of very different size",
        code="no-convergence",
    )


def _scores(loglik: LogLikelihood, at: Floats) -> Floats:
    columns = [np.imag(loglik(at + 1j * _STEP * row)) / _STEP for row in np.eye(len(at))]
    return np.column_stack(columns)


def _information(loglik: LogLikelihood, at: Floats, steps: Floats) -> Floats:
    """Minus the second derivatives."""
    found = np.empty((len(at), len(at)))
    for j, row in enumerate(np.eye(len(at))):
        h = steps[j]
        above, below = (_scores(loglik, at + sign * h * row).sum(axis=0) for sign in (1.0, -1.0))
        found[:, j] = (below - above) / (2.0 * h)
    return 0.5 * (found + found.T)
