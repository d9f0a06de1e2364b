"""A population drafted from a theory: what its hypotheses claim, in the sizes that are assumed for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import combinations, pairwise, product
from typing import Any

import numpy as np

from coprod_measure.instrument.definition import Instrument, Item
from coprod_measure.simulation.claims import carriers, has_effect
from coprod_measure.simulation.effects_file import EffectsFile, Size, effects_of
from coprod_measure.simulation.first_cause import put_first
from coprod_measure.simulation.population import ConstructPopulation, Difference, Habits, Population
from coprod_measure.simulation.population_matrices import explained_at_most
from coprod_measure.theory.definition import Hypothesis, Theory

_PATHS = ("direct", "mediated", "stage_transition", "incremental", "relative_importance")
_WEAK_EVERY = 6
_FEW_ITEMS = 3
_PROFILE = 2


@dataclass(slots=True)
class Draft:
    """A population and how it came to be.

    Attributes
    ----------
    why : mapping
        Target and source (or ``"a x b"``, or ``"ceiling a"``) to the hypothesis that claims it and the source
        of its size.
    left_out : mapping
        Hypothesis to why nothing of it stands in the population.
    source : str
        Where loadings, means and correlations are from, where not from assumed sizes.
    """

    population: Population
    why: dict[tuple[str, str], str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True)
class _Edge:
    target: str
    source: str
    value: float
    why: str


def draft_population(instrument: Instrument, form: str, *, title: str = "", seed: int = 1) -> Draft:
    """Draft a population that holds whatever a theory claims about what a form asks.

    Parameters
    ----------
    form : str
        Whose constructs the population holds.

    Notes
    -----
    Signs are those of the hypotheses, sizes those of :mod:`.effects_file`. An effect of a structure above k
    constructs that correlate r is spread over them as ``b / sqrt(k + k (k - 1) r)``, which gives their
    standardised sum the effect b; of several claims of one path the largest counts. What is claimed to be the
    most important cause is made so (:func:`.first_cause.put_first`). A path that would close
    a circle is left out: within one occasion causes come first. All effects on an outcome shrink together
    until no more than the assumed share is explained.

    Examples
    --------
    >>> from coprod_measure import read_instrument
    >>> draft = draft_population(read_instrument("etgar2007"), "core")
    >>> round(draft.population.paths["propensity"]["cb_net_judgement"], 2) > 0.2, draft.left_out["H12c"]
    (True, 'it is about later waves')
    """
    theory, sizes = instrument.theory, effects_of(instrument.theory.id)
    asked = {instrument.items[id_].construct_id for id_ in instrument.forms[form].item_ids}
    constructs = {
        name: _construct(instrument, form, name, k, sizes)
        for k, name in enumerate(name for name in instrument.constructs if name in asked)
    }
    claims = _Claims(theory, sizes, {name: set() for name in constructs}, instrument, form)
    # What is claimed of single paths gives chains their signs.
    for hypothesis in sorted(theory.hypotheses.values(), key=lambda one: bool(one.via)):
        claims.take(hypothesis)
    habits: dict[str, Any] = {name: one.size for name, one in sizes.habits.items()}
    population = Population(
        id=f"{instrument.id}-{form}",
        title=title or f"Drafted from the theory: {theory.title}",
        instrument=instrument,
        form=form,
        n=1200,
        seed=seed,
        constructs=constructs,
        paths=claims.paths,
        correlation=sizes.correlation.size,
        correlations=_correlations(list(constructs), claims.paths, claims.above, sizes),
        interactions=claims.products,
        ceilings=claims.ceilings,
        decision=_decision(instrument, form),
        differences=(
            *(Difference({item: code}, means) for (item, code), means in claims.differences.items()),
            *(
                Difference({"class": number}, {name: side * half for name, half in claims.profile.items()})
                for number, side in ((1, 1.0), (2, -1.0))
                if claims.profile
            ),
        ),
        choices=claims.choices,
        classes=(0.5, 0.5) if claims.profile else (),
        habits=Habits(**habits),
    )
    population = explained_at_most(population, sizes.explained.size)
    for hypothesis in theory.hypotheses.values():
        if hypothesis.claims_a_first:
            population = put_first(population, hypothesis, sizes.first.size, sizes.explained.size)
    left_out = {
        one.id: _why_nothing(one, theory, circular=one.id in claims.circular)
        for one in theory.hypotheses.values()
        if not has_effect(population, one)
    }
    return Draft(population, claims.why, left_out)


def _construct(
    instrument: Instrument, form: str, name: str, place: int, sizes: EffectsFile
) -> ConstructPopulation:
    answers = sizes.answers_of(name)
    scales = [instrument.scale_of(item.id) for item in instrument.items_of(name)]
    if scales and all(scale is not None and len(scale.codes) == 2 for scale in scales):
        return ConstructPopulation(share=0.55, loading=1.0 if len(scales) == 1 else sizes.loading.size)
    weak = sizes.weak.size if place % _WEAK_EVERY == 0 and len(scales) > _FEW_ITEMS else None
    return ConstructPopulation(answers.mean, answers.sd, sizes.loading.size, weak)


def _edges(
    hypothesis: Hypothesis, theory: Theory, sizes: EffectsFile, known: Mapping[str, Mapping[str, float]]
) -> Iterator[_Edge]:
    """Single paths that a hypothesis claims; of a chain, those of each step.

    A chain has the claimed sign as a whole: its last step turns what the known signs of the others leave.
    """
    if hypothesis.level not in (*_PATHS, "moderated", "discrepancy") or hypothesis.needs_waves > 1:
        return
    sources = list(hypothesis.sources)
    below: Callable[[Theory, str], tuple[str, ...]] = carriers
    if hypothesis.level in ("moderated", "discrepancy"):
        sources += hypothesis.moderators
        below = Theory.first_order
    steps = [sources, *hypothesis.steps, hypothesis.targets]
    carried: dict[str, int] = {}
    for number, (causes, effects) in enumerate(pairwise(steps)):
        last = number == len(steps) - 2
        for cause, effect in product(causes, effects):
            named = cause.removeprefix("-")
            parts = below(theory, named)
            claimed = _signed(hypothesis.source_signs.get(named, hypothesis.sign)) if last else 1
            claimed = -claimed if cause.startswith("-") else claimed
            for part, target in product(parts, below(theory, effect.removeprefix("-"))):
                size = sizes.size_of((part, named), target)
                sign = claimed * carried.get(part, 1) * (-1 if _reversed(theory, named, part) else 1)
                value = sign * _spread(size, len(parts))
                there = known.get(target, {}).get(part, value)
                carried.setdefault(target, carried.get(part, 1) * (-1 if there < 0 else 1))
                yield _Edge(target, part, value, f"{hypothesis.id}; {size.source}")


def _signed(sign: str) -> int:
    return -1 if sign == "negative" else 1


def _spread(size: Size, k: int, r: float = 0.4) -> float:
    return size.size if k == 1 else float(size.size / (k + k * (k - 1) * r) ** 0.5)


def _reversed(theory: Theory, structure: str, part: str) -> bool:
    return structure in theory.higher_order and f"-{part}" in theory.higher_order[structure].facets


@dataclass(slots=True)
class _Claims:
    """The terms of a population, gathered claim by claim; ``above`` holds what is above each construct."""

    theory: Theory
    sizes: EffectsFile
    above: dict[str, set[str]]
    instrument: Instrument
    form: str
    paths: dict[str, dict[str, float]] = field(default_factory=dict)
    products: dict[str, dict[tuple[str, str], float]] = field(default_factory=dict)
    ceilings: dict[str, dict[str, float]] = field(default_factory=dict)
    differences: dict[tuple[str, int], dict[str, float]] = field(default_factory=dict)
    choices: dict[str, dict[int, dict[str, float]]] = field(default_factory=dict)
    profile: dict[str, float] = field(default_factory=dict)
    why: dict[tuple[str, str], str] = field(default_factory=dict)
    circular: set[str] = field(default_factory=set)

    def take(self, hypothesis: Hypothesis) -> None:
        """Take in what a hypothesis claims, as far as it closes no circle."""
        edges = [
            one
            for one in _edges(hypothesis, self.theory, self.sizes, self.paths)
            if self._asked(one.target, one.source) and one.target != one.source
        ]
        taken = sum([self._path(one) for one in edges])
        if hypothesis.level in ("moderated", "discrepancy") and hypothesis.needs_waves == 1:
            moderators = hypothesis.moderators or hypothesis.versus or hypothesis.sources[1:]
            for source, moderator, target in product(hypothesis.sources, moderators, hypothesis.targets):
                taken += self._product(hypothesis, source, moderator, target)
        if hypothesis.level == "mediated" and len(hypothesis.via) == 1 and hypothesis.needs_waves == 1:
            taken += self._bent(hypothesis)
        if hypothesis.level == "necessity":
            for source, target in product(hypothesis.sources, hypothesis.targets):
                taken += self._ceiling(hypothesis, source, target)
        if hypothesis.level == "group_difference" and not hypothesis.moderators:
            taken += self._difference(hypothesis)
        if hypothesis.level == "choice":
            taken += self._choice(hypothesis)
        if hypothesis.level == "segmentation":
            taken += self._segments(hypothesis)
        if edges and not taken:
            self.circular.add(hypothesis.id)

    def _asked(self, *names: str) -> bool:
        return set(names) <= set(self.above)

    def _path(self, one: _Edge) -> bool:
        if one.target in self.above[one.source]:
            return False
        self._put_above(one.source, one.target)
        there = self.paths.setdefault(one.target, {}).get(one.source)
        if there is None or abs(one.value) > abs(there):
            value = one.value if there is None else float(np.copysign(one.value, there))
            self.paths[one.target][one.source] = value
            self.why[one.target, one.source] = one.why
        return True

    def _put_above(self, cause: str, effect: str) -> None:
        """Note that a cause and what is above it are above an effect and what is below it."""
        causes = {cause} | self.above[cause]
        for name, own in self.above.items():
            if name == effect or effect in own:
                own |= causes

    def _bent(self, hypothesis: Hypothesis) -> bool:
        """Let the moderators bend a step of an indirect effect: the index has the claimed sign."""
        taken = False
        first = self.theory.bent_step(hypothesis) == "first"
        parts = [
            [part for name in names for part in carriers(self.theory, name)]
            for names in (hypothesis.sources, hypothesis.mediators, hypothesis.targets, hypothesis.moderators)
        ]
        for source, mediator, target, moderator in product(*parts):
            cause, effect = (source, mediator) if first else (mediator, target)
            other = (target, mediator) if first else (mediator, source)
            share = _spread(self.sizes.interaction, len(parts[0 if first else 1]))
            size = -share if self.paths.get(other[0], {}).get(other[1], 1.0) < 0 else share
            taken |= self._product(hypothesis, cause, moderator, effect, size)
        return taken

    def _product(
        self, hypothesis: Hypothesis, source: str, moderator: str, target: str, size: float | None = None
    ) -> bool:
        if source == moderator or not self._asked(source, moderator, target):
            return False
        if target in self.above[source] | self.above[moderator]:
            return False
        assumed = self.sizes.interaction
        own = self.products.setdefault(target, {})
        if (source, moderator) in own:
            return True
        own[source, moderator] = _signed(hypothesis.sign) * (assumed.size if size is None else size)
        self.why[target, f"{source} x {moderator}"] = f"{hypothesis.id}; {assumed.source}"
        return True

    def _ceiling(self, hypothesis: Hypothesis, source: str, target: str) -> bool:
        if not self._asked(source, target) or target in self.above[source]:
            return False
        self.ceilings.setdefault(target, {})[source] = self.sizes.ceiling.size
        self.why[target, f"ceiling {source}"] = f"{hypothesis.id}; {self.sizes.ceiling.source}"
        return True

    def _difference(self, hypothesis: Hypothesis) -> bool:
        """Let groups differ in each target: by the contrast that is claimed, else the first from the last."""
        asked = set(self.instrument.forms[self.form].item_ids)
        sorting = [
            item
            for item in self.instrument.items.values()
            if item.id in asked and self._sorts(item) in hypothesis.sources
        ]
        scale = self.instrument.scale_of(sorting[0].id) if sorting else None
        targets = [name for name in hypothesis.targets if self._asked(name)]
        if scale is None or not targets:
            return False
        words = dict(zip(scale.codes, scale.labels[self.instrument.languages[0]], strict=True))
        sides = {
            code: weight
            for code, label in words.items()
            for word, weight in hypothesis.contrast.items()
            if word.casefold() in label.casefold()
        } or {scale.codes[-1]: 1.0, scale.codes[0]: -1.0}
        half = self.sizes.difference.size / 2.0
        for code, weight in sides.items():
            own = self.differences.setdefault((sorting[0].id, code), {})
            for k, target in enumerate(targets):
                # Of many outcomes it is the profile that differs: some are higher where others are lower.
                turn = -1.0 if len(targets) > _PROFILE and k % 2 else 1.0
                own.setdefault(target, turn * (half if weight > 0 else -half))
        self.why.setdefault(("difference", sorting[0].id), f"{hypothesis.id}; {self.sizes.difference.source}")
        return True

    def _sorts(self, item: Item) -> str:
        """Name the construct whose groups an item tells: of the design, or an answer without an order."""
        if item.role == "design":
            return item.id.rpartition("_")[0]
        scale = self.instrument.scale_of(item.id)
        return item.construct_id or "" if scale is not None and not scale.ordered else ""

    def _segments(self, hypothesis: Hypothesis) -> bool:
        """Let two classes of people differ in every other construct the one way, in the rest the other."""
        asked = [one for name in hypothesis.sources for one in self.theory.first_order(name)]
        asked = [name for name in asked if self._asked(name)]
        for name in asked:
            side = -1.0 if len(self.profile) % 2 else 1.0
            self.profile.setdefault(name, side * self.sizes.segments.size / 2.0)
            self.why.setdefault(("difference", "class"), f"{hypothesis.id}; {self.sizes.segments.source}")
        return bool(asked)

    def _choice(self, hypothesis: Hypothesis) -> bool:
        """Let causes act on the option that the kind of test compares with the next by default."""
        asked = set(self.instrument.forms[self.form].item_ids)
        items = [
            item for name in hypothesis.targets for item in self.instrument.items_of(name) if item.id in asked
        ]
        sources = [
            one
            for name in hypothesis.sources
            for one in self.theory.first_order(name)
            if self._asked(one) and one not in hypothesis.targets
        ]
        scale = self.instrument.scale_of(items[0].id) if items else None
        if scale is None or not sources:
            return False
        own = self.choices.setdefault(items[0].id, {}).setdefault(scale.codes[0], {})
        for source in sources:
            sign = _signed(hypothesis.source_signs.get(source, hypothesis.sign))
            own.setdefault(source, sign * self.sizes.choice.size)
        self.why.setdefault(("choice", items[0].id), f"{hypothesis.id}; {self.sizes.choice.source}")
        return True


def _why_nothing(hypothesis: Hypothesis, theory: Theory, *, circular: bool) -> str:
    if hypothesis.needs_waves > 1:
        return "it is about later waves"
    if circular:
        return "it would close a circle within one occasion"
    if hypothesis.level == "group_difference":
        return (
            "no answer to the form sorts people by it; state clusters, or groups of a table beside the study"
        )
    named = [theory.constructs.get(name) for name in (*hypothesis.sources, *hypothesis.moderators)]
    if any(one is not None and "respondent" not in one.unit for one in named):
        return "it is about facts of countries, which a table beside the study holds"
    if hypothesis.level == "moderated" and any(one is not None and one.computed for one in named):
        return "it is about arms of an experiment"
    return "the form does not ask about all of it"


def _correlations(
    constructs: Sequence[str],
    paths: Mapping[str, Mapping[str, float]],
    above: Mapping[str, set[str]],
    sizes: EffectsFile,
) -> dict[tuple[str, str], float]:
    """Correlate constructs of a domain, as far as both have causes or neither has and none is a cause."""
    found: dict[tuple[str, str], float] = {}
    for one in sizes.correlations:
        own = [name for name in constructs if any(fnmatchcase(name, pattern) for pattern in one.among)]
        for a, b in combinations(own, 2):
            if bool(paths.get(a)) == bool(paths.get(b)) and a not in above[b] and b not in above[a]:
                found.setdefault((a, b), one.size)
    return found


def _decision(instrument: Instrument, form: str) -> str | None:
    """Find the yes/no item on which most others hang."""
    asked = instrument.forms[form].item_ids
    gates = [instrument.items[id_].show_if.partition("==")[0].strip() for id_ in asked]
    named = [gate for gate in gates if gate in asked]
    return max(dict.fromkeys(named), key=named.count) if named else None
