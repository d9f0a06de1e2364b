"""Which parameters differ between groups or waves: found in each construct's own model, one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from coprod_measure.measurement.invariance.models import KEPT, Freed, LadderModels, parameter_of

Step = Literal["thresholds", "metric", "scalar"]
_STEP_OF: dict[str, Step] = {"thresholds": "thresholds", "loadings": "metric", "intercepts": "scalar"}


def worst_parameter(models: LadderModels, step: Step, freed: Sequence[Freed]) -> Freed | None:
    """Find the parameter whose equality costs most chi-square.

    Parameters
    ----------
    step : {"thresholds", "metric", "scalar"}
        Thresholds, loadings given those, or intercepts given both.
    freed : sequence of Freed
        Parameters that differ already.

    Returns
    -------
    Freed or None
        None when every construct has only :data:`KEPT` equal items left.
    """
    found = [candidate for name in models.searchable for candidate in _candidates(models, name, step, freed)]
    return max(found, key=lambda candidate: candidate.delta_chisq, default=None)


def searched(models: LadderModels, level: str) -> bool:
    """Whether parameters may be freed at a level."""
    return level in [_STEP_OF[part] for part in models.parts]


def _candidates(models: LadderModels, construct: str, step: Step, freed: Sequence[Freed]) -> list[Freed]:
    mine = [one for one in freed if one.construct == construct]
    gone = {one.item for one in mine}
    left = [item for item in models.constructs[construct] if item not in gone]
    if len(left) <= KEPT:
        return []
    place = [_STEP_OF[part] for part in models.parts].index(step)
    equal, part = models.parts[: place + 1], models.parts[place]
    before = models.found(construct, equal, mine)
    if before is None:
        return []
    found = []
    for item in left:
        one = Freed(construct, item, parameter_of(construct, item, part), 0.0)
        after = models.found(construct, equal, [*mine, one], before)
        if after is not None:
            found.append(replace(one, delta_chisq=before.test.value - after.test.value))
    return found
