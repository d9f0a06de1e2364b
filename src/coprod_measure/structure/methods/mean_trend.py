"""Whether a mean changes over waves: its trend, those who missed some included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.errors import DataError
from coprod_measure.fitting.models import lavaan
from coprod_measure.fitting.settled import settled
from coprod_measure.structure.methods.occasions import Occasions
from coprod_measure.structure.methods.panel import covariance_of


@dataclass(frozen=True, slots=True)
class MeanTrend:
    """Change of a mean with one unit of time.

    Attributes
    ----------
    estimate, se : float
        In units of the variable.
    d, d_se : float
        In standard deviations of the first wave; the error is that of both.
    means : pandas.DataFrame
        One row a wave: ``wave time mean se n``.
    n : int
        People seen at least once.
    """

    estimate: float
    se: float
    d: float
    d_se: float
    means: pd.DataFrame
    n: int


def mean_trend(seen: Occasions, times: Sequence[float] | None = None) -> MeanTrend:
    """Estimate the linear trend of the means of one variable, whatever its covariances over waves.

    Means and covariances of all waves are free (full information, robust errors); the trend is the linear
    contrast of the means (Maxwell, Delaney & Kelley, 2018, *Designing experiments and analyzing
    data*, chapters 11 and 13). Of two waves it is the paired difference. The error of ``d`` is by the delta
    method (of two waves and normal answers that of Becker, 1988, *British Journal of Mathematical and
    Statistical Psychology*, 41, 257-278).

    Parameters
    ----------
    seen : Occasions
        Of one variable.
    times : sequence of float, optional
        When the waves took place; 0, 1, 2, ... by default.

    Raises
    ------
    DataError
        If the times are not one a wave, or a wave has no answers that differ.

    Examples
    --------
    >>> from coprod_measure.structure.methods.occasions import occasions
    >>> rng = np.random.default_rng(1)
    >>> wide = pd.DataFrame(rng.normal(size=(400, 3)) + [0.0, 0.3, 0.6], columns=list("abc"))
    >>> found = mean_trend(occasions(wide, {"x": list("abc")}))
    >>> round(found.estimate, 1), found.n
    (0.2, 400)
    """
    (variable,) = seen.variables
    columns = [seen.column(variable, k) for k in range(1, seen.n_waves + 1)]
    at = np.arange(seen.n_waves, dtype=float) if times is None else np.asarray(times, float)
    if len(at) != seen.n_waves or (np.diff(at) <= 0).any():
        cause = f"there are {seen.n_waves} waves and {len(at)} times, or these do not rise"
        raise DataError(cause, place="option times", cure="Give one rising number a wave")
    lines = [f"{name} ~ 1" for name in columns]
    lines += [f"{one} ~~ {' + '.join(columns[k:])}" for k, one in enumerate(columns)]
    fit = settled(lavaan("\n".join(lines), seen.frame, estimator="MLR", missing="fiml"))
    table = fit.parameters
    means = table[table["op"] == "~1"].set_index("lhs").loc[columns]
    weights = (at - at.mean()) / ((at - at.mean()) ** 2).sum()
    cov = covariance_of(fit, [*(f"{name}~1" for name in columns), f"{columns[0]}~~{columns[0]}"])
    first = table[(table["op"] == "~~") & (table["lhs"] == columns[0]) & (table["rhs"] == columns[0])]
    variance = float(first["est"].iloc[0])
    told = pd.DataFrame(
        {"wave": [str(one) for one in seen.waves], "time": at, "mean": means["est"].to_numpy(),
         "se": means["se"].to_numpy(), "n": seen.frame[columns].notna().sum().to_numpy()}
    )  # fmt: skip
    trend = float(weights @ told["mean"])
    of_d = np.append(weights, -trend / (2 * variance)) / np.sqrt(variance)
    error, d_se = (float(np.sqrt(a @ cov @ a)) for a in (np.append(weights, 0.0), of_d))
    return MeanTrend(trend, error, trend / float(np.sqrt(variance)), d_se, told, fit.n)
