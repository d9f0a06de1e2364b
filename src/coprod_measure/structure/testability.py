"""Which hypotheses these answers can test by which kind of test, and why not others; nothing is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.claims import tested_sides
from coprod_measure.structure.evidence import FEWEST_PEOPLE, Context, Kind, Reason
from coprod_measure.structure.kinds import kind_of
from coprod_measure.structure.variables import find_variables, weighed_by, without_order
from coprod_measure.structure.versions import in_no_version
from coprod_measure.theory.definition import Hypothesis, Theory

_UNITS_OF_PEOPLE = {"respondent", "category", "partner", "episode"}


@dataclass(frozen=True, slots=True)
class Sorted:
    """Hypotheses by what can be done with them.

    Attributes
    ----------
    testable : tuple of (Kind, tuple of Hypothesis)
        In the order of the kinds' first hypothesis.
    refused : dict
        Id to the reason.
    """

    testable: tuple[tuple[Kind, tuple[Hypothesis, ...]], ...]
    refused: dict[str, Reason]


def sort_by_kind(hypotheses: Sequence[Hypothesis], context: Context) -> Sorted:
    """Choose the kind of test of each hypothesis, and say of the rest why there is none."""
    found: dict[str, tuple[Kind, list[Hypothesis]]] = {}
    refused: dict[str, Reason] = {}
    checked = context.fit is None
    few, infinite = (None, frozenset()) if checked else _of_the_answers(context)
    answered: dict[str, np.ndarray] = {}
    for hypothesis in hypotheses:
        kind = kind_of(hypothesis, context)
        if kind is None:
            refused[hypothesis.id] = Reason("no_test", {"level": hypothesis.level})
        elif reason := (
            _of_the_design(hypothesis, kind, context)
            or kind.why_not(hypothesis, context)
            or _without_order(hypothesis, kind, context)
            or (in_no_version(hypothesis, kind, context) if checked else None)
        ):
            refused[hypothesis.id] = reason
        elif few:
            refused[hypothesis.id] = few
        elif infinite and (named := _named_among(infinite, hypothesis, context)):
            refused[hypothesis.id] = Reason("infinite", {"items": named})
        elif not checked and (apart := _answered_apart(hypothesis, kind, context, answered)):
            refused[hypothesis.id] = apart
        else:
            found.setdefault(kind.name, (kind, []))[1].append(hypothesis)
    return Sorted(tuple((kind, tuple(own)) for kind, own in found.values()), refused)


def why_not_testable(theory: Theory, clean: Responses, ids: Sequence[str]) -> dict[str, Reason]:
    """Say which hypotheses :func:`.hypotheses.test_hypotheses` will call not testable here, and why.

    Parameters
    ----------
    clean : Responses
        Which items there are and how many waves; no answer is looked at.
    ids : sequence of str
        Hypotheses of the theory.
    """
    return sort_by_kind([theory.hypotheses[id_] for id_ in ids], Context(theory, clean)).refused


def _of_the_design(hypothesis: Hypothesis, kind: Kind, context: Context) -> Reason | None:
    """Whether the answers lack waves or are about other units than the hypothesis."""
    if hypothesis.needs_waves > context.waves:
        return Reason("too_few_waves", {"needed": hypothesis.needs_waves, "found": context.waves})
    if hypothesis.needs_waves > 1 and not kind.over_waves:
        return Reason("only_within_waves", {"needed": hypothesis.needs_waves})
    if not set(hypothesis.needs_unit) & _UNITS_OF_PEOPLE:
        return Reason("other_unit", {"units": hypothesis.needs_unit})
    return None


def _without_order(hypothesis: Hypothesis, kind: Kind, context: Context) -> Reason | None:
    """Whether a kind would take the codes of options without an order for amounts, or their mean."""
    names = kind.takes_names(hypothesis, context)
    refused = dict.fromkeys(
        one.id
        for role, ids in tested_sides(hypothesis, context.theory, context.clean).items()
        for id_ in ids
        for one in find_variables(context.theory, context.clean, id_.removeprefix("-"))
        if without_order(one, context.clean.instrument)
        and not (role in names and (kind.item_by_item or len(one.items) == 1))
    )
    return Reason("without_order", {"constructs": tuple(refused)}) if refused else None


def _of_the_answers(context: Context) -> tuple[Reason | None, frozenset[str]]:
    """Say whether too few people answered for any test, and name items with infinite answers."""
    people = context.clean.people
    few = Reason("too_few_people", {"n": people, "needed": FEWEST_PEOPLE}) if people < FEWEST_PEOPLE else None
    numbers = context.clean.frame.select_dtypes("number")
    spoilt = np.isinf(numbers.to_numpy(dtype=float, na_value=np.nan)).any(axis=0)
    return few, frozenset(numbers.columns[spoilt])


def _named_among(items: frozenset[str], hypothesis: Hypothesis, context: Context) -> tuple[str, ...]:
    """Which of some items measure what a hypothesis names."""
    balance = (hypothesis.balance,) if hypothesis.balance else ()
    causes = (*hypothesis.sources, *balance, *hypothesis.moderators, *hypothesis.versus)
    ids = (id_.removeprefix("-") for id_ in (*causes, *hypothesis.mediators, *hypothesis.targets))
    variables = [one for id_ in ids for one in find_variables(context.theory, context.clean, id_)]
    return tuple(dict.fromkeys(i for one in variables for i in (*one.items, *one.weights) if i in items))


def _answered_apart(
    hypothesis: Hypothesis, kind: Kind, context: Context, answered: dict[str, np.ndarray]
) -> Reason | None:
    """Name two things that a hypothesis relates and next to nobody answered both, though many answered one.

    Full information and pairwise correlations would set what nobody shows to zero, with a p value of one.

    ``answered``: variable to who answered anything of it; filled here.
    """
    if kind.missing != "study" or kind.over_waves:
        return None

    def variables(ids: Sequence[str]) -> list[str]:
        names = []
        for id_ in ids:
            for one in find_variables(context.theory, context.clean, id_.removeprefix("-")):
                names.append(one.id)
                if one.id not in answered:
                    answered[one.id] = ~np.isnan(context.clean.values(one.items)).all(axis=1)
        return names

    # Values that weights name stand in for the source.
    sources = () if weighed_by(hypothesis.moderators, context.clean) else hypothesis.sources
    steps = [sources, *hypothesis.steps, hypothesis.targets]
    chain = [own for own in map(variables, steps) if own]
    chain += chain[:1] if kind.name == "measurement" else []
    bends = [(), *((one,) for one in variables(hypothesis.moderators))]
    for before, after in pairwise(chain):
        for named in product(before, after, bends):
            names = (*named[:2], *named[2])
            n = int(np.logical_and.reduce([answered[name] for name in names]).sum())
            if n < FEWEST_PEOPLE:
                return Reason("answered_apart", {"n": n, "constructs": names, "needed": FEWEST_PEOPLE})
    return None
