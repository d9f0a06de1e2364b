"""Kinds of people: latent profiles or classes of the constructs that a claim names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import pandas as pd
from pydantic import Field

from coprod_measure.errors import DataError
from coprod_measure.structure.claims import scope_of
from coprod_measure.structure.evidence import (
    Context,
    Evidence,
    Finding,
    Kind,
    KindOptions,
    KindResult,
    Reason,
)
from coprod_measure.structure.regression import one_by_one, scores, variables_of
from coprod_measure.theory.definition import Hypothesis

if TYPE_CHECKING:
    from coprod_measure.structure.methods.classes import Degrees
    from coprod_measure.structure.methods.gaussian_mixture import Structure

CLASSES = "classes"
STRUCTURES: tuple[Structure | Degrees, ...] = ("EEI", "VVI", "T1", "T2")
MOST_FOR_ONE_TRAIT = 4
"""Constructs up to which a second trait is not tried."""
FEWEST = 50
"""People among whom kinds are looked for."""
WORDS = {
    "too_few_for_classes": "kinds of people need two constructs or more; only {constructs} was asked",
    "no_classes": "one kind of people fits best (BIC): there are no segments",
    "by_degree": "one kind of people, who differ by degree in {traits:common trait}, fits better than any "
    "number of kinds (BIC): there are no segments",
    "classes_found": "{k} kinds of people by BIC, the smallest {smallest:.0%} of all, entropy {entropy:.2f}",
    "not_replicated": "only one of {finished:start} ended in this solution: another may exist",
    "fewer_by_bootstrap": "the bootstrap test does not tell {k} kinds from {less} ({pvalue:p})",
    "more_by_bootstrap": "the bootstrap test speaks for more than {k} kinds ({pvalue:p})",
    "classes_failed": "its classes could not be estimated: {error}",
}


class SegmentationOptions(KindOptions):
    """How many kinds are tried, and how."""

    most: Annotated[int, Field(ge=2, le=8, description="Largest number of classes tried")] = 6
    starts: Annotated[int, Field(ge=1, le=500)] = 20
    blrt: Annotated[
        int,
        Field(
            ge=0,
            le=100_000,
            description="Draws of the bootstrap tests; 0 for none. With 39 a test at .05 keeps its level; "
            "more of them tell smaller p values",
        ),
    ] = 39


def why_not(hypothesis: Hypothesis, context: Context) -> Reason | None:
    """Say that too little was asked."""
    found = scope_of(hypothesis, context.theory, context.clean)
    asked = found.asked["source"]
    if not asked:
        return Reason("not_measured", {"constructs": found.not_asked["source"]})
    return Reason("too_few_for_classes", {"constructs": asked}) if len(asked) < 2 else None


def run(hypotheses: Sequence[Hypothesis], context: Context) -> KindResult:
    """Fit all numbers of classes in every structure, and one kind that differs by degree; BIC chooses."""
    return one_by_one(hypotheses, context, _evidence, "Kinds of people", "classes_failed")


def _evidence(hypothesis: Hypothesis, context: Context) -> Evidence:
    from coprod_measure.structure.methods.classes import classes
    from coprod_measure.structure.methods.three_step import distal_outcome

    named = context.options.get(KIND.name)
    options = named if isinstance(named, SegmentationOptions) else SegmentationOptions()
    items = [one.id for one in variables_of(hypothesis.sources, context)]
    targets = [one.id for one in variables_of(hypothesis.targets, context) if one.id not in items]
    seen = scores([*items, *targets], context)
    if (people := len(seen.frame.dropna(how="all", subset=items))) < FEWEST:
        raise DataError(f"only {people} answered", cure=f"Kinds of people need {FEWEST} or more")
    found = classes(
        seen.frame, items, n_classes=range(1, options.most + 1), starts=options.starts,
        blrt=0 if context.verdicts_only else options.blrt, seed=context.draws.seed, answers="mixed",
        structures=STRUCTURES if len(items) > MOST_FOR_ONE_TRAIT else STRUCTURES[:-1],
    )  # fmt: skip
    best = found.best
    tables = (
        {} if context.verdicts_only else {"class_numbers": found.table(), "class_profiles": found.profile()}
    )
    if targets and best.k > 1 and not context.verdicts_only:
        outcomes = [
            distal_outcome(best, seen.frame.loc[found.people, name].to_numpy(float))
            .table()
            .assign(target=name)
            for name in targets
        ]
        tables["class_outcomes"] = pd.concat(outcomes, ignore_index=True)
    finding = Finding(
        hypothesis=hypothesis.id, source=" + ".join(items), sources=tuple(items),
        measure=CLASSES, model=found.chosen[0],
        respondents=seen.respondents, n=len(found.people), estimate=float(best.k),
        direction=1 if best.k > 1 else 0,
    )  # fmt: skip
    smallest = float(best.mixture.share.min())
    facts = {"k": best.k, "smallest": smallest, "entropy": best.entropy}
    traits = int(found.chosen[0][1:]) if found.chosen[0].startswith("T") else 0
    none = Reason("by_degree", {"traits": traits}) if traits else Reason("no_classes")
    reasons = [Reason("classes_found", facts) if best.k > 1 else none]
    if best.k > 1 and best.mixture.replicated < 2:
        reasons.append(Reason("not_replicated", {"finished": best.mixture.finished}))
    structure, k = found.chosen
    fewer, more = (found.tests.get((structure, number)) for number in (k - 1, k))
    if fewer is not None and fewer.pvalue >= context.level:
        reasons.append(Reason("fewer_by_bootstrap", {"k": k, "less": k - 1, "pvalue": fewer.pvalue}))
    if more is not None and more.pvalue < context.level:
        reasons.append(Reason("more_by_bootstrap", {"k": k, "pvalue": more.pvalue}))
    return Evidence(
        hypothesis=hypothesis.id, kind=KIND.name, measure=CLASSES, estimate=finding.estimate,
        direction=finding.direction, findings=(finding,), reasons=tuple(reasons), tables=tables,
    )  # fmt: skip


KIND = Kind(
    name="segmentation", levels=("segmentation",), run=run, why_not=why_not, words=WORDS,
    options=SegmentationOptions,
)  # fmt: skip
