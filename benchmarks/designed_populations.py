"""Populations over waves, categories, countries and choice tasks, in which a hypothesis holds or does not."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.populations import (
    GATE,
    Population,
    Scores,
    answers,
    asked,
    correlated,
    gaps,
    in_order,
    items_below,
    summed,
)
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.read import read_instrument
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.claims import take_apart
from coprod_measure.structure.design import DESIGN
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.kinds import kind_of
from coprod_measure.structure.offers import tasks_of
from coprod_measure.structure.testability import why_not_testable
from coprod_measure.study.offers import write_offers

FACETS, WAVES, COUNTRIES = 2, 3, 30
LAG, LEAVING = 0.3, 0.15
Rng = np.random.Generator
Draw = Callable[["Designed", Rng, int, bool], Responses]
OFFERS = """\
attributes: {Price: [20 €, 30 €, 40 €], Support: [none, by phone], Company: [alone, with others]}
tasks: 10
alternatives: 3
"""
NAMES = (
    "computer", "trip", "travel", "flat-pack furniture", "dinner", "home repair", "groceries", "garden",
    "detergent", "salt", "luxury bag", "whisky",
)  # fmt: skip
WEIGHTS = "drv_goal_importance"
"""What shares points out."""
WORTH = {"Price": -0.05, "Support": 0.6, "Company": 0.4}


@dataclass(frozen=True)
class Designed(Population):
    """A hypothesis asked of people in waves, categories or countries.

    Attributes
    ----------
    design : str
        Key of :data:`DESIGNS`.
    """

    design: str = ""

    @property
    def label(self) -> str:
        """Name of its row."""
        return f"{self.hypothesis.id}, {self.design}"

    def draw(self, rng: Rng, n: int, holds: bool) -> Responses:
        """Draw the answers of ``n`` people."""
        return DESIGNS[self.design](self, rng, n, holds)

    def rows(
        self,
        scores: Scores,
        codes: Mapping[str, np.ndarray],
        rng: Rng | None,
        about: Mapping[str, Any],
    ) -> Responses:
        """Give one row a person and what the design tells apart."""
        frame = pd.DataFrame(dict(about))
        return answers(self.instrument, self.items, items_below(self, scores), codes, rng, len(frame), frame)


def designed(instrument: Instrument, id_: str, design: str) -> Designed | None:
    """Ask a hypothesis in a design; None where no kind of test takes it there."""
    if design == "offers":
        instrument = _with_offers()
    theory = instrument.theory
    hypothesis = theory.hypotheses[id_]
    via = [part.strip() for step in hypothesis.via for part in step.split("|")]
    named = [*hypothesis.sources, *via, *hypothesis.targets, *hypothesis.moderators, *hypothesis.versus]
    items = tuple(dict.fromkeys(item for one in named for item in asked(instrument, one, FACETS, FACETS)))
    claims = take_apart(hypothesis, theory, answers(instrument, items, {}, {}, None, 0))
    found = Designed(hypothesis, "", instrument, items, claims, np.nan, design)
    few = found.draw(np.random.default_rng(0), 60, True)
    kind = kind_of(hypothesis, Context(theory, few))
    if kind is None or why_not_testable(theory, few, [id_]):
        return None
    return replace(found, kind=kind.name)


def _with_offers() -> Instrument:
    """Choice tasks as ``coprod offers`` writes them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "offers_file.yaml"
        path.write_text(OFFERS, encoding="utf-8")
        return read_instrument(write_offers(path, folder).instrument)


def _steps(p: Designed) -> tuple[list[str], list[str], list[str]]:
    h = p.hypothesis
    via = [part.strip() for step in h.via for part in step.split("|")]
    found = ([name for id_ in ids for name in p.parts(id_)] for ids in (h.sources, via, h.targets))
    sources, mediators, targets = found
    return sources, mediators, targets


def _waves(p: Designed, rng: Rng, n: int, holds: bool) -> Responses:
    """Stable differences that correlate, and what is left: a lag of .3, of a cause too where it holds.

    Of mediated claims the last step is missing where they do not hold. Those low in the first cause are
    likelier to be gone from the next wave on.
    """
    sources, mediators, targets = _steps(p)
    names = list(dict.fromkeys([*sources, *mediators, *targets]))
    stable = correlated(rng, n, names, 0.5)
    within = {name: rng.standard_normal(n) for name in names}
    signs = {name: sign_of(p, name) for name in names}
    first = mediators or targets
    here, found = np.ones(n, dtype=bool), []
    for wave in range(1, WAVES + 1):
        scores = {name: np.sqrt(0.5) * (stable[name] + within[name]) for name in names}
        found.append((wave, here, scores))
        here = here & (rng.random(n) > LEAVING * np.exp(-0.5 * scores[names[0]] - 0.125))
        later = {}
        for name in names:
            slopes = {name: LAG}
            if name in first and (mediators or holds):
                slopes |= {one: signs[one] * LAG / np.sqrt(len(sources)) for one in sources if one != name}
            if mediators and name in targets and holds:
                slopes |= {one: LAG / np.sqrt(len(mediators)) for one in mediators}
            later[name] = summed(within, slopes, rng)
        within = later
    return _long(p, rng, n, found)


def _long(p: Designed, rng: Rng, n: int, found: list[tuple[int, np.ndarray, Scores]]) -> Responses:
    """Put waves beneath each other, without those who are gone."""
    about = {
        "respondent": np.concatenate([np.arange(n)[here] for _, here, _ in found]),
        "wave": np.concatenate([np.full(here.sum(), str(wave)) for wave, here, _ in found]),
    }
    names = list(found[0][2])
    scores = {name: np.concatenate([own[name][here] for _, here, own in found]) for name in names}
    return p.rows(scores, {}, rng, about)


def sign_of(p: Designed, name: str) -> int:
    """Claimed sign of a cause."""
    h = p.hypothesis
    return -1 if h.source_signs.get(name, h.sign) == "negative" else 1


def _stages(p: Designed, rng: Rng, n: int, holds: bool) -> Responses:
    """Move a stage on or back, two moves of three forward or as many back; the first stages are left more."""
    steps = [p.hypothesis.sources[0], *p.hypothesis.targets]
    parts = [p.parts(id_) for id_ in steps]
    stage = rng.integers(0, len(steps) + 1, n)
    here, found = np.ones(n, dtype=bool), []
    for wave in range(1, WAVES + 1):
        # Answers lie well above the middle of their scale, or well below it.
        reached = [np.where(stage > k, 1.5, -1.5) for k in range(len(steps))]
        found.append((wave, here, {name: reached[k] for k, own in enumerate(parts) for name in own}))
        here = here & (rng.random(n) > np.where(stage < 2, 2.0, 1.0) * LEAVING)
        forward = 0.4 if holds else 0.3
        move = rng.choice([-1, 0, 1], n, p=[0.6 - forward, 0.4, forward])
        stage = np.clip(stage + move, 0, len(steps))
    return _long(p, rng, n, found)


def _before_and_after(p: Designed, rng: Rng, n: int, holds: bool) -> Responses:
    """Ask what is wanted in the first wave, what was received and its outcome in the second."""
    _, scores = gaps(p, rng, n, holds)
    stays = rng.random(n) > LEAVING
    found = _long(p, rng, n, [(1, np.ones(n, dtype=bool), scores), (2, stays, scores)])
    first, theory = found.about["wave"] == "1", p.instrument.theory
    early = (id_ for id_ in p.hypothesis.sources if theory.stage_of(id_) == "drives")
    wanted = {part for id_ in early for part in theory.first_order(id_)}
    before = [item for item in found.frame if p.instrument.items[item].construct_id in wanted]
    seen = found.frame.copy()
    seen.loc[first, [item for item in seen if item not in before and item != GATE]] = np.nan
    seen.loc[~first, before] = np.nan
    return replace(found, frame=seen, shown=seen, missing=seen)


def _order_over_waves(p: Designed, rng: Rng, n: int, holds: bool) -> Responses:
    """Let each step move the next one a wave later, beside stable differences; or two in other places."""
    steps = in_order(p, holds)
    names = [name for step in steps for name in step]
    stable = correlated(rng, n, names, 0.5)
    within = {name: rng.standard_normal(n) for name in names}
    here, found = np.ones(n, dtype=bool), []
    for wave in range(1, WAVES + 1):
        found.append((wave, here, {name: np.sqrt(0.5) * (stable[name] + within[name]) for name in names}))
        here = here & (rng.random(n) > LEAVING)
        before = dict.fromkeys(steps[0], ()) | {
            name: tuple(earlier) for earlier, step in pairwise(steps) for name in step
        }
        within = {
            name: summed(within, dict.fromkeys(own, LAG / np.sqrt(max(len(own), 1))) | {name: LAG}, rng)
            for name, own in before.items()
        }
    return _long(p, rng, n, found)


def _exits(p: Designed, rng: Rng, n: int, holds: bool) -> Responses:
    """Let a cause act on a mediator, and that on the odds of the event in a wave; or the cause directly."""
    sources, mediators, targets = _steps(p)
    cause, mediator, event = sources[0], mediators[0], targets[0]
    scores = {cause: rng.standard_normal(n)}
    scores[mediator] = summed(scores, {cause: 0.4 * sign_of(p, cause)}, rng)
    odds = 0.5 * scores[mediator] if holds else -0.3 * scores[cause]
    here, happened, found = np.ones(n, dtype=bool), np.zeros(n, dtype=bool), []
    for wave in range(1, WAVES + 1):
        found.append((wave, here, scores | {event: np.where(happened, 9.0, -9.0)}))
        here = here & ~happened & (rng.random(n) > LEAVING)
        happened = rng.random(n) < 1 / (1 + np.exp(1.5 - odds))
    return _long(p, rng, n, found)


def _in_categories(p: Designed, rng: Rng, n: int, holds: bool) -> Responses:
    """Two categories a person; people and categories differ beside what the claim says, by .4 and .3 SD.

    Slopes of .2 within and between categories; or what differs between categories in order, up and down in
    turn of many outcomes. The gap that others carry is theirs but for a fifth, or by half of its variance.
    """
    h = p.hypothesis
    sources, mediators, targets = _steps(p)
    person = np.repeat(np.arange(n), 2)
    category = np.concatenate([rng.choice(len(NAMES), 2, replace=False) for _ in range(n)])
    line = np.linspace(-1.0, 1.0, len(NAMES))
    bend = line**2 - np.mean(line**2)
    about = {"respondent": person, "category": np.asarray(NAMES)[category]}
    base = 0.4 * rng.standard_normal(n)[person] + 0.8 * rng.standard_normal(2 * n)
    scores: Scores = {}
    codes = {}
    if h.level == "direct":
        own = rng.normal(0, 0.5, len(NAMES))[category]
        scores |= {name: own + np.sqrt(0.75) * rng.standard_normal(2 * n) for name in sources}
        slope = sum((0.2 * sign_of(p, name) * scores[name] for name in sources), np.zeros(2 * n))
        other = 0.3 * rng.standard_normal(len(NAMES))[category]
        return p.rows(scores | dict.fromkeys(targets, base + other + holds * slope), {}, rng, about)
    if h.level == "mediated":
        scores |= {name: line[category] + rng.standard_normal(2 * n) for name in mediators}
        mean = sum((scores[name] for name in mediators), np.zeros(2 * n)) / len(mediators)
        direct = bend * np.linalg.norm(line) / np.linalg.norm(bend) * (0.2 if holds else 1.0)
        return p.rows(scores | dict.fromkeys(targets, base + mean + direct[category]), {}, rng, about)
    place = 0.4 * holds * _high(h)[category]
    for name in (one for one in sources if one not in DESIGN):
        item = next(one.id for one in p.instrument.items_of(name))
        scale = p.instrument.scale_of(item)
        assert scale is not None
        own = rng.integers(0, len(scale.codes), 2 * n)
        codes[item] = np.asarray(scale.codes, dtype=float)[own]
        place = place + 0.4 * holds * (own / (len(scale.codes) - 1.0) - 0.5)
    turn = {name: -1.0 if len(targets) > 3 and k % 2 else 1.0 for k, name in enumerate(targets)}
    scores |= {name: turn[name] * place + base for name in targets}
    return p.rows(scores, codes, rng, about)


def _high(h: Any) -> np.ndarray:
    """Where each category stands: by the contrast that was planned, else in a line."""
    if not h.contrast:
        return np.linspace(-0.5, 0.5, len(NAMES))
    words = {word: np.sign(weight) for word, weight in h.contrast.items()}
    return np.array([sum(sign for word, sign in words.items() if word in name) / 2 for name in NAMES])


def _in_countries(p: Designed, rng: Rng, n: int, holds: bool) -> Responses:
    """Thirty countries, which differ by .25 SD beside what the claim says; facts and perceptions of them.

    Slopes of .25, of a fact over countries; through a mediator .5 and .4, or only the first of them.
    """
    h = p.hypothesis
    sources, mediators, targets = _steps(p)
    facts = [one for one in (*h.sources, *h.moderators) if one not in sources and not p.parts(one)]
    country = np.arange(n) % COUNTRIES
    told = {name: rng.standard_normal(COUNTRIES) for name in facts}
    about = {"respondent": np.arange(n), "country": np.array([f"land {k:02d}" for k in country])}
    about |= {name: own[country] for name, own in told.items()}
    here = {name: own[country] for name, own in told.items()}
    scores = {
        name: np.sqrt(0.3) * rng.standard_normal(COUNTRIES)[country] + np.sqrt(0.7) * rng.standard_normal(n)
        for name in sources
    }

    def beside(spread: float = 0.25) -> np.ndarray:
        return np.asarray(spread * rng.standard_normal(COUNTRIES)[country] + 0.9 * rng.standard_normal(n))

    causes = here | scores
    acting = {name: 0.25 * sign_of(p, name) for name in h.sources}
    for name in mediators:
        scores[name] = beside(0.5) + 0.5 * sum(causes[one] for one in h.sources)
    for name in targets:
        if mediators:
            slope = 0.4 * holds * sum(scores[one] for one in mediators)
        elif h.moderators:
            slope = 0.2 * scores[sources[0]] * (1 + holds * causes[h.moderators[0]])
        else:
            slope = holds * sum(b * causes[one] for one, b in acting.items())
        scores[name] = beside() + slope
    return p.rows(scores, {}, rng, about)


def _kinds_of_people(p: Designed, rng: Rng, n: int, holds: bool) -> Responses:
    """Two kinds of people, 1.6 SD apart in turn up and down; or one, whose answers correlate by .3.

    Points are shared out by what things are worth, and rounded to fives.
    """
    names, _, _ = _steps(p)
    one = rng.random(n) < 0.4
    weights = [item for item in p.items if p.instrument.items[item].construct_id == WEIGHTS]
    own = [*weights, *(name for name in names if name != WEIGHTS)]
    scores = correlated(rng, n, own, 0.0 if holds else 0.3)
    for k, name in enumerate(own):
        scores[name] = scores[name] + holds * 0.8 * np.where(one, 1, -1) * (-1) ** k
    codes = {}
    if weights:
        turned = [scores.pop(item) * (1 if holds else (-1) ** (k // 2)) for k, item in enumerate(weights)]
        worth = np.exp(0.8 * np.column_stack(turned))
        points = 5.0 * np.round(20.0 * worth / worth.sum(axis=1, keepdims=True))
        points[np.arange(n), points.argmax(axis=1)] += 100.0 - points.sum(axis=1)
        codes = dict(zip(weights, points.T, strict=True))
    return p.rows(scores, codes, rng, {"respondent": np.arange(n)})


def _offers(p: Designed, rng: Rng, n: int, holds: bool) -> Responses:
    """Draw choices by what attributes are worth to each person; or by chance."""
    tasks = tasks_of(p.hypothesis.sources[0], answers(p.instrument, p.items, {}, {}, None, 0))
    assert tasks is not None
    codes = {}
    own = {name: worth + 0.5 * abs(worth) * rng.standard_normal(n) for name, worth in WORTH.items()}
    for item, offers in tasks.offers.groupby("item", sort=False):
        columns = [offers["Price"], offers["Support"] == "by phone", offers["Company"] == "with others"]
        worth = sum(np.outer(own[name], column) for name, column in zip(own, columns, strict=True))
        taken = (holds * worth + rng.gumbel(size=(n, len(offers)))).argmax(axis=1)
        codes[str(item)] = offers["code"].to_numpy(float)[taken]
    return p.rows({}, codes, rng, {"respondent": np.arange(n)})


DESIGNS: dict[str, Draw] = {
    "waves": _waves,
    "stages": _stages,
    "before and after": _before_and_after,
    "order over waves": _order_over_waves,
    "exits": _exits,
    "categories": _in_categories,
    "countries": _in_countries,
    "kinds of people": _kinds_of_people,
    "offers": _offers,
}
PLACES = {
    "waves": ("H3e", "H6d", "H7d", "H11c", "H11i", "H12a", "H12b", "H12c"),
    "stages": ("H12d",),
    "before and after": ("H11a", "H11f"),
    "order over waves": ("H1i",),
    "exits": ("H5g",),
    "categories": ("H4a", "H4b", "H4d", "H4f", "H4g", "H10b", "RQ4"),
    "countries": ("H2a", "H2b", "H2c", "H2d", "H2i", "H2j"),
    "kinds of people": ("RQ3a", "RQ3b"),
    "offers": ("RQ5",),
}
"""Hypotheses that each design is for."""
