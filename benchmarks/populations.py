"""Populations in which a hypothesis holds, and in which it does not, made from the words of the theory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from coprod_measure.instrument.definition import Instrument, Item
from coprod_measure.responses.dataset import Responses, Source, empty_log
from coprod_measure.simulation.effects_file import effects_of
from coprod_measure.structure.claims import Claims, take_apart
from coprod_measure.structure.design import DESIGN, design_item
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.kinds import kind_of
from coprod_measure.structure.regression import variables_of
from coprod_measure.structure.testability import why_not_testable
from coprod_measure.structure.variables import Variable
from coprod_measure.theory.definition import Hypothesis
from coprod_measure.theory.formula import read_formula

LOADING = 0.75
FACETS = 3
"""Facets of a structure that are asked, to keep samples cheap."""
ITEMS = 3
GATE = "decision_engage_1"
Scores = dict[str, np.ndarray]
Drawn = tuple[Scores, Scores]
"""Codes of items, and scores of constructs."""


@dataclass(frozen=True)
class Population:
    """A hypothesis, and what is asked for it.

    Attributes
    ----------
    items : tuple of str
    truth : float
        Mean standardised effect where the hypothesis holds; NaN where it has none.
    """

    hypothesis: Hypothesis
    kind: str
    instrument: Instrument
    items: tuple[str, ...]
    claims: Claims
    truth: float

    @property
    def label(self) -> str:
        """Name of its row."""
        return self.hypothesis.id

    def draw(self, rng: np.random.Generator, n: int, holds: bool) -> Responses:
        """Draw the answers of ``n`` people."""
        codes, scores = _DRAWN[self.kind](self, rng, n, holds)
        about = None
        for sorting, words in self.hypothesis.within.items():
            # What is true of the groups that it is about is not of the others, half of the people.
            inside = rng.random(n) < 0.5
            _, others = _DRAWN[self.kind](self, rng, n, not holds)
            scores = {name: np.where(inside, own, others[name]) for name, own in scores.items()}
            named = np.where(inside, words[0], "other")
            about = pd.DataFrame({"respondent": [f"r{k}" for k in range(n)], DESIGN[sorting]: named})
        return answers(self.instrument, self.items, scores, codes, rng, n, about)

    def parts(self, id_: str) -> list[str]:
        """What is measured of a construct or structure."""
        return [one.id for one in variables_of((id_.removeprefix("-"),), self.context)]

    @property
    def context(self) -> Context:
        """Answers of nobody, to ask what there is."""
        return Context(self.instrument.theory, answers(self.instrument, self.items, {}, {}, None, 0))


def population(instrument: Instrument, id_: str) -> Population | None:
    """Choose what is asked for a hypothesis; None where no kind of test for one occasion takes it."""
    theory = instrument.theory
    hypothesis = theory.hypotheses[id_]
    via = [part.strip() for step in hypothesis.via for part in step.split("|")]
    named = [*hypothesis.sources, *via, *hypothesis.targets, *hypothesis.moderators, *hypothesis.versus]
    named += [hypothesis.balance] if hypothesis.balance else []
    facets = 1 if hypothesis.no_difference else FACETS  # models of several groups take long
    own = [item for one in named for item in asked(instrument, one, facets)]
    # Of what a verdict is judged by, one question a weight, and the weights.
    own += [
        id_
        for weight in instrument.items.values()
        if {instrument.items[value].construct_id for value in weight.weighs} & set(hypothesis.judged_by)
        for id_ in (weight.weighs[0], weight.id)
    ]
    weighed = [value for item in own for value in instrument.items[item].weighs if not hypothesis.judged_by]
    items = tuple(dict.fromkeys([*own, *weighed]))
    empty = Context(theory, answers(instrument, items, {}, {}, None, 0))
    kind = kind_of(hypothesis, empty)
    if hypothesis.needs_waves > 1 or kind is None or kind.name not in _DRAWN:
        return None
    if kind.name == "levels" and hypothesis.level != "group_difference":
        return None
    if why_not_testable(theory, empty.clean, [id_]):
        return None
    claims = take_apart(hypothesis, theory, empty.clean)
    found = Population(hypothesis, kind.name, instrument, items, claims, np.nan)
    truth = _truth(found) if kind.name in ("paths", "moderated", "nomological") else np.nan
    return Population(hypothesis, kind.name, instrument, items, claims, truth)


def asked(instrument: Instrument, id_: str, facets: int, phases: int | None = None) -> list[str]:
    """Items of a construct; of a structure so many facets, of engagement so many phases (all when None)."""
    theory = instrument.theory
    design = instrument.items.get(f"{id_}_1")
    if design is not None and design.role == "design":
        return [design.id]
    parts = [part for part in theory.first_order(id_.removeprefix("-")) if _below(instrument, part)]
    several = theory.higher_order.get(id_) is not None
    most = phases if id_.startswith("act_") else facets
    chosen = parts[: most if several else None]
    return [item.id for part in chosen for item in _below(instrument, part)]


def _below(instrument: Instrument, id_: str) -> list[Item]:
    """Items of a construct, or of what it is computed of."""
    own = list(instrument.items_of(id_))
    if own:
        return own if own[0].kind == "number" or "importance" in id_ else own[:ITEMS]
    rule = instrument.theory.constructs[id_].computed
    terms = [] if rule is None else [*rule.of, *([rule.weights] if rule.weights else [])]
    parts = [part for term in terms for part in instrument.theory.first_order(term)]
    return [item for part in dict.fromkeys(parts) for item in _below(instrument, part)]


def answers(
    instrument: Instrument,
    items: Iterable[str],
    scores: Mapping[str, np.ndarray],
    codes: Mapping[str, np.ndarray],
    rng: np.random.Generator | None,
    n: int,
    about: pd.DataFrame | None = None,
) -> Responses:
    """Whole codes of all items, by loadings of .75; ``codes`` are taken as they are.

    ``about`` tells waves and the like of each of the ``n`` rows; left out, each is a person.
    """
    columns = {}
    asked = [instrument.items[id_] for id_ in items]
    if any(GATE in one.show_if for one in asked):
        columns[GATE] = np.ones(n)
    for item in asked:
        if rng is None:
            columns[item.id] = np.empty(0)
        elif item.id in codes:
            columns[item.id] = codes[item.id]
        else:
            own = scores.get(item.construct_id or "")
            own = rng.standard_normal(n) if own is None else own  # what weighs or is not part of the claim
            place = LOADING * own + _left(LOADING**2) * rng.standard_normal(n)
            columns[item.id] = _coded(instrument, item, place)
    frame = pd.DataFrame(columns)
    if about is None:
        about = pd.DataFrame({"respondent": [f"r{k}" for k in range(len(frame))]}, index=frame.index)
    source = Source("", "", "", "", 0)
    return Responses(instrument, frame, frame, frame, about, source, empty_log(), empty_log())


def _coded(instrument: Instrument, item: Item, place: np.ndarray) -> np.ndarray:
    scale = instrument.scale_of(item.id)
    if scale is None:
        return np.clip(np.round(50.0 + 18.0 * place), 0.0, 100.0)
    codes = np.asarray(scale.codes, dtype=float)
    if len(codes) == 2:
        return np.asarray(codes[(place > 0.0).astype(int)])
    raw = codes.mean() + np.ptp(codes) / 4.5 * place
    return np.asarray(codes[np.abs(raw[:, None] - codes).argmin(axis=1)])


def _left(explained: float) -> float:
    return float(np.sqrt(max(1.0 - explained, 0.05)))


def correlated(rng: np.random.Generator, n: int, names: Iterable[str], r: float = 0.3) -> Scores:
    common = rng.standard_normal(n)
    own = {name: rng.standard_normal(n) for name in dict.fromkeys(names)}
    return {name: float(np.sqrt(r)) * common + float(np.sqrt(1.0 - r)) * rest for name, rest in own.items()}


def summed(scores: Scores, slopes: Mapping[str, float], rng: np.random.Generator) -> np.ndarray:
    """What slopes make of scores, and noise that brings the variance to one."""
    n = len(next(iter(scores.values())))
    own = sum((slope * scores[name] for name, slope in slopes.items()), np.zeros(n))
    return np.asarray(own + _left(float(np.var(own))) * rng.standard_normal(n))


def size_of(p: Population) -> float:
    """Slope of one cause: smaller where there are many."""
    return 0.15 if len({claim.source for claim in p.claims.claims}) <= 4 else 0.1


def _truth(p: Population) -> float:
    if any(not _variable(p, name).latent for name in _names(p)):
        return np.nan
    if p.kind == "moderated" and p.hypothesis.via:
        return np.nan
    if p.kind == "moderated":
        return 0.15 * _sign(p.hypothesis.sign)
    if p.kind == "nomological":
        return np.nan
    effects = []
    for claim in p.claims.claims:
        width = float(np.prod([len(step) for step in claim.via])) if claim.via else 1.0
        size = _chain(claim.via) * _spread(p) if claim.via else size_of(p) / _spread_of_outcome(p)
        effects.append((claim.sign or 1) * size * width)
    turned = effects if len({claim.sign for claim in p.claims.claims}) == 1 else np.abs(effects)
    return float(np.mean(turned))


def _spread_of_outcome(p: Population, r: float = 0.3) -> float:
    """Standard deviation of an outcome of many causes that correlate ``r``; 1 where they explain less."""
    signs = np.array(list({claim.source: claim.sign or 1 for claim in p.claims.claims}.values()))
    explained = size_of(p) ** 2 * ((1.0 - r) * len(signs) + r * signs.sum() ** 2)
    return float(np.sqrt(max(1.0, explained + 0.05)))


def _chain(via: tuple[tuple[str, ...], ...]) -> float:
    return float(np.prod([0.3 / np.sqrt(len(step)) for step in via])) * 0.3


def _spread(p: Population) -> float:
    """What many causes of one mediator are divided by, so that they explain no more than it has."""
    return min(1.0, 3.0 / len({claim.source for claim in p.claims.claims}))


def _names(p: Population) -> set[str]:
    claimed = {n for c in p.claims.claims for n in (c.source, c.target, *(m for s in c.via for m in s))}
    return claimed | {name for id_ in p.hypothesis.moderators for name in p.parts(id_)}


def _sign(word: str) -> int:
    return {"positive": 1, "negative": -1}.get(word, 1)


def items_below(p: Population, scores: Scores) -> Scores:
    """Give what is computed of other constructs their scores, so that its mean is what was drawn."""
    found = dict(scores)
    for name, own in scores.items():
        for item in _variable(p, name).items:
            found.setdefault(p.instrument.items[item].construct_id or "", own)
    return found


def _variable(p: Population, name: str) -> Variable:
    return p.claims.variables.get(name) or variables_of((name,), p.context)[0]


def _paths(p: Population, rng: np.random.Generator, n: int, holds: bool) -> Drawn:
    claims = p.claims.claims
    scores = correlated(rng, n, (claim.source for claim in claims))
    signs = {claim.source: claim.sign or 1 for claim in claims}
    via = next((claim.via for claim in claims if claim.via), ())
    last = list(signs)
    for before, step in pairwise(((), *via)):
        for name in step:
            slopes = {one: 0.3 / np.sqrt(len(step)) * signs.get(one, 1) for one in last}
            scale = 1.0 if before else _spread(p)
            scores[name] = summed(scores, {one: slope * scale for one, slope in slopes.items()}, rng)
        last = list(step)
    for target in dict.fromkeys(claim.target for claim in claims):
        if via:
            slopes = dict.fromkeys(last, 0.3 * holds) | dict.fromkeys(signs, 0.1)
        else:
            own = {claim.source: claim.sign or 1 for claim in claims if claim.target == target}
            size = 3.0 * size_of(p) if p.claims.variables[target].binary else size_of(p)
            slopes = {name: size * sign * holds for name, sign in own.items() if name in scores}
        scores[target] = summed(scores, slopes, rng)
    return {}, items_below(p, scores)


def _bent(p: Population, rng: np.random.Generator, n: int, holds: bool) -> Drawn:
    """Draw a chain whose first step is bent by all moderators; or one that is the same for all."""
    sources, targets = _both(p)
    moderators = [name for id_ in p.hypothesis.moderators for name in p.parts(id_)[:1]]
    mediators = [name for id_ in p.hypothesis.via for name in p.parts(id_)]
    scores = correlated(rng, n, [*sources, *moderators], 0.1)
    source = sum((scores[one] for one in sources), np.zeros(n))
    for name in mediators:
        bent = sum((0.25 * holds * scores[one] for one in moderators), 0.3 + np.zeros(n)) * source
        scores[name] = bent + 0.8 * rng.standard_normal(n)
    for name in targets:
        scores[name] = 0.4 * sum((scores[one] for one in mediators), np.zeros(n)) + rng.standard_normal(n)
    # Of shares that add up to a hundred the first is drawn, the other is what is left.
    shares = [one for one in p.items if p.instrument.items[one].construct_id in mediators]
    codes = {}
    if len(shares) == 2 and p.instrument.items[shares[0]].kind == "slider":
        codes[shares[0]] = np.clip(np.round(50.0 + 18.0 * scores[mediators[0]]), 0.0, 100.0)
        codes[shares[1]] = 100.0 - codes[shares[0]]
    return codes, items_below(p, scores)


def _moderated(p: Population, rng: np.random.Generator, n: int, holds: bool) -> Drawn:
    """An interaction of .15; of three factors it is there only where the condition is low."""
    if p.hypothesis.via:
        return _bent(p, rng, n, holds)
    if any(p.instrument.items[item].weighs for item in p.items):
        return _weighed(p, rng, n, holds)
    sources, targets = _both(p)
    moderators = [name for id_ in p.hypothesis.moderators for name in p.parts(id_)[:1]]
    scores = correlated(rng, n, [*sources, *moderators], 0.1)
    sign = _sign(p.hypothesis.sign) * holds
    for target in targets:
        product = sum((scores[one] for one in sources), np.zeros(n)) * scores[moderators[-1]]
        if len(moderators) == 2:
            product = product * np.where(scores[moderators[0]] < 0.0, 2.0, 0.0)
        mean = sum((0.2 * scores[name] for name in [*sources, *moderators]), 0.15 * sign * product)
        scores[target] = mean + _left(float(np.var(mean))) * rng.standard_normal(n)
    return {}, items_below(p, scores)


def _weighed(p: Population, rng: np.random.Generator, n: int, holds: bool) -> Drawn:
    """Share out 100 points over facets; each value counts by its points, or all by the same."""
    weights = {item: p.instrument.items[item].weighs for item in p.items if p.instrument.items[item].weighs}
    scores = correlated(rng, n, weights)
    points = rng.multinomial(20, np.full(len(weights), 1.0 / len(weights)), n) * 5.0
    codes = {item: points[:, k] for k, item in enumerate(weights)}
    mean = np.zeros(n)
    for k, (item, values) in enumerate(weights.items()):
        mean += (0.15 + holds * 0.012 * (points[:, k] - points[:, k].mean())) * scores[item]
        for value in values:
            place = LOADING * scores[item] + _left(LOADING**2) * rng.standard_normal(n)
            codes[value] = _coded(p.instrument, p.instrument.items[value], place)
    outcome = mean + _left(float(np.var(mean))) * rng.standard_normal(n)
    return codes, dict.fromkeys(_both(p)[1], outcome)


def _both(p: Population) -> tuple[list[str], list[str]]:
    h = p.hypothesis
    return [n for id_ in h.sources for n in p.parts(id_)], [n for id_ in h.targets for n in p.parts(id_)]


def _incremental(p: Population, rng: np.random.Generator, n: int, holds: bool) -> Drawn:
    """Each block adds; where the claim does not hold the last source does not."""
    sources, targets = _both(p)
    before = [name for id_ in p.hypothesis.versus for name in p.parts(id_)]
    scores = correlated(rng, n, [*sources, *before])
    lost = set(sources if before else sources[-1:])
    slopes = {name: 0.25 if name in before else 0.2 * (holds or name not in lost) for name in scores}
    for target in targets:
        if target not in scores:
            scores[target] = summed({k: scores[k] for k in slopes}, slopes, rng)
    return {}, items_below(p, scores)


def _importance(p: Population, rng: np.random.Generator, n: int, holds: bool) -> Drawn:
    """One cause weighs most, the first or the last; where each must act, the last does not."""
    h = p.hypothesis
    parts = {id_: p.parts(id_) for id_ in h.sources}
    scores = correlated(rng, n, (name for own in parts.values() for name in own))
    ranked = "rank" in h.test or h.sign == "unsigned"
    heavy = h.sources[0 if holds or h.sign == "unsigned" else -1]
    slopes: dict[str, float] = {}
    for id_, own in parts.items():
        size = (0.45 if id_ == heavy else 0.1) if ranked else 0.2
        slopes |= {name: size / float(np.sqrt(len(own))) for name in own if name not in slopes}
    if not holds and not ranked:
        slopes[list(slopes)[-1]] = 0.0
    if not holds and h.sign == "unsigned":  # nobody weighs most
        slopes = dict.fromkeys(slopes, 0.1)
    for target in _both(p)[1]:
        scores[target] = summed({k: scores[k] for k in slopes}, slopes, rng)
    return {}, items_below(p, scores)


def gaps(p: Population, rng: np.random.Generator, n: int, holds: bool) -> Drawn:
    h = p.hypothesis
    sources, targets = _both(p)
    scores = correlated(rng, n, sources)
    received = sources[-1]
    wanted = np.mean([scores[name] for name in sources[:-1]], axis=0)
    gap = wanted - scores[received]
    turn = -1.0 if h.source_signs.get(h.sources[-1], h.sign) == "positive" else 1.0
    level = 0.15 * (wanted + scores[received])
    effect = -0.2 * gap**2 if h.sign == "unsigned" else 0.2 * turn * gap
    for target in targets:
        scores[target] = level + holds * effect + 0.7 * rng.standard_normal(n)
    return {}, items_below(p, scores)


def _necessity(p: Population, rng: np.random.Generator, n: int, holds: bool) -> Drawn:
    sources, targets = _both(p)
    scores = correlated(rng, n, sources, 0.0)
    least = np.min([scores[name] for name in sources], axis=0)
    for target in targets:
        own = rng.standard_normal(n)
        scores[target] = np.minimum(own, least + 1.2) if holds else own
    return {}, items_below(p, scores)


def _choice(p: Population, rng: np.random.Generator, n: int, holds: bool) -> Drawn:
    """The first option gains .4 a cause, and as much by an amount that sets gains off against costs."""
    h = p.hypothesis
    sources = [(name, id_) for id_ in h.sources for name in p.parts(id_)]
    scores = correlated(rng, n, (name for name, _ in sources))
    utility = sum(
        (
            0.4 * _sign(h.source_signs.get(id_, h.sign)) / np.sqrt(len(p.parts(id_))) * scores[name]
            for name, id_ in sources
        ),
        np.zeros(n),
    )
    codes, net = _amounts(p, rng, n)
    utility = utility + 0.4 * net
    for id_ in h.targets:
        for item in (one.id for one in p.instrument.items_of(id_) if one.id in p.items):
            scale = p.instrument.scale_of(item)
            assert scale is not None
            draws = rng.gumbel(size=(n, len(scale.codes)))
            draws[:, -1 if len(scale.codes) == 2 else 0] += holds * utility
            codes[item] = np.asarray(scale.codes, dtype=float)[draws.argmax(axis=1)]
    return codes, items_below(p, scores)


def _amounts(p: Population, rng: np.random.Generator, n: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Log-normal amounts as drafts assume them, and their balance, zero where it is, in about its spread."""
    if not p.hypothesis.balance:
        return {}, np.zeros(n)
    (balance,) = variables_of((p.hypothesis.balance,), p.context)
    codes, values = {}, {}
    for one in balance.operands:
        assumed = effects_of(p.instrument.theory.id).amounts_of(one.id)
        assert assumed is not None
        values[one.id] = np.round(assumed.median * assumed.ratio ** rng.standard_normal(n), 1)
        codes |= dict.fromkeys(one.items, values[one.id])
    net = read_formula(balance.formula).of(values)
    return codes, net / (np.subtract(*np.percentile(net, [75, 25])) / 1.349)


def _measurement(p: Population, rng: np.random.Generator, n: int, holds: bool) -> Drawn:
    """Correlated .6 or .9, the cutoff; facets of a factor, or one of them apart."""
    named, scores = p.hypothesis.sources, Scores()
    above = correlated(rng, n, named, 0.6 if holds or p.hypothesis.targets else 0.9)
    for id_ in named:
        for name in (parts := p.parts(id_)):
            own = 1.0 if len(parts) == 1 else LOADING
            scores[name] = own * above[id_] + np.sqrt(1.0 - own**2) * rng.standard_normal(n)
    if p.hypothesis.targets and not holds:
        scores[p.parts(named[-1])[0]] = rng.standard_normal(n)
    return {}, items_below(p, scores)


def _groups(p: Population, rng: np.random.Generator, n: int, holds: bool) -> Drawn:
    """Groups differ by .6 SD from first to last, of many outcomes in turn up and down; or paths by .5."""
    h = p.hypothesis
    codes, place = {}, np.zeros(n)
    for sorting in h.moderators or h.sources:
        item = design_item(p.context.clean, sorting) or variables_of((sorting,), p.context)[0].items[0]
        scale = p.instrument.scale_of(item)
        assert scale is not None
        group = rng.integers(0, len(scale.codes), n)
        codes[item] = np.asarray(scale.codes, dtype=float)[group]
        place += group / (len(scale.codes) - 1.0) - 0.5
    place = -place if h.contrast else place  # the categories named first are expected higher
    if not h.moderators:
        targets = _both(p)[1]
        turn = {name: -1.0 if len(targets) > 3 and k % 2 else 1.0 for k, name in enumerate(targets)}
        own = {name: 0.6 * turn[name] * holds * place + rng.standard_normal(n) for name in targets}
        return codes, items_below(p, own)
    differ = not holds if h.no_difference else holds
    sources, targets = _both(p)
    scores = correlated(rng, n, sources)
    via = [name for step in h.via for id_ in step.split("|") for name in p.parts(id_)]
    for name in via:
        scores[name] = summed(scores, dict.fromkeys(sources, 0.6 / len(sources)), rng)
    last = via or sources
    for target in targets:
        slope = 0.4 + 0.5 * differ * place
        behind = sum((scores[name] for name in last), np.zeros(n)) / len(last)
        scores[target] = slope * behind + 0.9 * rng.standard_normal(n)
    return codes, items_below(p, scores)


def _judged(p: Population, rng: np.random.Generator, n: int, holds: bool) -> Drawn:
    """A third judges by each stated rule, with points of their own; or all by the weighted sum."""
    h, weights = p.hypothesis, [item for item in p.items if p.instrument.items[item].weighs]
    item = f"{h.sources[0]}_1"
    scale = p.instrument.scale_of(item)
    assert scale is not None
    says = rng.integers(0, len(scale.codes), n)
    codes = {item: np.asarray(scale.codes, dtype=float)[says]}
    points = rng.multinomial(20, np.full(len(weights), 1.0 / len(weights)), n) * 5.0
    places = list(correlated(rng, n, weights).values())
    x = np.column_stack(
        [_coded(p.instrument, p.instrument.items[f"{h.judged_by[0]}_1"], one) for one in places]
    )
    for k, weight in enumerate(weights):
        codes |= {weight: points[:, k], p.instrument.items[weight].weighs[0]: x[:, k]}
    top = points == points.max(axis=1, keepdims=True)
    by = {
        "additive": (points * x).sum(axis=1) / 100.0,
        "lexical": (top * x).sum(axis=1) / top.sum(axis=1),
        "conjunctive": x.min(axis=1),
    }
    stated = [next(rule for word, rule in h.rules.items() if word in one) for one in scale.labels["en"]]
    score = np.zeros(n)
    for k, rule in enumerate(stated):
        own = by[rule if holds else "additive"]
        score += np.where(says == k, (own - own.mean()) / own.std(), 0.0)
    return codes, dict.fromkeys(_both(p)[1], 0.6 * score + 0.8 * rng.standard_normal(n))


def in_order(p: Population, holds: bool) -> list[list[str]]:
    """Steps as claimed, or with the two in the middle in each other's place."""
    named = [p.hypothesis.sources, *p.hypothesis.steps, p.hypothesis.targets]
    steps = [[name for id_ in step for name in p.parts(id_)] for step in named]
    return steps if holds else [steps[0], steps[2], steps[1], *steps[3:]]


def _rivals(p: Population, rng: np.random.Generator, n: int, holds: bool) -> Drawn:
    """The order as claimed; where it does not hold the two steps in the middle change places."""
    steps = in_order(p, holds)
    scores = correlated(rng, n, steps[0])
    for before, step in pairwise(steps):
        for name in step:
            own = np.sum([scores[one] for one in before], axis=0)
            scores[name] = 0.6 * own / own.std() + 0.8 * rng.standard_normal(n)
    return {}, items_below(p, scores)


_DRAWN = {
    "paths": _paths,
    "moderated": _moderated,
    "incremental": _incremental,
    "relative_importance": _importance,
    "discrepancy": gaps,
    "necessity": _necessity,
    "choice": _choice,
    "measurement": _measurement,
    "group_difference": _groups,
    "judgement": _judged,
    "levels": _groups,
    "nomological": _paths,
    "rivals": _rivals,
}
