"""What each item looks like: distribution, extremes, and how it hangs together with its scale."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.item_sets import Constructs, ItemSet, is_nominal, item_sets
from coprod_measure.measurement.reliability.formulas import cronbach_alpha
from coprod_measure.measurement.sampling import (
    Data,
    Sampling,
    pairwise_covariance,
    people,
    weighted_correlations,
)
from coprod_measure.notebook import Shown

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
ALMOST_THE_SAME = 0.95
"""Correlation from which two items are named: a question asked twice agrees less with itself."""
FEWEST_TOGETHER = 20
"""Respondents to both items, below which so high a correlation is no surprise."""
_NAMED = 10
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
        Pearson correlations of all items but those of three or more answers without an order, each pair on
        its own respondents.
    warnings : tuple of str
        Items that everybody answered alike, identical items, items that run against their scale.
    nominal : tuple of str
        Items whose answers have no order: only counts and shares are told of them, also of two answers, of
        one of which the mean would be the share.
    """

    items: pd.DataFrame
    distribution: pd.DataFrame
    correlations: pd.DataFrame
    warnings: tuple[str, ...] = ()
    nominal: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row an item; columns :data:`ITEM_COLUMNS`."""
        return self.items.copy()


def item_analysis(data: Data, constructs: Constructs | None = None) -> ItemAnalysis:
    """Describe every item, alone and within its scale.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        Clean responses, one row a person, or keyed items. Weights enter everything but counts.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`.

    Returns
    -------
    ItemAnalysis
        ``skew`` and ``kurtosis`` as in R's psych (third and fourth central moment over powers of the standard
        deviation with n - 1; excess kurtosis). ``r_drop`` and ``alpha_if_dropped`` from pairwise covariances.

    Examples
    --------
    >>> import pandas as pd
    >>> import coprod_measure as cm
    >>> bfi = pd.read_csv(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv").iloc[:400]
    >>> traits = {"extraversion": ["E3", "E4", "E5"], "neuroticism": ["N1", "N2", "N3"]}
    >>> cm.item_analysis(bfi, traits).table()[["item", "mean", "r_drop"]].round(2).head(1).to_numpy().tolist()
    [['E3', 4.0, 0.49]]
    """
    data, sampling = people(data)
    sets = item_sets(data, constructs)
    items = list(dict.fromkeys(item for one in sets for item in one.items))
    nominal = tuple(item for item in items if is_nominal(data, item, fewest=2))
    names = [item for item in items if is_nominal(data, item)]
    rows = [row for one in sets for row in _rows(one, nominal, names, sampling)]
    counts = [row for one in sets for row in _counts(one, sampling)]
    together = pd.concat([one.frame for one in sets], axis=1)
    together = together.loc[:, ~together.columns.duplicated()]
    varying = together.loc[:, together.std() > 0].drop(columns=names, errors="ignore")
    correlations = _correlations(varying, sampling)
    return ItemAnalysis(
        items=pd.DataFrame(rows, columns=list(ITEM_COLUMNS)),
        distribution=pd.DataFrame(counts, columns=list(DISTRIBUTION_COLUMNS)),
        correlations=correlations,
        warnings=(
            *_constant(together),
            *_identical(together),
            *_almost_the_same(varying, correlations, [one.items for one in sets]),
            *_against(rows),
        ),
        nominal=nominal,
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


def moments(x: Array, weights: Array | None = None) -> tuple[float, float]:
    """Skewness and excess kurtosis of the third kind in Joanes and Gill (1998), as in R's psych.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Answers without gaps, n >= 2, not all alike.
    weights : ndarray, shape (n,), optional
    """
    centred = x - np.average(x, weights=weights)
    sd = spread(x, weights)
    third, fourth = (np.average(centred**power, weights=weights) for power in (3, 4))
    return float(third / sd**3), float(fourth / sd**4 - 3.0)


def spread(x: Array, weights: Array | None) -> float:
    """Compute the standard deviation with n - 1, weights brought to a mean of 1."""
    squares = np.average((x - np.average(x, weights=weights)) ** 2, weights=weights)
    return float(np.sqrt(squares * len(x) / (len(x) - 1)))


def _correlations(frame: pd.DataFrame, sampling: Sampling) -> pd.DataFrame:
    values = weighted_correlations(frame.to_numpy(dtype=float), sampling.weights)
    return pd.DataFrame(values, index=frame.columns, columns=frame.columns)


def _rows(
    one: ItemSet, nominal: Collection[str], names: Sequence[str], sampling: Sampling
) -> list[tuple[object, ...]]:
    """``nominal``: items whose numbers are not told; ``names``: those of them that correlate with nothing."""
    with_rest, without = _within_scale(one.frame.drop(columns=list(names), errors="ignore"), sampling)
    rows: list[tuple[object, ...]] = []
    for item in one.items:
        seen = one.frame[item].notna().to_numpy()
        answers, weights = one.frame[item].to_numpy(dtype=float)[seen], sampling.of(seen).weights
        rows.append(
            (
                one.construct,
                item,
                len(answers),
                1.0 - len(answers) / max(len(one.frame), 1),
                *(_NOTHING if item in nominal else _describe(answers, weights, one.codes[item])),
                with_rest.get(item),
                without.get(item),
            )
        )
    return rows


def _within_scale(frame: pd.DataFrame, sampling: Sampling) -> tuple[dict[str, float], dict[str, float]]:
    """Correlation of each item with the rest, and alpha without it; among the items that vary."""
    varying = frame.loc[:, frame.std() > 0]
    names = list(varying.columns)
    covariance = pairwise_covariance(varying.to_numpy(dtype=float), sampling.weights)
    p = len(names)
    if p < 2 or not np.isfinite(covariance).all():
        return {}, {}
    with_rest = dict(zip(names, corrected_item_total(covariance).tolist(), strict=True))
    if p < 3:
        return with_rest, {}
    others = [np.delete(np.arange(p), j) for j in range(p)]
    alphas = [cronbach_alpha(covariance[np.ix_(kept, kept)]) for kept in others]
    return with_rest, dict(zip(names, alphas, strict=True))


def _describe(answers: Array, weights: Array | None, codes: tuple[float, ...]) -> tuple[float | None, ...]:
    """Mean, sd, skew, kurtosis, floor, ceiling; None where the answers do not allow it."""
    if len(answers) == 0:
        return _NOTHING
    mean = float(np.average(answers, weights=weights))
    floor, ceiling = (float(np.average(answers == code, weights=weights)) for code in (codes[0], codes[-1]))
    if len(answers) < 2:
        return mean, None, None, None, floor, ceiling
    sd = spread(answers, weights)
    skew, kurtosis = moments(answers, weights) if sd > 0 else (None, None)
    return mean, sd, skew, kurtosis, floor, ceiling


def _counts(one: ItemSet, sampling: Sampling) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for item in one.items:
        seen = one.frame[item].notna().to_numpy()
        answers, weights = one.frame[item].to_numpy()[seen], sampling.of(seen).weights
        for code in one.codes[item]:
            chosen = answers == code
            share = float(np.average(chosen, weights=weights)) if len(answers) else 0.0
            rows.append((one.construct, item, code, int(chosen.sum()), share))
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


def _almost_the_same(
    frame: pd.DataFrame, correlations: pd.DataFrame, sets: Sequence[Sequence[str]]
) -> list[str]:
    """Name items that are answered almost alike, the closest first, and say whether they ask for one thing.

    Two factors can hardly be told apart where one holds a copy of an item of the other.
    """
    r, given = correlations.to_numpy(), frame.notna().to_numpy(dtype=float)
    close = np.triu((np.abs(r) >= ALMOST_THE_SAME) & (given.T @ given >= FEWEST_TOGETHER), 1)
    pairs = sorted(zip(*np.nonzero(close), strict=True), key=lambda pair: -abs(r[pair]))
    found = []
    for first, second in pairs:
        names = frame.columns[[first, second]]
        if frame[names[0]].equals(frame[names[1]]):
            continue  # said already
        together = any(set(names) <= set(own) for own in sets)
        found.append(
            f"{names[1]}: answered almost as {names[0]} (r = {r[first, second]:.2f})"
            + ("" if together else ", which asks for another construct")
            + "; look whether one is a copy"
        )
    more = (
        [f"{len(found) - _NAMED} more pairs of items are answered almost alike"]
        if len(found) > _NAMED
        else []
    )
    return found[:_NAMED] + more


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
