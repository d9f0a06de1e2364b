"""Importance and performance: where a construct matters for a target, and where it still leaves room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coprod_measure.composites.result import Pls
from coprod_measure.composites.scores import NOT_ORDERED, item_weights
from coprod_measure.errors import DataError, ModelError, Problem
from coprod_measure.estimation.arrays import Floats
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
    negative : tuple of str
        Items with a negative weight: their construct is not confined to 0 to 100.
    scores : pandas.DataFrame
        The constructs and the target from 0 to 100, one row a respondent; NaN where answers are missing that
        only moments stand for (``missing="em"``).
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
        Of a higher construct its items count through its parts, which stand in the map too. Of a model with
        products importance is that at the means of all constructs, and products are not in the map. Means of
        incomplete rows are those of the estimates.
    target : str
        A construct that others act on.
    ranges : (float, float) or mapping
        Lowest and highest answer that the scale allows, for all items or by item.

    Raises
    ------
    ModelError, DataError
        If answers are ordered, nothing acts on the target, or answers lie outside their range.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> rng = np.random.default_rng(2)
    >>> x = rng.integers(1, 8, 200)
    >>> frame = pd.DataFrame({"x": x, "y": np.clip(x + rng.integers(-1, 2, 200), 1, 7)})
    >>> found = cm.ipma(cm.pls("y ~ x", frame), "y", (1, 7)).constructs
    >>> found.round(2).values.tolist()
    [['x', 0.89, 50.25]]
    """
    design = fit.design
    if target not in design.names:
        cure = f"Name one of {', '.join(design.names[k] for k in design.outcomes)}"
        raise ModelError(f"{target!r} is no construct", place="argument target", cure=cure)
    if not fit.recipe.by_scores:
        raise ModelError(NOT_ORDERED.reason, place="ipma", cure="Estimate the model without ordered=")
    j, plan = design.names.index(target), fit.recipe.plan
    before = [k for k in np.flatnonzero(fit.estimates.total[0, :, j]).tolist() if ":" not in design.names[k]]
    if not before:
        cure = f"Name one of {', '.join(design.names[k] for k in design.outcomes)}"
        raise ModelError(f"nothing acts on {target}", place="argument target", cure=cure)
    means, sd, answers = _from_0_to_100(fit, ranges)
    slopes = item_weights(fit.estimates, plan) / sd[:, None]
    effects = fit.estimates.total[0, :, j] / slopes.sum(axis=0)[j]
    rows, single, shares = [], [], {}
    for k in before:
        name, parts = design.names[k], _parts(fit, k, sd)
        shares[name] = slopes[:, k] / slopes[:, k].sum()
        rows.append((name, effects[k] * slopes[:, k].sum(), means @ shares[name]))
        for part, own in parts.items():
            shares[part] = own / own.sum()
            rows.append((part, effects[k] * own.sum(), means @ shares[part]))
        for owner, own in (parts or {name: slopes[:, k]}).items():
            single += [(owner, plan.items[i], effects[k] * own[i], means[i]) for i in np.flatnonzero(own)]
    shares[target] = slopes[:, j] / slopes[:, j].sum()
    every = np.column_stack(list(shares.values()))
    return Importance(
        target,
        pd.DataFrame(rows, columns=["construct", "importance", "performance"]),
        pd.DataFrame(single, columns=["construct", "item", "importance", "performance"]),
        float(means @ shares[target]),
        tuple(plan.items[i] for i in np.flatnonzero((every < 0.0).any(axis=1))),
        pd.DataFrame(_sums(answers, every), columns=list(shares)),
    )


def _parts(fit: Pls, k: int, sd: Floats) -> dict[str, Floats]:
    """Slopes on the items, (p,), of each part of a higher construct, times its weight in that construct."""
    plan, e, p = fit.recipe.plan, fit.estimates, len(fit.recipe.plan.items)
    if plan.first is None or e.basis.first is None:
        return {}
    lower = {c: plan.derived[c - p][0] for c in plan.last.blocks[k] if c >= p}
    return {
        plan.first.names[one]: e.weights.outer[0, c, k] * e.basis.first[0, :, one] / sd
        for c, one in lower.items()
    }


def _sums(answers: Floats, shares: Floats) -> Floats:
    """Weighted sums of the answers; NaN where one of them is missing."""
    lacks = np.isnan(answers).astype(float) @ (shares != 0.0).astype(float) > 0.0
    return np.where(lacks, np.nan, np.nan_to_num(answers) @ shares)


def _from_0_to_100(fit: Pls, ranges: Range | Mapping[str, Range]) -> tuple[Floats, Floats, Floats]:
    """Means and standard deviations of the items, (p,), and the answers, (n, p)."""
    lows, highs, problems = np.zeros(fit.x.shape[1]), np.ones(fit.x.shape[1]), []
    for i, item in enumerate(fit.recipe.plan.items):
        ends = ranges.get(item) if isinstance(ranges, Mapping) else ranges
        if ends is None or not ends[0] < ends[1]:
            cure = "Give its lowest and highest answer, such as (1, 7)"
            problems.append(Problem(f"item {item}", "it has no range", cure, "no-range"))
            continue
        lows[i], highs[i] = ends
        if np.nanmin(fit.x[:, i]) < lows[i] or np.nanmax(fit.x[:, i]) > highs[i]:
            cause = f"answers lie outside {lows[i]:g} to {highs[i]:g}"
            problems.append(Problem(f"item {item}", cause, "Give the ends of its scale", "outside-range"))
    if problems:
        raise DataError.from_problems(problems)
    basis, width = fit.estimates.basis, (highs - lows) / 100.0
    x = fit.x if fit.recipe.em else np.where(np.isnan(fit.x), basis.mean[0], fit.x)
    return (basis.mean[0] - lows) / width, basis.sd[0] / width, (x - lows) / width
