"""A population drafted from a theory: what its hypotheses claim, in the sizes that are assumed for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import combinations, pairwise, product

import numpy as np

from coprod_measure.instrument.definition import Instrument
from coprod_measure.simulation.effects_file import EffectsFile, Size, effects_of
from coprod_measure.simulation.population import (
    ConstructPopulation,
    Habits,
    Population,
    explained_at_most,
)
from coprod_measure.theory.definition import Hypothesis, Theory

_PATHS = ("direct", "mediated", "stage_transition", "incremental", "relative_importance")
_WEAK_EVERY = 6
_FEW_ITEMS = 3


@dataclass(slots=True)
class Draft:
    """A population and how it came to be.

    Attributes
    ----------
    population : Population
    why : mapping
        Target and source (or ``"a x b"``, or ``"ceiling a"``) to the hypothesis that claims it and the source
        of its size.
    left_out : mapping
        Hypothesis to why nothing of it stands in the population.
    """

    population: Population
    why: dict[tuple[str, str], str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


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
    instrument : Instrument
    form : str
        Whose constructs the population holds.

    Notes
    -----
    Signs are those of the hypotheses, sizes those of :mod:`.effects_file`. An effect of a structure above k
    constructs that correlate r is spread over them as ``b / sqrt(k + k (k - 1) r)``, which gives their
    standardised sum the effect b; of several claims of one path the largest counts. A path that would close
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
    draft = Draft(Population("", "", instrument, form, 1, 1, {}, {}))
    paths: dict[str, dict[str, float]] = {}
    products: dict[str, dict[tuple[str, str], float]] = {}
    ceilings: dict[str, dict[str, float]] = {}
    above: dict[str, set[str]] = {name: set() for name in constructs}
    # What is claimed of single paths gives chains their signs.
    for hypothesis in sorted(theory.hypotheses.values(), key=lambda one: bool(one.via)):
        edges = [
            one
            for one in _edges(hypothesis, theory, sizes, paths)
            if {one.target, one.source} <= set(constructs) and one.target != one.source
        ]
        taken = 0
        for one in edges:
            if one.target in above[one.source] or one.target == one.source:
                continue
            taken += 1
            _put_above(above, one.source, one.target)
            there = paths.setdefault(one.target, {}).get(one.source)
            if there is None or abs(one.value) > abs(there):
                paths[one.target][one.source] = (
                    one.value if there is None else float(np.copysign(one.value, there))
                )
                draft.why[one.target, one.source] = one.why
        taken += _put_products(hypothesis, theory, sizes, constructs, above, products, draft)
        taken += _put_ceilings(hypothesis, theory, sizes, constructs, above, ceilings, draft)
        if not taken:
            draft.left_out[hypothesis.id] = _why_nothing(hypothesis, bool(edges))
    habits = {name: one.size for name, one in sizes.habits.items()}
    population = Population(
        id=f"{instrument.id}-{form}",
        title=title or f"Drafted from the theory: {theory.title}",
        instrument=instrument,
        form=form,
        n=1200,
        seed=seed,
        constructs=constructs,
        paths={name: own for name, own in paths.items() if own},
        correlation=sizes.correlation.size,
        correlations=_correlations(list(constructs), paths, above, sizes),
        interactions=products,
        ceilings=ceilings,
        decision=_decision(instrument, form),
        habits=Habits(**habits),
    )
    draft.population = explained_at_most(population, sizes.explained.size)
    return draft


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
    if hypothesis.level in ("moderated", "discrepancy"):
        sources += hypothesis.moderators
    steps = [sources, *([one.strip() for one in step.split("|")] for step in hypothesis.via)]
    steps.append(list(hypothesis.targets))
    carried: dict[str, int] = {}
    for number, (causes, effects) in enumerate(pairwise(steps)):
        last = number == len(steps) - 2
        for cause, effect in product(causes, effects):
            named = cause.removeprefix("-")
            parts = theory.first_order(named)
            claimed = _signed(hypothesis.source_signs.get(named, hypothesis.sign)) if last else 1
            claimed = -claimed if cause.startswith("-") else claimed
            for part, target in product(parts, theory.first_order(effect.removeprefix("-"))):
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


def _put_above(above: dict[str, set[str]], cause: str, effect: str) -> None:
    """Note that a cause and what is above it are above an effect and what is below it."""
    causes = {cause} | above[cause]
    for name, own in above.items():
        if name == effect or effect in own:
            own |= causes


def _put_products(
    hypothesis: Hypothesis,
    theory: Theory,
    sizes: EffectsFile,
    constructs: Mapping[str, ConstructPopulation],
    above: Mapping[str, set[str]],
    products: dict[str, dict[tuple[str, str], float]],
    draft: Draft,
) -> int:
    if hypothesis.level not in ("moderated", "discrepancy") or hypothesis.needs_waves > 1:
        return 0
    moderators = hypothesis.moderators or hypothesis.versus or hypothesis.sources[1:]
    taken = 0
    for source, moderator, target in product(hypothesis.sources, moderators, hypothesis.targets):
        three = (source, moderator, target)
        if (
            source == moderator
            or not set(three) <= set(constructs)
            or target in above[source] | above[moderator]
        ):
            continue
        products.setdefault(target, {})[source, moderator] = _signed(hypothesis.sign) * sizes.interaction.size
        draft.why[target, f"{source} x {moderator}"] = f"{hypothesis.id}; {sizes.interaction.source}"
        taken += 1
    return taken


def _put_ceilings(
    hypothesis: Hypothesis,
    theory: Theory,
    sizes: EffectsFile,
    constructs: Mapping[str, ConstructPopulation],
    above: Mapping[str, set[str]],
    ceilings: dict[str, dict[str, float]],
    draft: Draft,
) -> int:
    if hypothesis.level != "necessity":
        return 0
    taken = 0
    for source, target in product(hypothesis.sources, hypothesis.targets):
        if {source, target} <= set(constructs) and target not in above[source]:
            ceilings.setdefault(target, {})[source] = sizes.ceiling.size
            draft.why[target, f"ceiling {source}"] = f"{hypothesis.id}; {sizes.ceiling.source}"
            taken += 1
    return taken


def _why_nothing(hypothesis: Hypothesis, has_edges: bool) -> str:
    if hypothesis.needs_waves > 1:
        return "it is about later waves"
    if has_edges:
        return "it would close a circle within one occasion"
    if hypothesis.level in _PATHS:
        return "the form does not ask about it"
    return f"a claim of the level {hypothesis.level} has no term of its own here"


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


def population_text(draft: Draft, instrument: str = "") -> str:
    """Write a drafted population as a file, with the source of every number.

    ``instrument``: as the file names it; its id when left out.

    Examples
    --------
    >>> from coprod_measure import read_instrument
    >>> text = population_text(draft_population(read_instrument("etgar2007"), "demo"))
    >>> [line for line in text.splitlines() if "cb_net_judgement: 0." in line][0].split("#")[1].strip()[:4]
    'H1d;'
    """
    one, sizes = draft.population, effects_of(draft.population.instrument.theory.id)
    lines = [
        "# yaml-language-server: $schema=schema/population.schema.json",
        "# Drafted by `coprod population` from the theory's claims; each line says where its size is from.",
        "# Change what you know better; `coprod check` finds what cannot be.",
        f"id: {one.id}",
        f"title: {json.dumps(one.title, ensure_ascii=False)}",
        f"instrument: {instrument or one.instrument.id}",
        f"form: {one.form}",
        f"n: {one.n}",
        f"seed: {one.seed}",
        f"# Loadings: {sizes.loading.source}. Weak items: {sizes.weak.source}.",
        "constructs:",
    ]
    for name, own in one.constructs.items():
        if own.share != ConstructPopulation().share:
            lines.append(f"  {name}: {{share: {own.share:g}, loading: {own.loading:g}}}")
            continue
        weak = "" if own.weak is None else f", weak: {own.weak:g}"
        told = sizes.answers_of(name).source
        lines.append(
            f"  {name}: {{mean: {own.mean:g}, sd: {own.sd:g}, loading: {own.loading:g}{weak}}}  # {told}"
        )
    lines += [f"correlation: {one.correlation:g}  # {sizes.correlation.source}", "correlations:"]
    lines += [
        f"  - {{among: [{a}, {b}], value: {value:g}}}" for (a, b), value in one.correlations.items()
    ] or ["  []"]
    lines.append(
        f"# Standardised. Every equation explains at most {sizes.explained.size:g}: {sizes.explained.source}."
    )
    lines += _equations("paths", one.paths, draft)
    products = {y: {f"{a} x {b}": v for (a, b), v in own.items()} for y, own in one.interactions.items()}
    lines += _equations("interactions", products, draft)
    lines += _equations("ceilings", one.ceilings, draft, "ceiling ")
    if one.decision:
        lines.append(f"decision: {one.decision}")
    lines.append("habits:")
    lines += [f"  {name}: {size.size:g}  # {size.source}" for name, size in sizes.habits.items()] or ["  {}"]
    lines += [f"# {id_} has no effect here: {why}." for id_, why in draft.left_out.items()]
    return "\n".join(lines) + "\n"


def _equations(
    part: str, equations: Mapping[str, Mapping[str, float]], draft: Draft, prefix: str = ""
) -> Iterator[str]:
    if not equations:
        return
    yield f"{part}:"
    for target, own in equations.items():
        yield f"  {target}:"
        for source, value in own.items():
            yield f"    {source}: {value:.3f}  # {draft.why.get((target, prefix + source), '')}"
