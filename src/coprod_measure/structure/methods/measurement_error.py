"""Slopes freed from the unreliability of their predictors: simulation and extrapolation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from coprod_measure.errors import DataError, EstimationError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.notebook import Shown

TABLE_COLUMNS = ("equation", "term", "naive", "naive_se", "estimate", "se", "z", "pvalue")
ADDED = (0.0, 0.5, 1.0, 1.5, 2.0)


@dataclass(frozen=True, slots=True, repr=False)
class Extrapolated(Shown):
    """Estimates with the error of measurement taken off, the naive ones beside.

    Attributes
    ----------
    estimates : pandas.DataFrame
        Columns :data:`TABLE_COLUMNS`.
    reliability : mapping
        Of each predictor that was mended.
    """

    estimates: pd.DataFrame
    reliability: Mapping[str, float]
    draws: int
    seed: int

    def table(self) -> pd.DataFrame:
        """One row a parameter."""
        return self.estimates


Fit = Callable[[Floats], tuple[Floats, Floats]]


def extrapolate(
    values: pd.DataFrame,
    reliability: Mapping[str, float],
    naive: pd.DataFrame,
    fit: Fit,
    draws: int = 100,
    seed: int = 1,
    at_once: int = 1000,
) -> Extrapolated:
    """Add error of measurement, watch the estimates shrink, and follow the curve back to none (SIMEX).

    Cook and Stefanski (1994, Journal of the American Statistical Association 89, 1314-1328), quadratic
    extrapolation; errors by the difference of mean variance and variance between draws, extrapolated likewise
    (Stefanski and Cook 1995, JASA 90, 1247-1256).

    Parameters
    ----------
    values : pandas.DataFrame
        Predictors of complete rows.
    reliability : mapping
        Predictor to its reliability, above 0 and at most 1.
    naive : pandas.DataFrame
        ``equation term estimate se`` with the error left in.
    fit : callable
        From copies of the values, shape (c, n, k), to estimates and their variances, each of shape (c, p);
        NaN where a copy has none.
    draws, seed : int
        Copies with error added, at each of four amounts.
    at_once : int
        Copies that are given to ``fit`` at once.

    Raises
    ------
    DataError
        If a reliability is none.
    EstimationError
        If too few copies have estimates.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> true = rng.normal(size=2000)
    >>> x, y = true + 0.5 * rng.normal(size=2000), true + rng.normal(size=2000)
    >>> def slopes(copies):
    ...     b = np.array([np.cov(one[:, 0], y)[0, 1] / one[:, 0].var(ddof=1) for one in copies])
    ...     return b[:, None], np.full((len(b), 1), 0.001)
    >>> first = slopes(x[None, :, None])
    >>> naive = pd.DataFrame({"equation": "y", "term": "x", "estimate": first[0][0], "se": 0.03})
    >>> found = extrapolate(pd.DataFrame({"x": x}), {"x": 0.8}, naive, slopes, draws=50).table()
    >>> found[["naive", "estimate"]].round(1).to_numpy().tolist()
    [[0.8, 1.0]]
    """
    _check(values, reliability)
    x = values.to_numpy(dtype=float)
    columns = [values.columns.get_loc(name) for name in reliability]
    noise = np.sqrt([(1.0 - r) * values[name].var() for name, r in reliability.items()])
    means, variances = [naive["estimate"].to_numpy()], [np.square(naive["se"].to_numpy())]
    rng = np.random.default_rng(seed)
    for amount in ADDED[1:]:
        found, own = [], []
        for first in range(0, draws, at_once):
            copies = np.repeat(x[None], min(at_once, draws - first), axis=0)
            error = rng.standard_normal((len(copies), len(columns), len(x)))
            copies[:, :, columns] += np.sqrt(amount) * (noise[:, None] * error).transpose(0, 2, 1)
            estimates, spread = fit(copies)
            found.append(estimates)
            own.append(spread)
        estimates, spread = np.concatenate(found), np.concatenate(own)
        kept = np.isfinite(estimates).all(axis=1) & np.isfinite(spread).all(axis=1)
        if kept.sum() < 2:
            raise EstimationError(
                "models of answers with error added could not be estimated",
                cure="The predictors nearly part the answers: leave one out, or collect more",
                code="simex",
            )
        means.append(estimates[kept].mean(axis=0))
        variances.append(spread[kept].mean(axis=0) - estimates[kept].var(axis=0, ddof=1))
    curve = np.column_stack([np.ones(len(ADDED)), ADDED, np.square(ADDED)])
    back = np.array([1.0, -1.0, 1.0])
    estimate = back @ np.linalg.lstsq(curve, np.array(means), rcond=None)[0]
    variance = back @ np.linalg.lstsq(curve, np.array(variances), rcond=None)[0]
    se = np.sqrt(np.where(variance > 0, variance, np.nan))
    rows = naive[["equation", "term"]].assign(naive=naive["estimate"], naive_se=naive["se"])
    rows["estimate"], rows["se"] = estimate, se
    rows["z"] = estimate / se
    rows["pvalue"] = 2 * norm.sf(np.abs(rows["z"]))
    return Extrapolated(rows[list(TABLE_COLUMNS)], dict(reliability), draws, seed)


def _check(values: pd.DataFrame, reliability: Mapping[str, float]) -> None:
    for name, value in reliability.items():
        if name not in values:
            raise DataError(
                f"{name!r} is no predictor here", cure="Give reliabilities of predictors", code="reliability"
            )
        if not 0.0 < value <= 1.0:
            cure = "Give the share of its variance that is no error, above 0 and at most 1"
            raise DataError(f"{name!r} has a reliability of {value}", cure=cure, code="reliability")
