"""What people do who do not answer perfectly, and what they were not shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd
from scipy.stats import norm

from coprod_measure.instrument.definition import Item
from coprod_measure.instrument.forms import version_items
from coprod_measure.simulation.population import Population

_GATE = re.compile(r"^\s*(\w+)\s*==\s*(-?\d+)\s*$")


def misbehave(
    population: Population, items: Sequence[Item], answers: pd.DataFrame, rng: np.random.Generator
) -> pd.Series:
    """Overwrite the answers of some respondents; returns who did what."""
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
    for item in items:
        scale = population.instrument.scale_of(item.id)
        if scale is None or item.role not in ("construct", "marker", "attention", "bogus"):
            continue
        codes = np.asarray(scale.codes, dtype=float)
        careless = behaviour == "random"
        answers.loc[careless, item.id] = rng.choice(codes, size=int(careless.sum()))
    _straight_lines(population, items, answers, behaviour == "straight", rng)
    _late_and_seesaw(population, items, answers, behaviour, rng)
    _stop_early(items, answers, behaviour, rng)
    return pd.Series(behaviour, index=answers.index, name="behaviour")


def _straight_lines(
    population: Population,
    items: Sequence[Item],
    answers: pd.DataFrame,
    who: np.ndarray,
    rng: np.random.Generator,
) -> None:
    position = rng.random(int(who.sum()))
    for item in items:
        scale = population.instrument.scale_of(item.id)
        if scale is not None and item.role in ("construct", "marker", "attention", "bogus"):
            codes = np.asarray(scale.codes, dtype=float)
            answers.loc[who, item.id] = codes[(position * len(codes)).astype(int)]


def _late_and_seesaw(
    population: Population,
    items: Sequence[Item],
    answers: pd.DataFrame,
    behaviour: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Answer at random from some question on, or with both ends in turn."""
    late, seesaw = behaviour == "late", behaviour == "seesaw"
    if not (late.any() or seesaw.any()):
        return
    asked = [item for item in items if item.role in ("construct", "marker", "attention", "bogus")]
    since = rng.integers(len(asked) // 4, max(3 * len(asked) // 4, 1), size=len(behaviour))
    for place, item in enumerate(asked):
        scale = population.instrument.scale_of(item.id)
        if scale is None:
            continue
        codes = np.asarray(scale.codes, dtype=float)
        now = late & (since <= place)
        answers.loc[now, item.id] = rng.choice(codes, size=int(now.sum()))
        answers.loc[seesaw, item.id] = codes[-(place % 2)]


def _stop_early(
    items: Sequence[Item], answers: pd.DataFrame, behaviour: np.ndarray, rng: np.random.Generator
) -> None:
    columns = list(answers.columns)
    consent = next((item for item in items if item.role == "consent"), None)
    refused = behaviour == "no_consent"
    if consent is not None and refused.any():
        answers.loc[refused, columns] = np.nan
        answers.loc[refused, consent.id] = 0.0
    for row in np.flatnonzero(behaviour == "unfinished"):
        answers.iloc[row, int(rng.integers(len(columns) // 5, len(columns) - 5)) :] = np.nan


def hide_what_was_not_shown(items: Sequence[Item], answers: pd.DataFrame) -> None:
    """Take out what a skip rule kept from a respondent."""
    for item in items:
        gate = _GATE.match(item.show_if)
        if gate and gate[1] in answers and item.id in answers:
            answers.loc[answers[gate[1]] != float(gate[2]), item.id] = np.nan


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
    population: Population, items: Sequence[Item], answers: pd.DataFrame, rng: np.random.Generator
) -> None:
    """Leave answers out, at random or by what other answers make likely."""
    skippable = [
        item.id
        for item in items
        if item.id in answers and item.role == "construct" and item.id != population.decision
    ]
    by = population.habits.missing_by
    skippable = [name for name in skippable if name not in by]
    block = answers[skippable].to_numpy(copy=True)
    block[rng.random(block.shape) < _blank(population, answers)] = np.nan
    answers[skippable] = block


def _blank(population: Population, answers: pd.DataFrame) -> np.ndarray | float:
    """Probability of a blank in each row.

    The probit whose mean over normal answers is the stated rate: Phi(z sqrt(1 + b^2) + b x), x standardised.
    """
    rate, by = population.habits.missing, population.habits.missing_by
    if not by or rate <= 0.0:
        return rate
    values = answers[list(by)].to_numpy(float)
    standard = (values - np.nanmean(values, axis=0)) / np.nanstd(values, axis=0)
    pull = np.nan_to_num(standard) @ np.array(list(by.values()))
    middle = NormalDist().inv_cdf(rate) * np.sqrt(1.0 + pull.var())
    return np.asarray(norm.cdf(middle + pull))[:, None]
