"""Contrasts and ordered groups against R, between and within persons, and designs that cannot be compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp

import coprod_measure as cm
from coprod_measure.structure.methods.ordered_groups import ordered_groups

CASE = Path(__file__).parents[2] / "reference" / "contrasts"
R = json.loads((CASE / "values.json").read_text())
DATA = CASE.parent / "data"
FACTORIAL, ATTITUDE = pd.read_csv(DATA / "factorial_sim.csv"), pd.read_csv(DATA / "attitude.csv")
THREE = pd.read_csv(DATA / "three_groups_sim.csv")
FACTORS = ["cop", "outcome", "choice"]
OUTCOMES = ("worse", "as", "better")
WEIGHTS = {"no": {(0, 0): -1, (1, 0): 1}, "yes": {(0, 1): -1, (1, 1): 1}}
WEIGHTS["softens"] = {(0, 0): 1, (1, 0): -1, (0, 1): -1, (1, 1): 1}
PLAN = {
    f"{name} {outcome}": {(cop, outcome, choice): w for (cop, choice), w in weights.items()}
    for outcome in OUTCOMES
    for name, weights in WEIGHTS.items()
}
LONG = ATTITUDE.assign(id=range(30), high=ATTITUDE["advance"] > ATTITUDE["advance"].median()).melt(
    ["id", "high"], ["complaints", "learning", "raises"], "what", "rated"
)


def test_pooled_contrasts_with_holm() -> None:
    found = cm.contrasts(FACTORIAL, "sat", FACTORS, planned=PLAN, errors="pooled").table()
    peer = pd.DataFrame(R["pooled"])
    for ours, theirs in {
        "estimate": "estimate",
        "se": "SE",
        "df": "df",
        "pvalue": "p.value",
        "pvalue_adjusted": "holm",
    }.items():
        assert found[ours].to_list() == pytest.approx(peer[theirs].to_list(), abs=1e-9)


def test_contrasts_of_unequal_variances() -> None:
    found = cm.contrasts(FACTORIAL, "sat", FACTORS, planned=PLAN).table().set_index("contrast")
    for outcome, peer in zip(OUTCOMES, R["welch"], strict=True):
        row = found.loc[f"softens {outcome}"]
        assert row[["estimate", "se", "df", "pvalue"]].to_list() == pytest.approx(
            [peer[k] for k in ("est", "se", "df", "p")]
        )
    hc3 = cm.contrasts(FACTORIAL, "sat", FACTORS, planned=PLAN, errors="hc3").table()
    assert hc3["se"].iloc[0] == pytest.approx(R["hc3"])
    two = cm.contrasts(FACTORIAL, "sat", ["cop"], planned={"cop": {0: 1, 1: -1}}).table().iloc[0]
    assert two[["t", "df", "pvalue"]].to_list() == pytest.approx(R["t"])
    # R: d and its correction by hand.
    assert [abs(two["d"]), abs(two["g"])] == pytest.approx([0.0218618155120599, 0.0218347922543194])


def test_all_groups_and_pairs() -> None:
    found = cm.contrasts(
        FACTORIAL.assign(outcome=FACTORIAL["outcome"].map(OUTCOMES.index)), "sat", ["outcome"]
    )
    omnibus = found.omnibus().set_index("test")
    assert omnibus.loc["welch", ["f", "df2", "pvalue"]].to_list() == pytest.approx(R["oneway"])
    assert omnibus.loc["classical", ["f", "pvalue"]].to_list() == pytest.approx(R["classical"])
    peer = [R["gh"][0], R["gh"][1], R["gh"][2]]
    pairs = found.pairs()
    assert pairs["difference"].to_list() == pytest.approx([row[0] for row in peer])
    assert pairs["t"].abs().to_list() == pytest.approx([row[1] for row in peer])
    assert pairs["df"].to_list() == pytest.approx([row[2] for row in peer])
    assert pairs["pvalue"].max() < 1e-12


def test_factorial_anova() -> None:
    found = cm.contrasts(FACTORIAL, "sat", FACTORS).anova().set_index("effect")
    order = [
        "cop",
        "outcome",
        "choice",
        "cop x outcome",
        "cop x choice",
        "outcome x choice",
        "cop x outcome x choice",
    ]
    assert found.loc[order, "ss"].to_list() == pytest.approx([row["ss"] for row in R["type3"]])
    assert found.loc[order, "pvalue"].to_list() == pytest.approx([row["p"] for row in R["type3"]])


def test_within_persons() -> None:
    plan = {
        "two": {"complaints": 1, "learning": -1},
        "one": {"complaints": 1, "learning": -0.5, "raises": -0.5},
    }
    found = cm.contrasts(LONG, "rated", within=["what"], person="id", planned=plan).table()
    assert found.loc[0, ["estimate", "t", "df"]].to_list() == pytest.approx(R["paired"])
    assert found.loc[1, ["t", "pvalue"]].to_list() == pytest.approx(R["one"])


def test_intervals_of_cells_are_those_of_one_mean_by_t() -> None:
    cells = cm.contrasts(FACTORIAL, "sat", ["cop"]).cells().set_index("cop")
    for level, own in FACTORIAL.groupby("cop")["sat"]:
        known = ttest_1samp(own, 0.0).confidence_interval()
        assert cells.loc[level, ["ci_lower", "ci_upper"]].tolist() == pytest.approx([known.low, known.high])


def test_between_and_within_persons() -> None:
    plan = {
        "differs": {
            (True, "complaints"): 1,
            (True, "learning"): -1,
            (False, "complaints"): -1,
            (False, "learning"): 1,
        }
    }
    found = cm.contrasts(LONG, "rated", ["high"], ["what"], person="id", planned=plan)
    assert found.table().loc[0, ["t", "df", "pvalue"]].to_list() == pytest.approx(R["mixed"])
    assert found.cells()["n"].to_list() == [17] * 3 + [13] * 3
    assert found.cells()["thin"].all()
    with pytest.raises(cm.CoprodError, match="compares persons"):
        found.omnibus()


def test_ordered_groups() -> None:
    score = THREE[[f"fit{k}" for k in range(1, 5)]].mean(axis=1)
    for answers, peer in ((score, R["jt"]), (score.round(), R["jt_ties"])):
        found = cm.contrasts(THREE.assign(score=answers), "score", ["maturity"]).ordered()
        assert [found.statistic, found.variance, found.z] == pytest.approx(peer)
        assert found.method == "normal"
    # Hollander and Wolfe (1973, p. 120): knowledge of performance, J = 79.
    x = [[40, 35, 38, 43, 44, 41], [38, 40, 47, 44, 40, 42], [48, 40, 45, 43, 46, 44]]
    assert ordered_groups([np.array(one, dtype=float) for one in x]).statistic == 79
    few = np.split(np.array(R["few"]), 3)
    assert ordered_groups(few).pvalue == pytest.approx(R["exact"])
    assert ordered_groups(few, "decreasing").pvalue == pytest.approx(R["exact_down"])
    assert ordered_groups(few, "two-sided").pvalue == pytest.approx(
        min(1, 2 * min(R["exact"], R["exact_down"]))
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"between": ["one"]}, "one group only"),
        ({"between": []}, "no groups"),
        ({"between": ["rare"]}, "rare holds one person|x holds one person"),
        ({"planned": {"far": {"best": 1, "worse": -1}}}, "best, where there is nobody"),
        ({"between": ["outcomes"]}, "Did you mean 'outcome'"),
        ({"within": ["choice"]}, "needs person"),
        ({"errors": "welsh"}, "welch"),
        ({"data": FACTORIAL.assign(sat=np.inf)}, "infinite values"),
        ({"data": FACTORIAL.assign(sat=FACTORIAL["sat"] * 1e300)}, "of the size"),
    ],
)
def test_refused(change: dict[str, Any], message: str) -> None:
    data = FACTORIAL.assign(one=1, rare=["x"] + ["y"] * (len(FACTORIAL) - 1))
    with pytest.raises(cm.CoprodError, match=message):
        cm.contrasts(**{"data": data, "outcome": "sat", "between": ["outcome"], **change})


def test_a_factor_of_one_level_has_no_anova() -> None:
    with pytest.raises(cm.CoprodError, match="one has one level"):
        cm.contrasts(FACTORIAL.assign(one=1), "sat", ["outcome", "one"]).anova()


def test_occasions_may_be_called_true_and_false() -> None:
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"who": np.repeat(np.arange(20), 2), "after": np.tile([False, True], 20)})
    data = data.assign(arm=data["who"] % 2, y=rng.normal(size=40) + data["after"])
    found = [
        cm.contrasts(data.assign(after=after), "y", ["arm"], ["after"], person="who").cells()["mean"]
        for after in (data["after"], data["after"] * 1)
    ]
    assert found[0].tolist() == found[1].tolist()


def test_an_empty_cell_has_no_anova() -> None:
    some = FACTORIAL[~((FACTORIAL["cop"] == 1) & (FACTORIAL["outcome"] == "as"))]
    with pytest.raises(cm.CoprodError, match="a cell of the design is empty"):
        cm.contrasts(some, "sat", ["cop", "outcome"]).anova()
