"""Contrasts of paths over groups that were planned."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from coprod_measure.structure.methods.group_models import EqualPaths
from coprod_measure.structure.methods.weighed_estimates import weighed_estimates

SLOPE_COLUMNS = (
    "source", "target", "estimate", "se", "z", "pvalue", "pvalue_adjusted", "ci_lower", "ci_upper",
)  # fmt: skip


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
    every = found.estimates
    number = every.groupby(["source", "target"], sort=False).ngroup().to_numpy()
    own = every["group"].map(dict(weights)).fillna(0.0).to_numpy(dtype=float)
    W = np.where(number == np.unique(number)[:, None], own, 0.0)
    paths = every[["source", "target"]].drop_duplicates(ignore_index=True)
    return paths.join(weighed_estimates(every["est"], found.covariance, W))[list(SLOPE_COLUMNS)]
