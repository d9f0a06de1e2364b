"""Experiments: what the arms that people were assigned to do, by contrasts that were planned beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import pandas as pd
from pydantic import Field

from coprod_measure.errors import DataError
from coprod_measure.structure.arm_contrasts import compare
from coprod_measure.structure.conditional_indirect import bent_chain, outcome_of
from coprod_measure.structure.design import arms_of
from coprod_measure.structure.evidence import (
    COHENS_D,
    Context,
    Evidence,
    Finding,
    Kind,
    KindOptions,
    KindResult,
    Reason,
    as_claimed,
    by_weakest,
)
from coprod_measure.structure.methods.contrasts import THIN, Cell
from coprod_measure.structure.regression import SIGNS, one_by_one, scores, variables_of
from coprod_measure.theory.definition import Hypothesis

WORDS = {
    "many_arms": "at most two factors can bend an effect of arms, it names {found}",
    "unmoderated_chain": "a chain from arms to outcome is tested by what bends it, and it names nothing",
    "experiment_failed": "its arms could not be compared: {error}",
    "planned": "by the contrast of {arms}",
    "planned_at": "by the contrast of {arms} where {factor} is “{level}”",
    "within_persons": "each person saw several arms of {factors}: contrasts are taken within persons",
    "first_row": "people with several rows count by their first",
    "thin_arms": "fewer than {least} people in {cells}",
    "not_manipulated": "the arms of {factor} did not raise its own measure (d = {d:.2f}, {p:p})",
    "share_of_first": "shares of {target} add up to the same for all: {item} is the outcome",
    "arms_adjusted": "{target} adjusted for {controls}; without that d = {d:.2f}, {p:p}",
    "controls_unanswered": "{lost} of {of:person|people} did not answer {controls} and count without "
    "them only",
    "slopes_differ": "slopes of {controls} differ between arms ({slopes:p}): at their means, with slopes of "
    "each arm's own, d = {d:.2f}, {p:p}",
    "controls_moved": "{controls} differ between arms: if the arms moved them, holding them constant takes "
    "part of the effect away",
    "bends": "the bend of the {step} step of the indirect effect by {factors}",
}


class ExperimentOptions(KindOptions):
    """Which contrasts were planned."""

    contrasts: dict[str, dict[int, float]] = Field(
        {}, description="Construct to weights of its codes; the last arm against the first when left out"
    )
    at: dict[str, int] = Field(
        {}, description="Construct to the code at which an effect of two other factors is judged; its lowest"
    )


def recognises(hypothesis: Hypothesis, context: Context) -> bool:
    """Whether all that a claim sets is arms of an experiment."""
    factors = (*hypothesis.sources, *hypothesis.moderators)
    return (
        hypothesis.level in ("direct", "moderated", "mediated")
        and len(hypothesis.sources) == 1
        and all(arms_of(context.clean, id_) for id_ in factors)
    )


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say what was not asked, or that the claim is no contrast."""
    for step in hypothesis.steps:
        if not variables_of(step, context):
            return Reason("not_measured", {"constructs": step})
    if not variables_of(hypothesis.targets, context):
        return Reason("not_measured", {"constructs": hypothesis.targets})
    if len(hypothesis.moderators) > 2:
        return Reason("many_arms", {"found": len(hypothesis.moderators)})
    return Reason("unmoderated_chain") if hypothesis.via and not hypothesis.moderators else None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Test the planned contrast of each outcome, or what bends the indirect effect."""
    return one_by_one(hypotheses, context, _evidence, "Experiment", "experiment_failed")


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    checks, reasons = _manipulation(hypothesis, context)
    if hypothesis.via:
        findings, tables, own = _chain(hypothesis, context)
    else:
        findings, tables, own = _contrasts(hypothesis, context)
    tables |= {"manipulation": checks} if len(checks) else {}
    return by_weakest(KIND.name, findings, context.level, reasons=(*own, *reasons), tables=tables)


def _options(context: Context) -> ExperimentOptions:
    given = context.options.get(KIND.name)
    return given if isinstance(given, ExperimentOptions) else ExperimentOptions()


def _labels(id_: str, context: Context) -> dict[float, str]:
    scale = context.clean.instrument.scale_of(arms_of(context.clean, id_) or "")
    if scale is None:
        raise DataError(f"the arms of {id_} have no names", cure="Give its item of the design a scale")
    labels = next(iter(scale.labels.values()), [str(code) for code in scale.codes])
    return dict(zip(map(float, scale.codes), labels, strict=True))


def _arms(factors: Sequence[str], outcomes: Sequence[str], context: Context) -> pd.DataFrame:
    """Arms and outcomes of those who have all of them, with ``person``; each factor has two arms."""
    seen = scores(outcomes, context).frame
    columns = {id_: context.clean.frame[arms_of(context.clean, id_)] for id_ in factors}
    frame = seen.assign(**columns).dropna()
    for id_ in factors:
        if frame[id_].nunique() < 2:
            raise DataError(f"everybody was in the same arm of {id_}", cure="An experiment needs two")
    return frame.assign(person=context.clean.about["respondent"].astype(str))


def _weights(factor: str, present: Sequence[float], context: Context) -> dict[float, float]:
    given = _options(context).contrasts.get(factor)
    if given is None:
        return {present[-1]: 1.0, present[0]: -1.0}
    if abs(sum(given.values())) > 1e-9:
        raise DataError(f"the weights of {factor} do not add up to zero", cure="Correct its contrast")
    return {float(code): weight for code, weight in given.items()}


def _plan(
    factors: Sequence[str], frame: pd.DataFrame, context: Context
) -> tuple[dict[str, dict[Cell, float]], Reason]:
    """Weights by cell: ``planned`` is judged; the same at each arm of the first moderator stands beside."""
    levels = {id_: sorted(map(float, frame[id_].unique())) for id_ in factors}
    names = {id_: _labels(id_, context) for id_ in factors}
    own = {id_: _weights(id_, levels[id_], context) for id_ in factors}
    source, *moderators = factors
    sides = " by ".join(
        f"{id_} "
        + " against ".join(
            f"“{'/'.join(names[id_].get(code, f'{code:g}') for code, w in own[id_].items() if w * turn > 0)}”"
            for turn in (1, -1)
        )
        for id_ in ([source] if not moderators else [source, moderators[-1]])
    )

    def cells(fixed: Mapping[str, float]) -> dict[Cell, float]:
        sets = [{fixed[id_]: 1.0} if id_ in fixed else own[id_] for id_ in factors]
        found: dict[Cell, float] = {}
        for cell in product(*sets):
            weight = 1.0
            for part, code in zip(sets, cell, strict=True):
                weight *= part[code]
            found[cell] = weight
        return found

    if not moderators:
        return {"planned": cells({})}, Reason("planned", {"arms": sides})
    first = moderators[0]
    simple = {names[first].get(code, f"{code:g}"): cells({first: code}) for code in levels[first]}
    if len(moderators) == 1:
        return {"planned": cells({}), **simple}, Reason("planned", {"arms": sides})
    at = float(_options(context).at.get(first, levels[first][0]))
    label = names[first].get(at, f"{at:g}")
    rest = {name: plan for name, plan in simple.items() if name != label}
    why = Reason("planned_at", {"arms": sides, "factor": first, "level": label})
    return {"planned": cells({first: at}), **rest}, why


def _held(target: str, factors: Sequence[str], frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Give the controls of an outcome, but what the arms and their own questions say already."""
    items = [item for one in variables_of([target, *factors], context) for item in one.items]
    arms = [arms_of(context.clean, id_) or "" for id_ in factors]
    names = context.controls.of(target, frame.index, [*items, *arms])
    return context.controls.columns(names, frame.index)


def _contrasts(
    hypothesis: Hypothesis, context: Context
) -> tuple[list[Finding], dict[str, pd.DataFrame], list[Reason]]:
    factors = [*hypothesis.sources, *hypothesis.moderators]
    names = {id_: _labels(id_, context) for id_ in factors}
    findings, cells, tables, slopes, effects, reasons = [], [], [], [], [], []
    for target in (id_ for id_ in hypothesis.targets if variables_of((id_,), context)):
        frame = _arms(factors, [target], context)
        frame[target], share = outcome_of(target, frame, context)
        plan, why = _plan(factors, frame, context)
        held = _held(target, factors, frame, context)
        found = compare(factors, target, frame.join(held), plan, [*held.columns])
        plain = found.plain
        reasons += [why, *([share] if share else [])]
        if plain.within:
            reasons.append(Reason("within_persons", {"factors": plain.within}))
        own = found.cells()
        order = (*plain.between, *plain.within)
        label = own[list(order)].apply(
            lambda row: " / ".join(names[id_].get(float(row[id_]), str(row[id_])) for id_ in factors), axis=1
        )
        own = pd.DataFrame({"target": target, "cell": label}).join(own.drop(columns=[*order]))
        if own["thin"].any():
            reasons.append(Reason("thin_arms", {"least": THIN, "cells": tuple(own.loc[own["thin"], "cell"])}))
        table = found.contrasts(beside=not context.verdicts_only)
        findings.append(_finding(hypothesis, target, table.iloc[0], int(own["n"].sum())))
        cells.append(own)
        tables.append(table.assign(target=target))
        if found.adjusted is not None and not context.verdicts_only:
            slopes.append(found.adjusted.slopes().assign(target=target))
        reasons += found.reasons(target, slopes[-1] if slopes else pd.DataFrame(), context)
        if not plain.within and len(plain.groups) > 2:
            effects.append(found.anova().assign(target=target))
    shown = {"cells": cells, "contrasts": tables, "covariates": slopes, "anova": effects}
    unique = {(one.code, str(one.fields)): one for one in reasons}
    return (
        findings,
        {name: pd.concat(parts, ignore_index=True) for name, parts in shown.items() if parts},
        list(unique.values()),
    )


def _finding(hypothesis: Hypothesis, target: str, row: pd.Series, n: int) -> Finding:
    expected = SIGNS[hypothesis.sign]
    d = float(row["d"])
    return Finding(
        hypothesis=hypothesis.id, source=" x ".join((*hypothesis.sources, *hypothesis.moderators)),
        target=target, expected=expected, measure=COHENS_D, model="arms", n=n, estimate=d,
        se=abs(d / float(row["t"])) if row["t"] else float("nan"), ci_lower=float(row["d_lower"]),
        ci_upper=float(row["d_upper"]), pvalue=float(row["pvalue"]),
        direction=as_claimed(d, expected),
    )  # fmt: skip


def _manipulation(hypothesis: Hypothesis, context: Context) -> tuple[pd.DataFrame, list[Reason]]:
    """Contrast each factor's own measure between its arms, where it was asked."""
    rows, reasons = [], []
    for id_ in (*hypothesis.sources, *hypothesis.moderators):
        if not variables_of((id_,), context):
            continue
        frame = _own_measure(id_, context)
        own = _weights(id_, sorted(map(float, frame["arm"].unique())), context)
        plan: dict[str, dict[Cell, float]] = {"planned": {(code,): weight for code, weight in own.items()}}
        row = compare(["arm"], "measure", frame, plan).plain.table().iloc[0]
        rows.append({"factor": id_, **row[["estimate", "t", "df", "pvalue", "d"]].to_dict()})
        if row["d"] <= 0 or row["pvalue"] >= context.level:
            told = {"factor": id_, "d": float(row["d"]), "p": float(row["pvalue"])}
            reasons.append(Reason("not_manipulated", told))
    return pd.DataFrame(rows), reasons


def _own_measure(id_: str, context: Context) -> pd.DataFrame:
    seen = scores([id_], context).frame.rename(columns={id_: "measure"})
    people = context.clean.about["respondent"].astype(str)
    frame = seen.assign(arm=context.clean.frame[arms_of(context.clean, id_)], person=people).dropna()
    if frame["arm"].nunique() < 2 or not frame["measure"].std() > 0:
        raise DataError(f"arms or measure of {id_} do not vary")
    return frame


def _chain(
    hypothesis: Hypothesis, context: Context
) -> tuple[list[Finding], dict[str, pd.DataFrame], list[Reason]]:
    """Test by how much each moderator bends the indirect effect, the other moderators held constant."""
    factors = [*hypothesis.sources, *hypothesis.moderators]
    mediators = [id_ for id_ in hypothesis.mediators if variables_of((id_,), context)]
    step = context.theory.bent_step(hypothesis)
    findings, tables, reasons = [], [], [Reason("bends", {"factors": hypothesis.moderators, "step": step})]
    one_row, several = context.clean.one_row_a_person()
    reasons += [Reason("first_row")] if several else []
    targets = [id_ for id_ in hypothesis.targets if variables_of((id_,), context)]
    for mediator, target in product(mediators, targets):
        frame = _arms(factors, [mediator, target], context)
        frame = frame.loc[frame.index.intersection(one_row.frame.index)]
        for id_ in (mediator, target):
            frame[id_], share = outcome_of(id_, frame, context)
            reasons += [share] if share and share not in reasons else []
        for moderator in hypothesis.moderators:
            finding, table = bent_chain(hypothesis, mediator, target, moderator, frame, context)
            findings.append(finding)
            names = _labels(moderator, context)
            values = table["moderator"].dropna()
            # Values about the mean of three arms or more are nobody's arm.
            table = table if set(values) <= set(names) else table.iloc[:1]
            arms = [names.get(value, "") for value in table["moderator"]]
            tables.append(table.rename(columns={"moderator": "at"}).assign(group=arms))
    return findings, {"indirect": pd.concat(tables, ignore_index=True)}, reasons


KIND = Kind(
    name="experiments",
    levels=("direct", "moderated", "mediated"),
    run=run,
    why_not=why_not,
    recognises=recognises,
    words=WORDS,
    takes_clusters=True,
    takes_controls=True,
    options=ExperimentOptions,
    takes_names=lambda _, __: ("source", "moderator"),
)
