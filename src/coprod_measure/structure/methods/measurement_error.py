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
    extrapolation. Standard errors by the estimating equations of all copies together (Carroll, Küchenhoff,
    Lombard and Stefanski 1996, JASA 91, 242-250): what each respondent adds to the extrapolated estimate is
    the extrapolation of what he adds to those of the copies, simulated error included, so that they hold with
    few copies too. Reliabilities count as known. Copies come in pairs of opposite errors, the same at each
    amount: what cancels need not be averaged out.

    Parameters
    ----------
    values : pandas.DataFrame
        Predictors of complete rows.
    reliability : mapping
        Predictor to its reliability, above 0 and at most 1.
    naive : pandas.DataFrame
        ``equation term estimate se`` with the error left in.
    fit : callable
        From copies of the values, shape (c, n, k), to estimates, shape (c, p), and what each of u respondents
        or clusters adds to them (``-H^-1`` times the score), shape (c, u, p); NaN where a copy has none.
    draws, seed : int
        Copies with error added, at each of four amounts; of an odd number one more.
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
    >>> def slopes(copies):  # of lines through the origin
    ...     squares = np.square(copies).sum(axis=1)
    ...     b = (copies * y[:, None]).sum(axis=1) / squares
    ...     return b, copies * (y[:, None] - copies * b[:, None]) / squares[:, None]
    >>> b, _ = slopes(x[None, :, None])
    >>> naive = pd.DataFrame({"equation": "y", "term": "x", "estimate": b[0], "se": 0.03})
    >>> found = extrapolate(pd.DataFrame({"x": x}), {"x": 0.8}, naive, slopes, draws=50).table()
    >>> found[["naive", "estimate"]].round(1).to_numpy().tolist()
    [[0.8, 1.0]]
    """
    _check(values, reliability)
    x = values.to_numpy(dtype=float)
    columns = [values.columns.get_loc(name) for name in reliability]
    noise = np.sqrt([(1.0 - r) * values[name].var() for name, r in reliability.items()])
    curve = np.column_stack([np.ones(len(ADDED)), ADDED, np.square(ADDED)])
    weights = np.array([1.0, -1.0, 1.0]) @ np.linalg.pinv(curve)
    pairs, together = -(-draws // 2), max(at_once // 2, 1)
    estimates, adds = fit(x[None])
    estimate, added = weights[0] * estimates[0], weights[0] * adds[0]
    for amount, weight in zip(ADDED[1:], weights[1:], strict=True):
        rng = np.random.default_rng(seed)
        sums, added_sums, kept = np.zeros_like(estimate), np.zeros_like(added), 0
        for first in range(0, pairs, together):
            error = noise * rng.standard_normal((min(together, pairs - first), len(x), len(columns)))
            copies = np.repeat(x[None], 2 * len(error), axis=0)
            copies[:, :, columns] += np.sqrt(amount) * np.concatenate([error, -error])
            estimates, adds = fit(copies)
            good = np.isfinite(estimates).all(axis=1) & np.isfinite(adds).all(axis=(1, 2))
            sums += estimates[good].sum(axis=0)
            added_sums += adds[good].sum(axis=0)
            kept += int(good.sum())
        if kept < 2:
            raise EstimationError(
                "models of answers with error added could not be estimated",
                cure="The predictors nearly part the answers: leave one out, or collect more",
                code="simex",
            )
        estimate += weight * sums / kept
        added += weight * added_sums / kept
    se = np.sqrt(np.square(added).sum(axis=0))
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
