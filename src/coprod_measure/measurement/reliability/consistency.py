"""Bounds and distributions of reliability that need only the covariances of a scale's items."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.errors import MeasurementError
from coprod_measure.estimation.rotation.rotate import rotate
from coprod_measure.estimation.solution.extraction import extract, squared_multiple_correlations
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.item_sets import Constructs, ItemSet, item_sets
from coprod_measure.measurement.reliability.formulas import cronbach_alpha
from coprod_measure.measurement.reliability.one_factor import one_factor
from coprod_measure.measurement.sampling import Data, Sampling, pairwise_covariance, people
from coprod_measure.notebook import Shown

Array = NDArray[np.float64]

CONSISTENCY_COLUMNS = (
    "construct",
    "alpha_standardized",
    "mean_correlation",
    "lambda2",
    "lambda6",
    "glb",
    "h",
    "split_minimum",
    "split_mean",
    "split_maximum",
)
_MOST_SPLITS = 20_000


@dataclass(frozen=True, slots=True, repr=False)
class Consistency(Shown):
    """Further coefficients of every reflective construct with two or more items.

    Attributes
    ----------
    coefficients : pandas.DataFrame
        One row a construct (:data:`CONSISTENCY_COLUMNS`): standardised alpha, mean inter-item correlation,
        Guttman's lambda 2 and 6, greatest lower bound, maximal reliability H, lowest, mean and highest
        split-half reliability.
    unavailable : pandas.DataFrame
        ``construct statistic reason``.
    """

    coefficients: pd.DataFrame
    unavailable: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """One row a construct; columns :data:`CONSISTENCY_COLUMNS`."""
        return self.coefficients.copy()


def consistency(data: Data, constructs: Constructs | None = None) -> Consistency:
    """Compute the coefficients from pairwise covariances, standardised.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        One row a person; weights enter the covariances.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`.
    """
    rows: list[dict[str, object]] = []
    unavailable: list[tuple[str, str, str]] = []
    data, sampling = people(data)
    for one in item_sets(data, constructs):
        try:
            rows.append({"construct": one.construct} | _of(one, sampling))
        except MeasurementError as problem:
            rows.append({"construct": one.construct})
            unavailable.append((one.construct, "all", problem.problems[0].cause))
            continue
        if len(one.items) < 3:
            unavailable.append((one.construct, "h", "a one-factor model needs at least three items"))
    return Consistency(
        pd.DataFrame(rows, columns=list(CONSISTENCY_COLUMNS)),
        pd.DataFrame(unavailable, columns=["construct", "statistic", "reason"]),
    )


def lambda2(S: Array) -> float:
    """Guttman's (1945) second lower bound."""
    p = len(S)
    off = S - np.diag(np.diagonal(S))
    return float((off.sum() + np.sqrt(np.sum(off**2) * p / (p - 1))) / S.sum())


def lambda6(R: Array) -> float:
    """Guttman's (1945) sixth lower bound, from a correlation matrix."""
    return float(1.0 - np.sum(1.0 - squared_multiple_correlations(R)) / R.sum())


def maximal_reliability(standardized: Array) -> float:
    """Reliability of the optimally weighted sum, coefficient H (Hancock and Mueller 2001, eq. 2).

    Parameters
    ----------
    standardized : ndarray, shape (p,)
        Standardised loadings of one factor.
    """
    squared = np.square(standardized)
    return float(1.0 / (1.0 + 1.0 / np.sum(squared / (1.0 - squared))))


def greatest_lower_bound(S: Array, *, tolerance: float = 1e-9) -> float:
    """Smallest reliability that the covariances allow (Jackson and Agunwamba 1977).

    The error variances ``d >= 0`` of greatest sum for which ``S - diag(d)`` stays positive semidefinite, by
    Newton's method on a logarithmic barrier.

    Parameters
    ----------
    S : ndarray, shape (p, p)
        Positive definite.
    tolerance : float
        Of the barrier's weight relative to the mean variance.
    """
    variances = np.diagonal(S)
    d = np.full(len(S), 0.5 * float(np.linalg.eigvalsh(S)[0]))
    weight = float(variances.mean())
    while weight > tolerance * float(variances.mean()):
        for _ in range(100):
            inverse = np.linalg.inv(S - np.diag(d))
            gradient = 1.0 - weight * np.diagonal(inverse) + weight / d
            hessian = -weight * inverse**2 - weight * np.diag(1.0 / d**2)
            step = np.asarray(-np.linalg.solve(hessian, gradient), dtype=np.float64)
            d = _inside(S, d, step)
            if float(gradient @ step) < 1e-12 * weight:
                break
        weight *= 0.2
    return float(1.0 - d.sum() / S.sum())


def split_halves(S: Array, *, seed: int = 1) -> Array:
    """Reliability of every split into halves: four times their covariance over the total variance.

    Parameters
    ----------
    S : ndarray, shape (p, p)
        Halves differ by one item when p is odd.
    seed : int
        Splits are sampled (20,000 of them) where there are more.

    Returns
    -------
    ndarray, shape (number of splits,)
    """
    p = len(S)
    if comb(p, p // 2) <= _MOST_SPLITS:
        chosen = list(combinations(range(p), p // 2))
        if p % 2 == 0:
            chosen = chosen[: len(chosen) // 2]
        halves = np.zeros((len(chosen), p))
        np.put_along_axis(halves, np.array(chosen), 1.0, axis=1)
    else:
        order = np.argsort(np.random.default_rng(seed).random((_MOST_SPLITS, p)), axis=1)
        halves = (order < p // 2).astype(float)
    across = np.sum((halves @ S) * (1.0 - halves), axis=1)
    return np.asarray(4.0 * across / S.sum())


def omega_hierarchical(R: Array, n_factors: int = 3) -> tuple[float, float]:
    """General-factor saturation of a scale that has facets.

    Minres factors are rotated by oblimin, their correlations explained by one higher factor, and its loadings
    brought down to the items (Schmid and Leiman 1957; Zinbarg, Revelle, Yovel and Li 2005).

    Parameters
    ----------
    R : ndarray, shape (p, p)
        Correlation matrix of the items, keyed alike.
    n_factors : int
        Three or more: with two factors the higher-order loadings are not identified.

    Returns
    -------
    float, float
        Omega hierarchical and omega total.
    """
    if n_factors < 3:
        raise MeasurementError(
            "a general factor above two group factors is not identified", cure="Ask for three or more factors"
        )
    rotated = rotate(extract(R, n_factors, "minres").loadings, "oblimin")
    general = extract(rotated.phi, 1, "minres").loadings[:, 0]
    on_items = rotated.loadings @ general
    communalities = np.sum(rotated.loadings * (rotated.loadings @ rotated.phi), axis=1)
    total = R.sum()
    return float(on_items.sum() ** 2 / total), float(1.0 - np.sum(1.0 - communalities) / total)


def _inside(S: Array, d: Array, step: Array) -> Array:
    size = 1.0
    while size > 1e-14:
        trial = d + size * step
        if np.all(trial > 0):
            try:
                np.linalg.cholesky(S - np.diag(trial))
            except np.linalg.LinAlgError:
                size *= 0.5
                continue
            return np.asarray(d + min(size, 1.0) * 0.99 * step if size < 1.0 else trial)
        size *= 0.5
    return d


def _of(one: ItemSet, sampling: Sampling) -> dict[str, object]:
    if one.measurement != "reflective":
        raise MeasurementError(f"measured as {one.measurement}: its items need not agree with each other")
    if len(one.items) < 2:
        raise MeasurementError("a single item has no internal consistency")
    S = pairwise_covariance(one.frame.to_numpy(dtype=float), sampling.weights)
    if not np.all(np.isfinite(S)) or np.any(np.diagonal(S) <= 0):
        raise MeasurementError("an item did not vary or two were never answered together")
    scale = np.sqrt(np.diagonal(S))
    R = S / np.outer(scale, scale)
    p = len(R)
    if float(np.linalg.eigvalsh(R)[0]) < 1e-8:
        raise MeasurementError("the correlations of the items are singular: two may be identical")
    halves = split_halves(R)
    found: dict[str, object] = {
        "alpha_standardized": cronbach_alpha(R),
        "mean_correlation": float((R.sum() - p) / (p * (p - 1))),
        "lambda2": lambda2(R),
        "lambda6": lambda6(R),
        "glb": greatest_lower_bound(R),
        "split_minimum": float(halves.min()),
        "split_mean": float(halves.mean()),
        "split_maximum": float(halves.max()),
    }
    if p >= 3:
        found["h"] = maximal_reliability(one_factor(R, max(one.n, p + 1)).standardized)
    return found


def examine(x: Examination) -> Consistency:
    """Compute the part ``consistency``."""
    return consistency(x.clean, x.scales)
