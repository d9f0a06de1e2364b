"""What an outcome cannot do without: necessary condition analysis on scale means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import pandas as pd
from pydantic import Field

from coprod_measure.errors import CoprodError
from coprod_measure.structure.claims import scope_of
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
from coprod_measure.structure.regression import SIGNS, Scores, one_by_one, scores, variables_of
from coprod_measure.theory.definition import Hypothesis

EFFECT = "necessity_d"
JUDGED_BY = "ce_fdh"
_FEWEST_ITEMS = 3
WORDS = {
    "necessity_failed": "its necessity analysis could not be done: {error}",
    "no_ceiling": "no corner of {condition} and {target} is empty",
    "few_factor_scores": "not on factor scores: {n:respondent} answered every question, {needed} are needed",
    "on_factor_scores": "on factor scores {condition} for {target} has d = {d:.2f}, {p:p}",
    "necessity_beside": "as a necessary condition {condition} for {target} has d = {d:.2f}, {p:p}",
}


class NecessityOptions(KindOptions):
    """Permutations of the test, and claims beside whose own test it stands."""

    permutations: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
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
    findings, reasons, ceilings, points, needs, latent = [], [], [], [], [], []
    for target in targets:
        found = _analysed(hypothesis, seen.frame, target, conditions, context)
        table = found.table()
        ceilings.append(table.assign(target=target, n=found.n))
        if not only:
            needs.append(found.bottleneck("cr_fdh").reset_index(names="level").assign(target=target))
            points += [found.points(one).assign(condition=one, target=target) for one in conditions]
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
    tables = {"ceilings": ceilings, "points": points, "bottleneck": needs, "factor_ceilings": latent}
    whole = {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items() if parts}
    return by_weakest(KIND.name, findings, context.level, reasons=reasons, tables=whole)


def _analysed(
    hypothesis: Hypothesis, frame: pd.DataFrame, target: str, conditions: Sequence[str], context: Context
) -> Necessity:
    return necessity(
        frame, target, conditions, corner=2 if hypothesis.sign == "negative" else 1,
        ceilings=(JUDGED_BY,) if context.verdicts_only else (JUDGED_BY, "cr_fdh"),
        permutations=_options(context).permutations, seed=context.draws.seed,
    )  # fmt: skip


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
