"""Models of one occasion against lavaan and lm: groups, product indicators, moderated mediation, trends, slopes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.fitting.result import Fit

REFERENCE = Path(__file__).parents[1] / "reference"
R = json.loads((REFERENCE / "one_occasion" / "values.json").read_text(encoding="utf-8"))
DATA = REFERENCE / "data"
THREE, ARMS = pd.read_csv(DATA / "three_groups_sim.csv"), pd.read_csv(DATA / "factorial_sim.csv")
MEDIATED, PRODUCTS = pd.read_csv(DATA / "modmed_sim.csv"), pd.read_csv(DATA / "latent_interaction.csv")
ITEMS = "\n".join(
    f"{name} =~ " + " + ".join(f"{name}{k}" for k in range(1, 5)) for name in ("fit", "play", "prop")
)
PATHS = f"{ITEMS}\nprop ~ c(a1, a2, a3)*fit + c(p1, p2, p3)*play"
STEPS = {
    "configural": [], "metric": ["loadings"], "scalar": ["loadings", "intercepts"],
    "strict": ["loadings", "intercepts", "residuals"],
}  # fmt: skip


def meets(fit: Fit, stored: dict[str, Any]) -> None:
    """Measures to 1e-5; estimates, errors, z, p and intervals to 1e-4."""
    for name, value in stored["fit"].items():
        assert fit.fit_measures[name.replace(".", "_")] == pytest.approx(value, rel=1e-5, abs=1e-6), name
    ours = fit.parameters
    groups = list(dict.fromkeys(ours["group"])) if "group" in ours else [1]
    known = {}
    for row in ours.to_dict("records"):
        place = (row["op"], 1 if row["op"] == ":=" else groups.index(row.get("group", 1)) + 1)
        values = [row[name] for name in ("est", "se", "z", "pvalue", "ci_lower", "ci_upper")]
        known[(row["lhs"], "" if row["op"] == ":=" else row["rhs"], *place)] = values
        if row["op"] == "~~":
            known[(row["rhs"], row["lhs"], *place)] = values
    for lhs, op, rhs, group, *values in stored.get("rows", []):
        there = (lhs, "" if op == ":=" else rhs, op, max(group, 1))
        assert known[there] == pytest.approx(values, rel=1e-4, abs=2e-5), there


@pytest.mark.parametrize("step", STEPS)
def test_steps_of_invariance(step: str) -> None:
    meets(
        cm.cfa(ITEMS, THREE, group="maturity", group_equal=STEPS[step], mean_structure=True),
        {"fit": R["steps"][step]},
    )


def test_means_after_partial_invariance() -> None:
    text = f"{ITEMS}\nfit ~ c(0, NA, NA)*1 + c(m1, m2, m3)*1\nfit4 ~ c(t4, t4, t43)*1"
    meets(
        cm.cfa(text, THREE, group="maturity", group_equal=STEPS["scalar"], mean_structure=True), R["partial"]
    )


@pytest.mark.parametrize(("case", "also"), [("free", ""), ("equal", "\na1 == a2\na1 == a3")])
def test_paths_of_groups(case: str, also: str) -> None:
    meets(
        cm.sem(PATHS + also, THREE, group="maturity", group_equal=["loadings"], mean_structure=True), R[case]
    )


def test_product_indicators_with_robust_errors() -> None:
    data = PRODUCTS - PRODUCTS.mean()
    for k in (1, 2, 3):
        product = data[f"x{k}"] * data[f"z{k}"]
        data[f"xz{k}"] = product - product.mean()
    data[list(PRODUCTS)] = PRODUCTS
    factors = "\n".join(
        f"{name} =~ " + " + ".join(f"{name.lower()}{k}" for k in (1, 2, 3)) for name in ("X", "Z", "Y", "XZ")
    )
    meets(cm.sem(f"{factors}\nY ~ X + Z + XZ", data, estimator="MLR", mean_structure=True), R["product"])


def test_moderated_mediation() -> None:
    text = (
        "attr ~ a1*cop + w*W + a3*copW\nsat ~ b*attr + cp*cop\nindex := a3*b\nlow := (a1 - a3)*b\nmid := a1*b\n"
        "high := (a1 + a3)*b"
    )
    meets(cm.sem(text, MEDIATED.assign(copW=MEDIATED["cop"] * MEDIATED["W"])), R["mediated"])


def agrees(table: pd.DataFrame, stored: dict[str, Sequence[float]]) -> None:
    for ours, theirs in {
        "estimate": "estimate",
        "slope": "estimate",
        "se": "se",
        "t": "t",
        "pvalue": "p",
    }.items():
        if ours in table and theirs in stored:
            np.testing.assert_allclose(table[ours], stored[theirs], rtol=1e-6, atol=1e-8)


def test_a_trend_over_ordered_arms_and_simple_slopes() -> None:
    arms = ("worse", "as", "better")
    plan = {
        name: dict(zip(arms, w, strict=True))
        for name, w in {"linear": (-1, 0, 1), "quadratic": (1, -2, 1)}.items()
    }
    agrees(cm.contrasts(ARMS, "sat", ["outcome"], planned=plan, errors="pooled").table(), R["trend"])
    two = cm.contrasts(ARMS, "sat", ["cop"], planned={"cop": {0: 1, 1: -1}})
    assert two.table()[["ci_lower", "ci_upper"]].iloc[0].tolist() == pytest.approx(R["welch"]["ci"])
    assert two.cells()["mean"].tolist() == pytest.approx(R["welch"]["means"])
    means = pd.DataFrame({name: PRODUCTS.filter(regex=f"^{name.lower()}").mean(axis=1) for name in "XZY"})
    agrees(cm.moderation(means, "Y", "X", "Z", errors="classical").table(R["slopes"]["at"]), R["slopes"])
