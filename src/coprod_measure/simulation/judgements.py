"""Verdicts that people reach by the rule that they state, from what they answered about single things."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from coprod_measure.instrument.definition import Item
from coprod_measure.simulation.population import Judgement, Population
from coprod_measure.simulation.population_matrices import latent_covariance

Codes = dict[str, np.ndarray]
_HUNDRED = 20
"""Units of five points in which people share out importance."""


def judge(
    population: Population,
    latent: pd.DataFrame,
    codes: Codes,
    answer: Callable[[Item], np.ndarray],
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, Codes]:
    """Add to each verdict what its rule makes of the answers, and to all that follows from the verdict.

    Parameters
    ----------
    latent : pandas.DataFrame
        Scores whose verdicts lack this part of their variance (:func:`.scores.draw_scores`).
    codes : dict
        Rules that people state.
    answer : callable
        Draws the answers to an item.

    Returns
    -------
    pandas.DataFrame, dict
        Scores, and codes with the answers that were judged and the points that they were given.
    """
    beta, psi, _ = latent_covariance(population)
    effects = np.linalg.inv(np.eye(len(beta)) - beta)
    scores, given = latent.to_numpy(copy=True), dict(codes)
    for target, one in population.judgements.items():
        k = list(population.order).index(target)
        part, own = _by_rule(population, one, latent[one.by].to_numpy(), given, answer, rng)
        given |= own
        scores += np.outer(one.size * np.sqrt(psi[k, k]) * part, effects[:, k])
    return pd.DataFrame(scores, latent.index, latent.columns), given


def _by_rule(
    population: Population,
    one: Judgement,
    score: np.ndarray,
    codes: Codes,
    answer: Callable[[Item], np.ndarray],
    rng: np.random.Generator,
) -> tuple[np.ndarray, Codes]:
    """Say where each person's rule puts the verdict beyond the construct's score; of variance one."""
    from coprod_measure.structure.judged_attributes import attributes
    from coprod_measure.structure.methods.judgement_rules import scored

    asked = [
        population.instrument.items[id_] for id_ in population.instrument.forms[population.form].item_ids
    ]
    items = [item for item in asked if item.construct_id == one.by]
    by = attributes([item.id for item in items], asked)
    given = {item.id: codes[item.id] if item.id in codes else answer(item) for item in items}
    p = len(by.parts)
    if by.points:
        shares = rng.multinomial(_HUNDRED, np.full(p, 1.0 / p), len(score)) * (100.0 / _HUNDRED)
        given |= {weight: shares[:, j] for j, weight in enumerate(by.points)}
    # Where nobody was asked how much it counts, what is asked first counts most.
    weights = np.asarray(shares if by.points else np.arange(p, 0, -1.0), np.float64)
    x = np.column_stack([_from_worst(population, own, given) for own in by.parts.values()])
    rules = tuple(dict.fromkeys(one.rules.values()))
    design = np.column_stack([np.ones(len(score)), score])
    made = scored(x, weights, rules)
    left = made - design @ np.linalg.lstsq(design, made, rcond=None)[0]
    spread = left.std(axis=0)
    left /= np.where(spread > 0, spread, 1.0)
    part = np.zeros(len(score))
    for code, rule in one.rules.items():
        part += np.where(codes[one.stated] == code, left[:, rules.index(rule)], 0.0)
    return part, given


def _from_worst(population: Population, items: tuple[str, ...], given: Codes) -> np.ndarray:
    """Mean of answers from the worst (0) to the best (1)."""
    places = []
    for id_ in items:
        scale = population.instrument.scale_of(id_)
        low, high = (min(scale.codes), max(scale.codes)) if scale else (given[id_].min(), given[id_].max())
        place = (given[id_] - low) / ((high - low) or 1.0)
        places.append(1.0 - place if population.instrument.items[id_].reverse else place)
    return np.asarray(np.mean(places, axis=0))
