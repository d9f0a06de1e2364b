"""Latent means and paths over groups against lavaan."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError
from coprod_measure.structure.methods.group_models import equal_paths, latent_means

REFERENCE = Path(__file__).parents[2] / "reference"
STORED = json.loads((REFERENCE / "group_models" / "values.json").read_text(encoding="utf-8"))
DATA = pd.read_csv(REFERENCE / "data" / "three_groups_sim.csv")
FACTORS = {name: [f"{name}{k}" for k in range(1, 5)] for name in ("fit", "play", "prop")}
PATHS = [("fit", "prop"), ("play", "prop")]


def test_means_after_partial_invariance() -> None:
    found, stored = latent_means(DATA, FACTORS, "fit", "maturity", ["fit4~1"]), STORED["means"]
    for ours, theirs in (
        ("estimate", "est"),
        ("se", "se"),
        ("pvalue", "p"),
        ("pvalue_adjusted", "holm"),
        ("d", "d"),
    ):
        np.testing.assert_allclose(found.contrasts[ours], stored[theirs], rtol=1e-4, atol=1e-8)
    assert (found.wald, found.df) == pytest.approx((stored["wald"]["stat"], 2), rel=1e-4)
    assert found.pvalue == pytest.approx(stored["wald"]["p.value"], rel=1e-3)


def test_planned_contrasts_of_latent_means() -> None:
    plan = {"last": {"1": -0.5, "2": -0.5, "3": 1.0}, "middle": {"2": 1, "1": -2 / 3, "3": -1 / 3}}
    found = latent_means(DATA, FACTORS, "fit", "maturity", ["fit4~1"], planned=plan).planned
    stored = STORED["planned"]
    names = {"estimate": "est", "se": "se", "z": "z", "pvalue": "p", "pvalue_adjusted": "holm"}
    for ours, theirs in {**names, "ci_lower": "lower", "ci_upper": "upper"}.items():
        np.testing.assert_allclose(found[ours], stored[theirs], rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("estimator", ["ML", "MLR"])
def test_paths(estimator: str) -> None:
    found, stored = equal_paths(DATA, FACTORS, PATHS, "maturity", estimator=estimator), STORED[estimator]
    np.testing.assert_allclose(found.paths[["lr", "df", "lr_pvalue"]].astype(float), stored["lr"], rtol=1e-3)
    np.testing.assert_allclose(found.paths["wald"], np.array(stored["wald"])[:, 0], rtol=1e-3)
    by_group = found.estimates.sort_values("group", kind="stable")
    np.testing.assert_allclose(by_group["est"], stored["est"], rtol=1e-4)
    np.testing.assert_allclose(by_group["se"], stored["se"], rtol=1e-3)


def test_one_group_is_refused() -> None:
    with pytest.raises(DataError, match="one group only"):
        equal_paths(DATA[DATA["maturity"] == 1], FACTORS, PATHS, "maturity")


def test_in_two_steps_paths_differ_as_in_one() -> None:
    """Structural after measurement against lavaan's one step, and against full information in one step."""
    found = equal_paths(DATA, FACTORS, PATHS, "maturity", two_steps=True)
    np.testing.assert_allclose(found.paths["wald"], np.array(STORED["ML"]["wald"])[:, 0], rtol=0.1)
    assert found.paths["lr"].isna().all()
    gaps = DATA.copy()
    for k, one in enumerate(("fit", "play")):
        gaps.loc[np.arange(len(gaps)) % 3 == k, FACTORS[one]] = np.nan
    by_all = {"missing": "fiml", "fixed_x": False}
    parts = equal_paths(gaps, FACTORS, PATHS, "maturity", two_steps=True, moments="factors", **by_all)
    whole = equal_paths(gaps, FACTORS, PATHS, "maturity", std_lv=True, **by_all)
    ratio = (parts.estimates["est"] / whole.estimates["est"]).iloc[[1, 2, 3]]
    np.testing.assert_allclose(ratio, ratio.mean(), rtol=0.05)  # units differ, the same for all
    assert parts.n == whole.n == len(DATA)
