"""Claims switched off: what carries them is left out; sameness, measures, correlations are made otherwise."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import TypeVar

from coprod_measure.errors import SimulationError
from coprod_measure.simulation.claims import (
    can_be_left_out,
    has_effect,
    items_that_sort,
    parts_in,
    without_effects,
)
from coprod_measure.simulation.effects_file import effects_of
from coprod_measure.simulation.population import Difference, Population
from coprod_measure.simulation.population_matrices import explained_at_most, latent_covariance
from coprod_measure.theory.definition import Hypothesis
from coprod_measure.yaml_files import did_you_mean

Value = TypeVar("Value")
AS_ONE = 0.999
"""Correlation of constructs that are one; at 1 no variance is left that a file could state."""
_MOST_EXPLAINED = 0.95


def without(population: Population, hypotheses: Sequence[str]) -> Population:
    """Switch claims off: the same population in which the hypotheses are false.

    Raises
    ------
    SimulationError
        If there is no such hypothesis, or nothing in the population that could be switched off.

    Notes
    -----
    Of effects, whatever carries them is left out. Where measures are claimed to be apart they are one: they
    correlate by :data:`AS_ONE`, and only the first keeps causes of its own. Of facets of one factor the last
    shares nothing with the others; constructs that are claimed to be correlated share nothing, whatever else
    that takes out. Where sameness is claimed the last group differs by the size of a difference that is
    assumed for the theory: in the strongest of the paths, or in the mean of the first outcome.

    Examples
    --------
    >>> from coprod_measure import read_instrument
    >>> from coprod_measure.simulation.draft import draft_population
    >>> drafted = draft_population(read_instrument("etgar2007"), "wide").population
    >>> without(drafted, ["H5h"]).paths["sit_opportunism_expected"]
    {'sit_trust': -0.999}
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
    left = [id_ for id_ in hypotheses if can_be_left_out(theory.hypotheses[id_])]
    found = without_effects(population, left)
    for id_ in hypotheses:
        if id_ not in left:
            found = _otherwise(found, theory.hypotheses[id_])
    return found


def _otherwise(population: Population, hypothesis: Hypothesis) -> Population:
    if hypothesis.no_difference:
        return _differ(population, hypothesis)
    sources = parts_in(population, hypothesis.sources)
    if hypothesis.level == "nomological":
        return _unrelated(population, sources, parts_in(population, hypothesis.targets))
    if hypothesis.targets or len(hypothesis.sources) == 1:
        return _unrelated(population, sources[-1:], sources[:-1])
    return _as_one(population, sources)


def _as_one(population: Population, names: Collection[str]) -> Population:
    """Let the first cause all others, and nothing else."""
    *_, phi = latent_covariance(population)
    first, *others = [name for name in population.order if name in names]
    place = population.order.index
    found = _without_causes(population, others)
    sides = {name: -1.0 if phi[place(first), place(name)] < 0 else 1.0 for name in others}
    alike = {name: {first: side * AS_ONE} for name, side in sides.items()}
    correlations = {pair: r for pair, r in found.correlations.items() if not {*pair} & {*others}}
    paths = {**found.paths, **alike}
    # Causes that are one now explain more of what they act on than they did apart.
    found = explained_at_most(replace(found, paths=paths, correlations=correlations), _MOST_EXPLAINED)
    return replace(found, paths={**found.paths, **alike})


def _unrelated(population: Population, names: Collection[str], others: Collection[str]) -> Population:
    """Take out every cause of some constructs, and every way from them to others."""
    above = {*others}
    for name in reversed(population.order):
        if name in above:
            above.update(population.causes_of(name))
    found = _without_causes(population, names)

    def kept(own: Mapping[str, float]) -> dict[str, float]:
        return {cause: b for cause, b in own.items() if cause not in names}

    interactions = {
        y: {pair: b for pair, b in own.items() if y not in above or not {*pair} & {*names}}
        for y, own in found.interactions.items()
    }
    paths = {y: kept(own) if y in above else own for y, own in found.paths.items()}
    apart = {pair: r for pair, r in found.correlations.items() if not {*pair} & {*names}}
    found = replace(found, paths=paths, interactions=interactions, correlations=apart)
    outside = found.exogenous
    pairs = [pair for pair in combinations(outside, 2) if {*pair} & {*names}]
    return replace(found, correlations={**apart, **dict.fromkeys(pairs, 0.0)})


def _without_causes(population: Population, names: Collection[str]) -> Population:
    """Take out the equations of constructs, and what is different of them for some."""

    def others(own: Mapping[str, Value]) -> dict[str, Value]:
        return {name: value for name, value in own.items() if name not in names}

    return replace(
        population,
        paths=others(population.paths),
        interactions=others(population.interactions),
        ceilings=others(population.ceilings),
        judgements=others(population.judgements),
        differences=tuple(
            replace(one, means=others(one.means), paths=others(one.paths)) for one in population.differences
        ),
        waves=population.waves and replace(population.waves, lags=others(population.waves.lags)),
    )


def _differ(population: Population, hypothesis: Hypothesis) -> Population:
    """Let the last group differ, in the strongest path or in a mean."""
    size = effects_of(population.instrument.theory.id).difference.size
    asked = population.instrument.forms[population.form].item_ids
    sorting = items_that_sort(hypothesis.moderators or hypothesis.sources, population.instrument)
    item = next((one for one in asked if one in sorting), None)
    scale = population.instrument.scale_of(item) if item else None
    sources, targets = (parts_in(population, ids) for ids in (hypothesis.sources, hypothesis.targets))
    stated = {
        (y, x): b for y in targets for x, b in population.paths.get(y, {}).items() if x in sources and b
    }
    if item is None or scale is None or not targets or (hypothesis.moderators and not stated):
        raise SimulationError(
            f"nothing that {hypothesis.id} claims to be the same can differ between groups here",
            place=population.id,
            cure="State its paths, and a form that asks for the groups",
            code="no-effect",
        )
    where = {item: scale.codes[-1]}
    if hypothesis.moderators:
        y, x = max(stated, key=lambda pair: abs(stated[pair]))
        change = -size if stated[y, x] > 0 else size
        own = Difference(where, paths={y: {x: change}})
    else:
        own = Difference(where, means={targets[0]: size})
    return replace(population, differences=(*population.differences, own))
