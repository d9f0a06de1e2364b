"""The structures above constructs that the theory names, each judged as what it is: a cause or a sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from coprod_measure.errors import CoprodError, MeasurementError, NotAvailable
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.correlations import correlations
from coprod_measure.measurement.factors.higher_order import LEVEL_COLUMNS, HigherOrderModel, higher_order
from coprod_measure.measurement.factors.rivals import Rivals, asked_facets, common_causes, rivals
from coprod_measure.measurement.item_sets import Constructs, item_sets
from coprod_measure.measurement.reliability.consistency import omega_hierarchical
from coprod_measure.measurement.sampling import SurveyAnswers, of_people
from coprod_measure.measurement.validity.composites import Composites, composites
from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import Responses
from coprod_measure.theory.definition import HigherOrder

SATURATION_COLUMNS = ("structure", "items", "omega_hierarchical", "omega_total")
STRUCTURE_COLUMNS = ("model", *LEVEL_COLUMNS)

Members = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, repr=False)
class TheoryStructures(Shown):
    """What the answers say of the theory's higher-order structures.

    Attributes
    ----------
    models : dict
        Highest structures of a hierarchy to its model, or the reason why there is none.
    rivals : dict
        Structure to one factor, correlated facets, second-order factor and bifactor of its items.
    saturation : pandas.DataFrame
        One row a structure (:data:`SATURATION_COLUMNS`): how much of the sum of all its items one general
        factor explains, and all factors together.
    composites : Composites
        Structures that the theory calls composites, by overlap of their facets' mean scores.
    unavailable : dict
        Structure to the reason why it is in no model.
    """

    models: dict[tuple[str, ...], HigherOrderModel | NotAvailable]
    rivals: dict[str, Rivals | NotAvailable]
    saturation: pd.DataFrame
    composites: Composites
    unavailable: dict[str, NotAvailable]

    def table(self) -> pd.DataFrame:
        """One row a facet of a higher factor; columns :data:`STRUCTURE_COLUMNS`."""
        parts = [
            found.table().assign(model=", ".join(tops))
            for tops, found in self.models.items()
            if isinstance(found, HigherOrderModel)
        ]
        table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
        return table.reindex(columns=list(STRUCTURE_COLUMNS))


def theory_structures(
    data: Responses,
    constructs: Constructs | None = None,
    *,
    estimator: str = "ML",
    missing: str = "listwise",
    criteria: Mapping[str, str] | None = None,
) -> TheoryStructures:
    """Fit every structure whose facets were asked.

    A reflective structure, or one with a reflective rival, becomes a factor above its facets. Three facets
    identify such a factor; one of two facets is fitted beside the other structures. Composites get no factor
    and no reliability.

    Parameters
    ----------
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`.
    estimator, missing
        Of the models; see :class:`coprod_measure.fitting.options.FitOptions`.
    criteria : mapping, optional
        Composite to the item that asks for the whole of it, to weigh its facets by.

    Raises
    ------
    MeasurementError
        If the theory has no structure of which two facets were asked.
    """
    data = of_people(data)
    members = {one.construct: one.items for one in item_sets(data, constructs)}
    theory = data.instrument.theory.higher_order
    asked = {name: facets for name in theory if len(facets := asked_facets(name, theory, members)) > 1}
    if not asked:
        raise MeasurementError(
            "the theory names no structure of which two facets were asked",
            cure="Name structures in the theory file (higher_order)",
            code="no-structures",
        )
    factors = common_causes(theory, members)
    sums = {name: facets for name, facets in asked.items() if theory[name].kind == "composite"}
    unavailable = {
        name: NotAvailable("measured as composite: its facets need not share one cause")
        for name in sums
        if name not in factors
    }
    fitting = {"estimator": estimator, "missing": missing}
    return TheoryStructures(
        models={
            tops: _hierarchy(data, structures, members, fitting)
            for tops, structures in hierarchies(factors).items()
        },
        rivals={name: _rivals(data, facets, members, fitting) for name, facets in factors.items()},
        saturation=_saturation(data, factors, theory, members),
        composites=_composites(data, sums, theory, members, dict(criteria or {})),
        unavailable=unavailable,
    )


def hierarchies(
    factors: Mapping[str, tuple[str, ...]],
) -> dict[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Sort structures into models: each hierarchy by itself, or all together where one has two facets only.

    Parameters
    ----------
    factors : mapping
        Structure to facets: constructs, or structures named here as well.

    Returns
    -------
    dict
        Highest structures to the structures of the model.
    """
    below = {facet for facets in factors.values() for facet in facets}
    tops = [name for name in factors if name not in below]
    found = {top: _descend(top, factors) for top in tops}
    alone: dict[tuple[str, ...], dict[str, tuple[str, ...]]] = {
        (top,): structures
        for top, structures in found.items()
        if all(len(facets) > 2 for facets in structures.values())
    }
    if len(alone) < len(found):
        alone[tuple(tops)] = dict(factors)
    return alone


def _descend(top: str, factors: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    found = {top: factors[top]}
    for facet in factors[top]:
        if facet in factors:
            found |= _descend(facet, factors)
    return found


def _hierarchy(
    data: Responses, structures: Mapping[str, tuple[str, ...]], members: Members, fitting: Mapping[str, Any]
) -> HigherOrderModel | NotAvailable:
    facets = [facet for named in structures.values() for facet in named if facet not in structures]
    composite = [facet for facet in facets if facet not in members]
    if composite:
        return NotAvailable(f"{', '.join(composite)}: a composite is no facet of a common cause")
    if len(structures) == 1 and len(facets) < 3:
        return NotAvailable("two facets do not identify a factor above them")
    try:
        return higher_order(data, structures, {name: members[name] for name in facets}, **fitting)
    except CoprodError as problem:
        return NotAvailable(problem.problems[0].cause)


def _rivals(
    data: Responses, facets: tuple[str, ...], members: Members, fitting: Mapping[str, Any]
) -> Rivals | NotAvailable:
    own = {facet: members[facet] for facet in facets if facet in members}
    if len(own) < len(facets):
        return NotAvailable("its facets are structures themselves: see the rivals of each")
    try:
        return rivals(data, own, **fitting)
    except CoprodError as problem:
        return NotAvailable(problem.problems[0].cause)


def _saturation(
    data: Responses,
    factors: Mapping[str, tuple[str, ...]],
    theory: Mapping[str, HigherOrder],
    members: Members,
) -> pd.DataFrame:
    rows = []
    for name, facets in factors.items():
        if len(facets) < 3 or any(facet not in members for facet in facets):
            continue
        items = [item for facet in facets for item in members[facet]]
        sign = np.array([_sign(theory[name], facet) for facet in facets for _ in members[facet]])
        try:
            R = correlations(data, items)
            if len(R.items) < len(items):
                continue
            general, total = omega_hierarchical(R.matrix * np.outer(sign, sign), len(facets))
        except CoprodError:
            continue
        rows.append((name, len(items), general, total))
    return pd.DataFrame(rows, columns=list(SATURATION_COLUMNS))


def _composites(
    data: Responses,
    sums: Mapping[str, tuple[str, ...]],
    theory: Mapping[str, HigherOrder],
    members: Members,
    criteria: Mapping[str, str],
) -> Composites:
    wanted = {name: item for name, item in criteria.items() if name in sums}
    of_constructs = {name: [f for f in facets if f in members] for name, facets in sums.items()}
    parts = {name: facets for name, facets in of_constructs.items() if len(facets) > 1}
    # A facet may stand in several structures, with a sign of its own in each.
    facet_of = {f"{name}: {facet}": (name, facet) for name, facets in parts.items() for facet in facets}
    scores = {
        column: _sign(theory[name], facet) * data.frame[list(members[facet])].mean(axis=1)
        for column, (name, facet) in facet_of.items()
    }
    frame = pd.DataFrame(scores).assign(**{item: data.frame[item] for item in wanted.values()})
    named = {name: [column for column, (own, _) in facet_of.items() if own == name] for name in parts}
    if not named:
        return composites(data, {})
    design, options = data.sampling()
    answers = SurveyAnswers(frame.join(design), options.get("weights", ""), options.get("cluster", ""))
    found = composites(answers, named, criteria=wanted)
    facets_only = [facet_of[item][1] for item in found.items["item"]]
    return replace(found, items=found.items.assign(item=facets_only))


def _sign(structure: HigherOrder, facet: str) -> float:
    return -1.0 if f"-{facet}" in structure.facets else 1.0


def examine(x: Examination) -> TheoryStructures:
    """Compute the part ``higher_order``."""
    return theory_structures(x.clean, x.modelled, criteria=x.options.criteria, **x.options.fitting)
