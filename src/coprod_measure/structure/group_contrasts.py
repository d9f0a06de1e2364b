"""Planned contrasts of groups: words in the groups' names, weighed, of scale means and of factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

import pandas as pd

from coprod_measure.codes_as_text import code_as_text
from coprod_measure.errors import DataError
from coprod_measure.structure.category_contrasts import planned_weights, sides_of, unmet_words
from coprod_measure.structure.design import group_names
from coprod_measure.structure.evidence import COHENS_D, Context, Finding, Reason
from coprod_measure.structure.methods.ancova import ancova
from coprod_measure.structure.methods.contrasts import contrasts
from coprod_measure.structure.regression import variables_of
from coprod_measure.theory.definition import Hypothesis

Words = Mapping[str, float]
ONE = "planned"
"""Name of a contrast that is the only one of a hypothesis."""
WORDS = {
    "planned_groups": "planned contrast: {higher} against {lower}",
    "words_without_group": "no group bears these words of the planned contrast: {words}",
    "contrast_of_no_groups": "the words of the planned contrast call no group on both sides ({words})",
    "groups_adjusted": "{target} adjusted for {controls}; without that d = {d:.2f}, {p:p}",
    "not_made_alike": "controls make no groups alike to which nobody was assigned",
    "contrast_of_means": "its contrast is not taken, as it claims paths: a claim of level direct with "
    "across: [{sorting}] has their slopes weighed",
    "contrast_untaken": "its contrast under {kinds} is not taken: another kind tests it",
    "latent_contrast": "of the factor {target} the contrast is d = {d:.2f}, {p:p}",
}


@dataclass(frozen=True, slots=True)
class GroupContrasts:
    """Contrasts of one outcome.

    Attributes
    ----------
    table : pandas.DataFrame
        :data:`.methods.contrasts.TABLE_COLUMNS` with ``higher lower target``; empty where no contrast has
        groups on both sides.
    weights : mapping
        Contrast to weights by the text of a group's code.
    """

    findings: tuple[Finding, ...]
    reasons: tuple[Reason, ...]
    table: pd.DataFrame
    weights: Mapping[str, Mapping[str, float]]


def asked_of(hypothesis: Hypothesis, given: Mapping[str, Words | Mapping[str, Words]]) -> dict[str, Words]:
    """Give the contrasts by name that a study names for a hypothesis, else that of the theory."""
    own = given.get(hypothesis.id, hypothesis.contrast)
    several = {name: words for name, words in own.items() if isinstance(words, Mapping)}
    return several or ({ONE: own} if own else {})  # type: ignore[dict-item]


def known_contrasts(hypothesis: Hypothesis, words: Words, context: Context) -> tuple[Reason, ...]:
    """Say, before there are answers, which groups a contrast weighs; nothing of a column of the design."""
    if hypothesis.level != "group_difference" or hypothesis.moderators or not (words and hypothesis.sources):
        return ()
    names = [*group_names(hypothesis.sources[0], context).values()]
    return _met(words, names)[1] if names else ()


def untaken(hypothesis: Hypothesis, kind: str, context: Context) -> tuple[Reason, ...]:
    """Say that a contrast that the study names for a hypothesis is not one that its kind of test takes."""
    elsewhere = [
        name
        for name, own in context.options.items()
        if hypothesis.id in getattr(own, "contrasts", {})
        and name != kind
        and not (name == "group_difference" and hypothesis.across)
    ]
    return (Reason("contrast_untaken", {"kinds": tuple(elsewhere)}),) if elsewhere else ()


def planned_contrasts(
    hypothesis: Hypothesis,
    source: str,
    target: str,
    frame: pd.DataFrame,
    asked: Mapping[str, Words],
    context: Context,
    respondents: str,
) -> GroupContrasts:
    """Test contrasts of scale means: Welch's, or beside the controls of the study by analysis of covariance.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``target`` and ``group``, one row a person.
    asked : mapping
        Name to words and weights.
    """
    words = group_names(source, context)
    texts = {code: code_as_text(code) for code in sorted(frame["group"].unique())}
    names = {words.get(text, text): code for code, text in texts.items()}
    plan: dict[str, dict[object, float]] = {}
    reasons: list[Reason] = []
    sides = []
    for name, own in asked.items():
        weights, told = _met(own, list(names))
        reasons += told
        if weights:
            plan[name] = {names[group]: weight for group, weight in weights.items()}
            sides.append(
                {"contrast": name} | {side: ", ".join(own) for side, own in sides_of(weights).items()}
            )
    if not plan:
        return GroupContrasts((), tuple(reasons), pd.DataFrame(), {})
    table, n, adjusted = _tested(source, target, frame, plan, context)
    findings = tuple(
        Finding(
            hypothesis=hypothesis.id, source=source, target=target, expected=1, measure=COHENS_D,
            model="contrast", respondents=respondents, n=n, estimate=row.d,
            se=abs(row.d / row.t) if row.t else nan, ci_lower=row.d_lower, ci_upper=row.d_upper,
            pvalue=row.pvalue, direction=1 if row.d > 0 else -1,
        )
        for row in table.itertuples()
    )  # fmt: skip
    by_text = {name: {texts[code]: weight for code, weight in own.items()} for name, own in plan.items()}
    table = table.merge(pd.DataFrame(sides), on="contrast").assign(target=target)
    return GroupContrasts(findings, (*reasons, *adjusted), table, by_text)


def _tested(
    source: str,
    target: str,
    frame: pd.DataFrame,
    plan: Mapping[str, Mapping[object, float]],
    context: Context,
) -> tuple[pd.DataFrame, int, list[Reason]]:
    plain = contrasts(frame, target, ["group"], planned=plan).table()
    if not (plain["se"] > 0).all():
        raise DataError(
            f"everybody in the groups of its contrast gave the same answer to {target}", code="constant-group"
        )
    whole, held = context.held(target, frame, variables_of([target, source], context))
    whole = whole.dropna()
    held = context.controls.varying(held, whole["group"]) if held else ()
    if not held:
        return plain, len(frame), list(context.without_controls())
    table = ancova(whole, target, ["group"], held, planned=plan).table()
    named = context.controls.names_of(held)
    without = {"d": float(plain["d"].iloc[0]), "p": float(plain["pvalue"].iloc[0])}
    told = Reason("groups_adjusted", {"target": target, "controls": named, **without})
    return table, len(whole), [told, Reason("not_made_alike")]


def _met(words: Words, names: Sequence[str]) -> tuple[dict[str, float], tuple[Reason, ...]]:
    """Weights of the groups that words call, and which words call none."""
    weights = planned_weights(words, names)
    if not weights:
        return {}, (Reason("contrast_of_no_groups", {"words": tuple(words)}),)
    lost = unmet_words(words, names)
    told = [Reason("planned_groups", sides_of(weights))]
    return weights, (*told, *([Reason("words_without_group", {"words": lost})] if lost else []))
