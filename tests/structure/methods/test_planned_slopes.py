"""Planned contrasts of paths over groups against lavaan."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.structure.methods.group_models import equal_paths
from coprod_measure.structure.methods.planned_slopes import planned_slopes

REFERENCE = Path(__file__).parents[2] / "reference"
SLOPES = json.loads((REFERENCE / "group_slopes" / "values.json").read_text(encoding="utf-8"))
DATA = pd.read_csv(REFERENCE / "data" / "three_groups_sim.csv")
FACTORS = {name: [f"{name}{k}" for k in range(1, 5)] for name in ("fit", "play", "prop")}
PATHS = [("fit", "prop"), ("play", "prop")]


@pytest.mark.parametrize("how", ["ML", "MLR", "partial", "cluster"])
def test_planned_contrasts_of_paths(how: str) -> None:
    data = DATA.sort_values("maturity", kind="stable")
    data = data.assign(fives=np.arange(len(data)) // 5)
    options = {"ML": {}, "MLR": {"estimator": "MLR"}, "partial": {}, "cluster": {"cluster": "fives"}}[how]
    unequal = ["fit=~fit3"] if how == "partial" else []
    found = equal_paths(data, FACTORS, PATHS, "maturity", unequal, std_lv=True, **options)
    for end, weights in (("last", {"3": 1.0, "1": -0.5, "2": -0.5}), ("ends", {"3": 1.0, "1": -1.0})):
        for row in planned_slopes(found, weights).itertuples():
            stored = SLOPES[how][f"{row.source}_{end}"]
            ours = (row.estimate, row.se, row.z, row.pvalue, row.ci_lower, row.ci_upper)
            np.testing.assert_allclose(ours, list(stored.values()), rtol=1e-3, atol=1e-4)
