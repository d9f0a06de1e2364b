"""What an outcome cannot do without: necessary condition analysis on scale means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from coprod_measure.errors import CoprodError, DataError
from coprod_measure.structure.averages import wald_p
from coprod_measure.structure.claims import scope_of
from coprod_measure.structure.effects import draw_structure, effect_of, percentile_interval
from coprod_measure.structure.evidence import (
    FEWEST_PEOPLE,
    Beside,
    Context,
    Evidence,
    Finding,
    Kind,
    KindOptions,
    KindResult,
    Reason,
    by_weakest,
)
from coprod_measure.structure.methods.necessity import Necessity, necessity
from coprod_measure.structure.regression import (
    SIGNS,
    Scores,
    latent_regression,
    one_by_one,
    scores,
    variables_of,
)
from coprod_measure.theory.definition import Hypothesis

EFFECT = "necessity_d"
JUDGED_BY = "ce_fdh"
_FEWEST_ITEMS = 3
_SHOWN = 5
"""Respondents whose weight on a ceiling is told."""
Ends = dict[str, tuple[float, float]]
WORDS = {
    "necessity_failed": "its necessity analysis could not be done: {error}",
    "no_ceiling": "no corner of {condition} and {target} is empty",
    "few_factor_scores": "not on factor scores: {n:respondent} answered every question, {needed} are needed",
    "on_factor_scores": "on factor scores {condition} for {target} has d = {d:.2f}, {p:p}",
    "no_regression": "no regression of {target} beside it: {error}",
    "no_scale": "the range is the observed one: {construct} is no mean of answers on a scale",
    "necessity_beside": "as a necessary condition {condition} for {target} has d = {d:.2f}, {p:p}",
}


class NecessityOptions(KindOptions):
    """Permutations of the test, the scope of scale means, and claims beside whose own test it stands."""

    permutations: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    scope: Literal["observed", "scale"] = Field(
        "observed",
        description="observed: lowest to highest mean that occurs; scale: all that could be answered",
    )
    beside: tuple[str, ...] = Field((), description="Ids of direct claims of a positive effect")


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say which condition or outcome was not asked."""
    dark = scope_of(hypothesis, context.theory, context.clean).dark
    return Reason("not_measured", {"constructs": dark}) if dark else None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Draw the ceilings of every condition and target."""
    return one_by_one(hypotheses, context, _evidence, "Necessary conditions", "necessity_failed")


def beside(hypotheses: Sequence[Hypothesis], context: Context) -> dict[str, Beside]:
    """Ask of direct claims that the options name whether their causes are necessary too."""
    named = _options(context).beside
    found: dict[str, Beside] = {}
    for one in hypotheses:
        if one.id not in named or one.level == "necessity":
            continue
        try:
            evidence = _evidence(one, context)
        except CoprodError as error:
            found[one.id] = {}, (Reason("necessity_failed", {"error": error.in_one_line}),)
            continue
        told = tuple(
            Reason("necessity_beside", _numbers(row.source, row.target, row.estimate, row.pvalue))
            for row in evidence.findings
        )
        found[one.id] = evidence.tables, told
    return found


def _options(context: Context) -> NecessityOptions:
    options = context.options.get(KIND.name)
    return options if isinstance(options, NecessityOptions) else NecessityOptions()


def _numbers(condition: str, target: str, effect: float, p: float) -> dict[str, str | float]:
    return {"condition": condition, "target": target, "d": effect, "p": p}


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    conditions = [id_ for id_ in hypothesis.sources if variables_of((id_,), context)]
    targets = [id_ for id_ in hypothesis.targets if variables_of((id_,), context)]
    seen = scores([*conditions, *targets], context)
    only = context.verdicts_only
    factors = None if only else _factor_scores([*conditions, *targets], seen, context)
    ends, reasons = _ends([*conditions, *targets], context)
    findings, ceilings, points, needs, latent, outliers, beside = [], [], [], [], [], [], []
    for target in targets:
        found = _analysed(hypothesis, seen.frame, target, conditions, context, ends)
        table = found.table()
        ceilings.append(table.assign(target=target, n=found.n, stated=ends is not None))
        if not only:
            needs.append(found.bottleneck("cr_fdh").reset_index(names="level").assign(target=target))
            points += [found.points(one).assign(condition=one, target=target) for one in conditions]
            outliers += [_outliers(found, one, seen.frame) for one in conditions]
            try:
                beside.append(_regression(conditions, target, context))
            except CoprodError as error:
                reasons.append(Reason("no_regression", {"target": target, "error": error.in_one_line}))
        for row in table[table["ceiling"] == JUDGED_BY].itertuples():
            if not row.effect > 0:
                reasons.append(Reason("no_ceiling", {"condition": str(row.condition), "target": target}))
            findings.append(
                Finding(
                    hypothesis=hypothesis.id, source=str(row.condition), target=target,
                    expected=SIGNS[hypothesis.sign], measure=EFFECT, respondents=seen.respondents,
                    n=found.n, estimate=float(row.effect), pvalue=float(row.pvalue),
                    direction=1 if row.effect > 0 else 0,
                )
            )  # fmt: skip
        if factors is not None and len(factors) < FEWEST_PEOPLE:
            reasons.append(Reason("few_factor_scores", {"n": len(factors), "needed": FEWEST_PEOPLE}))
        elif factors is not None:
            own = _analysed(hypothesis, factors, target, conditions, context).table()
            latent.append(own.assign(target=target))
            reasons += [
                Reason("on_factor_scores", _numbers(str(row.condition), target, row.effect, row.pvalue))
                for row in own[own["ceiling"] == JUDGED_BY].itertuples()
            ]
    tables = {
        "ceilings": ceilings, "points": points, "bottleneck": needs, "factor_ceilings": latent,
        "ceiling_outliers": outliers, "necessity_regression": beside,
    }  # fmt: skip
    whole = {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items() if parts}
    return by_weakest(KIND.name, findings, context.level, reasons=reasons, tables=whole)


def _analysed(
    hypothesis: Hypothesis,
    frame: pd.DataFrame,
    target: str,
    conditions: Sequence[str],
    context: Context,
    ends: Ends | None = None,
) -> Necessity:
    scope = {one: (*ends[one], *ends[target]) for one in conditions} if ends else None
    return necessity(
        frame, target, conditions, corner=2 if hypothesis.sign == "negative" else 1,
        ceilings=(JUDGED_BY,) if context.verdicts_only else (JUDGED_BY, "cr_fdh"),
        permutations=_options(context).permutations, seed=context.draws.seed, scope=scope,
    )  # fmt: skip


def _ends(ids: Sequence[str], context: Context) -> tuple[Ends | None, list[Reason]]:
    """Lowest and highest answer that each scale mean could have; None where what was observed counts."""
    if _options(context).scope == "observed":
        return None, []
    ends: Ends = {}
    for id_ in ids:
        own = variables_of((id_,), context)
        scales = [context.clean.instrument.scale_of(item) for one in own for item in one.items]
        if any(one.parts for one in own) or len(own) != 1 or not all(scales):
            return None, [Reason("no_scale", {"construct": id_})]
        codes = [code for scale in scales if scale for code in (min(scale.codes), max(scale.codes))]
        ends[id_] = float(sum(codes[::2])) / len(scales), float(sum(codes[1::2])) / len(scales)
    return ends, []


def _outliers(found: Necessity, condition: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Where the people stand on whom d rests most, and what it would be without each of them."""
    table = found.outliers(condition, JUDGED_BY).head(_SHOWN)
    places = frame.loc[table["row"], [condition, found.outcome]].to_numpy().reshape(-1, 2)
    return table.drop(columns="row").assign(
        condition=condition, target=found.outcome, x=places[:, 0], y=places[:, 1]
    )


def _regression(conditions: Sequence[str], target: str, context: Context) -> pd.DataFrame:
    """Regress the outcome on all conditions, latent where they are factors: what they do on average."""
    outcome, *others = variables_of((target,), context)
    if others:
        raise DataError(f"{target} is a mean of several constructs")
    predictors = [one for one in variables_of(conditions, context) if one.id != target]
    estimates, _, n = latent_regression(outcome, predictors, context)
    drawn = draw_structure(estimates, context.draws.number, context.draws.seed)
    rows = []
    for one in predictors:
        effect = effect_of(drawn, one.id, target)
        interval = percentile_interval(effect.std_draws)
        rows.append((one.id, target, n, effect.std, *interval, wald_p(effect.estimate, effect.se)))
    return pd.DataFrame(rows, columns=["condition", "target", "n", "std", "ci_lower", "ci_upper", "pvalue"])


def _factor_scores(ids: Sequence[str], seen: Scores, context: Context) -> pd.DataFrame | None:
    """Regression scores of one-factor models, where everything is a factor of three items or more."""
    from coprod_measure.fitting.models import cfa
    from coprod_measure.fitting.settled import settled

    columns = {}
    for id_ in ids:
        own = variables_of((id_,), context)
        if len(own) != 1 or not own[0].latent or len(own[0].items) < _FEWEST_ITEMS:
            return None
        items = context.clean.frame.loc[seen.frame.index, list(own[0].items)].dropna()
        try:
            fit = settled(cfa(f"{id_} =~ {' + '.join(own[0].items)}", items))
        except CoprodError:
            return None
        columns[id_] = fit.factor_scores()[id_].set_axis(items.index)
    return pd.DataFrame(columns, index=seen.frame.index).dropna()


KIND = Kind(
    name="necessity",
    levels=("necessity",),
    run=run,
    why_not=why_not,
    words=WORDS,
    beside=beside,
    options=NecessityOptions,
)
