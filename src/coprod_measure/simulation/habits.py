"""What people do who do not answer perfectly, and what they were not shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd
from scipy.stats import norm

from coprod_measure.instrument.definition import Item
from coprod_measure.instrument.forms import version_items
from coprod_measure.simulation.population import Population

_RATED = ("construct", "marker", "attention", "bogus")
"""Roles of items that careless people answer without reading."""
_GATE = re.compile(r"^\s*(\w+)\s*==\s*(-?\d+)\s*$")


def misbehave(
    population: Population, items: Sequence[Item], answers: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Overwrite the answers of some respondents, one column an item; returns who did what."""
    n, habits = len(answers), population.habits
    kinds = {
        "straight": habits.careless_straight,
        "random": habits.careless_random,
        "no_consent": habits.no_consent,
        "unfinished": habits.unfinished,
        "late": habits.careless_late,
        "seesaw": habits.careless_seesaw,
    }
    drawn = rng.permutation(n)
    behaviour, start = np.full(n, "careful", dtype=object), 0
    for kind, share in kinds.items():
        count = round(share * n)
        behaviour[drawn[start : start + count]] = kind
        start += count
    careless = np.flatnonzero(behaviour == "random")
    for column, codes in _rated(population, items):
        answers[careless, column] = rng.choice(codes, size=len(careless))
    _straight_lines(population, items, answers, np.flatnonzero(behaviour == "straight"), rng)
    _late_and_seesaw(population, items, answers, behaviour, rng)
    _stop_early(items, answers, behaviour, rng)
    return behaviour


def _rated(population: Population, items: Sequence[Item]) -> Iterator[tuple[int, np.ndarray]]:
    """Give the column and codes of each item that careless people answer somehow."""
    for column, item in enumerate(items):
        scale = population.instrument.scale_of(item.id)
        if scale is not None and item.role in _RATED:
            yield column, np.asarray(scale.codes, dtype=float)


def _straight_lines(
    population: Population,
    items: Sequence[Item],
    answers: np.ndarray,
    who: np.ndarray,
    rng: np.random.Generator,
) -> None:
    position = rng.random(len(who))
    for column, codes in _rated(population, items):
        answers[who, column] = codes[(position * len(codes)).astype(int)]


def _late_and_seesaw(
    population: Population,
    items: Sequence[Item],
    answers: np.ndarray,
    behaviour: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Answer at random from some question on, or with both ends in turn."""
    late, seesaw = behaviour == "late", behaviour == "seesaw"
    if not (late.any() or seesaw.any()):
        return
    asked = [column for column, item in enumerate(items) if item.role in _RATED]
    since = rng.integers(len(asked) // 4, max(3 * len(asked) // 4, 1), size=len(behaviour))
    for column, codes in _rated(population, items):
        place = asked.index(column)
        now = late & (since <= place)
        answers[now, column] = rng.choice(codes, size=int(now.sum()))
        answers[seesaw, column] = codes[-(place % 2)]


def _stop_early(
    items: Sequence[Item], answers: np.ndarray, behaviour: np.ndarray, rng: np.random.Generator
) -> None:
    consent = next((column for column, item in enumerate(items) if item.role == "consent"), None)
    refused = behaviour == "no_consent"
    if consent is not None and refused.any():
        answers[refused] = np.nan
        answers[refused, consent] = 0.0
    for row in np.flatnonzero(behaviour == "unfinished"):
        answers[row, int(rng.integers(len(items) // 5, len(items) - 5)) :] = np.nan


def hide_what_was_not_shown(items: Sequence[Item], answers: np.ndarray) -> None:
    """Take out what a skip rule kept from a respondent."""
    place = {item.id: column for column, item in enumerate(items)}
    for column, item in enumerate(items):
        gate = _GATE.match(item.show_if)
        if gate and gate[1] in place:
            answers[answers[:, place[gate[1]]] != float(gate[2]), column] = np.nan


def in_versions(population: Population, answers: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Give each respondent one version of a form with planned missing answers, in a column ``version``."""
    form = population.instrument.forms[population.form]
    if not form.versions:
        return answers
    shown = version_items(form)
    names = np.array(list(shown))
    version = names[rng.permutation(len(answers)) % len(names)]
    hidden = np.array([[name not in shown[one] for name in answers.columns] for one in names])
    answers = answers.mask(hidden[[list(names).index(one) for one in version]])
    return answers.copy().assign(version=version)


def leave_blank(
    population: Population, items: Sequence[Item], answers: np.ndarray, rng: np.random.Generator
) -> None:
    """Leave answers out, at random or by what other answers make likely."""
    kept = {population.decision, *population.habits.missing_by}
    skippable = [k for k, item in enumerate(items) if item.role == "construct" and item.id not in kept]
    block = answers[:, skippable]
    block[rng.random(block.shape) < _blank(population, items, answers)] = np.nan
    answers[:, skippable] = block


def _blank(population: Population, items: Sequence[Item], answers: np.ndarray) -> np.ndarray | float:
    """Probability of a blank in each row.

    The probit whose mean over normal answers is the stated rate: Phi(z sqrt(1 + b^2) + b x), x standardised.
    """
    rate, by = population.habits.missing, population.habits.missing_by
    if not by or rate <= 0.0:
        return rate
    ids = [item.id for item in items]
    values = answers[:, [ids.index(name) for name in by]]
    standard = (values - np.nanmean(values, axis=0)) / np.nanstd(values, axis=0)
    pull = np.nan_to_num(standard) @ np.array(list(by.values()))
    middle = NormalDist().inv_cdf(rate) * np.sqrt(1.0 + pull.var())
    return np.asarray(norm.cdf(middle + pull))[:, None]
