"""Kinds of people: latent profiles or classes of the constructs that a claim names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from coprod_measure.errors import CoprodError, DataError
from coprod_measure.structure.claims import scope_of
from coprod_measure.structure.class_indicators import (
    Indicators,
    SegmentationOptions,
    count_indicators,
    indicators,
    not_comparable,
    options_of,
)
from coprod_measure.structure.evidence import (
    Context,
    Evidence,
    Finding,
    Kind,
    KindResult,
    Reason,
)
from coprod_measure.structure.regression import one_by_one, variables_of
from coprod_measure.theory.definition import Hypothesis

if TYPE_CHECKING:
    from coprod_measure.structure.methods.classes import Classes, Degrees
    from coprod_measure.structure.methods.gaussian_mixture import Structure

CLASSES = "classes"
STRUCTURES: tuple[Structure | Degrees, ...] = ("EEI", "VVI", "T1", "T2")
MOST_FOR_ONE_TRAIT = 4
"""Constructs up to which a second trait is not tried."""
STRONG = 6.0
"""Points of BIC by which kinds must fit better than people who differ by degree (Kass and Raftery 1995)."""
FEWEST = 50
"""People among whom kinds are looked for."""
WORDS = {
    "too_few_for_classes": "kinds of people need two constructs or more; only {constructs} was asked",
    "no_classes": "one kind of people fits best (BIC): there are no segments",
    "few_sure": "{k} kinds of people fit better than {one}, but by {by:.1f} points of BIC only; strong "
    "evidence is a difference of {strong:g} (Kass and Raftery 1995)",
    "by_degree": "one kind of people, who differ by degree in {traits:common trait}, fits better than any "
    "number of kinds (BIC): there are no segments",
    "classes_found": "{k} kinds of people by BIC, the smallest {smallest:.0%} of all, entropy {entropy:.2f}",
    "not_replicated": "only one of {finished:start} ended in this solution: another may exist",
    "fewer_by_bootstrap": "the bootstrap test does not tell {k} kinds from {less} ({pvalue:p})",
    "more_by_bootstrap": "the bootstrap test speaks for more than {k} kinds ({pvalue:p})",
    "not_told": "by {what} the kinds are not told apart: {why}",
    "options_differ": "left out, as their options are mere places and each person may have seen others "
    "there: {constructs}",
    "all_alike": "left out, as all chose the same: {items}",
    "one_by_one": "{n:question} of {construct} without an order of options, each by itself, as no mean of "
    "their codes says anything",
    "classes_failed": "its classes could not be estimated: {error}",
}


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say that too little was asked."""
    found = scope_of(hypothesis, context.theory, context.clean)
    asked = found.asked["source"]
    if not asked:
        return Reason("not_measured", {"constructs": found.not_asked["source"]})
    if count_indicators(asked, context) > 1:
        return None
    apart = not_comparable(asked, context)
    code = "options_differ" if apart else "too_few_for_classes"
    return Reason(code, {"constructs": apart or asked})


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Fit all numbers of classes in every structure, and one kind that differs by degree; BIC chooses."""
    return one_by_one(hypotheses, context, _evidence, "Kinds of people", "classes_failed")


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    from coprod_measure.structure.methods.classes import Asked, all_classes, best_of_classes

    options = options_of(context)
    constructs = [one.id for one in variables_of(hypothesis.sources, context)]
    targets = [one.id for one in variables_of(hypothesis.targets, context) if one.id not in constructs]
    seen = indicators(constructs, targets, context)
    items = list(seen.items)
    if (people := len(seen.frame.dropna(how="all", subset=items))) < FEWEST:
        raise DataError(f"only {people} answered", cure=f"Kinds of people need {FEWEST} or more")
    structures = STRUCTURES if len(items) > MOST_FOR_ONE_TRAIT else STRUCTURES[:-1]
    asked = Asked(
        "mixed", range(1, options.most + 1), structures, options.starts, context.draws.seed, seen.names
    )
    if context.verdicts_only:
        found = best_of_classes(seen.frame, items, asked)
    else:
        found = all_classes(seen.frame, items, asked, blrt=options.blrt)
    best, weak = found.best, _weak(found)
    tables, untold = ({}, []) if context.verdicts_only else _tables(found, seen, targets, context)
    finding = Finding(
        hypothesis=hypothesis.id, source=" + ".join(constructs), sources=tuple(constructs),
        measure=CLASSES, model=found.chosen[0],
        respondents=seen.respondents, n=len(found.people), estimate=float(best.k),
        direction=int(best.k > 1 and weak is None),
    )  # fmt: skip
    return Evidence(
        hypothesis=hypothesis.id, kind=KIND.name, measure=CLASSES, estimate=finding.estimate,
        direction=finding.direction, findings=(finding,),
        reasons=(*_reasons(found, weak, context.level), *seen.reasons, *untold), tables=tables,
    )  # fmt: skip


def _weak(found: Classes) -> Reason | None:
    """Say that kinds fit hardly better than one kind, of whatever structure."""
    bic = {key: model.criteria()["bic"] for key, model in found.models.items()}
    ones = {key: value for key, value in bic.items() if key[1] == 1}
    if found.best.k == 1 or not ones:
        return None
    rival = min(ones, key=lambda key: ones[key])
    if (by := ones[rival] - bic[found.chosen]) >= STRONG:
        return None
    one = "one whose people differ by degree" if rival[0].startswith("T") else "one"
    return Reason("few_sure", {"k": found.best.k, "one": one, "by": by, "strong": STRONG})


def _tables(
    found: Classes, seen: Indicators, targets: Sequence[str], context: Context
) -> tuple[dict[str, pd.DataFrame], list[Reason]]:
    """Numbers, profiles; what the kinds differ in, and who they are by the controls of the study."""
    from coprod_measure.structure.methods.three_step import class_predictors, distal_outcome

    best = found.best
    profiles = seen.told(found.profile(), found.members())
    tables = {"class_numbers": found.table(), "class_profiles": profiles}
    reasons: list[Reason] = []
    outcomes = []
    for name in targets if best.k > 1 else ():
        try:
            distal = distal_outcome(best, seen.frame.loc[found.people, name].to_numpy(float))
            outcomes.append(distal.table().assign(target=name))
        except CoprodError as error:
            reasons.append(Reason("not_told", {"what": name, "why": error.problems[0].cause}))
    if outcomes:
        tables["class_outcomes"] = pd.concat(outcomes, ignore_index=True)
    names = context.controls.of("", found.people) if best.k > 1 else ()
    if names:
        try:
            who = class_predictors(best, context.controls.columns(names, found.people))
            tables["class_predictors"] = who.table()
        except CoprodError as error:
            reasons.append(Reason("not_told", {"what": names, "why": error.problems[0].cause}))
    return tables, reasons


def _reasons(found: Classes, weak: Reason | None, level: float) -> Iterator[Reason]:
    best = found.best
    facts = {"k": best.k, "smallest": float(best.mixture.share.min()), "entropy": best.entropy}
    traits = int(found.chosen[0][1:]) if found.chosen[0].startswith("T") else 0
    none = Reason("by_degree", {"traits": traits}) if traits else Reason("no_classes")
    yield Reason("classes_found", facts) if best.k > 1 else none
    if weak is not None:
        yield weak
    if best.k > 1 and best.mixture.replicated < 2:
        yield Reason("not_replicated", {"finished": best.mixture.finished})
    structure, k = found.chosen
    fewer, more = (found.tests.get((structure, number)) for number in (k - 1, k))
    if fewer is not None and fewer.pvalue >= level:
        yield Reason("fewer_by_bootstrap", {"k": k, "less": k - 1, "pvalue": fewer.pvalue})
    if more is not None and more.pvalue < level:
        yield Reason("more_by_bootstrap", {"k": k, "pvalue": more.pvalue})


KIND = Kind(
    name="segmentation", levels=("segmentation",), run=run, why_not=why_not, words=WORDS, missing="given",
    options=SegmentationOptions, takes_controls=True,
    takes_names=lambda _, __: ("source",), item_by_item=True,
)  # fmt: skip
