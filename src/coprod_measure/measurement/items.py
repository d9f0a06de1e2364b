"""What each item looks like: distribution, extremes, and how it hangs together with its scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.item_sets import Constructs, ItemSet, is_nominal, item_sets
from coprod_measure.measurement.reliability.coefficients import cronbach_alpha
from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import Responses

Array = NDArray[np.float64]

ITEM_COLUMNS = (
    "construct",
    "item",
    "n",
    "missing",
    "mean",
    "sd",
    "skew",
    "kurtosis",
    "floor",
    "ceiling",
    "r_drop",
    "alpha_if_dropped",
)
DISTRIBUTION_COLUMNS = ("construct", "item", "code", "count", "share")
_NOTHING = (None,) * 6
"""Mean to ceiling of an item without answers, or whose answers are names."""


@dataclass(frozen=True, slots=True, repr=False)
class ItemAnalysis(Shown):
    """Statistics of every item.

    Attributes
    ----------
    items : pandas.DataFrame
        One row an item (:data:`ITEM_COLUMNS`): ``n`` answers, ``missing`` share of respondents without one,
        ``floor`` and ``ceiling`` share of answers on the lowest and highest code, ``r_drop`` correlation with
        the sum of the other items of the scale, ``alpha_if_dropped``. A value that does not exist is None.
    distribution : pandas.DataFrame
        One row an item and code (:data:`DISTRIBUTION_COLUMNS`), codes keyed (high means high) and ascending.
    correlations : pandas.DataFrame
        Pearson correlations of all items but nominal ones, each pair on its own respondents.
    warnings : tuple of str
        Items that everybody answered alike, identical items, items that run against their scale.
    nominal : tuple of str
        Items whose answers have no order: only counts and shares exist of them.
    """

    items: pd.DataFrame
    distribution: pd.DataFrame
    correlations: pd.DataFrame
    warnings: tuple[str, ...] = ()
    nominal: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row an item; columns :data:`ITEM_COLUMNS`."""
        return self.items.copy()


def item_analysis(data: Responses | pd.DataFrame, constructs: Constructs | None = None) -> ItemAnalysis:
    """Describe every item, alone and within its scale.

    Parameters
    ----------
    data : Responses or pandas.DataFrame
        Clean responses, or keyed items.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`.

    Returns
    -------
    ItemAnalysis
        ``skew`` and ``kurtosis`` as in R's psych (third and fourth central moment over powers of the standard
        deviation with n - 1; excess kurtosis). ``r_drop`` and ``alpha_if_dropped`` from pairwise covariances.
    """
    sets = item_sets(data, constructs)
    nominal = tuple(item for one in sets for item in one.items if is_nominal(data, item))
    rows = [row for one in sets for row in _rows(one, nominal)]
    counts = [row for one in sets for row in _counts(one)]
    together = pd.concat([one.frame for one in sets], axis=1)
    together = together.loc[:, ~together.columns.duplicated()]
    varying = together.loc[:, together.std() > 0].drop(columns=list(nominal), errors="ignore")
    return ItemAnalysis(
        items=pd.DataFrame(rows, columns=list(ITEM_COLUMNS)),
        distribution=pd.DataFrame(counts, columns=list(DISTRIBUTION_COLUMNS)),
        correlations=varying.corr(),
        warnings=(*_constant(together), *_identical(together), *_against(rows)),
        nominal=tuple(dict.fromkeys(nominal)),
    )


def corrected_item_total(S: Array) -> Array:
    """Correlation of each item with the sum of the others.

    Parameters
    ----------
    S : ndarray, shape (p, p)
        Covariance matrix of the items of one scale, p >= 2.

    Returns
    -------
    ndarray, shape (p,)
    """
    variances = np.diagonal(S)
    with_rest = S.sum(axis=1) - variances
    rest = S.sum() - 2.0 * S.sum(axis=1) + variances
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(with_rest / np.sqrt(variances * rest))


def moments(x: Array) -> tuple[float, float]:
    """Skewness and excess kurtosis of the third kind in Joanes and Gill (1998), as in R's psych.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Answers without gaps, n >= 2, not all alike.
    """
    centred = x - x.mean()
    sd = x.std(ddof=1)
    return float(np.mean(centred**3) / sd**3), float(np.mean(centred**4) / sd**4 - 3.0)


def _rows(one: ItemSet, nominal: tuple[str, ...]) -> list[tuple[object, ...]]:
    with_rest, without = _within_scale(one.frame.drop(columns=list(nominal), errors="ignore"))
    rows: list[tuple[object, ...]] = []
    for item in one.items:
        answers = one.frame[item].dropna().to_numpy(dtype=float)
        rows.append(
            (
                one.construct,
                item,
                len(answers),
                1.0 - len(answers) / max(len(one.frame), 1),
                *(_NOTHING if item in nominal else _describe(answers, one.codes[item])),
                with_rest.get(item),
                without.get(item),
            )
        )
    return rows


def _within_scale(frame: pd.DataFrame) -> tuple[dict[str, float], dict[str, float]]:
    """Correlation of each item with the rest, and alpha without it; among the items that vary."""
    varying = frame.loc[:, frame.std() > 0]
    names, covariance = list(varying.columns), varying.cov().to_numpy()
    p = len(names)
    if p < 2 or not np.isfinite(covariance).all():
        return {}, {}
    with_rest = dict(zip(names, corrected_item_total(covariance).tolist(), strict=True))
    if p < 3:
        return with_rest, {}
    others = [np.delete(np.arange(p), j) for j in range(p)]
    alphas = [cronbach_alpha(covariance[np.ix_(kept, kept)]) for kept in others]
    return with_rest, dict(zip(names, alphas, strict=True))


def _describe(answers: Array, codes: tuple[float, ...]) -> tuple[float | None, ...]:
    """Mean, sd, skew, kurtosis, floor, ceiling; None where the answers do not allow it."""
    if len(answers) == 0:
        return _NOTHING
    mean = float(answers.mean())
    floor, ceiling = (float(np.mean(answers == code)) for code in (codes[0], codes[-1]))
    if len(answers) < 2:
        return mean, None, None, None, floor, ceiling
    sd = float(answers.std(ddof=1))
    skew, kurtosis = moments(answers) if sd > 0 else (None, None)
    return mean, sd, skew, kurtosis, floor, ceiling


def _counts(one: ItemSet) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for item in one.items:
        answers = one.frame[item].dropna()
        for code in one.codes[item]:
            count = int((answers == code).sum())
            rows.append((one.construct, item, code, count, count / len(answers) if len(answers) else 0.0))
    return rows


def _constant(frame: pd.DataFrame) -> list[str]:
    spread, answered = frame.std(), frame.notna().any()
    return [
        f"{item}: everybody who answered gave the same answer; the item carries no information"
        if answered[item]
        else f"{item}: nobody answered"
        for item in frame.columns
        if not spread[item] > 0
    ]


def _identical(frame: pd.DataFrame) -> list[str]:
    seen: dict[bytes, str] = {}
    found = []
    for item in frame.columns[frame.std() > 0]:
        key = frame[item].to_numpy(dtype=float).tobytes()
        if key in seen:
            found.append(f"{item}: every answer is the same as to {seen[key]}; one of them may be a copy")
        seen.setdefault(key, str(item))
    return found


def _against(rows: list[tuple[object, ...]]) -> list[str]:
    found = []
    for row in rows:
        record = dict(zip(ITEM_COLUMNS, row, strict=True))
        r_drop = record["r_drop"]
        if isinstance(r_drop, float) and r_drop < 0:
            found.append(
                f"{record['item']}: runs against the other items of {record['construct']} "
                f"(r = {r_drop:.2f}); it may need to be reversed"
            )
    return found


def examine(x: Examination) -> ItemAnalysis:
    """Compute the part ``items``."""
    return item_analysis(x.clean, x.everything)
