"""Necessary condition analysis against the R package NCA, against known ceilings, and what is refused."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare

import coprod_measure as cm
from coprod_measure.structure.methods.ceiling_test import permuted_effects
from coprod_measure.structure.methods.ceilings import CEILINGS, Corner, ceiling, turned
from coprod_measure.structure.methods.necessity import Necessity

CASE = Path(__file__).parents[2] / "reference" / "necessity"
R = json.loads((CASE / "values.json").read_text())
DATA = CASE.parent / "data"
ATTITUDE, LIKERT = pd.read_csv(DATA / "attitude.csv"), pd.read_csv(DATA / "likert_sim.csv")
SIMULATED = pd.read_csv(DATA / "ceiling_sim.csv")
BOTH = ["complaints", "learning"]
COLUMNS = {
    "zone": "Ceiling zone",
    "effect": "Effect size",
    "above": "# above",
    "slope": "Slope",
    "intercept": "Intercept",
    "fit": "Fit",
    "accuracy": "Ceiling accuracy",
    "condition_inefficiency": "Condition ineff.",
    "outcome_inefficiency": "Outcome ineff.",
}


def meets(found: Necessity, peer: dict[str, Any]) -> None:
    table = found.table().set_index(["condition", "ceiling"])
    for condition, values in peer.items():
        for k, name in enumerate(values["ceilings"]):
            if values["Effect size"][k] is None:
                continue  # the peer has no zone where a line falls or leaves the scope
            row = table.loc[(condition, name)]
            for ours, theirs in COLUMNS.items():
                if values[theirs][k] is not None:
                    assert row[ours] == pytest.approx(values[theirs][k], rel=1e-8, abs=1e-8), (
                        condition,
                        name,
                        ours,
                    )


def test_all_ceilings() -> None:
    meets(cm.necessity(ATTITUDE, "rating", BOTH, ceilings=CEILINGS, permutations=0), R["attitude"])


@pytest.mark.parametrize("corner", [1, 2, 3, 4])
def test_all_corners(corner: int) -> None:
    found = cm.necessity(ATTITUDE, "rating", BOTH, ceilings=CEILINGS, corner=corner, permutations=0)
    meets(found, R["corners"][corner - 1])


def test_a_stated_scope() -> None:
    meets(cm.necessity(ATTITUDE, "rating", BOTH, scope=(0, 100, 0, 100), permutations=0), R["scope"])
    likert = cm.necessity(LIKERT, "propensity", ["skill"], scope={"skill": (1, 7, 1, 7)}, permutations=0)
    meets(likert, R["likert_scope"])


def test_ties_and_a_known_ceiling() -> None:
    meets(cm.necessity(LIKERT, "propensity", ["skill"], ceilings=CEILINGS, permutations=0), R["likert"])
    found = cm.necessity(SIMULATED, "willing", ["trust", "noise"], ceilings=CEILINGS, permutations=500)
    meets(found, R["ceiling"])
    table = found.table().set_index(["condition", "ceiling"])
    # The ceiling drawn from is min(1, .25 + trust): d = .28125. Noise has none.
    assert table.loc[("trust", "ce_fdh"), "effect"] == pytest.approx(0.28125, abs=0.06)
    assert table.loc[("trust", "ce_fdh"), "pvalue"] < 0.01
    assert table.loc[("noise", "ce_fdh"), "pvalue"] > 0.05


@pytest.mark.parametrize("unit", ["percentage", "percentile", "actual"])
def test_bottlenecks(unit: str) -> None:
    found = cm.necessity(ATTITUDE, "rating", BOTH, ceilings=CEILINGS, permutations=0)
    for name, columns in R[unit].items():
        ours = found.bottleneck(name, x=unit, y=unit, steps=5 if unit == "actual" else 10)
        raw = found.bottleneck(name, x="actual", y=unit, steps=5 if unit == "actual" else 10)
        for condition, peer in columns.items():
            for value, actual, shown, need in zip(
                ours[condition], raw[condition], peer["shown"], peer["actual"], strict=True
            ):
                if shown in ("NN", "NA"):
                    assert np.isneginf(value) if shown == "NN" else np.isnan(value)
                else:
                    assert value == pytest.approx(float(shown), abs=0.051)
                    assert actual == pytest.approx(need)


def test_low_outcomes_that_need_low_conditions() -> None:
    found = cm.necessity(ATTITUDE, "rating", BOTH, corner=4, permutations=0)
    for name, columns in R["low_needs"].items():
        ours = found.bottleneck(name, x="actual")
        for condition, peer in columns.items():
            values = zip(ours[condition], peer["actual"], strict=True)
            # At the very edge the peer shows 100 % and NA where we say not necessary and the lowest value.
            inner = [(a, b) for a, b in values if b is not None and np.isfinite(a)]
            assert len(inner) > 5
            assert [a for a, _ in inner] == pytest.approx([b for _, b in inner])


def test_outliers() -> None:
    ours = cm.necessity(ATTITUDE, "rating", BOTH, permutations=0).outliers("complaints").set_index("row")
    for peer in R["outliers"]:
        row = ours.loc[int(peer["outliers"]) - 1]
        assert row["relative"] == pytest.approx(peer["dif.rel"], abs=0.051)
        assert (row["peer"], row["scope"]) == (peer["ceiling"] == "X", peer["scope"] == "X")
    assert len(ours) == len(R["outliers"])


def test_chance_is_that_of_the_peer() -> None:
    table = (
        cm.necessity(ATTITUDE, "rating", BOTH, permutations=4000).table().set_index(["condition", "ceiling"])
    )
    for condition, tests in R["test"].items():
        for name, peer in tests.items():
            row = table.loc[(condition, name)]
            # 2,000 draws there and 4,000 here: within four standard errors.
            assert row["chance_mean"] == pytest.approx(peer["mean"], abs=0.008)
            assert row["chance_95"] == pytest.approx(peer["threshold"], abs=0.02)
            assert row["pvalue"] == pytest.approx(peer["p"], abs=4 * np.sqrt(peer["p"] / 1300))


@pytest.mark.parametrize("data", [ATTITUDE[["learning", "rating"]], LIKERT[["skill", "propensity"]]])
def test_all_permutations_at_once_are_the_single_ones(data: pd.DataFrame) -> None:
    x, y = data.to_numpy(float).T
    points = turned(x, y, np.array([x.min(), x.max(), y.min(), y.max() + 1]), 1)
    found = permuted_effects(points, 40, seed=5, names=["cr_fdh"])[:, 0]
    shuffled = np.random.default_rng(5).permuted(np.tile(points.y, (40, 1)), axis=1)
    in_order = points.x[np.argsort(points.x, kind="stable")]
    for row, effect in zip(shuffled, found, strict=True):
        one = Corner(in_order, row, points.scope, False, False)
        assert ceiling(one, "cr_fdh").effect == pytest.approx(effect)


@pytest.mark.parametrize("y", [[3, 1, 2, 4, 7, 6, 5], [1, 1, 2, 2, 2, 3, 3]])
def test_the_step_has_the_distribution_of_all_orders(y: list[int]) -> None:
    """Its effects are drawn without shuffling: every one of the 5,040 orders of seven people as often as it should."""
    x = np.array([0.0, 1, 1, 2, 4, 4, 7])
    points = turned(x, np.array(y, float), np.array([-1.0, 7, 0, 8]), 1)
    every = [
        ceiling(Corner(x, np.array(row, float), points.scope, False, False), "ce_fdh").effect
        for row in permutations(y)
    ]
    values, counts = np.unique(np.round(every, 9), return_counts=True)
    found = np.round(permuted_effects(points, 50_000, seed=2, names=["ce_fdh"])[:, 0], 9)
    drawn = np.array([np.sum(found == value) for value in values])
    assert drawn.sum() == 50_000
    assert chisquare(drawn, counts / counts.sum() * 50_000).pvalue > 0.001


def test_p_values_without_necessity_are_uniform() -> None:
    rng = np.random.default_rng(3)
    p = [
        cm.necessity(
            pd.DataFrame(rng.uniform(size=(60, 2)), columns=["x", "y"]), "y", ["x"], permutations=199
        )
        .table()["pvalue"]
        .iloc[0]
        for _ in range(200)
    ]
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.05)
    assert np.mean(p) == pytest.approx(0.5, abs=0.07)


def test_one_peer_alone_has_no_line() -> None:
    flat = pd.DataFrame({"x": [0, 1, 2, 3], "y": [5, 1, 2, 3]})
    table = cm.necessity(flat, "y", ["x"], permutations=20).table().set_index("ceiling")
    assert table["effect"].to_dict() == {"ce_fdh": 0.0, "cr_fdh": 0.0}
    assert np.isnan(table.loc["cr_fdh", "slope"])
    assert table["pvalue"].to_list() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"conditions": ["constant"]}, "did not vary"),
        ({"conditions": ["complaint"]}, "Did you mean"),
        ({"scope": (50, 100, 0, 100)}, "does not hold the answers"),
        ({"scope": (0, 100)}, "does not hold the answers"),
        ({"corner": 5}, "no corner 5"),
        ({"ceilings": ["ce_fhd"]}, "ce_fdh"),
    ],
)
def test_refused(change: dict[str, Any], message: str) -> None:
    data = ATTITUDE.assign(constant=1)
    with pytest.raises(cm.CoprodError, match=message):
        cm.necessity(**{"data": data, "outcome": "rating", "conditions": BOTH, "permutations": 10, **change})
