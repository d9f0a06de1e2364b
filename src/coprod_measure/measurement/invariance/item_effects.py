"""Size of every item's difference: how far apart two expected answers are (Nye and Drasgow 2011)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.invariance.models import Freed, LadderModels, parameter_of


def each_item_freed(models: LadderModels, construct: str) -> Iterator[tuple[str, Fit]]:
    """Fit a construct with all parts equal but those of one item after the other, where that converges."""
    whole = models.found(construct, models.parts, ())
    if whole is None:
        return
    for item in models.constructs[construct]:
        one = Freed(construct, item, parameter_of(construct, item, models.parts[0]), 0.0)
        fit = models.found(construct, models.parts, [one], whole)
        if fit is not None:
            yield item, fit


def without_effect(models: LadderModels, effects: pd.DataFrame) -> tuple[str, ...]:
    """Say which items got no effect size for some group or wave, in at most one line."""
    sizes = effects["item"].value_counts()
    items = [item for name in models.searchable for item in models.constructs[name]]
    lacking = [item for item in items if sizes.get(item, 0) < models.later]
    why = "the model with that item free does not converge, or gives the construct a negative variance"
    return (f"no size of the difference for {', '.join(lacking)}: {why}",) if lacking else ()


def dmacs(delta_loading: float, delta_intercept: float, mean: float, variance: float, sd: float) -> float:
    """Root mean squared difference of two expected answers, in standard deviations (Nye and Drasgow 2011).

    For straight lines the integral over a normal factor is
    ``delta_intercept^2 + 2 delta_intercept delta_loading mean + delta_loading^2 (variance + mean^2)``.

    Parameters
    ----------
    delta_loading, delta_intercept : float
        Focal minus reference group.
    mean, variance : float
        Of the factor in the focal group.
    sd : float
        Pooled standard deviation of the item.
    """
    squared = (
        delta_intercept**2
        + 2.0 * delta_intercept * delta_loading * mean
        + delta_loading**2 * (variance + mean**2)
    )
    return float(np.sqrt(max(squared, 0.0)) / sd)


def pooled_sd(first: float, n_first: float, second: float, n_second: float) -> float:
    """Pooled standard deviation as Nye and Drasgow (2011) take it: weighted by n - 1."""
    total = n_first + n_second - 2.0
    return ((n_first - 1.0) * first + (n_second - 1.0) * second) / total
