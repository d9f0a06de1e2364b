"""Importance and performance: where a construct matters for a target, and where it still leaves room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.composites.result import Pls
from coprod_measure.errors import DataError, ModelError, Problem
from coprod_measure.notebook import Shown

Range = tuple[float, float]


@dataclass(frozen=True, slots=True, repr=False)
class Importance(Shown):
    """An importance-performance map.

    Attributes
    ----------
    target : str
        The construct that the others are important for.
    constructs : pandas.DataFrame
        Columns construct, importance (points of the target for one point of the construct, both from 0 to
        100; total effect), performance (mean from 0 to 100). Constructs that act on the target.
    items : pandas.DataFrame
        The same by item: columns construct, item, importance, performance.
    target_performance : float
    negative : tuple of str
        Items with a negative weight: their construct is not confined to 0 to 100.
    scores : pandas.DataFrame
        The constructs and the target from 0 to 100, one row a respondent.
    """

    target: str
    constructs: pd.DataFrame
    items: pd.DataFrame
    target_performance: float
    negative: tuple[str, ...]
    scores: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Give the map by construct, as ``constructs``."""
        return self.constructs


def ipma(fit: Pls, target: str, ranges: Range | Mapping[str, Range]) -> Importance:
    r"""Map importance and performance (Ringle & Sarstedt 2016).

    Items run from 0 to 100 between the ends of their scale; a composite is their mean with weights
    :math:`w_i / s_i` that sum to one, and its importance the total effect in these units.

    Parameters
    ----------
    fit : Pls
        Of one stage and complete rows.
    target : str
        A construct that others act on.
    ranges : (float, float) or mapping
        Lowest and highest answer that the scale allows, for all items or by item.

    Raises
    ------
    ModelError, DataError
        If the fit has no scores, nothing acts on the target, or answers lie outside their range.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> rng = np.random.default_rng(2)
    >>> x = rng.integers(1, 8, 200)
    >>> frame = pd.DataFrame({"x": x, "y": np.clip(x + rng.integers(-1, 2, 200), 1, 7)})
    >>> found = cm.ipma(cm.pls("y ~ x", frame), "y", (1, 7)).constructs
    >>> found.round(1).values.tolist()
    [['x', 0.9, 50.3]]
    """
    design = fit.design
    if target not in design.names:
        cure = f"Name one of {', '.join(design.names[k] for k in design.outcomes)}"
        raise ModelError(f"{target!r} is no construct", place="argument target", cure=cure)
    if fit.recipe.plan.derived or not fit.recipe.by_scores or np.isnan(fit.x).any():
        cure = "Leave products, higher-order constructs, ordered= and incomplete rows out"
        raise ModelError("performance needs one stage and complete rows", place="ipma", cure=cure)
    j = design.names.index(target)
    before = np.flatnonzero(fit.estimates.total[0, :, j])
    if not before.size:
        cure = f"Name one of {', '.join(design.names[k] for k in design.outcomes)}"
        raise ModelError(f"nothing acts on {target}", place="argument target", cure=cure)
    scaled = _from_0_to_100(fit, ranges)
    slopes = fit.estimates.weights.outer[0] / scaled.std(axis=0, ddof=1)[:, None]
    sd = 1.0 / slopes.sum(axis=0)
    shares = slopes * sd
    performance = scaled.mean(axis=0) @ shares
    effects = fit.estimates.total[0, :, j] * sd[j] / sd
    own = [(design.names[k], effects[k], performance[k]) for k in before]
    columns, means = fit.recipe.plan.columns, scaled.mean(axis=0)
    single = [
        (design.names[k], columns[i], effects[k] * shares[i, k], means[i])
        for k in before
        for i in design.blocks[k]
    ]
    negative = tuple(columns[i] for k in (*before, j) for i in design.blocks[k] if shares[i, k] < 0.0)
    return Importance(
        target,
        pd.DataFrame(own, columns=["construct", "importance", "performance"]),
        pd.DataFrame(single, columns=["construct", "item", "importance", "performance"]),
        float(performance[j]),
        negative,
        pd.DataFrame((scaled @ shares)[:, [*before, j]], columns=[design.names[k] for k in (*before, j)]),
    )


def _from_0_to_100(fit: Pls, ranges: Range | Mapping[str, Range]) -> np.ndarray:
    scaled, problems = np.empty_like(fit.x), []
    for i, item in enumerate(fit.recipe.plan.items):
        ends = ranges.get(item) if isinstance(ranges, Mapping) else ranges
        if ends is None or not ends[0] < ends[1]:
            cure = "Give its lowest and highest answer, such as (1, 7)"
            problems.append(Problem(f"item {item}", "it has no range", cure, "no-range"))
            continue
        low, high = ends
        if fit.x[:, i].min() < low or fit.x[:, i].max() > high:
            cause = f"answers lie outside {low:g} to {high:g}"
            problems.append(Problem(f"item {item}", cause, "Give the ends of its scale", "outside-range"))
        scaled[:, i] = 100.0 * (fit.x[:, i] - low) / (high - low)
    if problems:
        raise DataError.from_problems(problems)
    return scaled
