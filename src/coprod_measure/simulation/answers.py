"""Respondents drawn from a population: latent scores, answers on the scales, and the flaws of real data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from coprod_measure.errors import SimulationError
from coprod_measure.instrument.definition import Item, Scale
from coprod_measure.instrument.forms import version_items
from coprod_measure.simulation.population import ConstructPopulation, Population, latent_covariance

_GATE = re.compile(r"^\s*(\w+)\s*==\s*(-?\d+)\s*$")


@dataclass(frozen=True, slots=True)
class SimulatedSample:
    """Simulated respondents with the truth behind them.

    Attributes
    ----------
    answers : pandas.DataFrame
        Codes as a platform would store them (not keyed), one column an item of the form; NaN where no answer.
        Planned missing answers: each respondent sees one version, named in a last column ``version``.
    latent : pandas.DataFrame
        True construct scores, mean 0 and variance 1, same index.
    behaviour : pandas.Series
        ``"careful"``, ``"straight"``, ``"random"``, ``"duplicate"``, ``"no_consent"`` or ``"unfinished"``.
    """

    population: Population
    answers: pd.DataFrame
    latent: pd.DataFrame
    behaviour: pd.Series
    seed: int


def simulate(population: Population, n: int | None = None, seed: int | None = None) -> SimulatedSample:
    """Draw respondents from a population.

    Parameters
    ----------
    population : Population
        See :func:`coprod_measure.simulation.population_file.read_population`.
    n, seed : int, optional
        Number of respondents and seed; the population's own when left out.

    Returns
    -------
    SimulatedSample
        The same seed gives the same sample.

    Examples
    --------
    >>> from coprod_measure import read_population, shipped_folder
    >>> population = read_population(shipped_folder("data/sample") / "coproduction" / "population.yaml")
    >>> sample = simulate(population, n=5, seed=1)
    >>> sample.answers.shape, set(sample.behaviour)
    ((5, 99), {'careful'})
    """
    n = population.n if n is None else n
    seed = population.seed if seed is None else seed
    if n < 1:
        raise SimulationError("a sample needs at least one respondent", place="n", cure="Give n of 1 or more")
    rng = np.random.default_rng(seed)
    latent = _draw_latent(population, n, rng)
    method, marker = rng.standard_normal((2, n))
    items = [
        population.instrument.items[id_] for id_ in population.instrument.forms[population.form].item_ids
    ]
    answers = pd.DataFrame(
        {
            item.id: _answer(population, item, latent, method, marker, rng)
            for item in items
            if item.kind != "display"
        }
    )
    behaviour = _misbehave(population, items, answers, rng)
    _hide_what_was_not_shown(items, answers)
    _leave_blank(population, items, answers, rng)
    answers = _in_versions(population, answers, rng)
    return _with_duplicates(population, answers, latent, behaviour, seed, rng)


def _draw_latent(population: Population, n: int, rng: np.random.Generator) -> pd.DataFrame:
    beta, psi, _ = latent_covariance(population)
    k = len(population.order)
    disturbances = rng.standard_normal((n, k)) @ np.linalg.cholesky(psi).T
    if not population.interactions and not population.ceilings:
        scores = disturbances @ np.linalg.inv(np.eye(k) - beta).T
        return pd.DataFrame(scores, columns=list(population.order))
    return _one_by_one(population, disturbances)


def _one_by_one(population: Population, disturbances: np.ndarray) -> pd.DataFrame:
    """Give each construct its score after its causes have theirs."""
    _, _, phi = latent_covariance(population)
    order = population.order
    place = {name: k for k, name in enumerate(order)}
    scores: dict[str, np.ndarray] = {}
    for k, name in enumerate(order):
        score = disturbances[:, k].copy()
        for cause, value in population.paths.get(name, {}).items():
            score += value * scores[cause]
        for (a, b), value in population.interactions.get(name, {}).items():
            score += value * (scores[a] * scores[b] - phi[place[a], place[b]])
        for cause, height in population.ceilings.get(name, {}).items():
            score = np.minimum(score, scores[cause] + height)
        scores[name] = score
    return pd.DataFrame(scores)


def _answer(
    population: Population,
    item: Item,
    latent: pd.DataFrame,
    method: np.ndarray,
    marker: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Answers of careful respondents to one item."""
    n = len(latent)
    scale = population.instrument.scale_of(item.id)
    if item.id in population.groups:
        shares = population.groups[item.id]
        return rng.choice(np.asarray(list(shares), dtype=float), size=n, p=np.asarray(list(shares.values())))
    if item.role not in ("construct", "marker"):
        return _answer_about_oneself(item, scale, n, rng)
    if scale is None:
        low, high = item.minimum or 0.0, item.maximum or 100.0
        position = latent[item.construct_id] if item.construct_id in latent else rng.standard_normal(n)
        return np.clip(np.round((low + high) / 2 + (high - low) / 6 * np.asarray(position)), low, high)
    if item.construct_id is None or item.construct_id not in population.constructs:
        # Marker items share a cause of their own; a construct that the population leaves out is noise.
        score = marker if item.role == "marker" else rng.standard_normal(n)
        return _on_scale(ConstructPopulation(), item, scale, score, method, 0.0, rng)
    construct = population.constructs[item.construct_id]
    return _on_scale(
        construct,
        item,
        scale,
        np.asarray(latent[item.construct_id]),
        method,
        population.habits.method_variance,
        rng,
        last=population.instrument.items_of(item.construct_id)[-1].id == item.id,
    )


def _on_scale(
    construct: ConstructPopulation,
    item: Item,
    scale: Scale,
    score: np.ndarray,
    method: np.ndarray,
    method_variance: float,
    rng: np.random.Generator,
    *,
    last: bool = False,
) -> np.ndarray:
    loading = construct.weak if last and construct.weak is not None else construct.loading
    error = np.sqrt(max(1.0 - loading**2 - method_variance, 0.0))
    direction = -1.0 if item.reverse else 1.0
    position = (
        direction * loading * score
        + np.sqrt(method_variance) * method
        + error * rng.standard_normal(len(score))
    )
    codes = np.asarray(scale.codes, dtype=float)
    if len(codes) == 2:
        # Yes/no: threshold of a normal variable, so that `share` answer with the higher code at the mean.
        yes: np.ndarray = np.where(position > -NormalDist().inv_cdf(construct.share), codes[-1], codes[0])
        return yes
    mean = construct.mean if not item.reverse else scale.reverse(construct.mean)
    nearest = np.clip(np.round(mean + construct.sd * position), codes[0], codes[-1])
    answers: np.ndarray = codes[np.abs(nearest[:, None] - codes).argmin(axis=1)]
    return answers


def _answer_about_oneself(item: Item, scale: Scale | None, n: int, rng: np.random.Generator) -> np.ndarray:
    if item.expected:
        return np.full(n, float(item.expected[0]))
    if scale is None:
        low, high = item.minimum or 18.0, item.maximum or 80.0
        # Triangular: most respondents of online panels are nearer to the lower end.
        return np.round(rng.triangular(low, low + (high - low) / 4, high, size=n))
    codes = [code for code in scale.codes if code not in item.failing]
    if item.role == "diligence":
        return np.asarray(codes[-2:], dtype=float)[rng.integers(0, min(2, len(codes)), size=n)]
    return rng.choice(np.asarray(codes, dtype=float), size=n)


def _misbehave(
    population: Population, items: Sequence[Item], answers: pd.DataFrame, rng: np.random.Generator
) -> pd.Series:
    """Overwrite the answers of some respondents; returns who did what."""
    n, habits = len(answers), population.habits
    kinds = {
        "straight": habits.careless_straight,
        "random": habits.careless_random,
        "no_consent": habits.no_consent,
        "unfinished": habits.unfinished,
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


def _hide_what_was_not_shown(items: Sequence[Item], answers: pd.DataFrame) -> None:
    for item in items:
        gate = _GATE.match(item.show_if)
        if gate and gate[1] in answers and item.id in answers:
            answers.loc[answers[gate[1]] != float(gate[2]), item.id] = np.nan


def _in_versions(population: Population, answers: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
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


def _leave_blank(
    population: Population, items: Sequence[Item], answers: pd.DataFrame, rng: np.random.Generator
) -> None:
    skippable = [
        item.id
        for item in items
        if item.id in answers and item.role == "construct" and item.id != population.decision
    ]
    block = answers[skippable].to_numpy(copy=True)
    block[rng.random(block.shape) < population.habits.missing] = np.nan
    answers[skippable] = block


def _with_duplicates(
    population: Population,
    answers: pd.DataFrame,
    latent: pd.DataFrame,
    behaviour: pd.Series,
    seed: int,
    rng: np.random.Generator,
) -> SimulatedSample:
    count = round(population.habits.duplicates * len(answers))
    careful = np.flatnonzero(behaviour == "careful")
    twice = rng.choice(careful, size=min(count, len(careful)), replace=False)
    order = np.concatenate([np.arange(len(answers)), twice])
    behaviour = behaviour.iloc[order].reset_index(drop=True)
    behaviour.iloc[len(answers) :] = "duplicate"
    index = pd.Index([f"R_{i + 1:05d}" for i in range(len(order))], name="respondent")
    return SimulatedSample(
        population,
        answers.iloc[order].set_axis(index),
        latent.iloc[order].set_axis(index),
        behaviour.set_axis(index),
        seed,
    )
