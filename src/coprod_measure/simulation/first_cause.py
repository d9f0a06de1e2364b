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
            shares = general_dominance(population, sets, target)
            if shares[0] >= lead * max(shares[1:]):
                break
            there = population.paths[target]
            raised = {**there, **{name: _STEP * there[name] for name in first}}
            population = replace(population, paths={**population.paths, target: raised})
            population = explained_at_most(population, explained)
    return population


def general_dominance(
    population: Population, sets: dict[str, tuple[str, ...]], target: str
) -> tuple[float, ...]:
    """Give the general dominance of each set of causes in the population, in the order of ``sets``."""
    from coprod_measure.structure.methods.relative_importance import dominance_of_correlations

    *_, phi = latent_covariance(population)
    names = [name for own in sets.values() for name in own]
    chosen = [population.order.index(name) for name in (*names, target)]
    frame = pd.DataFrame(phi[np.ix_(chosen, chosen)], [*names, target], [*names, target])
    draws = np.repeat(frame.to_numpy()[None], 2, axis=0)
    table = dominance_of_correlations(frame, draws, target, names, population.n, sets=sets).table()
    return tuple(table.set_index("predictor").loc[list(sets), "general"])
