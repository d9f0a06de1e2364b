"""What a hypothesis claims, as terms of a population, and the population in which it is false."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np

from coprod_measure.errors import SimulationError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.simulation.population import Difference, Judgement, Population
from coprod_measure.simulation.population_matrices import explained_at_most, latent_covariance
from coprod_measure.structure.design import DESIGN
from coprod_measure.theory.definition import Hypothesis, Theory

_BY_CORRELATION = ("measurement", "nomological")
_NOTHING, _AS_ONE, _MOST_EXPLAINED = 1e-9, 0.99, 0.95
_LARGEST_JUDGEMENT = 0.99
_BY_PATHS = (
    "direct",
    "mediated",
    "stage_transition",
    "relative_importance",
    "incremental",
    "over_time",
    "choice",
    "group_difference",
)


@dataclass(frozen=True, slots=True)
class Term:
    """One effect in a population.

    Attributes
    ----------
    moderator : str
        Of a product term; the source itself for a square; empty for a path.
    """

    target: str
    source: str
    moderator: str = ""


def terms_of(hypothesis: Hypothesis, theory: Theory) -> tuple[Term, ...]:
    """Name the terms that carry a hypothesis: of a chain its last steps, without which nothing is mediated.

    Of an indirect effect that something bends they are the products of the step that is bent.

    Examples
    --------
    >>> from coprod_measure import read_theory
    >>> theory = read_theory("etgar2007")
    >>> terms_of(theory.hypotheses["H5b"], theory)
    (Term(target='propensity', source='sit_trust', moderator=''),)
    """
    return tuple(dict.fromkeys(_terms(hypothesis, theory)))


def _terms(hypothesis: Hypothesis, theory: Theory) -> Iterator[Term]:
    if hypothesis.rises:
        return
    causes, effects = [hypothesis.sources, *hypothesis.steps][-1], hypothesis.targets
    causes = (*causes, *((hypothesis.balance,) if hypothesis.balance else ()))
    bent = hypothesis.level == "mediated" and len(hypothesis.via) == 1 and bool(hypothesis.moderators)
    if bent and theory.bent_step(hypothesis) == "first":
        causes, effects = hypothesis.sources, hypothesis.mediators
    for source, target in product(_parts(theory, causes), _parts(theory, effects)):
        if source == target:
            continue
        if hypothesis.level == "moderated" or bent:
            yield from (Term(target, source, one) for one in _parts(theory, hypothesis.moderators))
        elif hypothesis.level == "discrepancy":
            others = [one for one in _parts(theory, hypothesis.sources) if one != source]
            yield Term(target, source)
            yield from (Term(target, *sorted((source, one))) for one in (source, *others))
        elif hypothesis.level in _BY_PATHS and not (
            hypothesis.level == "group_difference" and hypothesis.moderators
        ):
            yield Term(target, source)
        elif hypothesis.level == "necessity":
            yield Term(target, source, "ceiling")


def has_effect(population: Population, hypothesis: Hypothesis) -> bool:
    """Whether a hypothesis is true in a population, of the claims that a population file can state.

    Whatever carries it counts: terms of equations, differences between groups, arms and latent classes,
    effects on choices, correlations. Where sameness is claimed, it is that nothing differs.
    """
    if hypothesis.level in _BY_CORRELATION:
        return _by_correlation(population, hypothesis)
    return (_off(population, hypothesis) != population) != hypothesis.no_difference


def _by_correlation(population: Population, hypothesis: Hypothesis) -> bool:
    sources, targets = (parts_in(population, ids) for ids in (hypothesis.sources, hypothesis.targets))
    *_, phi = latent_covariance(population)
    place = {name: k for k, name in enumerate(population.order)}
    if hypothesis.level == "nomological":
        return any(abs(phi[place[a], place[b]]) > _NOTHING for a, b in product(sources, targets) if a != b)
    if hypothesis.targets or len(hypothesis.sources) == 1:
        found = [abs(phi[place[a], place[b]]) > _NOTHING for a, b in combinations(sources, 2)]
        return bool(found) and all(found)
    groups = [parts_in(population, [id_]) for id_ in hypothesis.sources]
    pairs = [pair for one, other in combinations(groups, 2) for pair in product(one, other)]
    return bool(pairs) and all(abs(phi[place[a], place[b]]) < _AS_ONE for a, b in pairs if a != b)


def parts_in(population: Population, ids: Sequence[str]) -> list[str]:
    """Name the constructs of a population that claims about others are drawn with."""
    return [name for name in _named(population.instrument.theory, ids) if name in population.constructs]


def can_be_left_out(hypothesis: Hypothesis) -> bool:
    """Whether a population in which it is false is made by leaving something out, and nothing else."""
    return hypothesis.level not in _BY_CORRELATION and not hypothesis.no_difference


def _named(theory: Theory, ids: Sequence[str]) -> list[str]:
    """Structures by their own names too: a population may state them as one."""
    return list(dict.fromkeys((*(name.removeprefix("-") for name in ids), *_parts(theory, ids))))


def _parts(theory: Theory, names: Sequence[str]) -> list[str]:
    return [one for name in names for one in carriers(theory, name.removeprefix("-"))]


def carriers(theory: Theory, name: str) -> tuple[str, ...]:
    """Name the constructs that a claim is drawn with: the first order, of what is computed its parts.

    Examples
    --------
    >>> from coprod_measure import read_theory
    >>> carriers(read_theory("etgar2007"), "coproduction")[:2]
    ('phase_initiating', 'phase_design')
    """
    found: list[str] = []
    for one in theory.first_order(name):
        rule = theory.constructs[one].computed if one in theory.constructs else None
        found += [part for of in rule.of for part in carriers(theory, of)] if rule else [one]
    return tuple(dict.fromkeys(found))


def without_effects(population: Population, hypotheses: Sequence[str]) -> Population:
    """Switch off whatever these hypotheses have in the population, be it nothing."""
    for id_ in hypotheses:
        population = _off(population, population.instrument.theory.hypotheses[id_])
    return population


def _off(population: Population, hypothesis: Hypothesis) -> Population:
    """Take out all that carries a hypothesis; what is zero already stays."""
    theory = population.instrument.theory
    gone = set(terms_of(hypothesis, theory))
    sources, targets = (_named(theory, ids) for ids in (hypothesis.sources, hypothesis.targets))

    def kept(own: Mapping[str, float], target: str) -> dict[str, float]:
        return {source: b for source, b in own.items() if not b or Term(target, source) not in gone}

    found = replace(
        population,
        paths={target: kept(own, target) for target, own in population.paths.items()},
        interactions={
            target: {
                pair: b
                for pair, b in own.items()
                if not b or not {Term(target, *pair), Term(target, *reversed(pair))} & gone
            }
            for target, own in population.interactions.items()
        },
        ceilings={
            target: {x: b for x, b in own.items() if Term(target, x, "ceiling") not in gone}
            for target, own in population.ceilings.items()
        },
        differences=tuple(_same(one, hypothesis, population.instrument) for one in population.differences),
    )
    if population.waves:
        lags = {target: kept(own, target) for target, own in population.waves.lags.items()}
        found = replace(found, waves=replace(population.waves, lags=lags))
    if "judgement_rules" in hypothesis.tested_by:
        return replace(found, judgements=_by_one_rule(population, hypothesis))
    if hypothesis.level == "choice":
        return _no_choice(found, sources, targets)
    return _alike(found, sources, targets) if hypothesis.level == "group_difference" else found


def _by_one_rule(population: Population, hypothesis: Hypothesis) -> dict[str, Judgement]:
    """Let everybody judge by the first rule, whatever they state."""
    return {
        name: replace(one, rules=dict.fromkeys(one.rules, next(iter(one.rules.values()))))
        if name in hypothesis.targets
        else one
        for name, one in population.judgements.items()
    }


def _no_choice(population: Population, sources: Sequence[str], targets: Sequence[str]) -> Population:
    """Take out effects of constructs on choices, and what levels of offers are worth."""
    asked = {item.id for name in targets for item in population.instrument.items_of(name)}

    def kept(own: Mapping[str, float]) -> dict[str, float]:
        return {x: b for x, b in own.items() if not b or x not in sources}

    choices = {
        item: {code: kept(own) for code, own in codes.items()} if item in asked else codes
        for item, codes in population.choices.items()
    }
    offers = {name: own for name, own in population.offers.items() if name not in sources}
    return replace(population, choices=choices, offers=offers)


def _alike(population: Population, sources: Sequence[str], targets: Sequence[str]) -> Population:
    """Take out what people of a country, or rows about a category, have in common."""
    sorting = items_that_sort(sources, population.instrument)

    def kept(own: Mapping[str, float]) -> dict[str, float]:
        return {name: share for name, share in own.items() if not share or name not in targets}

    clusters, categories = population.clusters, population.categories
    if clusters and clusters.column in sorting:
        population = replace(population, clusters=replace(clusters, icc=kept(clusters.icc)))
    if categories and "category" in sorting:
        population = replace(population, categories=replace(categories, shared=kept(categories.shared)))
    return population


def _same(one: Difference, hypothesis: Hypothesis, instrument: Instrument) -> Difference:
    """Take out of a difference what a hypothesis claims of those it is about."""
    theory = instrument.theory
    sources, targets = (
        _named(theory, ids) for ids in (hypothesis.sources, hypothesis.rises or hypothesis.targets)
    )
    if hypothesis.level == "segmentation":
        gone = set(sources) if "class" in one.where else set()
        return replace(one, means={name: b for name, b in one.means.items() if not b or name not in gone})
    if items_that_sort(hypothesis.across, instrument) & set(one.where):
        one = _without_paths(one, sources, targets)
    by_source = items_that_sort(sources, instrument) & set(one.where)
    if hypothesis.rises:
        by_source = {"wave"} & set(one.where)
    if hypothesis.moderators:
        by_moderator = items_that_sort(hypothesis.moderators, instrument) & set(one.where)
        if by_source and by_moderator:  # a cell of a crossed experiment
            reached = {*targets, *(hypothesis.mediators if hypothesis.level == "mediated" else ())}
            return replace(one, means={y: b for y, b in one.means.items() if not b or y not in reached})
        return _without_paths(one, sources, targets) if by_moderator else one
    if not by_source or (len(one.where) > 1 and hypothesis.level == "direct"):
        return one
    return replace(one, means={name: b for name, b in one.means.items() if not b or name not in targets})


def _without_paths(one: Difference, sources: Sequence[str], targets: Sequence[str]) -> Difference:
    paths = {
        y: {x: b for x, b in own.items() if not b or y not in targets or x not in sources}
        for y, own in one.paths.items()
    }
    return replace(one, paths=paths)


def items_that_sort(constructs: Sequence[str], instrument: Instrument) -> set[str]:
    """Name the items and columns that say where people stand on constructs: an answer, an arm, the design."""
    items = {
        item.id
        for item in instrument.items.values()
        if item.construct_id in constructs
        or item.assigns in constructs
        or (item.role == "design" and re.sub(r"_\d+$", "", item.id) in constructs)
    }
    return items | {DESIGN[name] for name in constructs if name in DESIGN}


def varied(population: Population, seed: int) -> Population:
    """Draw paths from what is known of them: power over many draws is then expected power, or assurance.

    Notes
    -----
    O'Hagan, Stevens and Campbell (2005), *Pharmaceutical Statistics* 4, 187-201. Paths that were switched off
    stay so; equations that come to explain more than 95 % shrink to that.
    """
    if not population.uncertain:
        return population
    rng = np.random.default_rng([seed, 7])
    paths = {
        y: {
            x: b and b + population.uncertain.get(y, {}).get(x, 0.0) * rng.standard_normal()
            for x, b in own.items()
        }
        for y, own in population.paths.items()
    }
    return explained_at_most(replace(population, paths=paths), _MOST_EXPLAINED)


def scaled(population: Population, factor: float) -> Population:
    """Multiply every path and product term, what differs between groups, and effects on choices."""
    waves = population.waves
    if waves:
        lags = {y: {x: b if x == y else factor * b for x, b in own.items()} for y, own in waves.lags.items()}
        waves = replace(waves, lags=lags)
    return replace(
        population,
        waves=waves,
        differences=tuple(
            replace(
                one,
                means={name: factor * b for name, b in one.means.items()},
                paths={y: {x: factor * b for x, b in own.items()} for y, own in one.paths.items()},
            )
            for one in population.differences
        ),
        choices={
            item: {
                code: {x: b if x == "constant" else factor * b for x, b in own.items()}
                for code, own in codes.items()
            }
            for item, codes in population.choices.items()
        },
        paths={y: {x: factor * b for x, b in own.items()} for y, own in population.paths.items()},
        interactions={
            y: {pair: factor * b for pair, b in own.items()} for y, own in population.interactions.items()
        },
        judgements={
            y: replace(one, size=min(factor * one.size, _LARGEST_JUDGEMENT))
            for y, one in population.judgements.items()
        },
    )


def with_reliability(population: Population, reliability: float) -> Population:
    """Give every scale of the form the same reliability, by the loadings that it takes with its items.

    Notes
    -----
    Spearman (1910) and Brown (1910): k parallel items of reliability r have ``k r / (1 + (k - 1) r)``.
    """
    if not 0.0 < reliability < 1.0:
        raise SimulationError(
            f"a reliability of {reliability:g}", place="reliability", cure="Give one between 0 and 1"
        )
    asked = set(population.instrument.forms[population.form].item_ids)
    constructs = {}
    for name, one in population.constructs.items():
        k = sum(item.id in asked for item in population.instrument.items_of(name))
        alone = reliability / (k - (k - 1) * reliability) if k > 1 else one.loading**2
        constructs[name] = replace(one, loading=alone**0.5, weak=None)
    return replace(population, constructs=constructs)


def with_smallest_effect(population: Population, hypotheses: Sequence[str], size: float) -> Population:
    """Let every path that these hypotheses claim be no larger than the smallest effect of interest."""
    theory = population.instrument.theory
    claimed = {
        (term.target, term.source)
        for id_ in hypotheses
        for term in terms_of(theory.hypotheses[id_], theory)
        if not term.moderator
    }

    def shrunk(target: str, source: str, value: float) -> float:
        return max(-size, min(size, value)) if (target, source) in claimed else value

    return replace(
        population,
        paths={y: {x: shrunk(y, x, b) for x, b in own.items()} for y, own in population.paths.items()},
    )
