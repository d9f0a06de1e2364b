"""Choices by an amount, gains less costs: its unit, what is far out, where it turns, equal weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import chi2, norm

from coprod_measure.estimation.arrays import Floats
from coprod_measure.structure.methods.choice import Choice

_FAR = 3.0
CURVE_COLUMNS = ("at", "share", "low", "high")
SWITCH_COLUMNS = ("half", "low", "high", "at_zero", "zero_low", "zero_high")


@dataclass(frozen=True, slots=True)
class DrawnIn:
    """Amounts of which those far out are set to the fences.

    Attributes
    ----------
    number : int
        Amounts beyond the fences.
    low, high : float
        The fences; infinite where half of the amounts are alike.
    """

    amounts: pd.Series
    number: int
    low: float
    high: float


def draw_in(values: pd.Series) -> DrawnIn:
    """Set amounts that are far out to the fences: three interquartile ranges beyond the quartiles.

    Source: Tukey (1977), Exploratory data analysis, p. 44. A fence keeps zero and the unit of money where
    they are, which logarithms do not; one amount with a zero too many no longer decides the slope.

    Examples
    --------
    >>> found = draw_in(pd.Series([1.0, 2.0, 3.0, 4.0, 5000.0]))
    >>> found.amounts.tolist(), found.number
    ([1.0, 2.0, 3.0, 4.0, 10.0], 1)
    """
    lower, upper = values.quantile([0.25, 0.75])
    width = _FAR * (upper - lower)
    low, high = (float(lower - width), float(upper + width)) if width > 0 else (-np.inf, np.inf)
    return DrawnIn(values.clip(low, high), int(((values < low) | (values > high)).sum()), low, high)


def unit_of(values: pd.Series) -> float:
    """Give the largest of 1, 2, 5, 10, 20 ... (or .5, .2 ...) that is no more than the standard deviation.

    Examples
    --------
    >>> unit_of(pd.Series([0.0, 30.0, 80.0])), unit_of(pd.Series([1.0, 1.0]))
    (20.0, 1.0)
    """
    spread = float(values.std())
    if not np.isfinite(spread) or spread <= 0.0:
        return 1.0
    ten = 10.0 ** np.floor(np.log10(spread))
    return float(next(k * ten for k in (10.0, 5.0, 2.0, 1.0) if k * ten <= spread * (1.0 + 1e-12)))


def switch(found: Choice, held: pd.DataFrame, level: float = 0.05) -> pd.Series:
    """Say at which amount half choose, and how many choose at zero; columns :data:`SWITCH_COLUMNS`.

    Parameters
    ----------
    found : Choice
        Of two options, the amount first among the predictors.
    held : pandas.DataFrame
        What is held constant, at its mean.

    Notes
    -----
    The interval of the amount, a ratio, is Fieller's (1954, Journal of the Royal Statistical Society B 16,
    175-185): every amount at which one half is not rejected. Where the slope itself is not shown it has no
    end: its ends are then NaN. The share at zero has the interval of its logit or probit.
    """
    b, V = found.maxima[0].estimates, found.covariances[0]
    base = np.r_[1.0, 0.0, held.mean()]
    slope = np.eye(len(b))[1]
    at, z = float(base @ b), float(norm.isf(level / 2.0))
    half, low, high = _fieller(at, float(b[1]), np.array([base, slope]) @ V @ np.array([base, slope]).T, z)
    zero = chosen_at(found, held, np.zeros(1), level).iloc[0]
    ends = (half, low, high, zero["share"], zero["low"], zero["high"])
    return pd.Series(dict(zip(SWITCH_COLUMNS, ends, strict=True)), dtype=float)


def chosen_at(found: Choice, held: pd.DataFrame, at: Floats, level: float = 0.05) -> pd.DataFrame:
    """Give the share that chooses at some amounts, with its interval; columns :data:`CURVE_COLUMNS`.

    ``found``, ``held``: as in :func:`switch`; ``at``: shape (k,), in the unit of the model.
    """
    b, V = found.maxima[0].estimates, found.covariances[0]
    x = np.column_stack([np.ones(len(at)), at, np.tile(held.mean().to_numpy(), (len(at), 1))])
    eta, width = x @ b, float(norm.isf(level / 2.0)) * np.sqrt(np.einsum("ij,jk,ik->i", x, V, x))
    shares = (norm.cdf if found.model == "probit" else expit)(np.array([eta, eta - width, eta + width]))
    return pd.DataFrame(np.vstack([at, shares]).T, columns=list(CURVE_COLUMNS))


def _fieller(a: float, b: float, V: Floats, z: float) -> tuple[float, float, float]:
    """Give ``-a / b``, and between which values ``a + b t`` is not told from zero; V is of a and b."""
    half = -a / b if b else nan
    square, middle, rest = b * b - z * z * V[1, 1], a * b - z * z * V[0, 1], a * a - z * z * V[0, 0]
    if square <= 0.0:
        return half, nan, nan
    width = np.sqrt(max(middle * middle - square * rest, 0.0))
    return half, float((-middle - width) / square), float((-middle + width) / square)


def weigh_alike(found: Choice, signs: Mapping[str, int]) -> tuple[float, int, float]:
    """Test whether slopes are equal once turned by their signs: Wald's statistic, df, p value.

    Parameters
    ----------
    found : Choice
        Of two options, with these predictors, all in one unit.
    signs : mapping
        Predictor to 1 or -1; two or more.

    Examples
    --------
    >>> from coprod_measure import choice
    >>> rng = np.random.default_rng(2)
    >>> people = pd.DataFrame(rng.normal(size=(400, 2)), columns=["gain", "cost"])
    >>> people["did"] = people["gain"] - people["cost"] + rng.logistic(size=400) > 0
    >>> wald, df, p = weigh_alike(choice(people, "did", ["gain", "cost"]), {"gain": 1, "cost": -1})
    >>> df, bool(p > 0.05)
    (1, True)
    """
    terms = [term for _, term in found.parts[0].terms]
    at, turn = [terms.index(name) for name in signs], np.array([*signs.values()], dtype=float)
    b, V = found.maxima[0].estimates[at], found.covariances[0][np.ix_(at, at)]
    C = np.column_stack([np.full(len(turn) - 1, turn[0]), -np.diag(turn[1:])])
    apart = C @ b
    wald = float(apart @ np.linalg.solve(C @ V @ C.T, apart))
    return wald, len(apart), float(chi2.sf(wald, len(apart)))
