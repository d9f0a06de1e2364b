"""A population from the estimates of a pilot study, shrunk by what they do not know."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from coprod_measure.errors import NotAvailable, SimulationError
from coprod_measure.responses.dataset import Responses
from coprod_measure.simulation.draft import Draft
from coprod_measure.simulation.effects_file import effects_of
from coprod_measure.simulation.population import ConstructPopulation, Habits, Population
from coprod_measure.simulation.population_matrices import explained_at_most
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.study.definition import Study
from coprod_measure.study.pipeline import Rooms

SAFEGUARD = 0.8416
"""Standard errors below an estimate that the lower end of its two-sided 60 % interval lies."""
_MOST_EXPLAINED = 0.95


def shrunk(estimate: float, se: float, *, safeguard: bool = False) -> float:
    """Bring an estimate nearer to zero by what it does not know.

    Parameters
    ----------
    safeguard : bool
        Take the end of the 60 % interval that is nearer to zero, instead.

    Notes
    -----
    ``estimate * max(0, 1 - 1/z^2)``: the positive-part estimator of James and Stein (1961) for a single
    effect. A safeguard power analysis takes the lower end of a 60 % interval: Perugini, Gallucci and
    Costantini (2014), *Perspectives on Psychological Science* 9, 319-332.

    Examples
    --------
    >>> round(shrunk(0.30, 0.10), 3), round(shrunk(0.30, 0.10, safeguard=True), 3), shrunk(0.05, 0.10)
    (0.267, 0.216, 0.0)
    """
    if not se > 0:
        return estimate
    if safeguard:
        return float(np.sign(estimate) * max(0.0, abs(estimate) - SAFEGUARD * se))
    return estimate * max(0.0, 1.0 - (se / estimate) ** 2) if estimate else 0.0


def shrunk_error(estimate: float, se: float) -> float:
    """Say how uncertain a shrunk estimate is: ``se * sqrt(1 - 1/z^2)``.

    Notes
    -----
    Of effects that are normal around zero the expected value is the estimate times ``1 - 1/z^2``, the
    variance that of the estimate times the same: Morris (1983), *Journal of the American Statistical
    Association* 78, 47-55.

    Examples
    --------
    >>> round(shrunk_error(0.30, 0.10), 3), shrunk_error(0.05, 0.10)
    (0.094, 0.0)
    """
    return se * max(0.0, 1.0 - (se / estimate) ** 2) ** 0.5 if se > 0 and estimate else 0.0


def population_from_fit(study: Study, *, safeguard: bool = False) -> Draft:
    """Draft a population from the records that `coprod run` left of a pilot study.

    Parameters
    ----------
    safeguard : bool
        See :func:`shrunk`.

    Returns
    -------
    Draft
        Loadings, means and standard deviations as estimated; correlations of constructs without causes and
        paths shrunk, these with what is uncertain of them unless ``safeguard`` takes the weaker ends. The
        first model that estimates a path counts; a path that would close a circle is left out.

    Raises
    ------
    StudyError, SimulationError
        If there is no record yet, or none of a measurement model.
    """
    with Rooms(study) as rooms:
        answers, measured, tests = rooms.answers, rooms.measurement, rooms.structure
    model = measured.confirmatory
    if isinstance(model, NotAvailable):
        raise SimulationError(
            f"the pilot has no measurement model: {model.reason}",
            place=study.path,
            cure="Draft the population from the theory: leave out --from-fit",
            code="no-measurement",
        )
    constructs = _constructs(answers, model.loadings)
    paths, why, uncertain = _paths(tests, constructs, safeguard=safeguard)
    outside = [name for name in constructs if not paths.get(name)]
    found = {
        (a, b): shrunk(
            float(model.latent_correlations.loc[a, b]),
            float(model.latent_errors.loc[a, b]),
            safeguard=safeguard,
        )
        for a, b in combinations(outside, 2)
    }
    habits: dict[str, Any] = {
        name: one.size for name, one in effects_of(study.instrument.theory.id).habits.items()
    }
    form = study.form or next(iter(study.instrument.forms))
    population = Population(
        id=f"{study.id}-pilot",
        title=f"From the estimates of {study.title}",
        instrument=study.instrument,
        form=form,
        n=1200,
        seed=study.seed,
        constructs=constructs,
        paths=paths,
        correlation=0.0,
        correlations=found,
        uncertain={} if safeguard else uncertain,
        habits=Habits(**habits),
    )
    return Draft(explained_at_most(population, _MOST_EXPLAINED), why, source=f"pilot {study.id}")


def _constructs(answers: Responses, loadings: pd.DataFrame) -> dict[str, ConstructPopulation]:
    found = {}
    for name, own in loadings.groupby("construct", sort=False):
        items = answers.frame[[str(item) for item in own["item"]]]
        found[str(name)] = ConstructPopulation(
            mean=round(float(items.mean().mean()), 2),
            sd=round(float(items.std().mean()), 2),
            loading=round(float(own["std"].abs().mean().clip(0.05, 0.99)), 3),
        )
    return found


def _paths(
    tests: HypothesisTests | NotAvailable, constructs: Mapping[str, ConstructPopulation], *, safeguard: bool
) -> tuple[dict[str, dict[str, float]], dict[tuple[str, str], str], dict[str, dict[str, float]]]:
    """Give paths, what each is from, and how uncertain it is."""
    paths: dict[str, dict[str, float]] = {}
    uncertain: dict[str, dict[str, float]] = {}
    why: dict[tuple[str, str], str] = {}
    above: dict[str, set[str]] = {name: set() for name in constructs}
    if isinstance(tests, NotAvailable):
        return paths, why, uncertain
    for row in tests.paths.itertuples():
        target, source = str(row.outcome), str(row.predictor)
        known = row.kind == "linear" and {target, source} <= set(constructs) and row.std == row.std
        if not known or source in paths.get(target, {}) or target in above[source] | {source}:
            continue
        se = abs(row.std * row.se / row.estimate) if row.estimate else 0.0
        paths.setdefault(target, {})[source] = shrunk(float(row.std), float(se), safeguard=safeguard)
        if error := shrunk_error(float(row.std), float(se)):
            uncertain.setdefault(target, {})[source] = error
        why[target, source] = f"pilot: {row.std:.3f}, SE {se:.3f}"
        for name, own in above.items():
            if name == target or target in own:
                own |= {source} | above[source]
    return paths, why, uncertain
