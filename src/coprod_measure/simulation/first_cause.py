"""A cause that is claimed to be the most important one is made so in a drafted population."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from coprod_measure.simulation.population import Population
from coprod_measure.simulation.population_matrices import explained_at_most, latent_covariance
from coprod_measure.theory.definition import Hypothesis

_STEP, _MOST = 1.2, 40


def put_first(population: Population, hypothesis: Hypothesis, lead: float, explained: float) -> Population:
    """Raise the effects of the first source on each target until it is the most important one.

    Parameters
    ----------
    lead : float
        How many times the general dominance of the next one it shall have at least; structures count as sets.
    explained : float
        Share of the target that all causes together explain at most.

    Notes
    -----
    General dominance: the increment of explained variance, averaged over all subsets of the other sources
    (Azen and Budescu 2003, *Psychological Methods* 8, 129-148).
    """
    theory, sets = population.instrument.theory, dict[str, tuple[str, ...]]()
    for source in hypothesis.sources:
        taken = {name for own in sets.values() for name in own}
        parts = [one for one in theory.first_order(source) if one not in taken]
        if own := tuple(one for one in parts if one in population.constructs):
            sets[source] = own
    first = sets.get(hypothesis.sources[0], ())
    for target in hypothesis.targets:
        if (
            not first
            or len(sets) < 2
            or not set(first) <= set(population.paths.get(target, {}))
            or any(target in names for names in sets.values())
        ):
            continue
        for _ in range(_MOST):
            shares = importance(population, sets, target)
            if shares[0] >= lead * max(shares[1:]):
                break
            there = population.paths[target]
            raised = {**there, **{name: _STEP * there[name] for name in first}}
            population = replace(population, paths={**population.paths, target: raised})
            population = explained_at_most(population, explained)
    return population


def importance(population: Population, sets: dict[str, tuple[str, ...]], target: str) -> tuple[float, ...]:
    """Give what each set of causes explains in the population, in the order of ``sets``.

    General dominance; of too many sets for that, relative weights (Johnson 2000): as they are judged.
    """
    from coprod_measure.structure.methods.relative_importance import dominance_of_correlations
    from coprod_measure.structure.methods.relative_weights import weights_of_sets
    from coprod_measure.structure.methods.subset_fits import MOST_SETS

    *_, phi = latent_covariance(population)
    places = [[population.order.index(name) for name in own] for own in sets.values()]
    outcome = population.order.index(target)
    if len(sets) > MOST_SETS:
        return tuple(weights_of_sets(phi[None], places, (), outcome)[:, 0].tolist())
    names = [name for own in sets.values() for name in own]
    chosen = [*(k for own in places for k in own), outcome]
    frame = pd.DataFrame(phi[np.ix_(chosen, chosen)], [*names, target], [*names, target])
    found = dominance_of_correlations(frame, None, target, names, population.n, sets=sets)
    return tuple(found.ranking.explained.tolist())
