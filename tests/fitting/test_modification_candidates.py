"""What may be freed: covariates that something causes, causes that are ordered (lavaan 0.7-2, stored)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm

REFERENCE = Path(__file__).parents[1] / "reference"
LOOPS = """
    visual =~ x1 + x2 + x3
    textual =~ x4 + x5 + x6
    speed =~ x7 + x8 + x9
    speed ~ visual + textual + sex + ageyr
"""
CAUSES = """
    visual =~ x1 + x2 + x3
    visual ~ o7 + ageyr
    o7 ~ ageyr
    o8 ~ o7 + visual + ageyr
"""
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "fixed": (LOOPS, {}),
    "fixed_means": (LOOPS, {"missing": "fiml"}),
    "ordered_cause": (CAUSES, {"ordered": ["o7", "o8"]}),
}


def by_parameter(rows: pd.DataFrame) -> pd.DataFrame:
    symmetric = rows["op"] == "~~"
    turned = rows.assign(
        lhs=rows["lhs"].where(~symmetric, rows[["lhs", "rhs"]].min(axis=1)),
        rhs=rows["rhs"].where(~symmetric, rows[["lhs", "rhs"]].max(axis=1)),
    )
    return turned.set_index(["lhs", "op", "rhs"])[["mi", "epc"]]


@pytest.mark.parametrize("case", CASES)
def test_indices_are_those_of_lavaan(case: str) -> None:
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")
    data["o7"], data["o8"] = np.digitize(data["x7"], [3.5, 4.5]), np.digitize(data["x8"], [5, 6])
    model, options = CASES[case]
    ours = by_parameter(cm.sem(model, data, **options).modification_indices())
    stored = pd.read_csv(REFERENCE / "modification_candidates" / "indices.csv", keep_default_na=False)
    theirs = by_parameter(stored[stored["case"] == case])
    if case == "ordered_cause":
        # Scales of what an ordered variable causes are no candidates here.
        theirs = theirs.drop(index=[place for place in theirs.index if place[0] == place[2]])
    assert len(theirs) >= 9
    assert theirs.index.isin(ours.index).all()
    np.testing.assert_allclose(ours.loc[theirs.index], theirs, rtol=2e-3, atol=2e-3)
    if case != "ordered_cause":
        assert theirs.loc[("ageyr", "~", "speed"), "mi"] > 5.0


def test_a_model_with_more_degrees_of_freedom_than_the_baseline_has_no_normed_index() -> None:
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")
    fit = cm.cfa("\n".join(LOOPS.split("\n")[:4]), data, group="school", group_equal="all")
    assert fit.df > fit.baseline.test.df
    assert "cfi" in fit.fit_measures
    assert "nfi" not in fit.fit_measures
    assert "more degrees of freedom" in fit.why_missing["nfi"]
