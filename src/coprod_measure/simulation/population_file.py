"""From a population file to a :class:`.population.Population`."""

from __future__ import annotations

from graphlib import CycleError
from itertools import combinations
from pathlib import Path
from typing import Any

from coprod_measure.errors import SimulationError
from coprod_measure.instrument.read import read_instrument
from coprod_measure.provenance import is_file
from coprod_measure.simulation.population import (
    Categories,
    Clusters,
    ConstructPopulation,
    Difference,
    Dyads,
    Habits,
    Judgement,
    Offers,
    Population,
    Waves,
)
from coprod_measure.simulation.population_checks import check_names
from coprod_measure.simulation.population_matrices import carried_over, latent_covariance, pull_to_leave
from coprod_measure.simulation.population_model import PopulationModel, causes_in
from coprod_measure.yaml_files import YamlFile, parse_yaml, read_yaml


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

    Examples
    --------
    >>> import coprod_measure as cm
    >>> sample = cm.shipped_folder("data/sample") / "coproduction"
    >>> population = cm.read_population(sample / "population.yaml")
    >>> population.instrument.id
    'etgar2007'
    """
    file = read_yaml(Path(path), error=SimulationError)
    model = parse_yaml(file, PopulationModel, error=SimulationError)
    beside = file.path.parent / model.instrument
    instrument = read_instrument(beside if is_file(beside) else model.instrument)
    check_names(file, model, instrument)
    given = model.model_dump()
    own: dict[str, Any] = {
        "instrument": instrument,
        "constructs": {k: ConstructPopulation(**v) for k, v in given["constructs"].items()},
        "correlations": {
            pair: group.value for group in model.correlations for pair in combinations(group.among, 2)
        },
        "interactions": {
            y: {causes_in(pair): value for pair, value in own.items()}
            for y, own in model.interactions.items()
        },
        "habits": Habits(**given["habits"]),
        "differences": tuple(Difference(**one) for one in given["differences"]),
        "judgements": {name: Judgement(**one) for name, one in given["judgements"].items()},
        "clusters": Clusters(**given["clusters"]) if model.clusters else None,
        "waves": Waves(**given["waves"]) if model.waves else None,
        "categories": Categories(**given["categories"]) if model.categories else None,
        "dyads": Dyads(**given["dyads"]) if model.dyads else None,
        "offers": {name: Offers(**one) for name, one in given["offers"].items()},
        "sha256": file.sha256,
    }
    population = Population(**(given | own))
    _check_order(file, population)
    latent_covariance(population)
    carried_over(population)
    pull_to_leave(population)
    return population


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
