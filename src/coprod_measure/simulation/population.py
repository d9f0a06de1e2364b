"""A population as data: paths, loadings and answering habits, all known because they were chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from coprod_measure.errors import SimulationError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.read import read_instrument
from coprod_measure.yaml_files import YamlFile, did_you_mean, parse_yaml, read_yaml


@dataclass(frozen=True, slots=True)
class ConstructPopulation:
    """How one construct is distributed and shows in its items.

    Attributes
    ----------
    mean, sd : float
        Of the items, on the units of their scale, before rounding to the answer codes.
    loading : float
        Standardised loading of every item; ``weak`` is the loading of the last item where one is weak.
    share : float
        For yes/no items: proportion of yes at the mean of the construct.
    """

    mean: float = 4.5
    sd: float = 1.4
    loading: float = 0.75
    weak: float | None = None
    share: float = 0.5


@dataclass(frozen=True, slots=True)
class Habits:
    """How people answer when they do not answer perfectly; all are proportions of respondents or cells."""

    careless_straight: float = 0.0
    careless_random: float = 0.0
    missing: float = 0.0
    duplicates: float = 0.0
    no_consent: float = 0.0
    unfinished: float = 0.0
    method_variance: float = 0.0


@dataclass(frozen=True, slots=True)
class Population:
    """A structural model in standardised units with its measurement and its answering habits.

    Attributes
    ----------
    correlation : float
        Between exogenous constructs, unless ``correlations`` says otherwise for a pair.
    correlations : mapping
        Pair to correlation; of the residuals, when both are endogenous.
    paths : mapping
        Endogenous construct to its causes and their standardised coefficients.
    decision : str or None
        Yes/no item that gates all items whose ``show_if`` depends on it.
    groups : mapping
        Item to the probability of each of its codes; of no construct of the model.
    """

    id: str
    title: str
    instrument: Instrument
    form: str
    n: int
    seed: int
    constructs: Mapping[str, ConstructPopulation]
    paths: Mapping[str, Mapping[str, float]]
    correlation: float = 0.25
    correlations: Mapping[tuple[str, str], float] = field(default_factory=dict)
    decision: str | None = None
    groups: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    habits: Habits = field(default_factory=Habits)

    @property
    def exogenous(self) -> tuple[str, ...]:
        """Constructs without causes, in the order of the file."""
        return tuple(name for name in self.constructs if name not in self.paths)

    @property
    def order(self) -> tuple[str, ...]:
        """All constructs, causes before effects."""
        return tuple(
            TopologicalSorter(
                {name: self.paths.get(name, {}).keys() for name in self.constructs}
            ).static_order()
        )


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
        If the file is wrong (all problems at once) or its paths run in a circle.
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
        decision=model.decision,
        groups=model.groups,
        habits=Habits(**model.habits.model_dump()),
    )
    _check_order(file, population)
    return population


def latent_covariance(population: Population) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Build the population matrices of the constructs, in ``population.order``.

    Returns
    -------
    beta : ndarray, shape (k, k)
        Standardised paths, ``beta[effect, cause]``.
    psi : ndarray, shape (k, k)
        Covariances of exogenous constructs and residual variances that make every variance one.
    phi : ndarray, shape (k, k)
        Model-implied correlations, ``(I - B)^-1 Psi (I - B)^-T``.

    Raises
    ------
    SimulationError
        If the causes of a construct explain more than all of its variance.
    """
    order, exogenous = population.order, population.exogenous
    k = len(order)
    beta, psi, phi = np.zeros((k, k)), np.zeros((k, k)), np.eye(k)
    for i, name in enumerate(order):
        causes = population.paths.get(name, {})
        for cause, value in causes.items():
            beta[i, order.index(cause)] = value
        psi[i, i] = 1.0 - beta[i, :i] @ phi[:i, :i] @ beta[i, :i]
        if psi[i, i] <= 0:
            raise SimulationError(
                f"the causes of {name!r} explain {1 - psi[i, i]:.0%} of its variance",
                place=population.id,
                cure=f"Lower the paths to {name!r} so that less than 100% is explained",
                code="population-overexplained",
            )
        for j, other in enumerate(order[:i]):
            default = population.correlation if name in exogenous and other in exogenous else 0.0
            psi[i, j] = psi[j, i] = _pair(population, name, other, default) * np.sqrt(psi[i, i] * psi[j, j])
        phi[i, :i] = phi[:i, i] = beta[i, :i] @ phi[:i, :i] + psi[i, :i]
    inverse = np.linalg.inv(np.eye(k) - beta)
    implied = inverse @ psi @ inverse.T
    if not np.allclose(np.diag(implied), 1.0) or np.linalg.eigvalsh(psi).min() <= 0:
        raise SimulationError(
            "the correlations contradict each other or the paths",
            place=population.id,
            cure="Let residuals correlate only between constructs that do not cause each other",
            code="population-contradictory",
        )
    return beta, psi, implied


def _pair(population: Population, a: str, b: str, default: float) -> float:
    pairs = population.correlations
    return pairs.get((a, b), pairs.get((b, a), default))


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
    for name, causes in model.paths.items():
        for known in (name, *causes):
            if known not in model.constructs:
                cure = did_you_mean(known, model.constructs)
                problems.append(
                    file.problem(
                        ("paths", name), f"{known!r} is not among the constructs", cure, "unknown-construct"
                    )
                )
    for name, shares in model.groups.items():
        for cause, cure, code in _group_problems(name, shares, model, instrument):
            problems.append(file.problem(("groups", name), cause, cure, code))
    if problems:
        raise SimulationError.from_problems(problems)


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
