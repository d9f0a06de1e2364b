"""What each hypothesis of a theory needs, by which kind of test it is judged, and whether a form has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coprod_measure.responses.dataset import Responses


_UNITS = {
    "respondent": "people",
    "category": "several categories a person",
    "partner": "several partners a person",
    "episode": "several episodes a person",
    "society": "several countries",
    "firm": "firms",
}


@dataclass(frozen=True, slots=True)
class Need:
    """One hypothesis.

    Attributes
    ----------
    kind : str
        Of test; empty where there is none.
    test : str
        As the theory names it.
    asked, not_asked : tuple of str
        First-order constructs that it names.
    why_not : str
        Why the form cannot test it; empty where it can.
    groups : tuple of str
        To which groups of people it is held, over which its paths are compared, which a contrast
        weighs, which nothing tells apart.
    in_place_of : str
        Amount that its test would be about and that is not asked, so that its causes stand in for it.
    """

    id: str
    kind: str
    test: str
    waves: int
    units: tuple[str, ...]
    asked: tuple[str, ...]
    not_asked: tuple[str, ...]
    why_not: str
    groups: tuple[str, ...] = ()
    in_place_of: str = ""

    def __str__(self) -> str:
        """Say it on one line."""
        from coprod_measure.structure.wording import some_of

        units = " or ".join(words for unit, words in _UNITS.items() if unit in self.units)
        times = "asked once" if self.waves == 1 else f"asked {self.waves} times"
        of = len(self.asked) + len(self.not_asked)
        lacks = f", lacks {some_of(self.not_asked)}" if self.not_asked else ""
        needs = f"{units}, {times}; has {len(self.asked)} of {of} constructs{lacks}"
        needs = "; ".join([needs, *self.groups])
        can = f"not testable: {self.why_not}" if self.why_not else "testable"
        kind = f" by {self.kind.replace('_', ' ')}" if self.kind else ""
        test = f". Test: {self.test}" if self.test else ""
        instead = f" ({self.in_place_of} is not asked: its causes stand in)" if self.in_place_of else ""
        return f"{self.id}: {can}{kind}. Needs {needs}{test}{instead}"


def needs_of(nobody: Responses, ids: Sequence[str] | None = None) -> tuple[Need, ...]:
    """Say of each hypothesis what it needs and whether it is asked; nothing is fitted.

    Parameters
    ----------
    nobody : Responses
        Which items, waves and columns of the design there are (:func:`.checks.answers_of_nobody`).
    ids : sequence of str, optional
        Hypotheses of the theory; all when left out.
    """
    from coprod_measure.structure.claims import scope_of
    from coprod_measure.structure.evidence import Context
    from coprod_measure.structure.group_contrasts import known_contrasts
    from coprod_measure.structure.kinds import kind_of
    from coprod_measure.structure.kinds.paths import known_decisions
    from coprod_measure.structure.paths_across import known_groups
    from coprod_measure.structure.testability import sort_by_kind
    from coprod_measure.structure.within_groups import known_within
    from coprod_measure.structure.wording import sentence

    theory = nobody.instrument.theory
    chosen = [theory.hypotheses[id_] for id_ in (theory.hypotheses if ids is None else ids)]
    context = Context(theory, nobody)
    refused = sort_by_kind(chosen, context).refused
    found = []
    for one in chosen:
        scope, kind = scope_of(one, theory, nobody), kind_of(one, context)
        asked, lacks = (
            tuple(dict.fromkeys(part for parts in sides.values() for part in parts))
            for sides in (scope.asked, scope.not_asked)
        )
        why_not = sentence(refused[one.id]) if one.id in refused else ""
        named = kind.name if kind and not why_not else ""
        known = (*known_within(one, context), *known_groups(one, context))
        known = (*known, *known_contrasts(one, one.contrast, context), *known_decisions(one, named, context))
        groups = tuple(map(sentence, known))
        without = "" if one.balance in asked or not one.balance else one.balance
        needs = (one.needs_waves, one.needs_unit, asked, lacks, why_not, groups, without)
        found.append(Need(one.id, named, one.test, *needs))
    return tuple(found)


def by_kind_of_test(needs: Sequence[Need]) -> dict[str, tuple[str, ...]]:
    """Give the hypotheses that can be tested, in whole or in part, by kind of test."""
    found: dict[str, list[str]] = {}
    for one in needs:
        if not one.why_not:
            found.setdefault(one.kind, []).append(one.id)
    return {kind: tuple(ids) for kind, ids in found.items()}
