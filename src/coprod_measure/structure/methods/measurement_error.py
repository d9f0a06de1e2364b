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
    draws, seed : int
    """

    estimates: pd.DataFrame
    reliability: Mapping[str, float]
    draws: int
    seed: int

    def table(self) -> pd.DataFrame:
        """One row a parameter."""
        return self.estimates


def extrapolate(
    data: pd.DataFrame,
    reliability: Mapping[str, float],
    fit: Callable[[pd.DataFrame], tuple[pd.DataFrame, Floats]],
    draws: int = 100,
    seed: int = 1,
) -> Extrapolated:
    """Add error of measurement, watch the estimates shrink, and follow the curve back to none (SIMEX).

    Cook and Stefanski (1994, Journal of the American Statistical Association 89, 1314-1328), quadratic
    extrapolation; errors by the difference of mean variance and variance between draws, extrapolated likewise
    (Stefanski and Cook 1995, JASA 90, 1247-1256).

    Parameters
    ----------
    data : pandas.DataFrame
        Complete rows.
    reliability : mapping
        Predictor to its reliability, above 0 and at most 1.
    fit : callable
        From data to a table with ``equation term estimate`` and the covariance of the estimates.
    draws, seed : int
        Data sets with error added, at each of four amounts.

    Raises
    ------
    DataError
        If a reliability is none.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> true = rng.normal(size=2000)
    >>> people = pd.DataFrame({"x": true + 0.5 * rng.normal(size=2000), "y": true + rng.normal(size=2000)})
    >>> def slope(seen):
    ...     b = seen.cov().loc["x", "y"] / seen["x"].var()
    ...     return pd.DataFrame({"equation": "y", "term": "x", "estimate": [b]}), np.array([[0.001]])
    >>> found = extrapolate(people, {"x": 0.8}, slope, draws=50).table()
    >>> found[["naive", "estimate"]].round(1).to_numpy().tolist()
    [[0.8, 1.0]]
    """
    for name, value in reliability.items():
        if name not in data:
            raise DataError(
                f"{name!r} is no predictor here", cure="Give reliabilities of predictors", code="reliability"
            )
        if not 0.0 < value <= 1.0:
            cure = "Give the share of its variance that is no error, above 0 and at most 1"
            raise DataError(f"{name!r} has a reliability of {value}", cure=cure, code="reliability")
    noise = {name: float(np.sqrt((1.0 - value) * data[name].var())) for name, value in reliability.items()}
    naive, V = fit(data)
    means, variances = [naive["estimate"].to_numpy()], [np.diag(V)]
    rng = np.random.default_rng(seed)
    for amount in ADDED[1:]:
        found, own = [], []
        for _ in range(draws):
            worse = data.assign(
                **{
                    name: data[name] + np.sqrt(amount) * s * rng.standard_normal(len(data))
                    for name, s in noise.items()
                }
            )
            try:
                table, V = fit(worse)
            except EstimationError:
                continue
            found.append(table["estimate"].to_numpy())
            own.append(np.diag(V))
        means.append(np.mean(found, axis=0))
        variances.append(np.mean(own, axis=0) - np.var(found, axis=0, ddof=1))
    curve = np.column_stack([np.ones(len(ADDED)), ADDED, np.square(ADDED)])
    back = np.array([1.0, -1.0, 1.0])
    estimate = back @ np.linalg.lstsq(curve, np.array(means), rcond=None)[0]
    variance = back @ np.linalg.lstsq(curve, np.array(variances), rcond=None)[0]
    se = np.sqrt(np.where(variance > 0, variance, np.nan))
    rows = naive[["equation", "term"]].copy()
    rows["naive"], rows["naive_se"] = naive["estimate"], np.sqrt(variances[0])
    rows["estimate"], rows["se"] = estimate, se
    rows["z"] = estimate / se
    rows["pvalue"] = 2 * norm.sf(np.abs(rows["z"]))
    return Extrapolated(rows[list(TABLE_COLUMNS)], dict(reliability), draws, seed)
