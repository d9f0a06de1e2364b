"""Differences within and between groups: Mundlak's split, and mediation from the level of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2

from coprod_measure.errors import DataError, NotAvailable
from coprod_measure.frames import complete, refuse_magnitudes, takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.logistic_mixed import LogisticMixed
from coprod_measure.structure.methods.mixed_model import Contrast, MixedModel, mixed_model

# Groups below which a slope between them, or over countries, is not told.
FEWEST_GROUPS, FEWEST_COUNTRIES = 5, 25


@dataclass(frozen=True, slots=True, repr=False)
class WithinBetween(Shown):
    """Slopes within and between groups.

    Attributes
    ----------
    model : MixedModel or LogisticMixed
        With ``<name>_within`` and ``<name>_between`` for every predictor that was split.
    effects : mapping of str to dict of str to Contrast or NotAvailable
        By predictor: ``within``, ``between`` and ``difference`` (the effect of context).
    """

    model: MixedModel | LogisticMixed
    effects: Mapping[str, Mapping[str, Contrast | NotAvailable]]

    def table(self) -> pd.DataFrame:
        """One row an effect: ``predictor part est se df t pvalue ci_lower ci_upper reason``."""
        rows = []
        for predictor, parts in self.effects.items():
            for part, c in parts.items():
                row: dict[str, object] = {"predictor": predictor, "part": part}
                if isinstance(c, NotAvailable):
                    rows.append(row | {"reason": c.reason})
                    continue
                values = (c.estimate, c.se, c.df, c.statistic, c.pvalue, c.ci_lower, c.ci_upper)
                names = ("est", "se", "df", "t", "pvalue", "ci_lower", "ci_upper")
                rows.append(row | dict(zip(names, values, strict=True)) | {"reason": ""})
        return pd.DataFrame(rows)


@takes_frame
def within_between(
    data: pd.DataFrame,
    outcome: str,
    split: Sequence[str],
    groups: Sequence[str],
    *,
    by: str,
    others: Sequence[str] = (),
    varying: Sequence[str] = (),
    fewest: int = FEWEST_GROUPS,
) -> WithinBetween:
    """Split predictors into the mean of a group and what differs from it.

    Parameters
    ----------
    data : pandas.DataFrame
        One row an answer.
    split : sequence of str
        Predictors to split.
    groups : sequence of str
        Random intercepts; ``by`` is among them.
    by : str
        Whose means are taken.
    others : sequence of str
        Predictors that are not split.
    varying : sequence of str
        Those of ``split`` whose slope within may differ between groups, where there are enough of these.
    fewest : int
        Groups needed for a slope between them; 25 for countries. Below it ``by`` gets an intercept a group:
        its differences are held constant, and only the slope within is told.

    Notes
    -----
    Mundlak, Y. (1978). On the pooling of time series and cross section data. *Econometrica*, 46, 69-85.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> g = np.repeat(np.arange(60), 10)
    >>> mean = rng.normal(size=60)[g]
    >>> x = mean + rng.normal(size=600)
    >>> y = 0.2 * (x - mean) + 0.8 * mean + rng.normal(0, 0.3, 60)[g] + rng.normal(size=600)
    >>> found = within_between(pd.DataFrame({"g": g, "x": x, "y": y}), "y", ["x"], ["g"], by="g")
    >>> [round(found.effects["x"][part].estimate, 1) for part in ("within", "between")]
    [0.2, 0.7]
    """
    if by not in groups:
        cause = f"{by} is not among the groups"
        raise DataError(cause, place="within and between", cure="Correct the names")
    parts = [one for name in others for one in name.split(":")]
    rows = complete(data, [outcome, *split, *groups, *parts], [outcome, *split, *parts])
    means = rows.groupby(by)[list(split)].transform("mean")
    rows = rows.assign(
        **{f"{s}_between": means[s] for s in split}, **{f"{s}_within": rows[s] - means[s] for s in split}
    )
    number = rows[by].nunique()
    within = [f"{s}_within" for s in split]
    if number < fewest:
        remaining = [g for g in groups if g != by]
        reason = NotAvailable(
            f"{number} values of {by} are too few for a slope between them; it needs {fewest}"
        )
        model = mixed_model(
            rows, outcome, [*within, *others], remaining or groups, categories=by if remaining else None
        )
        effects: dict[str, dict[str, Contrast | NotAvailable]] = {
            s: {"within": model.contrast({f"{s}_within": 1}), "between": reason, "difference": reason}
            for s in split
        }
        return WithinBetween(model, effects)
    predictors = [*within, *(f"{s}_between" for s in split), *others]
    slopes = {by: [f"{s}_within" for s in varying]} if varying else {}
    model = mixed_model(rows, outcome, predictors, groups, slopes=slopes)
    effects = {
        s: {
            "within": model.contrast({f"{s}_within": 1}),
            "between": model.contrast({f"{s}_between": 1}),
            "difference": model.contrast({f"{s}_between": 1, f"{s}_within": -1}),
        }
        for s in split
    }
    return WithinBetween(model, effects)


@dataclass(frozen=True, slots=True)
class SlopeVariation:
    """How much a slope differs between groups.

    Attributes
    ----------
    sd : float
        Standard deviation of the slopes.
    statistic, pvalue : float
        Likelihood-ratio test that it does not: half chi-square of 1, half of 2 degrees of freedom.
    singular : bool
        Whether that cannot be told from no difference, or from one that goes with the intercepts alone.
    """

    sd: float
    statistic: float
    pvalue: float
    singular: bool


@takes_frame
def slope_variation(
    data: pd.DataFrame, outcome: str, predictors: Sequence[str], groups: Sequence[str], *, by: str, slope: str
) -> SlopeVariation:
    """Test whether the slope of one predictor varies between groups.

    Parameters
    ----------
    data, outcome, predictors, groups
        See :func:`coprod_measure.structure.methods.mixed_model.mixed_model`.
    by : str
        One of ``groups``.
    slope : str
        One of ``predictors``.

    Notes
    -----
    A variance is on the boundary where there is no difference: Stram, D. O., & Lee, J. W. (1994). Variance
    components testing in the longitudinal mixed effects model. *Biometrics*, 50, 1171-1177.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> g = np.repeat(np.arange(30), 20)
    >>> x = rng.normal(size=600)
    >>> y = rng.normal(0.3, 0.5, 30)[g] * x + rng.normal(0, 0.5, 30)[g] + rng.normal(size=600)
    >>> found = slope_variation(pd.DataFrame({"g": g, "x": x, "y": y}), "y", ["x"], ["g"], by="g", slope="x")
    >>> round(found.sd, 1), found.pvalue < 0.001
    (0.6, True)
    """
    free = mixed_model(data, outcome, predictors, groups, slopes={by: [slope]})
    fixed = mixed_model(data, outcome, predictors, groups)
    statistic = max(0.0, 2 * (free.loglik - fixed.loglik))
    pvalue = 0.5 * float(chi2.sf(statistic, 1) + chi2.sf(statistic, 2))
    sd = float(np.sqrt(free.random[by].variances[slope]))
    return SlopeVariation(sd, statistic, pvalue, by in free.singular)


@dataclass(frozen=True, slots=True, repr=False)
class IntraclassCorrelations(Shown):
    """How alike members of a group are.

    Attributes
    ----------
    icc1 : float
        Share of variance between groups, from mean squares.
    icc2 : float
        Reliability of the group means.
    design_effect : float
        How much larger the variance of a mean is than among independent people.
    """

    icc1: float
    icc2: float
    design_effect: float
    n_groups: int


def intraclass_correlations(values: np.ndarray, group: np.ndarray) -> IntraclassCorrelations:
    """Compute ICC(1) and ICC(2) from a one-way analysis of variance (Bliese 2000).

    Parameters
    ----------
    values, group : ndarray, shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> found = intraclass_correlations(np.array([1.0, 2, 5, 6, 9, 8]), np.array([0, 0, 1, 1, 2, 2]))
    >>> round(found.icc1, 3), round(found.icc2, 3)
    (0.96, 0.98)
    """
    values, (index, groups) = np.asarray(values), pd.factorize(np.asarray(group))
    if (
        values.dtype.kind not in "biuf"
        or index.min(initial=0) < 0
        or values.shape != np.shape(group)
        or not np.isfinite(values).all()
    ):
        cause = "values are not one number for each entry of group"
        raise DataError(cause, place="intraclass correlation", cure="Leave out gaps, in both alike")
    values, n, k, count = values.astype(np.float64), len(values), len(groups), np.bincount(index)
    refuse_magnitudes(values[:, None], ["values"])
    if k < 2 or n == k:
        cause = f"{n} answers in {k} group{'s'[: k != 1]}"
        raise DataError(
            cause, place="intraclass correlation", cure="It needs two groups, and several in a group"
        )
    mean = np.bincount(index, values) / count
    msb = float((count * (mean - values.mean()) ** 2).sum() / (k - 1))
    msw = float(((values - mean[index]) ** 2).sum() / (n - k))
    if msb == 0.0 or not np.ptp(values):
        cause = "values or their means in groups do not vary"
        raise DataError(cause, place="intraclass correlation", cure="There is nothing to be alike in")
    size = (n - (count**2).sum() / n) / (k - 1)
    icc1 = float((msb - msw) / (msb + (size - 1) * msw))
    return IntraclassCorrelations(icc1, (msb - msw) / msb, 1 + (size - 1) * icc1, k)
