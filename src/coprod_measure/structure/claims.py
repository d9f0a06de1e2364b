"""A hypothesis taken apart into single claims: one source, one target, the mediators between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.design import in_the_design
from coprod_measure.structure.variables import Variable, find_variables
from coprod_measure.theory.definition import Hypothesis, Theory


@dataclass(frozen=True, slots=True)
class Claim:
    """One effect that a hypothesis claims.

    Attributes
    ----------
    via : tuple of tuple of str
        Mediators in order; each step holds the variables that carry the effect side by side.
    sign : int
        Expected sign: 1, -1, or 0 when the hypothesis names none.
    among : str
        Condition that chooses the respondents the claim is about, beside those who saw the questions.
    onward : str
        Yes/no answer at the end of the chain of which this is the part that paths carry.
    """

    hypothesis: str
    source: str
    target: str
    via: tuple[tuple[str, ...], ...]
    sign: int
    among: str = ""
    onward: str = ""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a hypothesis claims about the variables at hand.

    Attributes
    ----------
    variables : mapping
        Variables that the claims name, by id.
    """

    claims: tuple[Claim, ...]
    variables: Mapping[str, Variable]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which of the constructs that a hypothesis names were asked.

    Attributes
    ----------
    asked, not_asked : mapping
        Role (``"source"``, ``"mediator"``, ``"target"``, ``"moderator"``, ``"versus"``, ``"judged"``)
        to first-order constructs, in the order of the theory file.
    """

    asked: Mapping[str, tuple[str, ...]]
    not_asked: Mapping[str, tuple[str, ...]]

    @property
    def n_asked(self) -> int:
        """Constructs that were asked."""
        return sum(map(len, self.asked.values()))

    @property
    def n(self) -> int:
        """Constructs that the hypothesis names."""
        return self.n_asked + sum(map(len, self.not_asked.values()))

    @property
    def dark(self) -> tuple[str, ...]:
        """What was not asked and leaves a whole side of the hypothesis without anything."""
        sides = [role for role in self.not_asked if self.not_asked[role] and not self.asked[role]]
        return tuple(id_ for role in sides for id_ in self.not_asked[role])


def sides_of(hypothesis: Hypothesis) -> dict[str, tuple[str, ...]]:
    """Give what a hypothesis names, by role."""
    return {
        "source": hypothesis.sources,
        "mediator": hypothesis.mediators,
        "target": hypothesis.targets,
        "moderator": hypothesis.moderators,
        "versus": hypothesis.versus,
        "judged": hypothesis.judged_by,
    }


def tested_sides(hypothesis: Hypothesis, theory: Theory, responses: Responses) -> dict[str, tuple[str, ...]]:
    """Give what is tested of a hypothesis, by role: in place of its causes their balance, where it was asked.

    ``responses``: clean answers.
    """
    sides = sides_of(hypothesis)
    if hypothesis.balance and find_variables(theory, responses, hypothesis.balance):
        sides["source"] = (hypothesis.balance,)
    return sides


def scope_of(hypothesis: Hypothesis, theory: Theory, responses: Responses) -> Scope:
    """Find out how much of what a hypothesis names the answers hold."""
    asked: dict[str, tuple[str, ...]] = {}
    not_asked: dict[str, tuple[str, ...]] = {}
    for role, ids in tested_sides(hypothesis, theory, responses).items():
        parts = dict.fromkeys(part for id_ in ids for part in theory.first_order(id_.removeprefix("-")))
        # An arm sets a structure as a whole.
        drawn = {part for id_ in ids if in_the_design(responses, id_) for part in theory.first_order(id_)}
        asked[role] = tuple(
            part for part in parts if part in drawn or find_variables(theory, responses, part)
        )
        not_asked[role] = tuple(part for part in parts if part not in asked[role])
    return Scope(asked, not_asked)


def take_apart(hypothesis: Hypothesis, theory: Theory, responses: Responses) -> Claims:
    """Split a hypothesis into claims about measured variables.

    Parameters
    ----------
    theory : Theory
        Gives the facets of higher-order structures.
    responses : Responses
        Clean answers.
    """
    found: dict[str, Variable] = {}

    def variables_of(id_: str) -> tuple[str, ...]:
        variables = find_variables(theory, responses, id_.removeprefix("-"))
        found.update({variable.id: variable for variable in variables})
        return tuple(variable.id for variable in variables)

    sources = [(name, id_) for id_ in hypothesis.sources for name in variables_of(id_)]
    steps = tuple(tuple(name for id_ in step for name in variables_of(id_)) for step in hypothesis.steps)
    targets = dict.fromkeys(name for id_ in hypothesis.targets for name in variables_of(id_))
    claims: list[Claim] = []
    if all(steps):
        signed = {name: _sign(hypothesis, theory, name, id_) for name, id_ in sources}
        if not steps:
            signed, claims, among = _two_parts(hypothesis, signed, found)
        else:
            among = ""
        claims += [
            Claim(hypothesis.id, source, target, steps, signed[source], among)
            for source, target in product(signed, targets)
            if source != target
        ]
    return Claims(tuple(claims), found)


def _two_parts(
    hypothesis: Hypothesis, signed: dict[str, int], found: Mapping[str, Variable]
) -> tuple[dict[str, int], list[Claim], str]:
    """Split a claim about a decision and its grounds: who enters, then how much those do who entered.

    A hurdle model (Cragg 1971, Econometrica 39, 829-844): a yes/no source beside others is the hurdle.
    """
    decisions = [name for name in signed if found[name].binary]
    grounds = {name: sign for name, sign in signed.items() if name not in decisions}
    if len(decisions) != 1 or not grounds:
        return signed, [], ""
    enter = [Claim(hypothesis.id, name, decisions[0], (), sign) for name, sign in grounds.items()]
    return grounds, enter, found[decisions[0]].says_yes


def _sign(hypothesis: Hypothesis, theory: Theory, source: str, named: str) -> int:
    values = {"positive": 1, "negative": -1, "unsigned": 0}
    signs = hypothesis.source_signs
    sign = values[signs.get(source, signs.get(named, hypothesis.sign))]
    return -sign if counts_reversed(theory, source, named.removeprefix("-")) else sign


def counts_reversed(theory: Theory, source: str, structure: str) -> bool:
    """Whether a facet points against the structure that the hypothesis names."""
    if structure not in theory.higher_order:
        return False
    for facet in theory.higher_order[structure].facets:
        if facet == f"-{source}":
            return True
        if counts_reversed(theory, source, facet.removeprefix("-")):
            return True
    return False
