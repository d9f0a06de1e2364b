"""Respondents drawn from a population: latent scores, answers on the scales, and the flaws of real data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pandas as pd

from coprod_measure.errors import SimulationError
from coprod_measure.instrument.definition import Item, Scale
from coprod_measure.notebook import Shown
from coprod_measure.simulation.choices import Worths, choose, choose_offer, draw_worths
from coprod_measure.simulation.habits import hide_what_was_not_shown, in_versions, leave_blank, misbehave
from coprod_measure.simulation.judgements import judge
from coprod_measure.simulation.population import Categories, ConstructPopulation, Population
from coprod_measure.simulation.population_model import NO_ITEMS
from coprod_measure.simulation.scores import Codes, Scores, draw_scores, holds, stay


@dataclass(frozen=True, slots=True, repr=False)
class SimulatedSample(Shown):
    """Simulated respondents with the truth behind them.

    Attributes
    ----------
    answers : pandas.DataFrame
        Codes as a platform would store them (not keyed), one column an item of the form; NaN where no answer.
        Planned missing answers: each respondent sees one version, named in a last column ``version``. Waves
        stand under each other, told apart by columns ``wave`` and ``person``; clusters and weights have
        columns too.
    latent : pandas.DataFrame
        True construct scores, mean 0 and variance 1, same index.
    behaviour : pandas.Series
        ``"careful"``, ``"straight"``, ``"random"``, ``"late"``, ``"seesaw"``, ``"duplicate"``,
        ``"no_consent"`` or ``"unfinished"``.
    """

    population: Population
    answers: pd.DataFrame
    latent: pd.DataFrame
    behaviour: pd.Series
    seed: int


def simulate(population: Population, n: int | None = None, seed: int | None = None) -> SimulatedSample:
    """Draw respondents from a population; the same seed gives the same sample.

    Parameters
    ----------
    population : Population
        See :func:`coprod_measure.simulation.population_file.read_population`.
    n, seed : int, optional
        Number of respondents and seed; the population's own when left out.

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
    codes = draw_codes(population, n, np.random.default_rng([seed, 2]))
    occasions = codes_by_occasion(population, codes, n, np.random.default_rng([seed, 6]))
    scores = draw_scores(population, n, occasions, rng)
    if population.categories is not None:
        return _in_categories(population, population.categories, scores, occasions, seed)
    if population.waves is None:
        return _occasion(population, scores[0], codes, rng, seed)
    there = stay(population, scores, np.random.default_rng([seed, 3]))
    people = np.array([f"P{number:05d}" for number in range(1, n + 1)])
    parts: list[SimulatedSample] = []
    for name, one, own, present in zip(population.waves.names, scores, occasions, there, strict=True):
        form = population.waves.forms.get(name, population.form)
        drawn = _occasion(replace(population, form=form), one, own, rng, seed)
        first = range(n)  # duplicates stand at the end, and belong to one sitting only
        who = [place for place in first if present[place]]
        answers = drawn.answers.iloc[who].assign(wave=name, person=people[who])
        parts.append(
            replace(
                drawn, answers=answers, latent=drawn.latent.iloc[who], behaviour=drawn.behaviour.iloc[who]
            )
        )
    return _stacked(population, parts, seed)


def _in_categories(
    population: Population, asked: Categories, scores: Sequence[Scores], codes: Sequence[Codes], seed: int
) -> SimulatedSample:
    """Let everybody answer about as many categories as asked, drawn at random."""
    n, number = len(scores[0].latent), len(asked.names)
    rng = np.random.default_rng([seed, 4])
    order = rng.permuted(np.tile(np.arange(number), (n, 1)), axis=1)[:, : asked.each or number]
    people = np.array([f"P{number:05d}" for number in range(1, n + 1)])
    parts = []
    for place, (name, one) in enumerate(zip(asked.names, scores, strict=True)):
        who = np.flatnonzero((order == place).any(axis=1))
        drawn = _occasion(population, one, codes[place], rng, seed)
        answers = drawn.answers.iloc[who].assign(category=name, person=people[who])
        latent, behaviour = drawn.latent.iloc[who], drawn.behaviour.iloc[who]
        parts.append(replace(drawn, answers=answers, latent=latent, behaviour=behaviour))
    return _stacked(population, parts, seed)


def _stacked(population: Population, parts: Sequence[SimulatedSample], seed: int) -> SimulatedSample:
    """Put waves under each other; what describes a person is answered in the first."""
    answers = pd.concat([part.answers for part in parts])
    fixed = [
        name
        for name in answers.columns
        if name in population.instrument.items
        and population.instrument.items[name].role in ("demographic", "design")
    ]
    if fixed:
        answers[fixed] = answers.groupby("person")[fixed].transform("first")
    index = pd.Index([f"R_{i + 1:05d}" for i in range(len(answers))], name="respondent")
    return SimulatedSample(
        population,
        answers.set_axis(index),
        pd.concat([part.latent for part in parts]).set_axis(index),
        pd.concat([part.behaviour for part in parts]).set_axis(index),
        seed,
    )


def _occasion(
    population: Population, scores: Scores, codes: Codes, rng: np.random.Generator, seed: int
) -> SimulatedSample:
    """Let everybody answer once."""
    latent = scores.latent
    method, marker = rng.standard_normal((2, len(latent)))
    worths = draw_worths(population, len(latent), seed)
    form = population.instrument.forms[population.form]
    items = [
        item
        for id_ in dict.fromkeys(form.item_ids)
        if (item := population.instrument.items[id_]).kind != "display"
    ]
    if population.judgements:
        state = {"latent": latent, "method": method, "marker": marker, "codes": codes, "worths": worths}
        latent, codes = judge(
            population, latent, dict(codes), partial(_answer, population, **state, rng=rng), rng
        )
    table = np.empty((len(latent), len(items)), order="F")
    for column, item in enumerate(items):
        table[:, column] = (
            codes[item.id]
            if item.id in codes
            else _answer(population, item, latent, method, marker, codes, worths, rng)
        )
    behaviour = misbehave(population, items, table, rng)
    hide_what_was_not_shown(items, table)
    leave_blank(population, items, table, rng)
    answers = in_versions(population, pd.DataFrame(table, columns=[item.id for item in items]), rng)
    if scores.cluster is not None and population.clusters is not None:
        answers[population.clusters.column] = scores.cluster
        answers = answers.assign(**{name: latent[name].to_numpy() for name in population.facts})
    if scores.cluster is not None and population.dyads is not None:
        answers["dyad"] = scores.cluster
        answers["role"] = np.asarray(population.dyads.roles, dtype=object)[np.arange(len(answers)) % 2]
    if population.sampled:
        answers["weight"] = weights(population, codes)
    return _with_duplicates(population, answers, latent, behaviour, seed, rng)


def draw_codes(population: Population, n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw latent classes, and the answers that differences or sampling are about."""
    found: dict[str, np.ndarray] = {}
    if population.classes:
        numbers = np.arange(1, len(population.classes) + 1)
        found["class"] = rng.choice(numbers, size=n, p=np.asarray(population.classes))
    if population.dyads:
        found["role"] = np.arange(n) % 2 + 1
    named = [item for one in population.differences for item in one.where if item not in NO_ITEMS]
    named += [one.stated for one in population.judgements.values()]
    for item in dict.fromkeys((*named, *population.sampled)):
        scale = population.instrument.scale_of(item)
        equal = dict.fromkeys(scale.codes if scale else (0, 1), 1.0)
        shares = population.sampled.get(item) or population.groups.get(item) or equal
        p = np.asarray(list(shares.values()))
        found[item] = rng.choice(np.asarray(list(shares)), size=n, p=p / p.sum())
    return found


def codes_by_occasion(
    population: Population, codes: Codes, n: int, rng: np.random.Generator
) -> Sequence[Codes]:
    """Give each wave or category its number, and let people move between latent classes from wave to wave."""
    if population.categories is not None:
        numbers = range(1, len(population.categories.names) + 1)
        return [{**codes, "category": np.full(n, number)} for number in numbers]
    if population.waves is None:
        return [codes]
    found = [{**codes, "wave": np.full(n, number + 1)} for number in range(len(population.waves.names))]
    if population.waves.moves:
        upto = np.cumsum(population.waves.moves, axis=1)[:, :-1]
        for before, own in pairwise(found):
            own["class"] = (rng.random(n)[:, None] >= upto[before["class"] - 1]).sum(axis=1) + 1
    return found


def weights(population: Population, codes: Codes) -> np.ndarray:
    """Give each respondent what undoes that some groups were sampled more often than others."""
    found = np.ones(len(next(iter(codes.values()))))
    for item, sampled in population.sampled.items():
        ratio = {code: population.groups[item].get(code, 0.0) / share for code, share in sampled.items()}
        found *= np.array([ratio[code] for code in codes[item]])
    return found


def _answer(
    population: Population,
    item: Item,
    latent: pd.DataFrame,
    method: np.ndarray,
    marker: np.ndarray,
    codes: Codes,
    worths: Worths,
    rng: np.random.Generator,
) -> np.ndarray:
    """Answers of careful respondents to one item."""
    n = len(latent)
    scale = population.instrument.scale_of(item.id)
    if item.construct_id in population.offers:
        return choose_offer(population, item, worths, n, rng)
    if item.id in population.choices:
        return choose(population.choices[item.id], scale, latent, rng)
    if item.id in population.groups:
        shares = population.groups[item.id]
        return rng.choice(np.asarray(list(shares), dtype=float), size=n, p=np.asarray(list(shares.values())))
    if item.role not in ("construct", "marker"):
        return _answer_about_oneself(item, scale, n, rng)
    if scale is None:
        low, high = item.minimum or 0.0, item.maximum or 100.0
        position = latent[item.construct_id] if item.construct_id in latent else rng.standard_normal(n)
        own = population.constructs.get(item.construct_id or "")
        if own is not None and own.median is not None:
            return np.clip(np.round(own.median * own.ratio ** np.asarray(position), 1), low, high)
        return np.clip(np.round((low + high) / 2 + (high - low) / 6 * np.asarray(position)), low, high)
    if item.construct_id is None or item.construct_id not in population.constructs:
        # Marker items share a cause of their own; a construct that the population leaves out is noise.
        score = marker if item.role == "marker" else rng.standard_normal(n)
        construct, variance = ConstructPopulation(), 0.0
    else:
        score = np.asarray(latent[item.construct_id])
        construct, variance = population.constructs[item.construct_id], population.habits.method_variance
    position = _position(population, item, construct, score, np.sqrt(variance) * method, codes, rng)
    return _on_scale(construct, item, scale, position)


def _position(
    population: Population,
    item: Item,
    construct: ConstructPopulation,
    score: np.ndarray,
    method: np.ndarray,
    codes: Codes,
    rng: np.random.Generator,
) -> np.ndarray:
    """Put each respondent on the item's own dimension, of variance one but for differences of loadings."""
    last = item.construct_id and population.instrument.items_of(item.construct_id)[-1].id == item.id
    own = construct.weak if last and construct.weak is not None else construct.loading
    variance = population.habits.method_variance if item.construct_id in population.constructs else 0.0
    error = np.sqrt(max(1.0 - own**2 - variance, 0.0))
    loading, position = _shift(population, item.id, codes)
    direction = -1.0 if item.reverse else 1.0
    found: np.ndarray = (
        direction * (own + loading) * score
        + method
        + error * rng.standard_normal(len(score))
        + direction * position
    )
    return found


def _shift(population: Population, item: str, codes: Codes) -> tuple[np.ndarray | float, np.ndarray | float]:
    """Add up what differences do to each respondent's loading and position."""
    own = [one for one in population.differences if item in one.loadings or item in one.intercepts]
    loading: np.ndarray | float = 0.0
    position: np.ndarray | float = 0.0
    for one in own:
        who = holds(one, codes)
        loading = loading + who * one.loadings.get(item, 0.0)
        position = position + who * one.intercepts.get(item, 0.0)
    return loading, position


def _on_scale(construct: ConstructPopulation, item: Item, scale: Scale, position: np.ndarray) -> np.ndarray:
    """Turn positions into codes: by thresholds, or the nearest to mean and standard deviation."""
    codes = np.asarray(scale.codes, dtype=float)
    if len(codes) == 2:
        # Yes/no: threshold of a normal variable, so that `share` answer with the higher code at the mean.
        yes: np.ndarray = np.where(position > -NormalDist().inv_cdf(construct.share), codes[-1], codes[0])
        return yes
    if construct.thresholds:
        keyed = codes[np.searchsorted(construct.thresholds, -position if item.reverse else position)]
        return np.asarray(codes[0] + codes[-1] - keyed if item.reverse else keyed)
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


def _with_duplicates(
    population: Population,
    answers: pd.DataFrame,
    latent: pd.DataFrame,
    behaviour: np.ndarray,
    seed: int,
    rng: np.random.Generator,
) -> SimulatedSample:
    count = round(population.habits.duplicates * len(answers))
    careful = np.flatnonzero(behaviour == "careful")
    twice = rng.choice(careful, size=min(count, len(careful)), replace=False)
    order = np.concatenate([np.arange(len(answers)), twice])
    behaviour = np.concatenate([behaviour, np.full(len(twice), "duplicate", dtype=object)])
    index = pd.Index([f"R_{i + 1:05d}" for i in range(len(order))], name="respondent")
    return SimulatedSample(
        population,
        answers.iloc[order].set_axis(index),
        latent.iloc[order].set_axis(index),
        pd.Series(behaviour, index=index, name="behaviour"),
        seed,
    )
