"""A population drafted from a theory: what its hypotheses claim, in the sizes that are assumed for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from itertools import combinations

from coprod_measure.instrument.definition import Instrument
from coprod_measure.simulation.claims import has_effect
from coprod_measure.simulation.draft_terms import Claims
from coprod_measure.simulation.effects_file import EffectsFile, effects_of
from coprod_measure.simulation.first_cause import put_first
from coprod_measure.simulation.population import (
    Clusters,
    ConstructPopulation,
    Difference,
    Habits,
    Population,
    Waves,
)
from coprod_measure.simulation.population_matrices import carried_at_most, explained_at_most
from coprod_measure.theory.definition import Hypothesis, Theory

_WEAK_EVERY = 6
_FEW_ITEMS = 3
_COUNTRIES = 30


@dataclass(slots=True)
class Draft:
    """A population and how it came to be.

    Attributes
    ----------
    why : mapping
        Target and source (or ``"a x b"``, or ``"ceiling a"``) to the hypothesis that claims it and the source
        of its size.
    left_out : mapping
        Hypothesis to why nothing of it stands in the population.
    source : str
        Where loadings, means and correlations are from, where not from assumed sizes.
    """

    population: Population
    why: dict[tuple[str, str], str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    source: str = ""


def draft_population(
    instrument: Instrument,
    form: str,
    *,
    title: str = "",
    seed: int = 1,
    waves: bool = False,
    country: str = "",
) -> Draft:
    """Draft a population that holds whatever a theory claims about what a form asks.

    Parameters
    ----------
    form : str
        Whose constructs the population holds.
    waves : bool
        The same people are asked as often as the claims need, the form each time.
    country : str
        Column with the country; facts about countries that claims name are then in the population.

    Notes
    -----
    Signs are those of the hypotheses, sizes those of :mod:`.effects_file`. An effect of a structure above k
    constructs that correlate r is spread over them as ``b / sqrt(k + k (k - 1) r)``, which gives their
    standardised sum the effect b; of several claims of one path the largest counts. What is claimed to be the
    most important cause is made so (:func:`.first_cause.put_first`). A path that would close
    a circle is left out: within one occasion causes come first. All effects on an outcome shrink together
    until no more than the assumed share is explained.

    Examples
    --------
    >>> from coprod_measure import read_instrument
    >>> draft = draft_population(read_instrument("etgar2007"), "core")
    >>> round(draft.population.paths["propensity"]["cb_net_judgement"], 2) > 0.2, draft.left_out["H12c"]
    (True, 'it is about later waves')
    """
    theory, sizes = instrument.theory, effects_of(instrument.theory.id)
    hypotheses = tuple(theory.hypotheses.values())
    groups = _groups(instrument, form, hypotheses)
    constructs = _constructs(instrument, form, sizes, groups)
    if country:
        constructs |= {name: ConstructPopulation() for name in _facts(hypotheses, instrument)}
    often = max((one.needs_waves for one in hypotheses), default=1) if waves else 1
    claims = Claims(theory, sizes, {name: set() for name in constructs}, instrument, form, often)
    # What is claimed of single paths gives chains their signs.
    for hypothesis in sorted(hypotheses, key=lambda one: bool(one.via)):
        claims.take(hypothesis)
    claims.move_by_arms()
    population = Population(
        id=f"{instrument.id}-{form}",
        title=title or f"Drafted from the theory: {theory.title}",
        instrument=instrument,
        form=form,
        n=1200,
        seed=seed,
        constructs=constructs,
        paths=claims.paths,
        correlation=sizes.correlation.size,
        correlations=_correlations(list(constructs), claims.paths, claims.above, sizes),
        interactions=claims.products,
        ceilings=claims.ceilings,
        decision=_decision(instrument, form),
        groups=groups,
        differences=_differences(claims),
        choices=claims.choices,
        judgements=claims.judgements,
        classes=(0.5, 0.5) if claims.profile else (),
        habits=Habits(**{name: one.size for name, one in sizes.habits.items()}),  # type: ignore[arg-type]
        clusters=_clusters(country, constructs, claims, instrument) if country else None,
    )
    population = explained_at_most(population, sizes.explained.size)
    for hypothesis in (one for one in hypotheses if one.claims_a_first):
        population = put_first(population, hypothesis, sizes.first.size, sizes.explained.size)
    population = _over_waves(population, claims.lags, sizes, often)
    return Draft(population, claims.why, _left_out(population, claims))


def _left_out(population: Population, claims: Claims) -> dict[str, str]:
    """Say of hypotheses of which nothing stands in the population why."""
    return {
        one.id: _why_nothing(one, claims.theory, claims.waves, circular=one.id in claims.circular)
        for one in claims.theory.hypotheses.values()
        if not has_effect(population, one)
    }


def _differences(claims: Claims) -> tuple[Difference, ...]:
    """Gather what differs between groups, arms and latent classes."""
    found = [
        Difference({item: code}, claims.differences.get((item, code), {}), claims.bent.get((item, code), {}))
        for item, code in {**claims.differences, **claims.bent}
    ]
    found += [Difference(dict(where), means) for where, means in claims.arms.items()]
    for wave in range(2, claims.waves + 1 if claims.rises else 2):
        found.append(Difference({"wave": wave}, {name: (wave - 1) * b for name, b in claims.rises.items()}))
    if claims.profile:
        for number, side in ((1, 1.0), (2, -1.0)):
            means = {name: side * half for name, half in claims.profile.items()}
            found.append(Difference({"class": number}, means))
    return tuple(found)


def _constructs(
    instrument: Instrument, form: str, sizes: EffectsFile, groups: Collection[str]
) -> dict[str, ConstructPopulation]:
    """Draw what the form asks, but for the questions that only sort people."""
    items = [id_ for id_ in instrument.forms[form].item_ids if id_ not in groups]
    asked = {instrument.items[id_].construct_id for id_ in items}
    return {
        name: _construct(instrument, form, name, k, sizes)
        for k, name in enumerate(name for name in instrument.constructs if name in asked)
    }


def _construct(
    instrument: Instrument, form: str, name: str, place: int, sizes: EffectsFile
) -> ConstructPopulation:
    answers = sizes.answers_of(name)
    scales = [instrument.scale_of(item.id) for item in instrument.items_of(name)]
    if scales and all(scale is not None and len(scale.codes) == 2 for scale in scales):
        return ConstructPopulation(share=0.55, loading=1.0 if len(scales) == 1 else sizes.loading.size)
    if scales and scales == [None] * len(scales) and (amounts := sizes.amounts_of(name)):
        return ConstructPopulation(median=amounts.median, ratio=amounts.ratio)
    # Means and spreads are assumed on seven points.
    scale = next((one for one in scales if one is not None), None)
    low, high = (scale.codes[0], scale.codes[-1]) if scale is not None else (1, 7)
    mean, sd = low + (answers.mean - 1.0) * (high - low) / 6.0, answers.sd * (high - low) / 6.0
    weak = sizes.weak.size if place % _WEAK_EVERY == 0 and len(scales) > _FEW_ITEMS else None
    return ConstructPopulation(round(mean, 3), round(sd, 3), sizes.loading.size, weak)


def _groups(
    instrument: Instrument, form: str, hypotheses: Sequence[Hypothesis]
) -> dict[str, dict[int, float]]:
    """Give the options of a question that only sorts people, such as where they live, equal shares."""
    sorting = {
        name
        for one in hypotheses
        for name in (one.moderators or one.sources * (one.level == "group_difference"))
    }
    other = {
        name
        for one in hypotheses
        for name in (
            *one.targets,
            *(part for step in one.steps for part in step),
            *one.sources * (one.level != "group_difference" or bool(one.moderators)),
        )
    }
    found = {}
    for id_ in instrument.forms[form].item_ids:
        scale, construct = instrument.scale_of(id_), instrument.items[id_].construct_id or ""
        alone = construct in sorting - other and len(instrument.items_of(construct)) == 1
        if scale is not None and not scale.ordered and alone:
            found[id_] = dict.fromkeys(scale.codes, 1 / len(scale.codes))
    return found


def _facts(hypotheses: Sequence[Hypothesis], instrument: Instrument) -> list[str]:
    """Name the facts about countries that claims are about and nobody is asked for."""
    constructs = instrument.theory.constructs
    named = [name for one in hypotheses for name in (*one.sources, *one.moderators) if name in constructs]
    facts = (
        name for name in named if "society" in constructs[name].unit and name not in instrument.constructs
    )
    return list(dict.fromkeys(facts))


def _clusters(country: str, constructs: Collection[str], claims: Claims, instrument: Instrument) -> Clusters:
    """Let countries share some of what facts about them act on, beside these facts."""
    facts = {name for name in constructs if name not in instrument.constructs}
    share = claims.sizes.icc.size
    icc = {y: share for y, own in claims.paths.items() if facts & set(own) and y not in facts}
    return Clusters(country, _COUNTRIES, icc)


def _over_waves(
    population: Population, lags: Mapping[str, Mapping[str, float]], sizes: EffectsFile, number: int
) -> Population:
    """Ask the same people again where claims need it, with lags that what changes can hold."""
    if number == 1:
        return population
    stable = {name: sizes.stable.size for name in population.constructs if name not in population.facts}
    own = {name: {name: sizes.carried.size, **lags.get(name, {})} for name in stable}
    names = tuple(f"wave{k}" for k in range(1, number + 1))
    waves = Waves(names, stable, own, attrition=sizes.attrition.size)
    return carried_at_most(replace(population, waves=waves))


def _why_nothing(hypothesis: Hypothesis, theory: Theory, waves: int, *, circular: bool) -> str:
    if hypothesis.needs_waves > waves:
        return "it is about later waves"
    if circular:
        return "it would close a circle within one occasion"
    if hypothesis.level == "group_difference":
        return "no answer sorts people by it; where the study names the country, facts about countries do"
    named = [theory.constructs.get(name) for name in (*hypothesis.sources, *hypothesis.moderators)]
    if any(one is not None and "respondent" not in one.unit for one in named):
        return "it is about facts of countries, which a table beside the study holds"
    if hypothesis.level == "moderated" and any(one is not None and one.computed for one in named):
        return "it is about arms of an experiment"
    return "the form does not ask about all of it"


def _correlations(
    constructs: Sequence[str],
    paths: Mapping[str, Mapping[str, float]],
    above: Mapping[str, set[str]],
    sizes: EffectsFile,
) -> dict[tuple[str, str], float]:
    """Correlate constructs of a domain, as far as both have causes or neither has and none is a cause."""
    found: dict[tuple[str, str], float] = {}
    for one in sizes.correlations:
        own = [name for name in constructs if any(fnmatchcase(name, pattern) for pattern in one.among)]
        for a, b in combinations(own, 2):
            if bool(paths.get(a)) == bool(paths.get(b)) and a not in above[b] and b not in above[a]:
                found.setdefault((a, b), one.size)
    return found


def _decision(instrument: Instrument, form: str) -> str | None:
    """Find the yes/no item on which most others hang."""
    asked = instrument.forms[form].item_ids
    gates = [instrument.items[id_].show_if.partition("==")[0].strip() for id_ in asked]
    named = [gate for gate in gates if gate in asked and instrument.items[gate].role != "design"]
    return max(dict.fromkeys(named), key=named.count) if named else None
