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


def test_no_index_exceeds_what_the_model_misses() -> None:
    """lavaan 0.7-2 gives 44,598 here: it counts ``lt2 ~ d2`` beside ``d2 =~ lt2``, one place in the matrices."""
    change = """
        lt1 =~ 1*t1
        lt2 =~ 1*t2
        lt3 =~ 1*t3
        t1 ~~ v*t1
        t2 ~~ v*t2
        t3 ~~ v*t3
        lt2 ~ 1*lt1
        lt3 ~ 1*lt2
        d2 =~ 1*lt2
        d3 =~ 1*lt3
        d2 ~~ 0*d2
        d3 ~~ 0*d3
        s =~ 1*d2 + 1*d3
        d2 ~ p*lt1
        d3 ~ p*lt2
        lt2 ~~ 0*lt2
        lt3 ~~ 0*lt3
        lt1 ~ 1
        s ~ 1
        lt1 ~~ lt1 + s
        s ~~ s
    """
    rng = np.random.default_rng(8)
    level, slope = rng.normal(size=(2, 400))
    waves = {f"t{k + 1}": level + k * (0.6 + 0.5 * slope) + rng.normal(0, 0.7, 400) for k in range(3)}
    fit = cm.lavaan(change, pd.DataFrame(waves), mean_structure=True)
    indices = fit.modification_indices().set_index(["lhs", "op", "rhs"])["mi"]
    assert len(indices) > 10
    assert indices.max() < 1.2 * fit.test.value
    freed = cm.lavaan(change.replace("lt1 =~ 1*t1", "lt1 =~ NA*t1"), pd.DataFrame(waves), mean_structure=True)
    assert indices["lt1", "=~", "t1"] == pytest.approx(fit.test.value - freed.test.value, rel=0.3, abs=0.1)


def test_a_model_with_more_degrees_of_freedom_than_the_baseline_has_no_normed_index() -> None:
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")
    fit = cm.cfa("\n".join(LOOPS.split("\n")[:4]), data, group="school", group_equal="all")
    assert fit.df > fit.baseline.test.df
    assert "cfi" in fit.fit_measures
    assert "nfi" not in fit.fit_measures
    assert "more degrees of freedom" in fit.why_missing["nfi"]


def test_loadings_move_the_variances_that_a_correlation_structure_holds() -> None:
    model = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")
    fit = cm.cfa(model, data, group="school", group_equal=["loadings"], correlation=True)
    theirs = pd.read_csv(REFERENCE / "modification_correlation" / "indices.csv")
    place = ["lhs", "op", "rhs", "group"]
    both = theirs.merge(fit.modification_indices(), on=place, suffixes=("_lavaan", ""))
    assert len(both) == 24
    np.testing.assert_allclose(both[["mi", "epc"]], both[["mi_lavaan", "epc_lavaan"]], rtol=2e-3, atol=1e-3)
