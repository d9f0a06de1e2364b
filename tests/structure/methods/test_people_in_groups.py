"""Errors of paths over groups where the same people have rows in several."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.fitting.models import sem
from coprod_measure.structure.methods.group_models import equal_paths
from coprod_measure.structure.methods.people_in_groups import covariance_over_groups
from coprod_measure.structure.methods.planned_slopes import planned_slopes

DATA = pd.read_csv(Path(__file__).parents[2] / "reference" / "data" / "three_groups_sim.csv")


@pytest.mark.parametrize("weighted", [False, True])
def test_clusters_within_groups_give_the_errors_that_lavaan_is_met_with(weighted: bool) -> None:
    data = DATA.sort_values("maturity", kind="stable").groupby("maturity").head(200)
    data = data.assign(five=np.arange(600) // 5, w=np.random.default_rng(1).uniform(0.5, 2.0, 600))
    model = "fit =~ fit1 + fit2 + fit3\nprop =~ prop1 + prop2 + prop3\nprop ~ fit"
    options = {"weights": "w"} if weighted else {}
    fit = sem(model, data, group="maturity", group_equal=("loadings",), cluster="five", **options)
    found = covariance_over_groups(fit, data["five"].to_numpy())
    few = (119 / 120) * (40 / 39)  # C/(C - 1) of all clusters, not of those in each group
    np.testing.assert_allclose(found * few, fit.covariance, rtol=1e-8, atol=1e-12)


def drawn(rng: np.random.Generator, n: int = 150) -> pd.DataFrame:
    """Three rows a person, whose causes and rests have much in common; one slope."""
    x = np.sqrt(0.7) * rng.normal(size=n) + np.sqrt(0.3) * rng.normal(size=(3, n))
    y = 0.4 * x + np.sqrt(0.5) * rng.normal(size=n) + np.sqrt(0.5) * rng.normal(size=(3, n))
    group = np.repeat(["a", "b", "c"], n)
    return pd.DataFrame({"x": x.ravel(), "y": y.ravel(), "group": group, "person": np.tile(np.arange(n), 3)})


def test_errors_are_those_of_samples() -> None:
    rng = np.random.default_rng(5)
    weights, found = {"a": 1.0, "b": -0.5, "c": -0.5}, []
    for _ in range(60):
        paths = equal_paths(drawn(rng), {}, [("x", "y")], "group", cluster="person")
        row = planned_slopes(paths, weights).iloc[0]
        found.append((row["estimate"], row["se"]))
    estimates, errors = np.array(found).T
    assert errors.mean() == pytest.approx(estimates.std(), rel=0.2)
    # Group by group they would be a quarter larger.
    data = drawn(rng)
    apart = equal_paths(data.assign(person=np.arange(len(data))), {}, [("x", "y")], "group", cluster="person")
    assert planned_slopes(apart, weights)["se"].iloc[0] > 1.1 * errors.mean()


def test_only_wald_is_told() -> None:
    paths = equal_paths(drawn(np.random.default_rng(1)), {}, [("x", "y")], "group", cluster="person")
    assert paths.paths["lr"].isna().all()
    row = paths.paths.iloc[0]
    gap = np.diff(paths.estimates["est"])
    D = np.diff(np.eye(3), axis=0)
    assert row["wald"] == pytest.approx(gap @ np.linalg.inv(D @ paths.covariance @ D.T) @ gap)
    pair = paths.differences.iloc[0]
    assert pair["estimate"] == pytest.approx(gap[0])
    assert pair["se"] == pytest.approx(np.sqrt((D @ paths.covariance @ D.T)[0, 0]))
