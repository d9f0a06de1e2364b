"""True scores of constructs: residuals with what people and countries share, then equation by equation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import gamma, norm

from coprod_measure.simulation.population import Difference, Population
from coprod_measure.simulation.population_matrices import (
    carried_over,
    latent_covariance,
    parts_of,
    pull_to_leave,
)

Codes = Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one wave, one row a person.

    Attributes
    ----------
    latent : pandas.DataFrame
    cluster : (n,) int or None
        Number of each person's cluster, from 1.
    """

    latent: pd.DataFrame
    cluster: np.ndarray | None = None


def draw_scores(
    population: Population, n: int, codes: Sequence[Codes], rng: np.random.Generator
) -> tuple[Scores, ...]:
    """Draw the scores of every wave, or of every category; one where the population has neither.

    Parameters
    ----------
    codes : sequence of mapping
        One a wave or category: item (or ``"class"`` and the like) to each person's code, of those that
        differences are about.

    Raises
    ------
    SimulationError
        If lagged effects explain more than what changes.
    """
    beta, psi, phi = latent_covariance(population)
    apart = population.waves or population.clusters or population.categories or population.dyads
    if not (apart or population.skewed):
        # As it was drawn before there were parts: the shipped sample stays what it is, to the byte.
        disturbances = [rng.standard_normal((n, len(psi))) @ np.linalg.cholesky(psi).T]
        cluster = None
    else:
        disturbances, cluster = _in_parts(population, n, np.sqrt(np.diag(psi)), rng)
    for name, judgement in population.judgements.items():  # what the rule adds is added after the answers
        for one, own in zip(disturbances, codes, strict=True):
            by_rule = np.isin(own[judgement.stated], list(judgement.rules))
            one[by_rule, population.order.index(name)] *= np.sqrt(1.0 - judgement.size**2)
    partners = population.dyads.partner if population.dyads else {}
    plain = not (population.interactions or population.ceilings or population.differences or partners)
    found = []
    for one, own in zip(disturbances, codes, strict=True):
        if plain:
            scores = one @ np.linalg.inv(np.eye(len(psi)) - beta).T
            latent = pd.DataFrame(scores, columns=list(population.order))
        else:
            latent = _one_by_one(population, one, phi, own)
        found.append(Scores(latent, cluster))
    return tuple(found)


def _in_parts(
    population: Population, n: int, spread: np.ndarray, rng: np.random.Generator
) -> tuple[list[np.ndarray], np.ndarray | None]:
    """Draw what clusters share, what is stable in a person and what changes from wave to wave."""
    parts = parts_of(population)
    k = len(spread)
    root = _root(parts.correlations)
    fixed = rng.standard_normal((n, k)) @ root.T * np.sqrt(parts.stable)
    cluster = None
    if population.clusters:
        cluster = rng.permutation(n) % population.clusters.number
        shared = rng.standard_normal((population.clusters.number, k)) * np.sqrt(parts.cluster)
        fixed = fixed + shared[cluster]
        cluster = cluster + 1
    if population.dyads:
        cluster = np.arange(n) // 2 + 1
        shared = rng.standard_normal((cluster[-1], k)) * np.sqrt(parts.cluster)
        fixed = fixed + shared[cluster - 1]
    gamma0 = parts.correlations * np.outer(np.sqrt(parts.changing), np.sqrt(parts.changing))
    changes = parts.changing > 0.0  # facts about countries do not, be it by rounding
    changing = rng.standard_normal((n, k)) @ _root(gamma0).T * changes
    found = [fixed + changing]
    if population.categories:
        number = len(population.categories.names)
        common = rng.standard_normal((number, k)) * np.sqrt(parts.cluster)
        own = [changing, *(rng.standard_normal((n, k)) @ _root(gamma0).T for _ in range(number - 1))]
        found = [fixed + common[c] + one for c, one in enumerate(own)]
    waves = population.waves
    if waves:
        carried, new = carried_over(population)
        news = _root(new)
        for _ in waves.names[1:]:
            changing = (changing @ carried.T + rng.standard_normal((n, k)) @ news.T) * changes
            found.append(fixed + changing)
    return [_skewed(population, one) * spread for one in found], cluster


def _root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0.0, None)))


def _skewed(population: Population, residuals: np.ndarray) -> np.ndarray:
    """Give residuals of variance one the skewness of a gamma distribution, rank by rank."""
    found = residuals.copy()
    for name, skew in population.skewed.items():
        column = population.order.index(name)
        shape = 4.0 / skew**2
        drawn = gamma.ppf(norm.cdf(np.sign(skew) * residuals[:, column]), shape)
        found[:, column] = np.sign(skew) * (drawn - shape) / np.sqrt(shape)
    return found


def _one_by_one(
    population: Population, disturbances: np.ndarray, phi: np.ndarray, codes: Codes
) -> pd.DataFrame:
    """Give each construct its score after its causes have theirs."""
    order = population.order
    place = {name: k for k, name in enumerate(order)}
    where = [(one, holds(one, codes)) for one in population.differences]
    scores: dict[str, np.ndarray] = {}
    partners = population.dyads.partner if population.dyads else {}
    # The last of an odd number is alone.
    other = np.minimum(np.arange(len(disturbances)) ^ 1, len(disturbances) - 1)
    paired = other != np.arange(len(disturbances))
    for k, name in enumerate(order):
        score = disturbances[:, k].copy()
        for cause, value in population.paths.get(name, {}).items():
            score += value * scores[cause]
        for (a, b), value in population.interactions.get(name, {}).items():
            score += value * (scores[a] * scores[b] - phi[place[a], place[b]])
        for one, who in where:
            score += who * one.means.get(name, 0.0)
            for cause, value in one.paths.get(name, {}).items():
                score += who * value * scores[cause]
        for cause, value in partners.get(name, {}).items():
            score += value * paired * scores[cause][other]
        for cause, height in population.ceilings.get(name, {}).items():
            score = np.minimum(score, scores[cause] + height)
        scores[name] = score
    return pd.DataFrame(scores)


def holds(difference: Difference, codes: Codes) -> np.ndarray:
    """Say for whom a difference holds, as zeros and ones."""
    found = np.logical_and.reduce([codes[item] == code for item, code in difference.where.items()])
    return np.asarray(found, float)


def stay(population: Population, scores: Sequence[Scores], rng: np.random.Generator) -> list[np.ndarray]:
    """Say who is there in each wave: those who leave do not come back.

    Leaving after a wave is a probit in the scores of that wave, of the rate that the population states among
    all.
    """
    waves = population.waves
    there = np.ones(len(scores[0].latent), dtype=bool)
    found = [there]
    if waves is None:
        return found
    names = list(waves.attrition_by)
    b = np.array([waves.attrition_by[name] for name in names])
    own = pull_to_leave(population)
    for one in scores[:-1]:
        pull = one.latent[names].to_numpy() @ b if names else 0.0
        leave = pull + np.sqrt(1.0 - own) * rng.standard_normal(len(there))
        there = there & (leave <= norm.ppf(1.0 - waves.attrition))
        found.append(there)
    return found
