"""Cluster-robust errors, best groups and explained gaps against R and known truths."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError
from coprod_measure.structure.methods.best_group import best_group
from coprod_measure.structure.methods.cluster_robust import cluster_robust
from coprod_measure.structure.methods.gap_explained import gap_explained

CASE = Path(__file__).parents[2] / "reference" / "crossed"
EXPECTED: dict[str, Any] = json.loads((CASE / "expected.json").read_text(encoding="utf-8"))
GROUPS = ["person", "category"]


def test_errors_robust_to_clusters_are_those_of_sandwich() -> None:
    frame = pd.read_csv(CASE / "countries.csv")
    X = np.column_stack([np.ones(len(frame)), frame["worth"], frame["maturity"]])
    found = cluster_robust(frame["propensity"].to_numpy(), X, frame["country"].to_numpy())
    stored = [EXPECTED["cluster_robust"][name] for name in ("(Intercept)", "worth", "maturity")]
    np.testing.assert_allclose(np.column_stack([found.coef, found.se]), stored, rtol=1e-9)
    # One restriction is the square of t, with the clusters' degrees of freedom.
    test = found.joint(np.array([[0.0, 1.0, 0.0]]))
    assert test.f == pytest.approx((found.coef[1] / found.se[1]) ** 2)
    assert test.pvalue == pytest.approx(found.pvalues()[1])
    few = cluster_robust(frame["propensity"].to_numpy(), X, frame["country"].to_numpy(), few=True)
    stored = [EXPECTED["cluster_robust_few"][name] for name in ("(Intercept)", "worth", "maturity")]
    np.testing.assert_allclose(np.column_stack([few.se, few.df, few.pvalues()]), stored, rtol=1e-8)


def test_a_cluster_that_alone_tells_a_coefficient_adds_nothing_to_its_error() -> None:
    g = np.repeat(np.arange(12), 5)
    y = np.random.default_rng(3).normal(size=(2, 60))[0] + g
    X = np.column_stack([np.ones(60), g == 0]).astype(float)
    whole, without = cluster_robust(y, X, g, few=True), cluster_robust(y[5:], X[5:, :1], g[5:], few=True)
    assert (whole.se[0], whole.df[0]) == (pytest.approx(without.se[0]), pytest.approx(without.df[0]))
    assert without.df[0] == pytest.approx(10.0)


def test_a_joint_test_of_many_differences_keeps_its_level() -> None:
    rng = np.random.default_rng(2)
    who = np.repeat(np.arange(40), 3)
    kind = np.tile(np.arange(6), 20)
    L = np.eye(6)[1:] - np.eye(6)[0]
    found = 0
    for _ in range(400):
        y = rng.normal(size=40)[who] + rng.normal(size=120)
        found += cluster_robust(y, np.eye(6)[kind], who).joint(L).pvalue < 0.05
    assert 0.02 <= found / 400 <= 0.085


def test_effects_of_groups_are_those_of_lme4() -> None:
    product = "differentiation:importance"
    frame = pd.read_csv(CASE / "data.csv")
    table, _ = best_group(
        frame, "propensity", GROUPS, "category", predictors=["differentiation", "importance", product]
    )
    for row in table.itertuples():
        assert [row.effect, row.sd] == pytest.approx(EXPECTED["effects"][str(row.group)], abs=2e-4)
    assert table["best"].sum() == pytest.approx(1.0)
    assert table["effect"].is_monotonic_decreasing


def test_groups_that_do_not_differ_have_no_best() -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"g": np.repeat(np.arange(30), 8), "y": rng.normal(size=240)})
    frame["y"] -= frame.groupby("g")["y"].transform("mean")
    with pytest.raises(DataError, match="do not differ"):
        best_group(frame, "y", ["g"], "g")


@pytest.mark.parametrize(("through", "beside", "share"), [(1.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.5, 0.8)])
def test_the_share_of_a_gap_is_found(through: float, beside: float, share: float) -> None:
    """Twelve categories; what they are like and what else they have are independent."""
    rng = np.random.default_rng(7)
    kind = np.concatenate([rng.choice(12, 3, replace=False) for _ in range(800)])
    like, other = np.tile([1.0, -1.0], 6), np.repeat([1.0, -1.0], 6)
    x = like[kind] + rng.normal(size=2400)
    y = through * x + beside * other[kind] + rng.normal(size=2400)
    frame = pd.DataFrame({"who": np.repeat(np.arange(800), 3), "kind": kind, "x": x, "y": y})
    found = gap_explained(frame, "y", ["x"], by="kind", person="who", draws=300)
    assert found.share == pytest.approx(share, abs=0.04)
    assert found.ci_lower - 0.02 <= share <= found.ci_upper + 0.02
    assert (found.pvalue < 0.05) == (abs(share - 0.5) > 0.1)


def test_error_of_what_carries_a_gap_is_taken_off() -> None:
    """Half of the gap is carried by what is seen with a reliability of .8; it would look like less."""
    rng = np.random.default_rng(5)
    kind = np.tile(np.arange(12), 2000)
    like, other = np.tile([1.0, -1.0], 6), np.repeat([1.0, -1.0], 6)
    x = like[kind] + rng.normal(size=24_000)
    y = x + other[kind] + rng.normal(size=24_000)
    frame = pd.DataFrame({"who": np.repeat(np.arange(8000), 3), "kind": kind, "y": y})
    frame["x"] = x + np.sqrt(0.5) * rng.normal(size=24_000)
    told = {"by": "kind", "person": "who", "draws": 100}
    seen, freed = (gap_explained(frame, "y", ["x"], reliability=r, **told) for r in (None, {"x": 0.8}))
    assert seen.slopes.loc[0, "est"] == pytest.approx(1 / 1.5, abs=0.02)
    assert freed.slopes.loc[0, "est"] == pytest.approx(1.0, abs=0.02)
    assert seen.share < 0.46 < 0.48 < freed.share < 0.52
    with pytest.raises(DataError, match="once their error is taken off"):
        gap_explained(frame, "y", ["x"], reliability={"x": 0.2}, **told)


def test_two_categories_have_no_spread_to_explain() -> None:
    frame = pd.read_csv(CASE / "data.csv").query("category < 3")
    with pytest.raises(DataError, match="2 values of category"):
        gap_explained(frame, "propensity", ["differentiation"], by="category", person="person")
