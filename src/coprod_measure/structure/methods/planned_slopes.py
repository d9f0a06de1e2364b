"""Contrasts of paths over groups that were planned."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import norm

from coprod_measure.estimation.inference.multiple_tests import holm
from coprod_measure.structure.methods.group_models import EqualPaths

SLOPE_COLUMNS = (
    "source", "target", "estimate", "se", "z", "pvalue", "pvalue_adjusted", "ci_lower", "ci_upper",
)  # fmt: skip
_WIDTH = float(norm.ppf(0.975))


def planned_slopes(found: EqualPaths, weights: Mapping[str, float]) -> pd.DataFrame:
    """Weigh the groups' paths by a contrast that was planned, each path by itself.

    Parameters
    ----------
    found : EqualPaths
        Of the groups.
    weights : mapping
        Group to its weight; groups that it lacks have none.

    Returns
    -------
    pandas.DataFrame
        One row a path (:data:`SLOPE_COLUMNS`): ``w'b`` with the variance ``w'Vw`` of the model of all groups;
        p adjusted by Holm over the paths.

    Examples
    --------
    >>> from coprod_measure.structure.methods.group_models import equal_paths
    >>> rng = np.random.default_rng(1)
    >>> people = pd.DataFrame({"g": np.repeat(["a", "b", "c"], 300), "x": rng.normal(size=900)})
    >>> people["y"] = people["x"] * np.where(people["g"] == "a", 0.8, 0.2) + rng.normal(size=900)
    >>> found = equal_paths(people, {}, [("x", "y")], "g")
    >>> planned_slopes(found, {"a": 1, "b": -0.5, "c": -0.5})["estimate"].round(1).tolist()
    [0.5]
    """
    rows = []
    for (source, target), own in found.estimates.groupby(["source", "target"], sort=False):
        w = own["group"].map(dict(weights)).fillna(0.0).to_numpy(dtype=float)
        estimate = float(w @ own["est"])
        se = float(np.sqrt(w @ found.covariance[np.ix_(own.index, own.index)] @ w))
        ends = (estimate - _WIDTH * se, estimate + _WIDTH * se)
        rows.append((source, target, estimate, se, estimate / se, 2.0 * norm.sf(abs(estimate) / se), *ends))
    frame = pd.DataFrame(rows, columns=[name for name in SLOPE_COLUMNS if name != "pvalue_adjusted"])
    return frame.assign(pvalue_adjusted=holm(frame["pvalue"].to_numpy()))[list(SLOPE_COLUMNS)]
