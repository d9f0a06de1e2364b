"""The population file: its shape, its checks, and how it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError
from itertools import combinations
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from coprod_measure.errors import Problem, SimulationError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.read import read_instrument
from coprod_measure.simulation.population import (
    ConstructPopulation,
    Habits,
    Population,
    latent_covariance,
)
from coprod_measure.yaml_files import YamlFile, did_you_mean, parse_yaml, read_yaml


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _ConstructModel(_Strict):
    mean: float = 4.5
    sd: float = Field(1.4, gt=0)
    loading: float = Field(0.75, gt=0, le=1)
    weak: float | None = Field(None, gt=0, lt=1)
    share: float = Field(0.5, gt=0, lt=1)


class _HabitsModel(_Strict):
    careless_straight: float = Field(0.0, ge=0, lt=1)
    careless_random: float = Field(0.0, ge=0, lt=1)
    missing: float = Field(0.0, ge=0, lt=1)
    duplicates: float = Field(0.0, ge=0, lt=1)
    no_consent: float = Field(0.0, ge=0, lt=1)
    unfinished: float = Field(0.0, ge=0, lt=1)
    method_variance: float = Field(0.0, ge=0, lt=1)


class _CorrelationModel(_Strict):
    among: list[str] = Field(min_length=2)
    value: float = Field(gt=-1, lt=1)


class PopulationModel(_Strict):
    """The shape of a population file."""

    id: str
    title: str
    instrument: str
    form: str
    n: int = Field(1200, gt=0)
    seed: int = Field(ge=0)
    constructs: dict[str, _ConstructModel]
    paths: dict[str, dict[str, float]] = {}
    correlation: float = Field(0.25, gt=-1, lt=1)
    correlations: list[_CorrelationModel] = []
    interactions: dict[str, dict[str, float]] = {}
    ceilings: dict[str, dict[str, float]] = {}
    decision: str | None = None
    groups: dict[str, dict[int, float]] = {}
    habits: _HabitsModel = _HabitsModel()


def read_population(path: str | Path) -> Population:
    """Read a population file.

    Parameters
    ----------
    path : str or path
        A YAML file; the instrument it names is a shipped name or a path beside it.

    Raises
    ------
    SimulationError
        If the file is wrong (all problems at once), its paths run in a circle, or no such population can be.
    """
    file = read_yaml(Path(path), error=SimulationError)
    model = parse_yaml(file, PopulationModel, error=SimulationError)
    beside = file.path.parent / model.instrument
    instrument = read_instrument(beside if beside.is_file() else model.instrument)
    _check_names(file, model, instrument)
    population = Population(
        id=model.id,
        title=model.title,
        instrument=instrument,
        form=model.form,
        n=model.n,
        seed=model.seed,
        constructs={k: ConstructPopulation(**v.model_dump()) for k, v in model.constructs.items()},
        paths=model.paths,
        correlation=model.correlation,
        correlations={
            pair: group.value for group in model.correlations for pair in combinations(group.among, 2)
        },
        interactions={
            y: {_causes(pair): value for pair, value in own.items()} for y, own in model.interactions.items()
        },
        ceilings=model.ceilings,
        decision=model.decision,
        groups=model.groups,
        habits=Habits(**model.habits.model_dump()),
        sha256=file.sha256,
    )
    _check_order(file, population)
    latent_covariance(population)
    return population


def _check_names(file: YamlFile, model: PopulationModel, instrument: Instrument) -> None:
    problems = []
    if model.form not in instrument.forms:
        problems.append(
            file.problem(
                ("form",),
                f"no form {model.form!r}",
                did_you_mean(model.form, instrument.forms),
                "unknown-form",
            )
        )
    for name in model.constructs:
        if name not in instrument.constructs and name not in instrument.theory.higher_order:
            cure = did_you_mean(name, instrument.constructs)
            problems.append(
                file.problem(("constructs", name), f"no item measures {name!r}", cure, "unknown-construct")
            )
    problems += _unknown_causes(file, model)
    for name, shares in model.groups.items():
        for cause, cure, code in _group_problems(name, shares, model, instrument):
            problems.append(file.problem(("groups", name), cause, cure, code))
    if problems:
        raise SimulationError.from_problems(problems)


def _unknown_causes(file: YamlFile, model: PopulationModel) -> list[Problem]:
    """Find equations that name what is no construct of the population, and products of no two."""
    problems = [
        file.problem(("interactions", y), f"{pair!r} is no product of two", "Write 'a x b'", "no-product")
        for y, own in model.interactions.items()
        for pair in own
        if not all(_causes(pair))
    ]
    named = [("paths", y, x) for y, own in model.paths.items() for x in own]
    named += [
        ("interactions", y, x)
        for y, own in model.interactions.items()
        for pair in own
        for x in _causes(pair)
        if x
    ]
    named += [("ceilings", y, x) for y, own in model.ceilings.items() for x in own]
    problems += [
        file.problem(
            (part, y),
            f"{known!r} is not among the constructs",
            did_you_mean(known, model.constructs),
            "unknown-construct",
        )
        for part, y, x in named
        for known in dict.fromkeys((y, x))
        if known not in model.constructs
    ]
    return problems


def _group_problems(
    name: str, shares: Mapping[int, float], model: PopulationModel, instrument: Instrument
) -> Iterator[tuple[str, str, str]]:
    """Find what would make the shares of a group go unheeded, as cause, cure and code."""
    item = instrument.items.get(name)
    if item is None:
        yield f"there is no item {name!r}", did_you_mean(name, instrument.items), "unknown-item"
        return
    form = instrument.forms.get(model.form)
    if form is not None and name not in form.item_ids:
        yield f"form {model.form!r} does not ask {name!r}", "Leave it out", "not-in-form"
    if item.construct_id in model.constructs:
        cause = f"{name!r} measures {item.construct_id!r}, whose answers follow from the model"
        yield cause, f"Leave it out here, or {item.construct_id!r} under constructs", "group-of-construct"
    if item.expected:
        yield f"{name!r} is answered as it asks to be", "Leave it out", "group-of-control"
    scale = instrument.scale_of(name)
    if scale is not None and (foreign := sorted(set(shares) - set(scale.codes))):
        codes = ", ".join(map(str, scale.codes))
        yield f"{name!r} has no answer {foreign[0]}", f"Its codes are {codes}", "unknown-code"
    if min(shares.values(), default=0) < 0 or not np.isclose(sum(shares.values()), 1.0):
        yield (
            f"the shares of {name!r} add up to {sum(shares.values()):g}",
            "Let them add up to 1",
            "no-shares",
        )


def _check_order(file: YamlFile, population: Population) -> None:
    try:
        population.order  # noqa: B018  # sorting is the check
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise SimulationError(
            f"the paths run in a circle: {circle}",
            place=str(file.path.name),
            cure="Remove one of these paths",
            code="population-cycle",
        ) from error


def _causes(pair: str) -> tuple[str, str]:
    """Take ``"a x b"`` apart; the second is empty where there are not two."""
    first, _, second = (part.strip() for part in pair.partition(" x "))
    return first, "" if " x " in second else second
