"""Claims about product categories: what differs between them, within them, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError, DataError, NotAvailable
from coprod_measure.structure import log_odds
from coprod_measure.structure.evidence import Context, Evidence, Finding, Reason, by_weakest
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
GAP, SHARE, ETA2 = "mean_gap", "share_explained", "eta_squared"


def slopes(hypothesis: Hypothesis, sorting: str, context: Context) -> Evidence:
    """Split a slope into what differs between categories and within them."""
    sources = [id_.removeprefix("-") for id_ in hypothesis.sources]
    overall, findings, parts, shares, robust, variations = [], [], [], [], [], []
    reasons: list[Reason] = []
    for target in hypothesis.targets:
        rows = rows_of([*sources, target], sorting, context, FEWEST)
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
            found = within_between(rows.frame, target, sources, rows.random, by=rows.by, varying=varying)
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
    model = mixed_model(_split(rows, sources), target, sources, rows.random, slopes=slopes_of)
    return {one: model.contrast({one: 1}) for one in sources}


def _variation(rows: Rows, target: str, sources: Sequence[str]) -> pd.DataFrame:
    """Ask of each slope whether it varies between categories; used where p < .20 (Matuschek et al. 2017)."""
    told, frame = [], _split(rows, sources)
    predictors = [f"{source}_{part}" for source in sources for part in ("within", "between")]
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
    sign = 1 if c.estimate > 0 else -1
    found = Finding(
        hypothesis=hypothesis.id, source=source, target=target, expected=expected, model=part,
        respondents=rows.respondents, n=len(rows.frame), estimate=c.estimate, se=c.se,
        ci_lower=unit * c.ci_lower, ci_upper=unit * c.ci_upper, pvalue=c.pvalue,
        direction=sign * (expected or sign),
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
    clusters = rows.random[0]
    X = np.column_stack([np.ones(len(frame)), *columns.values()])
    found = cluster_robust(frame[target].to_numpy(float), X, frame[clusters].to_numpy())
    return pd.DataFrame(
        {
            "source": source, "target": target, "part": list(columns), "est": found.coef[1:],
            "se": found.se[1:], "pvalue": found.pvalues()[1:], "clusters": found.clusters,
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
            rows = rows_of([target], sorting, context, FEWEST)
            reasons += rows.reasons
            table = _means(rows, target)
            planned = _planned(weights, table["group"])
            own, told = (
                _contrast(hypothesis, rows, sorting, target, planned)
                if planned
                else _all_at_once(hypothesis, rows, sorting, target)
            )
            findings.append(own)
            reasons += told
            if weights and not planned:
                reasons.append(Reason("contrast_not_met", {"words": tuple(weights)}))
            elif weights is not hypothesis.contrast and (unmet := _unmet(weights, table["group"])):
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


def _design(rows: Rows) -> tuple[np.ndarray, list[str]]:
    code, names = pd.factorize(rows.frame[rows.by], sort=True)
    return np.eye(len(names))[code], [str(name) for name in names]


def _means(rows: Rows, target: str) -> pd.DataFrame:
    """Mean of each category with an interval, the same people's other rows taken into account."""
    X, names = _design(rows)
    found = cluster_robust(rows.frame[target].to_numpy(float), X, rows.frame[PERSON].to_numpy())
    return pd.DataFrame(
        {
            "group": names, "n": X.sum(axis=0).astype(int), "mean": found.coef,
            "ci_lower": found.coef - 1.959964 * found.se, "ci_upper": found.coef + 1.959964 * found.se,
        }
    )  # fmt: skip


def _planned(weights: Mapping[str, float], groups: Sequence[str]) -> dict[str, float]:
    """Weigh the categories whose names hold a word, so that each side of the contrast adds up to one."""
    found = {
        name: weight
        for name in groups
        for word, weight in weights.items()
        if word.casefold() in str(name).casefold()
    }
    sides = {sign: sum(abs(w) for w in found.values() if w * sign > 0) for sign in (1, -1)}
    if not all(sides.values()):
        return {}
    return {name: w / sides[1 if w > 0 else -1] for name, w in found.items()}


def _unmet(words: Iterable[str], groups: Sequence[str]) -> tuple[str, ...]:
    """Words that no category bears in its name."""
    names = [str(name).casefold() for name in groups]
    return tuple(word for word in words if not any(word.casefold() in name for name in names))


def _contrast(
    hypothesis: Hypothesis, rows: Rows, sorting: str, target: str, planned: Mapping[str, float]
) -> tuple[Finding, list[Reason]]:
    names = {side: tuple(n for n, w in planned.items() if w * side > 0) for side in (1, -1)}
    reasons = [Reason("planned_categories", {"higher": names[1], "lower": names[-1]})]
    repeated = bool(rows.frame[PERSON].duplicated().any())
    yes_no = repeated and log_odds.is_yes_no(rows, target, fixed=True)
    if yes_no:
        c = log_odds.contrast(rows, target, planned)
        reasons.append(Reason("on_log_odds", {"targets": (target,)}))
    elif repeated:
        model = mixed_model(rows.frame, target, [], [PERSON], categories=rows.by)
        c = model.contrast({f"{rows.by} {name}": weight for name, weight in planned.items()})
    if repeated:
        estimate, se, p, lower, upper = c.estimate, c.se, c.pvalue, c.ci_lower, c.ci_upper
    else:
        from coprod_measure.structure.methods.contrasts import contrasts

        plan: dict[object, float] = dict(planned.items())
        row = contrasts(rows.frame, target, [rows.by], planned={"planned": plan}).table().iloc[0]
        estimate, se, p, lower, upper = (
            float(row[name]) for name in ("estimate", "se", "pvalue", "ci_lower", "ci_upper")
        )
        if not se > 0:
            raise DataError(
                f"everybody in the categories of its contrast gave the same answer to {target}",
                code="constant-group",
            )
    finding = Finding(
        hypothesis=hypothesis.id, source=sorting, target=target, expected=1,
        measure=LOG_ODDS if yes_no else GAP, model="contrast",
        respondents=rows.respondents, n=len(rows.frame), estimate=estimate, se=se, ci_lower=lower,
        ci_upper=upper, pvalue=p, direction=1 if estimate > 0 else -1,
    )  # fmt: skip
    return finding, reasons


def _all_at_once(
    hypothesis: Hypothesis, rows: Rows, sorting: str, target: str
) -> tuple[Finding, list[Reason]]:
    X, names = _design(rows)
    y = rows.frame[target].to_numpy(float)
    found = cluster_robust(y, X, rows.frame[PERSON].to_numpy())
    L = np.eye(len(names))[1:] - np.eye(len(names))[0]
    test = found.joint(L)
    eta2 = 1 - float(((y - X @ found.coef) ** 2).sum() / ((y - y.mean()) ** 2).sum())
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
        table, _ = best_group(rows.frame, target, rows.random, rows.by, seed=context.draws.seed)
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
    rows = rows_of(targets, sorting, context, FEWEST)
    kept = [id_ for id_ in targets if rows.frame[id_].std() > 0]
    if len(kept) < 2:
        raise DataError("a profile needs two outcomes that vary")
    values = rows.frame[kept].to_numpy(float)
    z = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    centred = z - z.mean(axis=1, keepdims=True)
    X, names = _design(rows)
    who = rows.frame[PERSON].to_numpy()
    k = len(kept) - 1
    # One outcome less than there are: what is taken from its own mean adds up to zero.
    stacked = np.kron(np.eye(k), X)
    found = cluster_robust(centred[:, :k].T.ravel(), stacked, np.tile(who, k))
    gap = np.eye(len(names))[1:] - np.eye(len(names))[0]
    test = found.joint(np.kron(np.eye(k), gap))
    fitted = X @ np.linalg.lstsq(X, centred, rcond=None)[0]
    share = float((fitted**2).sum() / (centred**2).sum())
    means = pd.DataFrame(
        {
            "group": np.repeat(names, len(kept)), "target": kept * len(names),
            "mean": (np.linalg.pinv(X) @ values).ravel(), "apart": (np.linalg.pinv(X) @ centred).ravel(),
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
        KIND, findings, context.level, reasons=_once([*reasons, Reason("most_is_half")]), tables=tables
    )


def _once(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    found: list[Reason] = []
    for one in reasons:
        if one not in found:
            found.append(one)
    return tuple(found)
