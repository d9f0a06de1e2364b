"""What a hypothesis claims, as terms of a population, and the population in which it is false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from coprod_measure.errors import SimulationError
from coprod_measure.simulation.population import Population
from coprod_measure.theory.definition import Hypothesis, Theory
from coprod_measure.yaml_files import did_you_mean

_BY_PATHS = ("direct", "mediated", "stage_transition", "relative_importance", "incremental", "over_time")


@dataclass(frozen=True, slots=True)
class Term:
    """One effect in a population.

    Attributes
    ----------
    target, source : str
    moderator : str
        Of a product term; the source itself for a square; empty for a path.
    """

    target: str
    source: str
    moderator: str = ""


def terms_of(hypothesis: Hypothesis, theory: Theory) -> tuple[Term, ...]:
    """Name the terms that carry a hypothesis: of a chain its last steps, without which nothing is mediated.

    Examples
    --------
    >>> from coprod_measure import read_theory
    >>> theory = read_theory("etgar2007")
    >>> terms_of(theory.hypotheses["H5b"], theory)
    (Term(target='propensity', source='sit_trust', moderator=''),)
    """
    return tuple(dict.fromkeys(_terms(hypothesis, theory)))


def _terms(hypothesis: Hypothesis, theory: Theory) -> Iterator[Term]:
    def parts(names: Sequence[str]) -> list[str]:
        return [one for name in names for one in theory.first_order(name.removeprefix("-"))]

    last = [hypothesis.sources, *hypothesis.steps][-1]
    for source, target in product(parts(last), parts(hypothesis.targets)):
        if source == target:
            continue
        if hypothesis.level == "moderated":
            yield from (Term(target, source, one) for one in parts(hypothesis.moderators))
        elif hypothesis.level == "discrepancy":
            others = [one for one in parts(hypothesis.sources) if one != source]
            yield Term(target, source)
            yield from (Term(target, *sorted((source, one))) for one in (source, *others))
        elif hypothesis.level in _BY_PATHS:
            yield Term(target, source)
        elif hypothesis.level == "necessity":
            yield Term(target, source, "ceiling")


def has_effect(population: Population, hypothesis: Hypothesis) -> bool:
    """Whether any term that carries a hypothesis is in the population."""
    return any(_value(population, term) for term in terms_of(hypothesis, population.instrument.theory))


def _value(population: Population, term: Term) -> float:
    if term.moderator == "ceiling":
        return float(term.source in population.ceilings.get(term.target, {}))
    if not term.moderator:
        lags = population.waves.lags if population.waves else {}
        now, later = (own.get(term.target, {}).get(term.source, 0.0) for own in (population.paths, lags))
        return now or later
    own = population.interactions.get(term.target, {})
    return own.get((term.source, term.moderator), own.get((term.moderator, term.source), 0.0))


def without(population: Population, hypotheses: Sequence[str]) -> Population:
    """Switch claims off: the same population in which the hypotheses are false.

    Raises
    ------
    SimulationError
        If there is no such hypothesis, or the population holds no term of it.
    """
    theory = population.instrument.theory
    for id_ in hypotheses:
        if id_ not in theory.hypotheses:
            raise SimulationError(
                f"there is no hypothesis {id_!r} to switch off",
                place=population.id,
                cure=did_you_mean(id_, theory.hypotheses),
                code="unknown-hypothesis",
            )
        if not has_effect(population, theory.hypotheses[id_]):
            raise SimulationError(
                f"{id_} has no effect in this population that could be switched off",
                place=population.id,
                cure="Leave it out, or state its effect in the population file",
                code="no-effect",
            )
    gone = {term for id_ in hypotheses for term in terms_of(theory.hypotheses[id_], theory)}
    return _keep(population, gone)


def without_effects(population: Population, hypotheses: Sequence[str]) -> Population:
    """Switch off whatever these hypotheses have in the population, be it nothing."""
    theory = population.instrument.theory
    gone = {term for id_ in hypotheses for term in terms_of(theory.hypotheses[id_], theory)}
    return _keep(population, gone)


def _keep(population: Population, gone: set[Term]) -> Population:
    def kept(own: Mapping[str, float], target: str) -> dict[str, float]:
        return {source: b for source, b in own.items() if Term(target, source) not in gone}

    products = {
        target: {
            pair: b
            for pair, b in own.items()
            if Term(target, *pair) not in gone and Term(target, *reversed(pair)) not in gone
        }
        for target, own in population.interactions.items()
    }
    ceilings = {
        target: {
            source: height for source, height in own.items() if Term(target, source, "ceiling") not in gone
        }
        for target, own in population.ceilings.items()
    }
    waves = population.waves
    if waves:
        waves = replace(waves, lags={target: kept(own, target) for target, own in waves.lags.items()})
    return replace(
        population,
        waves=waves,
        paths={target: kept(own, target) for target, own in population.paths.items()},
        interactions=products,
        ceilings=ceilings,
    )


def scaled(population: Population, factor: float) -> Population:
    """Multiply every path and product term."""
    return replace(
        population,
        paths={y: {x: factor * b for x, b in own.items()} for y, own in population.paths.items()},
        interactions={
            y: {pair: factor * b for pair, b in own.items()} for y, own in population.interactions.items()
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
