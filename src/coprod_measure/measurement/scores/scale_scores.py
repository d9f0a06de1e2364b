"""Mean, standard deviation, reliability and correlations of the scale scores: the first table of a paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr

from coprod_measure.errors import DataError, NotAvailable
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.item_sets import Constructs, ItemSet, is_nominal, item_sets
from coprod_measure.measurement.items import spread
from coprod_measure.measurement.reliability.coefficients import Reliability, reliability
from coprod_measure.measurement.sampling import (
    ALIKE,
    Answers,
    Data,
    Sampling,
    one_row,
    people,
    weighted_correlations,
)
from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import Responses

Array = NDArray[np.float64]

SCALE_COLUMNS = ("construct", "items", "n", "mean", "sd", "reliability", "coefficient")
PAIR_COLUMNS = ("construct_1", "construct_2", "r", "n", "pvalue")
SINGLE = "one item has no internal consistency"
COMPOSITE = "the parts of a composite need not agree"
UNKNOWN = "neither omega nor alpha could be computed"
CONSTANT = "among those who have both scores one does not vary, or they are fewer than three"


@dataclass(frozen=True, slots=True, repr=False)
class ScaleScores(Shown):
    """Scores as means of the answered items, described one by one and in pairs.

    Attributes
    ----------
    scales : pandas.DataFrame
        One row a construct (:data:`SCALE_COLUMNS`); ``coefficient`` names the reliability: ``"omega"``,
        ``"alpha"`` where there is no omega, or empty.
    correlations : pandas.DataFrame
        One row a pair, constructs in the order of ``scales`` (:data:`PAIR_COLUMNS`): Pearson's r of the
        respondents who have both scores, two-sided p without adjustment.
    no_reliability : dict
        Construct to the reason why its score has no reliability.
    unavailable : dict
        Construct to the reason why it has no score.
    answered : float
        Least share of a construct's items that a score needs.
    """

    scales: pd.DataFrame
    correlations: pd.DataFrame
    no_reliability: dict[str, NotAvailable]
    unavailable: dict[str, NotAvailable]
    answered: float

    def table(self) -> pd.DataFrame:
        """One row a construct; columns :data:`SCALE_COLUMNS`."""
        return self.scales.copy()

    def matrix(self) -> pd.DataFrame:
        """Correlations as a symmetric matrix, 1 on the diagonal."""
        names = list(self.scales["construct"])
        values = pd.DataFrame(np.eye(len(names)), index=names, columns=names)
        for row in self.correlations.itertuples():
            values.loc[row.construct_1, row.construct_2] = row.r
            values.loc[row.construct_2, row.construct_1] = row.r
        return values


def scale_scores(
    data: Data,
    constructs: Constructs | None = None,
    *,
    answered: float = 0.5,
    known: Reliability | None = None,
) -> ScaleScores:
    """Describe the scale scores of all constructs and correlate them.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        Clean responses, one row a person, or keyed items. Weights enter means, deviations and correlations;
        p values know of weights and clusters.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`.
    answered : float
        Least share of a construct's items that a score needs.
    known : Reliability, optional
        Of the same constructs; computed when left out.

    Raises
    ------
    DataError
        If ``answered`` is no share, or no construct has a score.
    """
    if not 0.0 < answered <= 1.0:
        raise DataError(f"answered={answered} is not a share", cure="Give a number above 0 and at most 1")
    data = one_row(data)
    answers, sampling = people(data)
    sets = item_sets(answers, constructs)
    refused = {one.construct: why for one in sets if (why := why_no_score(one, answers)) is not None}
    scored = [one for one in sets if one.construct not in refused]
    if not scored:
        raise DataError("no construct has a score", cure="; ".join(w.reason for w in refused.values()))
    if known is None:
        known = reliability(data, {one.construct: one.items for one in scored})
    values = np.column_stack([_mean_of_answered(one, answered) for one in scored])
    coefficients = [_reliability_of(one, known) for one in scored]
    rows = [
        (
            one.construct,
            len(one.items),
            int(np.sum(~np.isnan(own))),
            *_mean_and_sd(own, sampling),
            value,
            name,
        )
        for one, own, (value, name, _) in zip(scored, values.T, coefficients, strict=True)
    ]
    return ScaleScores(
        scales=pd.DataFrame(rows, columns=list(SCALE_COLUMNS)),
        correlations=_pairs([one.construct for one in scored], *pairwise_correlations(values, sampling)),
        no_reliability={
            one.construct: NotAvailable(why)
            for one, (_, _, why) in zip(scored, coefficients, strict=True)
            if why
        },
        unavailable=refused,
        answered=answered,
    )


def pairwise_correlations(scores: Array, sampling: Sampling = ALIKE) -> tuple[Array, Array, Array]:
    """Correlate columns, each pair over the rows that have both.

    Parameters
    ----------
    scores : ndarray, shape (n, k)
        NaN where there is no score.
    sampling : Sampling
        With weights or clusters p comes from the influence of each row or cluster on r (Binder 1983).

    Returns
    -------
    r : ndarray, shape (k, k)
        Pearson's correlations; NaN where a column does not vary over the rows of the pair, or there are
        fewer than three.
    n : ndarray, shape (k, k)
        Rows of each pair.
    pvalue : ndarray, shape (k, k)
        Two-sided, from ``t = r sqrt((n - 2) / (1 - r^2))`` with ``n - 2`` degrees of freedom (Fisher 1915).
    """
    n = (~np.isnan(scores)).astype(float).T @ (~np.isnan(scores)).astype(float)
    if sampling:
        return _correlated_in_a_survey(scores, n, sampling)
    r = pd.DataFrame(scores).corr(min_periods=3).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(r) * np.sqrt((n - 2.0) / np.maximum(1.0 - r**2, 0.0))
    return r, n, 2.0 * stdtr(np.maximum(n - 2.0, 1.0), -t)


def _correlated_in_a_survey(scores: Array, n: Array, sampling: Sampling) -> tuple[Array, Array, Array]:
    r = np.where(n >= 3, weighted_correlations(scores, sampling.weights), np.nan)
    pvalue = np.full_like(r, np.nan)
    for i, j in zip(*np.triu_indices(len(r), 1), strict=True):
        both = np.isfinite(scores[:, i] + scores[:, j])
        if not np.isfinite(r[i, j]):
            continue
        own, drawn = scores[both][:, [i, j]], sampling.of(both)
        weights = np.ones(len(own)) if drawn.weights is None else drawn.weights / drawn.weights.mean()
        z = own - np.average(own, axis=0, weights=weights)
        z = z / np.sqrt(np.average(z**2, axis=0, weights=weights))
        influence = weights * (z[:, 0] * z[:, 1] - 0.5 * r[i, j] * (z**2).sum(axis=1)) / len(own)
        se = float(np.sqrt(drawn.summed(influence[:, None])[0, 0]))
        df = len(own) - 2.0 if drawn.clusters is None else float(drawn.clusters.max())
        pvalue[i, j] = pvalue[j, i] = 2.0 * stdtr(df, -abs(r[i, j]) / se) if se > 0 else 0.0
    return r, n, pvalue


def why_no_score(one: ItemSet, data: Answers) -> NotAvailable | None:
    """Say why a mean of these items would mean nothing."""
    if not isinstance(data, Responses):
        return None
    if any(is_nominal(data, item) for item in one.items):
        return NotAvailable("its answers have no order, so that they have no mean")
    scales = {item: data.instrument.scale_of(item) for item in one.items if item in data.instrument.items}
    named = {scale.id: scale for scale in scales.values() if scale is not None}
    spans = {(scale.codes[0], scale.codes[-1]) for scale in named.values()}
    if len(spans) + (None in scales.values() and len(scales) > 1) > 1:
        return NotAvailable("its items have answers of different range, so that a mean would mix units")
    return None


def _mean_of_answered(one: ItemSet, answered: float) -> Array:
    means = one.frame.mean(axis=1).where(one.frame.notna().mean(axis=1) >= answered)
    return np.asarray(means, dtype=float)


def _mean_and_sd(values: Array, sampling: Sampling) -> tuple[float, float]:
    kept = ~np.isnan(values)
    seen, weights = values[kept], sampling.of(kept).weights
    if len(seen) < 2:
        return (float(seen[0]) if len(seen) else float("nan")), float("nan")
    return float(np.average(seen, weights=weights)), spread(seen, weights)


def _reliability_of(one: ItemSet, known: Reliability) -> tuple[float, str, str]:
    """Value, name and reason of the reliability of a score: omega, or alpha where there is none."""
    if one.measurement != "reflective":
        return float("nan"), "", SINGLE if len(one.items) == 1 else COMPOSITE
    if len(one.items) == 1:
        return float("nan"), "", SINGLE
    table = known.table().set_index("construct")
    for name in ("omega", "alpha"):
        if one.construct in table.index and pd.notna(table.loc[one.construct, name]):
            return float(table.loc[one.construct, name]), name, ""
    return float("nan"), "", UNKNOWN


def _pairs(names: list[str], r: Array, n: Array, pvalue: Array) -> pd.DataFrame:
    rows = [
        (names[j], names[i], float(r[i, j]), int(n[i, j]), float(pvalue[i, j]))
        for j in range(len(names))
        for i in range(j + 1, len(names))
    ]
    return pd.DataFrame(rows, columns=list(PAIR_COLUMNS))


def examine(x: Examination) -> ScaleScores:
    """Compute the part ``scale_scores``."""
    return scale_scores(x.clean, x.scales, known=x.found["reliability"] or None)
