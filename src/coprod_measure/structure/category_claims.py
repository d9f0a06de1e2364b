"""Claims about product categories: what differs between them, within them, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError, DataError, NotAvailable
from coprod_measure.structure import log_odds
from coprod_measure.structure.category_contrasts import planned_contrast, planned_weights, unmet_words
from coprod_measure.structure.controls import ALL
from coprod_measure.structure.evidence import Context, Evidence, Finding, Reason, as_claimed, by_weakest
from coprod_measure.structure.methods.best_group import best_group
from coprod_measure.structure.methods.cluster_robust import cluster_robust
from coprod_measure.structure.methods.gap_explained import gap_explained
from coprod_measure.structure.methods.mixed_model import Contrast, mixed_model
from coprod_measure.structure.methods.within_between import (
    FEWEST_GROUPS,
    WithinBetween,
    slope_variation,
    within_between,
)
from coprod_measure.structure.regression import LOG_ODDS, SIGNS, reliability, variables_of
from coprod_measure.structure.rows_of_people import PERSON, Rows, rows_of
from coprod_measure.theory.definition import Hypothesis

KIND = "levels"
FEWEST = 5
"""People a category must have to be compared."""
PROFILE = 3
"""Outcomes from which they are compared as a profile."""
VARIES = 0.20
"""Level of the test from which a slope is allowed to vary."""
SHARE, ETA2 = "share_explained", "eta_squared"


def slopes(hypothesis: Hypothesis, sorting: str, context: Context) -> Evidence:
    """Split a slope into what differs between categories and within them."""
    sources = [id_.removeprefix("-") for id_ in hypothesis.sources]
    overall, findings, parts, shares, robust, variations = [], [], [], [], [], []
    reasons: list[Reason] = []
    for target in hypothesis.targets:
        rows = rows_of([*sources, target], sorting, context, FEWEST, outcome=target)
        reasons += rows.reasons
        fewer = rows.groups < FEWEST_GROUPS
        if fewer:
            reasons.append(Reason("no_slope_between", {"found": rows.groups, "needed": FEWEST_GROUPS}))
        yes_no = log_odds.is_yes_no(rows, target, fixed=fewer)
        if yes_no:
            whole, found = log_odds.slopes(rows, target, sources, _split(rows, sources), fixed=fewer)
            reasons.append(Reason("on_log_odds", {"targets": (target,)}))
        else:
            variation = _variation(rows, target, [] if fewer else sources)
            varying = variation.loc[variation["used"], "source"].tolist()
            reasons += [Reason("slope_varies", {"sources": tuple(varying)})] if varying else []
            variations.append(variation)
            found = within_between(
                rows.frame, target, sources, rows.random, by=rows.by, others=rows.held, varying=varying
            )
            whole = _whole(rows, target, sources, found, varying, fewer)
        shares.append(_shares(rows, target))
        parts.append(found.table().assign(target=target, yes_no=yes_no))
        for source in sources:
            claim = source, target, SIGNS[hypothesis.source_signs.get(source, hypothesis.sign)]
            overall.append(_slope(hypothesis, claim, "", whole[source], rows, yes_no))
            for part in ("within", "between"):
                told = found.effects[source][part]
                if not isinstance(told, NotAvailable):
                    findings.append(_slope(hypothesis, claim, part, told, rows, yes_no))
            robust.append(_robust(rows, source, target))
    tables = {"level_slopes": parts, "shares": shares, "robust": robust, "slope_variation": variations}
    judged = by_weakest(
        KIND, overall, context.level, reasons=_once(reasons),
        tables={name: pd.concat(frames, ignore_index=True) for name, frames in tables.items() if frames},
    )  # fmt: skip
    return replace(judged, findings=tuple(findings))


def _whole(
    rows: Rows, target: str, sources: Sequence[str], found: WithinBetween, varying: Sequence[str], fewer: bool
) -> dict[str, Contrast]:
    """Slopes of all rows; those within categories where these are too few for more."""
    if fewer:
        return {one: found.model.contrast({f"{one}_within": 1}) for one in sources}
    slopes_of = {rows.by: [f"{one}_within" for one in varying]} if varying else {}
    predictors = [*sources, *rows.held]
    model = mixed_model(_split(rows, sources), target, predictors, rows.random, slopes=slopes_of)
    return {one: model.contrast({one: 1}) for one in sources}


def _variation(rows: Rows, target: str, sources: Sequence[str]) -> pd.DataFrame:
    """Ask of each slope whether it varies between categories; used where p < .20 (Matuschek et al. 2017)."""
    told, frame = [], _split(rows, sources)
    predictors = [f"{source}_{part}" for source in sources for part in ("within", "between")]
    predictors += rows.held
    for source in sources:
        slope = f"{source}_within"
        found = slope_variation(frame, target, predictors, rows.random, by=rows.by, slope=slope)
        used = found.pvalue < VARIES and not found.singular
        told.append((source, target, found.sd, found.statistic, found.pvalue, used))
    return pd.DataFrame(told, columns=["source", "target", "sd", "statistic", "pvalue", "used"]).astype(
        {"used": bool}
    )


def _split(rows: Rows, sources: Sequence[str]) -> pd.DataFrame:
    """Add what differs within categories, and their means: around a mean, slopes do not go with levels."""
    means = rows.frame.groupby(rows.by)[list(sources)].transform("mean")
    within = {f"{one}_within": rows.frame[one] - means[one] for one in sources}
    return rows.frame.assign(**within, **{f"{one}_between": means[one] for one in sources})


def _slope(
    hypothesis: Hypothesis, claim: tuple[str, str, int], part: str, c: Contrast, rows: Rows, yes_no: bool
) -> Finding:
    source, target, expected = claim
    unit = 1.0 if yes_no else float(rows.frame[source].std() / rows.frame[target].std())
    found = Finding(
        hypothesis=hypothesis.id, source=source, target=target, expected=expected, model=part,
        respondents=rows.respondents, n=len(rows.frame), estimate=c.estimate, se=c.se,
        ci_lower=unit * c.ci_lower, ci_upper=unit * c.ci_upper, pvalue=c.pvalue,
        direction=as_claimed(c.estimate, expected),
    )  # fmt: skip
    return replace(found, measure=LOG_ODDS) if yes_no else replace(found, std=unit * c.estimate)


def _shares(rows: Rows, target: str) -> pd.DataFrame:
    """Split the variance of an outcome over people, categories and the rest."""
    random = [name for name in rows.random if rows.frame[name].nunique() > 2]
    if not random or (random == [rows.by] and rows.groups == len(rows.frame)):
        return pd.DataFrame()
    if log_odds.is_yes_no(rows, target, fixed=False):
        return log_odds.shares(rows, target).assign(target=target)
    return mixed_model(rows.frame, target, [], random).shares().assign(target=target)


def _robust(rows: Rows, source: str, target: str) -> pd.DataFrame:
    """Least squares beside, errors robust to people (or, where each has one row, to categories)."""
    frame = rows.frame
    mean = frame.groupby(rows.by)[source].transform("mean")
    columns = {"within": frame[source] - mean}
    if rows.groups >= FEWEST_GROUPS:
        columns["between"] = mean
    clusters, parts = rows.random[0], slice(1, 1 + len(columns))
    X = np.column_stack([np.ones(len(frame)), *columns.values(), frame[[*rows.held]]])
    found = cluster_robust(
        frame[target].to_numpy(float), X, frame[clusters].to_numpy(), few=clusters == rows.by
    )
    return pd.DataFrame(
        {
            "source": source, "target": target, "part": list(columns), "est": found.coef[parts],
            "se": found.se[parts], "pvalue": found.pvalues()[parts], "clusters": found.clusters,
            "clustered_by": clusters,
        }
    )  # fmt: skip


def differences(
    hypothesis: Hypothesis, sortings: Sequence[str], context: Context, weights: Mapping[str, float]
) -> Evidence:
    """Compare means of categories: by a contrast that was named beforehand, else all at once."""
    findings, means, shares = [], [], []
    reasons: list[Reason] = []
    for sorting in sortings:
        for target in hypothesis.targets:
            if not variables_of((target,), context):
                continue
            rows = rows_of([target], sorting, context, FEWEST, outcome=target)
            reasons += rows.reasons
            table = _means(rows, target)
            planned = planned_weights(weights, table["group"])
            own, told = (
                planned_contrast(hypothesis, rows, sorting, target, planned)
                if planned
                else _all_at_once(hypothesis, rows, sorting, target)
            )
            findings.append(own)
            reasons += told
            if weights and not planned:
                reasons.append(Reason("contrast_not_met", {"words": tuple(weights)}))
            elif weights is not hypothesis.contrast and (unmet := unmet_words(weights, table["group"])):
                # The theory's own words are synonyms; who names some himself expects each to be there.
                reasons.append(Reason("words_without_category", {"words": unmet}))
            if context.verdicts_only:
                continue
            ranked, said = _best(rows, target, context)
            reasons += said
            means.append(table.merge(ranked, on="group", how="left").assign(target=target, sorting=sorting))
            shares.append(_shares(rows, target).assign(sorting=sorting))
    frames = {"category_means": means, "shares": shares}
    tables = {name: pd.concat(own, ignore_index=True) for name, own in frames.items() if own}
    return by_weakest(KIND, findings, context.level, reasons=_once(reasons), tables=tables)


def _gaps(categories: int, columns: int) -> np.ndarray:
    """Each category against the first; shape (categories - 1, columns)."""
    return np.eye(categories, columns)[1:] - np.eye(1, columns)


def _means(rows: Rows, target: str) -> pd.DataFrame:
    """Mean of each category, at the means of controls; rows of a person are not taken as independent."""
    X, names = rows.design()
    found = cluster_robust(rows.frame[target].to_numpy(float), X, rows.frame[PERSON].to_numpy())
    k = len(names)
    mean, half = found.coef[:k], 1.959964 * found.se[:k]
    return pd.DataFrame(
        {
            "group": names, "n": X[:, :k].sum(axis=0).astype(int), "mean": mean,
            "ci_lower": mean - half, "ci_upper": mean + half,
        }
    )  # fmt: skip


def _all_at_once(
    hypothesis: Hypothesis, rows: Rows, sorting: str, target: str
) -> tuple[Finding, list[Reason]]:
    X, names = rows.design()
    y = rows.frame[target].to_numpy(float)
    found = cluster_robust(y, X, rows.frame[PERSON].to_numpy())
    test = found.joint(_gaps(len(names), X.shape[1]))
    left = float(((y - X @ found.coef) ** 2).sum())
    Z = np.column_stack([np.ones(len(y)), X[:, len(names) :]])
    eta2 = 1 - left / float(((y - Z @ np.linalg.lstsq(Z, y, rcond=None)[0]) ** 2).sum())
    finding = Finding(
        hypothesis=hypothesis.id, source=sorting, target=target, measure=ETA2, model="all",
        respondents=rows.respondents, n=len(y), estimate=eta2, pvalue=test.pvalue, direction=1,
    )  # fmt: skip
    told = {"source": sorting, "f": test.f, "df1": test.df1, "df2": test.df2, "p": test.pvalue}
    return finding, [Reason("groups_at_once", told)]


def _best(rows: Rows, target: str, context: Context) -> tuple[pd.DataFrame, list[Reason]]:
    """How often each category would be the best; nothing where there are too few or no difference."""
    none = pd.DataFrame({"group": pd.Series(dtype=object), "effect": [], "best": []})
    if rows.groups < 3:
        return none, []
    try:
        table, _ = best_group(
            rows.frame, target, rows.random, rows.by, predictors=rows.held, seed=context.draws.seed
        )
    except CoprodError as error:
        return none, [Reason("no_best", {"why": error.problems[0].cause})]
    table["group"] = table["group"].map(str)
    top = table.iloc[0]
    return table[["group", "effect", "best"]], [
        Reason("best_group", {"target": target, "group": str(top["group"]), "best": float(top["best"])})
    ]


def profile(hypothesis: Hypothesis, sorting: str, context: Context) -> Evidence:
    """Test whether categories have parallel profiles over several outcomes.

    Each row's outcomes are taken in standard deviations and from their own mean; categories must then have
    the same means in all of them (Greenhouse and Geisser 1959, *Psychometrika* 24, 95-112, test parallelism
    likewise), errors robust to people.
    """
    targets = [id_ for id_ in hypothesis.targets if variables_of((id_,), context)]
    rows = rows_of(targets, sorting, context, FEWEST, outcome=ALL)
    kept = [id_ for id_ in targets if rows.frame[id_].std() > 0]
    if len(kept) < 2:
        raise DataError("a profile needs two outcomes that vary")
    values = rows.frame[kept].to_numpy(float)
    z = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    centred = z - z.mean(axis=1, keepdims=True)
    X, names = rows.design()
    who = rows.frame[PERSON].to_numpy()
    k = len(kept) - 1
    # One outcome less than there are: what is taken from its own mean adds up to zero.
    stacked = np.kron(np.eye(k), X)
    found = cluster_robust(centred[:, :k].T.ravel(), stacked, np.tile(who, k))
    test = found.joint(np.kron(np.eye(k), _gaps(len(names), X.shape[1])))
    Z = np.column_stack([np.ones(len(X)), X[:, len(names) :]])
    alone, beside = (((centred - A @ np.linalg.lstsq(A, centred, rcond=None)[0]) ** 2).sum() for A in (Z, X))
    share = 1.0 - float(beside / alone)
    of_groups = np.linalg.pinv(X)[: len(names)]
    means = pd.DataFrame(
        {
            "group": np.repeat(names, len(kept)), "target": kept * len(names),
            "mean": (of_groups @ values).ravel(), "apart": (of_groups @ centred).ravel(),
        }
    )  # fmt: skip
    finding = Finding(
        hypothesis=hypothesis.id, source=sorting, target=" + ".join(kept), targets=tuple(kept),
        measure=ETA2, model="profile",
        respondents=rows.respondents, n=len(rows.frame), estimate=share, pvalue=test.pvalue, direction=1,
    )  # fmt: skip
    told = {"source": sorting, "f": test.f, "df1": test.df1, "df2": test.df2, "p": test.pvalue}
    reasons = _once([*rows.reasons, Reason("parallel", told)])
    return by_weakest(KIND, [finding], context.level, reasons=reasons, tables={"profiles": means})


def gap(hypothesis: Hypothesis, sorting: str, context: Context) -> Evidence:
    """Ask what part of the gap between categories goes through what they are like."""
    carriers = [id_ for id_ in hypothesis.mediators if variables_of((id_,), context)]
    told = {id_: reliability(id_, context) for id_ in carriers}
    findings, slopes_, means = [], [], []
    reasons: list[Reason] = []
    for target in hypothesis.targets:
        rows = rows_of([*carriers, target], sorting, context, FEWEST)
        reasons += rows.reasons
        known = {id_: rows.reliability(id_, of) for id_, of in told.items() if of is not None}
        found = gap_explained(
            rows.frame, target, carriers, by=rows.by, person=PERSON, seed=context.draws.seed,
            draws=min(context.draws.number, 2000), reliability=known,
        )  # fmt: skip
        findings.append(
            Finding(
                hypothesis=hypothesis.id, source=sorting, via=(tuple(carriers),), target=target,
                measure=SHARE, model="gap", respondents=rows.respondents, n=len(rows.frame),
                estimate=found.share, ci_lower=found.ci_lower, ci_upper=found.ci_upper, pvalue=found.pvalue,
                direction=1 if found.share > 0.5 else -1,
            )
        )  # fmt: skip
        slopes_.append(found.slopes.assign(target=target))
        means.append(found.means.assign(target=target, group=found.means["group"].map(str)))
    tables = {
        "gap_means": pd.concat(means, ignore_index=True),
        "gap_slopes": pd.concat(slopes_, ignore_index=True),
    }
    return by_weakest(
        KIND,
        findings,
        context.level,
        reasons=_once([*reasons, Reason("most_is_half"), *context.without_controls()]),
        tables=tables,
    )


def _once(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    found: list[Reason] = []
    for one in reasons:
        if one not in found:
            found.append(one)
    return tuple(found)
