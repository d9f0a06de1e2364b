"""Claims that are about some groups of people alone: who they are, and what is found among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

import pandas as pd

from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.category_contrasts import called, unmet_words
from coprod_measure.structure.design import FEWEST_OF_A_PATH, group_names
from coprod_measure.structure.evidence import Context, Evidence, KindResult, Reason
from coprod_measure.structure.rows_of_people import named_groups
from coprod_measure.structure.structural_fit import within_words
from coprod_measure.theory.definition import Hypothesis, Theory

Groups = Mapping[str, tuple[str, ...]]
"""Construct that sorts people to the names of groups."""


@dataclass(frozen=True, slots=True)
class Population:
    """Hypotheses about the same people, and the answers of these.

    Attributes
    ----------
    groups : mapping
        Which groups they are; empty for everybody.
    reasons : tuple of Reason
        Who they are, and what could not be told apart.
    too_few : Reason or None
        Why nothing is tested among them.
    """

    hypotheses: tuple[Hypothesis, ...]
    context: Context
    groups: Groups = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    too_few: Reason | None = None

    def of(self, found: KindResult) -> KindResult:
        """Say in what was found among them who they are."""
        if not self.reasons:
            return found

        def told(one: Evidence) -> Evidence:
            findings = tuple(
                replace(finding, respondents=within_words(finding.respondents, self.groups))
                for finding in one.findings
            )
            return replace(one, findings=findings, reasons=(*one.reasons, *self.reasons))

        return replace(
            found,
            evidence=tuple(map(told, found.evidence)),
            models=tuple(replace(one, within=self.groups) for one in found.models),
            paths=tuple(
                own.assign(respondents=[within_words(one, self.groups) for one in own["respondents"]])
                for own in found.paths
            ),
        )


def populations(hypotheses: Sequence[Hypothesis], context: Context) -> Iterator[Population]:
    """Put hypotheses about the same people together, those about everybody first."""
    named: dict[tuple[tuple[str, tuple[str, ...]], ...], list[Hypothesis]] = {(): []}
    for one in hypotheses:
        named.setdefault(tuple(one.within.items()), []).append(one)
    for within, own in named.items():
        if own and not within:
            yield Population(tuple(own), context)
        elif own:
            yield _population(tuple(own), dict(within), context)


def _population(hypotheses: tuple[Hypothesis, ...], within: Groups, context: Context) -> Population:
    groups, reasons = _groups(within, context)
    if not groups:
        return Population(hypotheses, context, {}, tuple(reasons))
    clean = of_groups(context.clean, context.theory, groups)
    told = {"n": clean.people, "sorting": " and ".join(groups), "groups": sum(groups.values(), ())}
    too_few = None
    if clean.people < FEWEST_OF_A_PATH:
        too_few = Reason("within_few", {**told, "needed": FEWEST_OF_A_PATH})
    reasons.append(Reason("within_groups", told))
    return Population(hypotheses, replace(context, clean=clean), groups, tuple(reasons), too_few)


def _groups(within: Groups, context: Context) -> tuple[dict[str, tuple[str, ...]], list[Reason]]:
    """Name the groups that words mean, and say which words mean none."""
    groups: dict[str, tuple[str, ...]] = {}
    reasons = []
    for sorting, words in within.items():
        group = named_groups(sorting, context)
        if group is None:
            reasons.append(Reason("within_unknown", {"sorting": sorting, "words": tuple(words)}))
            continue
        found = [*group_names(sorting, context).values(), *map(str, group.dropna().unique())]
        names = list(dict.fromkeys(found))
        own = tuple(dict.fromkeys(name for word in words for name in called(word, names)))
        # Before answers are read, the names that stand in a column are not known.
        if own or (context.fit is None and not names):
            groups[sorting] = tuple(sorted(own, key=names.index))
            if own and (lost := _misspelt(words, names)):
                reasons.append(Reason("within_word_unmet", {"sorting": sorting, "words": lost}))
        else:
            reasons.append(Reason("within_unmet", {"sorting": sorting, "words": tuple(words)}))
    return groups, reasons


def _misspelt(words: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Give words that no group bears and that are nearly one of a name; others may be of further groups."""
    parts = [part for name in names for part in name.casefold().split()]
    return tuple(
        word
        for word in unmet_words(words, names)
        if get_close_matches(word.casefold(), parts, n=1, cutoff=0.75)
    )


def known_within(hypothesis: Hypothesis, context: Context) -> tuple[Reason, ...]:
    """Say, before there are answers, to which groups a claim will be held."""
    groups, reasons = _groups(hypothesis.within, context)
    about = [
        Reason("within_known", {"sorting": sorting, "groups": own or tuple(hypothesis.within[sorting])})
        for sorting, own in groups.items()
    ]
    return (*about, *reasons)


def of_groups(clean: Responses, theory: Theory, groups: Groups) -> Responses:
    """Keep the rows of some groups."""
    keep = pd.Series(True, index=clean.frame.index)
    for sorting, names in groups.items():
        group = named_groups(sorting, Context(theory, clean))
        keep &= group.isin(names) if group is not None else False
    return clean.keep(clean.frame.index[keep])
