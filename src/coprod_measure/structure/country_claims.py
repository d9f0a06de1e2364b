"""Claims about societies: countries differ in what a table says of them, or in what their people say."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as t_distribution

from coprod_measure.errors import DataError
from coprod_measure.structure.category_claims import KIND
from coprod_measure.structure.category_contrasts import GAP
from coprod_measure.structure.design import country_facts
from coprod_measure.structure.evidence import Context, Evidence, Finding, Reason, as_claimed, by_weakest
from coprod_measure.structure.interactions import SLOPE_DIFFERENCE
from coprod_measure.structure.methods.cluster_robust import cluster_robust
from coprod_measure.structure.methods.mixed_model import mixed_model
from coprod_measure.structure.methods.two_level_mediation import two_level_mediation
from coprod_measure.structure.methods.within_between import FEWEST_COUNTRIES
from coprod_measure.structure.regression import SIGNS, variables_of
from coprod_measure.structure.rows_of_people import Rows, rows_of
from coprod_measure.theory.definition import Hypothesis

COUNTRY = "country"
FEWEST = 10
"""People a country must have to be compared."""


def _rows(ids: Sequence[str], context: Context, outcome: str = "") -> Rows:
    """One row a person: facts about countries are taken along, perceptions of them averaged by country."""
    facts = [id_ for id_ in ids if id_ in country_facts(context.theory, context.clean)]
    asked = [id_ for id_ in ids if id_ not in facts]
    return rows_of(asked, COUNTRY, context, FEWEST, besides=facts, outcome=outcome)


def differences(hypothesis: Hypothesis, context: Context) -> Evidence:
    """Regress on countries where there are enough, else compare those that are there."""
    facts = country_facts(context.theory, context.clean)
    sources = [id_ for id_ in hypothesis.sources if id_ in facts or variables_of((id_,), context)]
    findings, tables = [], []
    reasons: list[Reason] = []
    for target in hypothesis.targets:
        if not variables_of((target,), context):
            continue
        rows = _rows([*sources, target], context, target)
        reasons += rows.reasons
        means = rows.frame.groupby(COUNTRY)[sources].mean()
        if means.nunique().min() < 2:
            same = [name for name in sources if means[name].nunique() < 2]
            raise DataError(f"{', '.join(same)} is the same in all countries", code="constant")
        if rows.groups < FEWEST_COUNTRIES:
            told = {"found": rows.groups, "needed": FEWEST_COUNTRIES}
            reasons += [Reason("few_countries", told), *context.without_controls()]
            own = _own_means(rows.frame, target)
            found = [_halves(hypothesis, rows, means[one], own, (one, target)) for one in sources]
        else:
            found = _slopes(hypothesis, rows, means, target)
        findings += [one for one, _ in found]
        tables += [table for _, table in found]
    said = tuple({one.code: one for one in reasons}.values())
    table = {"countries": pd.concat(tables, ignore_index=True)}
    return by_weakest(KIND, findings, context.level, reasons=said, tables=table)


def _slopes(
    hypothesis: Hypothesis, rows: Rows, means: pd.DataFrame, target: str
) -> list[tuple[Finding, pd.DataFrame]]:
    """Slopes over countries, each fact beside the others; perceptions within countries held constant."""
    between = [f"{name}_between" for name in means]
    own = {f"{name}_between": rows.frame[COUNTRY].map(means[name]) for name in means}
    varying = [name for name in means if rows.frame.groupby(COUNTRY)[name].nunique().max() > 1]
    own |= {f"{name}_within": rows.frame[name] - own[f"{name}_between"] for name in varying}
    frame = rows.frame[[target, COUNTRY, *rows.held]].assign(**own)
    names = [*between, *(f"{name}_within" for name in varying), *rows.held]
    model = mixed_model(frame, target, names, [COUNTRY])
    X = np.column_stack([np.ones(len(frame)), frame[names]])
    robust = cluster_robust(frame[target].to_numpy(float), X, frame[COUNTRY].to_numpy(), few=True)
    icc = mixed_model(frame, target, [], [COUNTRY]).shares()["icc"].iloc[0]
    found = []
    for k, source in enumerate(means):
        c = model.contrast({f"{source}_between": 1})
        unit = float(means[source].std() / rows.frame[target].std())
        finding = _finding(
            hypothesis, source, target, rows, model="slope", estimate=c.estimate, se=c.se, pvalue=c.pvalue,
            std=unit * c.estimate, ci_lower=unit * c.ci_lower, ci_upper=unit * c.ci_upper,
        )  # fmt: skip
        row = {
            "source": source, "target": target, "countries": rows.groups, "people": len(frame),
            "estimate": c.estimate, "se": c.se, "df": c.df, "pvalue": c.pvalue,
            "robust_se": robust.se[k + 1], "robust_pvalue": robust.pvalues()[k + 1], "icc": icc,
        }  # fmt: skip
        found.append((finding, pd.DataFrame([row])))
    return found


def moderation(hypothesis: Hypothesis, context: Context) -> Evidence:
    """Ask whether slopes within countries rise with a fact about them: a slope of slopes, which also vary.

    Sources are taken around the means of their countries, which are held constant (cross-level interaction:
    Enders and Tofighi 2007, *Psychological Methods* 12, 121-138). Fewer countries each have a slope of their
    own, and those of the upper half are compared with those of the lower.
    """
    findings, told_of = [], []
    reasons: list[Reason] = []
    for source, target, fact in product(hypothesis.sources, hypothesis.targets, hypothesis.moderators):
        rows = _rows([source, target, fact], context, target)
        reasons += rows.reasons
        if rows.groups < FEWEST_COUNTRIES:
            told = {"found": rows.groups, "needed": FEWEST_COUNTRIES}
            reasons += [Reason("few_countries", told), *context.without_controls()]
            facts = rows.frame.groupby(COUNTRY)[fact].mean()
            own_slopes = _own_slopes(rows.frame, source, target)
            finding, table = _halves(hypothesis, rows, facts, own_slopes, (source, target))
            findings.append(finding)
            told_of.append(table.assign(moderator=fact))
            continue
        own = rows.frame[[target, COUNTRY, *rows.held]].copy()
        mean = rows.frame.groupby(COUNTRY)[source].transform("mean")
        facts = rows.frame.groupby(COUNTRY)[fact].mean()
        own["between"], own["within"] = mean, rows.frame[source] - mean
        own["fact"] = rows.frame[COUNTRY].map((facts - facts.mean()) / facts.std())
        own["product"] = own["within"] * own["fact"]
        names = ["within", "between", "fact", "product", *rows.held]
        model = mixed_model(own, target, names, [COUNTRY], slopes={COUNTRY: ["within"]})
        c = model.contrast({"product": 1})
        unit = float(rows.frame[source].std() / rows.frame[target].std())
        finding = _finding(
            hypothesis, source, target, rows, model="slope_of_slopes", estimate=c.estimate, se=c.se,
            pvalue=c.pvalue, std=unit * c.estimate, ci_lower=unit * c.ci_lower, ci_upper=unit * c.ci_upper,
        )  # fmt: skip
        findings.append(finding)
        row = {
            "source": source, "moderator": fact, "target": target, "countries": rows.groups,
            "slope": model.contrast({"within": 1}).estimate, "estimate": c.estimate, "se": c.se, "df": c.df,
            "pvalue": c.pvalue,
        }  # fmt: skip
        told_of.append(pd.DataFrame([row]))
    said = tuple({one.code: one for one in reasons}.values())
    table = {"slope_of_slopes": pd.concat(told_of, ignore_index=True)}
    return by_weakest(KIND, findings, context.level, reasons=said, tables=table)


def _own_means(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    """Mean of each country, its squared error and the degrees of freedom of that."""
    by = frame.groupby(COUNTRY)[target]
    return pd.DataFrame({"value": by.mean(), "variance": by.var() / by.size(), "df": by.size() - 1})


def _own_slopes(frame: pd.DataFrame, source: str, target: str) -> pd.DataFrame:
    """Slope of each country by least squares, as :func:`_own_means`; none where the source does not vary."""
    by = frame.groupby(COUNTRY)
    x, y = (frame[name] - by[name].transform("mean") for name in (source, target))
    of, df = frame[COUNTRY], by.size() - 2
    squares = (x * x).groupby(of).sum()
    slope = ((x * y).groupby(of).sum() / squares)[squares > 0]
    left = ((y - of.map(slope) * x) ** 2).groupby(of).sum() / df
    return pd.DataFrame({"value": slope, "variance": left / squares, "df": df}).dropna()


def _halves(
    hypothesis: Hypothesis, rows: Rows, fact: pd.Series, own: pd.DataFrame, claim: tuple[str, str]
) -> tuple[Finding, pd.DataFrame]:
    """Compare the countries above the middle one with those below, each country counting the same.

    The claim is about countries, so that its error is that of their means or slopes (pooled t test); the
    error of the same contrast with countries fixed, which says nothing of others, stands beside.
    """
    fact = fact[own.index]
    middle = fact.median()
    if not ((fact > middle).any() and (fact < middle).any()):
        middle = (fact.max() + fact.min()) / 2
    sides = [own[fact > middle], own[fact < middle]]
    if min(map(len, sides)) == 0:
        raise DataError(f"{fact.name} is the same in all countries", code="constant")
    estimate, df = float(sides[0]["value"].mean() - sides[1]["value"].mean()), sum(map(len, sides)) - 2
    if not df:
        cause = (
            f"{len(own)} countries leave one on each side of the middle: how alike countries are is unknown"
        )
        raise DataError(cause, cure="It needs 4", code="few-countries")
    parts = pd.concat([side["variance"] / len(side) ** 2 for side in sides])
    fixed, fixed_df = float(np.sqrt(parts.sum())), parts.sum() ** 2 / (parts**2 / own["df"]).sum()
    spread = sum(float(((side["value"] - side["value"].mean()) ** 2).sum()) for side in sides)
    se = float(np.sqrt(spread / df * sum(1 / len(side) for side in sides)))
    half = float(t_distribution.ppf(0.975, df)) * se
    p = 2 * float(t_distribution.sf(abs(estimate) / se, df))
    source, target = claim
    slopes = source != fact.name
    finding = _finding(
        hypothesis, source, target, rows, measure=SLOPE_DIFFERENCE if slopes else GAP,
        model="halves_of_slopes" if slopes else "halves", estimate=estimate, se=se, pvalue=p,
        ci_lower=estimate - half, ci_upper=estimate + half,
    )  # fmt: skip
    table = {
        "source": source, "target": target, "countries": len(own), "people": len(rows.frame),
        "higher": ", ".join(map(str, sides[0].index)), "lower": ", ".join(map(str, sides[1].index)),
        "estimate": estimate, "se": se, "df": df, "pvalue": p, "fixed_se": fixed,
        "fixed_pvalue": 2 * float(t_distribution.sf(abs(estimate) / fixed, fixed_df)),
    }  # fmt: skip
    return finding, pd.DataFrame([table])


def _finding(hypothesis: Hypothesis, source: str, target: str, rows: Rows, **numbers: Any) -> Finding:
    expected = SIGNS[hypothesis.source_signs.get(source, hypothesis.sign)]
    return Finding(
        hypothesis=hypothesis.id, source=source, target=target, expected=expected,
        respondents=rows.respondents, n=len(rows.frame),
        direction=as_claimed(numbers["estimate"], expected), **numbers,
    )  # fmt: skip


def mediation(hypothesis: Hypothesis, context: Context) -> Evidence:
    """Carry a fact about countries through what their people (or the countries) are like."""
    facts = country_facts(context.theory, context.clean)
    carriers = [id_ for id_ in hypothesis.mediators if id_ in facts or variables_of((id_,), context)]
    findings, tables = [], []
    reasons: list[Reason] = []
    for source in hypothesis.sources:
        for target in hypothesis.targets:
            rows = _rows([source, *carriers, target], context)
            if rows.groups < FEWEST_COUNTRIES:
                cause = f"{rows.groups} countries are too few for a path between them"
                raise DataError(cause, cure=f"It needs {FEWEST_COUNTRIES}", code="few-countries")
            reasons += rows.reasons
            frame = rows.frame
            if source not in facts:
                frame = frame.assign(**{source: frame.groupby(COUNTRY)[source].transform("mean")})
            found = two_level_mediation(
                frame, source, carriers, target, by=COUNTRY, draws=context.draws.number,
                seed=context.draws.seed,
            )  # fmt: skip
            whole = found.of("indirect")
            finding = _finding(
                hypothesis, source, target, rows, model=found.design, via=(tuple(carriers),),
                estimate=float(whole["est"]), se=float(whole["se"]), pvalue=float(whole["pvalue"]),
                **_standardised(whole, frame, source, target),
            )  # fmt: skip
            findings.append(finding)
            tables.append(found.effects.assign(source=source, target=target, design=found.design))
    said = tuple({one.code: one for one in (*reasons, *context.without_controls())}.values())
    table = {"two_levels": pd.concat(tables, ignore_index=True)}
    return by_weakest(KIND, findings, context.level, reasons=said, tables=table)


def _standardised(effect: pd.Series, frame: pd.DataFrame, source: str, target: str) -> dict[str, float]:
    """In standard deviations of the cause between countries and of the outcome between people."""
    unit = float(frame.groupby(COUNTRY)[source].first().std() / frame[target].std())
    names = {"std": "est", "ci_lower": "ci_lower", "ci_upper": "ci_upper"}
    return {ours: unit * float(effect[theirs]) for ours, theirs in names.items()}
