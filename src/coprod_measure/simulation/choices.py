"""Options that drawn people choose: of a question, and among the offers of a task."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from coprod_measure.errors import SimulationError
from coprod_measure.instrument.definition import Item, Scale
from coprod_measure.simulation.population import Population
from coprod_measure.structure.offers import NONE, options_of_task

Worths = Mapping[tuple[str, str, str], np.ndarray]
"""Construct, attribute and level to what it is worth to each person."""


def choose(
    effects: Mapping[int, Mapping[str, float]],
    scale: Scale | None,
    latent: pd.DataFrame,
    rng: np.random.Generator,
) -> np.ndarray:
    """Choose one code by a multinomial logit.

    McFadden (1974): the highest of utilities with errors of the Gumbel distribution is chosen.
    """
    known = scale.codes if scale else tuple(effects)
    utility = rng.gumbel(size=(len(latent), len(known)))
    for column, code in enumerate(known):
        for construct, value in effects.get(code, {}).items():
            utility[:, column] += value * (1.0 if construct == "constant" else latent[construct].to_numpy())
    chosen: np.ndarray = np.asarray(known, dtype=float)[utility.argmax(axis=1)]
    return chosen


def draw_worths(population: Population, n: int, seed: int) -> Worths:
    """Draw what levels are worth to each person: the same in all tasks, waves and categories."""
    rng = np.random.default_rng([seed, 5])
    return {
        (construct, name, level): value + asked.spread * rng.standard_normal(n)
        for construct, asked in population.offers.items()
        for name, levels in asked.worth.items()
        for level, value in levels.items()
    }


def choose_offer(
    population: Population, item: Item, worths: Worths, n: int, rng: np.random.Generator
) -> np.ndarray:
    """Choose among the offers of a task; as :func:`choose`."""
    construct = str(item.construct_id)
    options = options_of_task(item.id, population.instrument)
    if options is None:
        raise SimulationError(f"the options of {item.id!r} are no offers", place=population.id)
    utility = rng.gumbel(size=(n, len(options)))
    for column, option in enumerate(options):
        if option[NONE]:
            utility[:, column] += population.offers[construct].none
        for name, level in option.items():
            utility[:, column] += worths.get((construct, name, str(level)), 0.0)
    codes = np.array([float(option["code"]) for option in options])
    chosen: np.ndarray = codes[utility.argmax(axis=1)]
    return chosen
