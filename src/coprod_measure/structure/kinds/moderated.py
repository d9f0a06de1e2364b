"""Effects that depend on something: latent interactions, paths by group, planned contrasts of arms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Annotated

import pandas as pd
from pydantic import Field

from coprod_measure.errors import CoprodError, DataError, counted
from coprod_measure.structure.design import groups_of
from coprod_measure.structure.evidence import (
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
from coprod_measure.structure.regression import SIGNS, one_by_one, scores, variables_of
from coprod_measure.structure.variables import Variable, weighed_by
from coprod_measure.theory.definition import Hypothesis

if TYPE_CHECKING:
    from coprod_measure.structure.interactions import Interaction

FEWEST = 40
"""Respondents from which a bent indirect effect is estimated."""
WORDS = {
    "bent_by_scores": "on scale means, unreliability not taken off: the bend of the {step} "
    "step of the indirect effect by {factors}",
    "no_moderator": "it names nothing that its effect depends on",
    "moderator_not_asked": "what the effect depends on was not asked: {constructs}",
    "many_moderators": "its effect depends on {found} things at once; two are the most that are tested",
    "constant_moderator": "the parts of {moderator} share out a fixed total: their mean moderates nothing",
    "yes_no_outcome": "{construct} is a yes/no answer, whose moderated effect is not tested",
    "moderation_failed": "its interaction could not be estimated: {error}",
    "interaction_by_sam": "latent interaction of {source} and {moderator}, structural after measurement",
    "interaction_by_groups": "path of {source} in {of:group} of {moderator}, equal loadings",
    "interaction_by_arms": "contrast of the arms of {source} and {moderator}",
    "interaction_by_scores": "on scale means, unreliability not taken off: {moderator}",
    "not_invariant": "loadings differ between the groups of {moderator} (CFI falls by {delta:.3f}): slopes "
    "have no common unit",
    "partly_invariant": "not all loadings are equal between the groups of {moderator} (CFI falls by "
    "{delta:.3f}); those that differ are free: {loadings}",
    "interaction_where_low": "how {moderator} bends the effect where {condition} is low, on scale means",
    "metric_unknown": "whether loadings are equal over {moderator} could not be seen: {error}",
    "second_opinion": "by product indicators {estimate:.2f}, {pvalue:p}",
    "no_second_opinion": "no second opinion by product indicators: {error}",
    "weighted_values": "{of:facet} of values weighed by {moderator}, on scale means: without the weights R² "
    "{r2:.2f}, the weighted sum adds {more:.3f}; facets differ in it, {p:p}",
    "values_not_asked": "what {moderator} weighs was not asked: {values}",
    "thin_moderator": "groups of {moderator} left out for fewer than {fewest} respondents: {groups}",
}


class ModeratedOptions(KindOptions):
    """Whether product indicators are asked too, and the fall in CFI that unequal loadings may cost."""

    second_opinion: bool = True
    delta_cfi: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.01


def recognises(hypothesis: Hypothesis, _: Context) -> bool:
    """Whether an effect, direct or through something, is claimed to depend on something else."""
    mediated = hypothesis.level == "mediated" and len(hypothesis.via) == 1
    return hypothesis.level == "moderated" or (mediated and bool(hypothesis.moderators))


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say which part was not asked, or cannot moderate."""
    if not hypothesis.moderators:
        return Reason("no_moderator")
    if len(hypothesis.moderators) > 2:
        return Reason("many_moderators", {"found": len(hypothesis.moderators)})
    weighed = weighed_by(hypothesis.moderators, context.clean)
    for ids in (hypothesis.targets, () if weighed else hypothesis.sources):
        if ids and not variables_of(ids, context):
            return Reason("not_measured", {"constructs": ids})
    dark = tuple(
        id_
        for id_ in hypothesis.moderators
        if not variables_of((id_,), context) and groups_of(id_, context) is None
    )
    if dark:
        return Reason("moderator_not_asked", {"constructs": dark})
    for one in () if weighed else variables_of(hypothesis.moderators, context):
        if values := [name for item in one.items for name in context.clean.instrument.items[item].weighs]:
            return Reason("values_not_asked", {"moderator": one.id, "values": tuple(values)})
        if _constant_sum(one, context):
            return Reason("constant_moderator", {"moderator": one.id})
    yes_no = [one.id for one in variables_of(hypothesis.targets, context) if one.binary]
    return Reason("yes_no_outcome", {"construct": yes_no[0]}) if yes_no else None


def _takes_names(hypothesis: Hypothesis, context: Context) -> tuple[str, ...]:
    """Sides that may be groups: of one moderator of one effect."""
    alone = len(hypothesis.moderators) == 1 and not hypothesis.via
    by_groups = alone and groups_of(hypothesis.moderators[0], context) is not None
    return ("source", "moderator") if by_groups else ()


def _together(hypothesis: Hypothesis, context: Context) -> list[tuple[str, ...]]:
    """Give what the same people must have answered; values that weights name are parts of a construct."""
    weighed = weighed_by(hypothesis.moderators, context.clean)
    sources = ((),) if weighed else tuple((one.id,) for one in variables_of(hypothesis.sources, context))
    steps = (*hypothesis.mediators, *hypothesis.moderators)
    return [(*source, *steps, target) for source in sources for target in hypothesis.targets]


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Test each interaction that a hypothesis names; the least certain decides."""
    return one_by_one(hypotheses, context, _either, "Moderated effect", "moderation_failed")


def _either(hypothesis: Hypothesis, context: Context) -> Evidence:
    moderator = groups_of(hypothesis.moderators[0], context)
    by_groups = moderator is not None and groups_of(hypothesis.sources[0], context) is None
    if by_groups and len(hypothesis.moderators) == 1 and not hypothesis.via:
        return _evidence(hypothesis, context)
    apart, told = context.of_independent_rows()
    found = (_bent if hypothesis.via else _evidence)(hypothesis, apart)
    return replace(found, reasons=(*found.reasons, *told))


def _constant_sum(variable: Variable, context: Context) -> bool:
    """Whether its questions share out a fixed total, so that their mean is the same for all."""
    items = [context.clean.instrument.items[name] for name in variable.items]
    return (
        not variable.latent
        and len(items) > 1
        and all(item.kind == "number" and item.minimum == 0 and item.maximum == 100 for item in items)
    )


def _bent(hypothesis: Hypothesis, context: Context) -> Evidence:
    """Test by how much each moderator bends each indirect effect, on scale means."""
    from coprod_measure.structure.conditional_indirect import bent_chain, outcome_of

    findings, tables = [], []
    step = context.theory.bent_step(hypothesis)
    reasons = {"": Reason("bent_by_scores", {"factors": hypothesis.moderators, "step": step})}
    for mediator, target in product(hypothesis.mediators, hypothesis.targets):
        names = [*hypothesis.sources[:1], *hypothesis.moderators, mediator, target]
        frame = scores(names, context).frame.dropna()
        if len(frame) < FEWEST:
            raise DataError(
                f"{counted(len(frame), 'respondent')} answered all of it", cure=f"Collect {FEWEST} or more"
            )
        for id_ in (mediator, target):
            frame[id_], share = outcome_of(id_, frame, context)
            reasons |= {id_: share} if share else {}
        for moderator in hypothesis.moderators:
            finding, table = bent_chain(hypothesis, mediator, target, moderator, frame, context)
            findings.append(replace(finding, model="scores"))
            tables.append(table.rename(columns={"moderator": "at"}).assign(group=""))
    whole = {"bent_indirect": pd.concat(tables, ignore_index=True)}
    return by_weakest(KIND.name, findings, context.level, reasons=list(reasons.values()), tables=whole)


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    expected = SIGNS[hypothesis.sign]
    found: list[Interaction] = []
    lost: list[str] = []
    targets = variables_of(hypothesis.targets, context)
    sources = (
        [None]
        if weighed_by(hypothesis.moderators, context.clean)
        else variables_of(hypothesis.sources, context)
    )
    for source, target in product(sources, targets):
        if source is not None and source.id == target.id:
            continue
        try:
            found.append(_interaction(hypothesis, source, target, context))
        except CoprodError as error:
            lost.append(f"{source.id if source else 'values'} on {target.id}: {error.in_one_line}")
    if not found:
        raise DataError("; ".join(lost))
    findings = tuple(_finding(hypothesis.id, one, expected) for one in found)
    told = dict.fromkeys(
        (reason.code, tuple(reason.fields.items())) for one in found for reason in one.reasons
    )
    tables = {
        name: pd.concat([getattr(one, name) for one in found], ignore_index=True)
        for name in ("slopes", "regions", "lines")
    }
    reasons = [Reason(code, dict(fields)) for code, fields in told]
    return by_weakest(KIND.name, findings, context.level, reasons=reasons, tables=tables)


def _interaction(
    hypothesis: Hypothesis, source: Variable | None, target: Variable, context: Context
) -> Interaction:
    """Choose the test by what moderates: weights, arms of an experiment, groups, or an amount.

    ``source``: None where weights say what they weigh.
    """
    # Checks of a file ask `why_not` only, and the engine's libraries take long to load.
    from coprod_measure.structure.group_interactions import by_arms, by_groups
    from coprod_measure.structure.interactions import latent_interaction, three_way
    from coprod_measure.structure.weighted_values import weighted_values

    named = hypothesis.moderators
    if source is None:
        weighed = weighed_by(named, context.clean)
        return weighted_values((hypothesis.sources[0], named[0]), target, weighed, context)
    given = context.options.get(KIND.name)
    options = given if isinstance(given, ModeratedOptions) else ModeratedOptions()
    if len(named) == 2:
        condition, moderator = (variables_of((id_,), context)[0] for id_ in named)
        return three_way(source, target, condition, moderator, context)
    sides = [groups_of(id_, context) for id_ in (source.id, named[0])]
    if all(one is not None for one in sides):
        return by_arms(source.id, named[0], target, context)
    if sides[1] is not None:
        return by_groups(source, target, named[0], context, options.delta_cfi)
    found = variables_of(named, context)[0]
    return latent_interaction(source, target, found, context, second=options.second_opinion)


def _finding(id_: str, one: Interaction, expected: int) -> Finding:
    return Finding(
        hypothesis=id_,
        source=f"{one.source} x {one.moderator}",
        target=one.target,
        expected=expected,
        measure=one.measure,
        model=one.model,
        respondents=one.respondents,
        n=one.n,
        estimate=one.estimate,
        se=one.se,
        std=one.std,
        ci_lower=one.ci_lower,
        ci_upper=one.ci_upper,
        pvalue=one.pvalue,
        direction=as_claimed(one.estimate, expected),
    )


KIND = Kind(
    name="moderated",
    levels=("moderated", "mediated"),
    run=run,
    why_not=why_not,
    recognises=recognises,
    words=WORDS,
    takes_clusters=True,
    design=("cluster", "weights"),
    missing="study",
    takes_controls=True,
    options=ModeratedOptions,
    takes_names=_takes_names,
    together=_together,
)
