"""Johnson's relative weights: what each of many correlated predictors explains, no subset fitted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats

_SMALLEST = 1e-8
"""Eigenvalue of the correlations below which predictors are combinations of each other."""


def relative_weights(R: Floats, r: Floats) -> Floats:
    """Split R2 by Johnson's weights (2000, Multivariate Behavioral Research 35, 1-19).

    Parameters
    ----------
    R : ndarray, shape (..., p, p)
        Correlations of the predictors.
    r : ndarray, shape (..., p)
        Their correlations with the outcome.

    Returns
    -------
    ndarray, shape (..., p)
        They add up to R2.

    Examples
    --------
    >>> relative_weights(np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([0.6, 0.3])).round(3).tolist()
    [0.315, 0.045]
    """
    root = _root(R)
    return np.asarray((root**2 @ np.linalg.solve(root, r[..., None]) ** 2)[..., 0])


def weights_of_sets(
    covariances: Floats, sets: Sequence[Sequence[int]], always: Sequence[int] = (), outcome: int = -1
) -> Floats:
    """Sum relative weights over sets of predictors, for a stack of covariance matrices.

    Parameters
    ----------
    covariances : ndarray, shape (draws, q, q)
    sets : sequence of sequence of int
        Columns of each set; k sets.
    always : sequence of int
        Columns that are held constant: partialled out of all others.

    Returns
    -------
    ndarray, shape (k, draws)
        They add up to what the sets explain of the outcome beyond ``always``.

    Raises
    ------
    EstimationError
        If predictors are combinations of each other.
    """
    used = [*always, *(i for one in sets for i in one), outcome]
    S = covariances[:, used][:, :, used]
    variance, held = S[:, -1, -1], len(always)
    if held:
        S = S[:, held:, held:] - S[:, held:, :held] @ np.linalg.solve(S[:, :held, :held], S[:, :held, held:])
    scale = np.sqrt(np.einsum("bii->bi", S)[:, :-1])
    with np.errstate(invalid="ignore", divide="ignore"):
        R = S[:, :-1, :-1] / scale[:, :, None] / scale[:, None, :]
        r = S[:, :-1, -1] / scale / np.sqrt(variance)[:, None]
    weights = relative_weights(R, r)
    return _summed(weights, sets)


def weights_of_slopes(R: Floats, slopes: Floats, sets: Sequence[Sequence[int]], explained: Floats) -> Floats:
    """Share out what a logit model explains by relative weights.

    Tonidandel and LeBreton (2010, Organizational Research Methods 13, 767-781) regress the yes on the
    uncorrelated variables nearest to the predictors; as a change of variables leaves the log odds as they
    are, those slopes are ``R^(1/2)`` times the predictors' own. Their share of the variance of the log odds
    is kept, of whatever measure of fit.

    Parameters
    ----------
    R : ndarray, shape (draws, p, p)
        Correlations of the predictors, set after set.
    slopes : ndarray, shape (draws, p)
        Log odds a standard deviation of each.
    sets : sequence of sequence of int
        As in :func:`weights_of_sets`; here only how many are in each counts.
    explained : ndarray, shape (draws,)

    Returns
    -------
    ndarray, shape (k, draws)
        They add up to ``explained``.
    """
    root = _root(R)
    parts = (root**2 @ (root @ slopes[..., None]) ** 2)[..., 0]
    return _summed(parts / parts.sum(axis=1, keepdims=True) * explained[:, None], sets)


def _root(R: Floats) -> Floats:
    known = bool(np.isfinite(R).all())
    values, vectors = np.linalg.eigh(R if known else np.zeros_like(R))
    if not np.all(values > _SMALLEST):
        raise EstimationError(
            "predictors are combinations of each other",
            place="relative weights",
            cure="Leave one of them out",
            code="collinear",
        )
    return np.asarray((vectors * np.sqrt(values)[..., None, :]) @ np.swapaxes(vectors, -1, -2))


def _summed(weights: Floats, sets: Sequence[Sequence[int]]) -> Floats:
    starts = np.cumsum([0, *(len(one) for one in sets)])[:-1]
    return np.asarray(np.add.reduceat(weights, starts, axis=1).T)
