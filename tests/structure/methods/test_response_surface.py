"""Response surfaces against the R package RSA, by hand, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import coprod_measure as cm
from coprod_measure.structure.methods.response_surface import ResponseSurface

CASE = Path(__file__).parents[2] / "reference" / "response_surface"
R = json.loads((CASE / "values.json").read_text())
RIDGE = pd.read_csv(CASE.parent / "data" / "ridge_sim.csv")
ATTITUDE = pd.read_csv(CASE.parent / "data" / "attitude.csv")
STATIONARY = ("X0", "Y0", "p10", "p20")
PEER_NAME = {"PA1_curvature": "PA1.curv", "PA2_curvature": "PA2.curv"}


def meets(found: ResponseSurface, peer: dict[str, Any]) -> None:
    table = found.models().set_index("model")
    weights = {row["Modnames"]: row for row in peer["aicc"]}
    for model, parameters in peer["parameters"].items():
        theirs = {row["parameter"]: row for row in parameters}
        for row in found.table(model).to_dict("records"):
            peer_row = theirs.get(PEER_NAME.get(row["parameter"], row["parameter"]))
            # Along a ridge RSA prints a stationary point where its optimiser stopped; we say there is none.
            if "est" not in (peer_row or {}) or (model == "SRSQD" and row["parameter"] in STATIONARY):
                continue
            assert row["estimate"] == pytest.approx(peer_row["est"], rel=1e-4, abs=1e-5), (model, row)
            if peer_row.get("se"):
                assert row["se"] == pytest.approx(peer_row["se"], rel=1e-4, abs=1e-6), (model, row)
        ours, fit = table.loc[model], peer["fit"][model]
        for name, theirs_name in {
            "chisq": "chisq",
            "cfi": "cfi",
            "loglik": "logl",
            "aic": "aic",
            "bic": "bic",
        }.items():
            assert ours[name] == pytest.approx(fit[theirs_name], abs=2e-5), (model, name)
        if "chisq.scaled" in fit:
            assert ours["scaled_chisq"] == pytest.approx(fit["chisq.scaled"], rel=1e-5, abs=1e-4), model
        weight = weights[model]
        assert ours["aicc"] == pytest.approx(weight["AICc"], abs=1e-5)
        assert ours["weight"] == pytest.approx(weight["AICcWt"], abs=1e-5)
        assert ours["r2"] == pytest.approx(weight["R2"], abs=1e-6)
        assert ours["r2_adjusted"] == pytest.approx(weight["R2.adj"], abs=1e-6)
        if weight.get("R2.p") is not None:
            assert ours["r2_pvalue"] == pytest.approx(weight["R2.p"], rel=1e-3)


def test_all_models_with_robust_errors() -> None:
    found = cm.response_surface(RIDGE, "Z", "X", "Y", errors="sandwich", bootstrap=0)
    meets(found, R["robust"])
    ours = found.nested().set_index(["model", "within"])
    assert ours.loc[("IA", "full"), "chisq"] == pytest.approx(
        R["robust"]["nested"][1]["Chisq diff"], rel=1e-5
    )


def test_all_models_with_classical_errors() -> None:
    meets(cm.response_surface(RIDGE, "Z", "X", "Y", errors="classical", bootstrap=0), R["classical"])


def test_with_a_control() -> None:
    models = list(R["control"]["parameters"])
    found = cm.response_surface(
        RIDGE, "Z2", "X", "Y", controls=["K"], models=models, errors="sandwich", bootstrap=0
    )
    meets(found, R["control"])


def test_robust_errors_are_those_of_statsmodels() -> None:
    x, y, z = (RIDGE[name].to_numpy() for name in "XYZ")
    design = np.column_stack([np.ones(len(x)), x, y, x**2, x * y, y**2])
    theirs = sm.OLS(z, design).fit(cov_type="HC3").bse
    ours = cm.response_surface(RIDGE, "Z", "X", "Y", models=["full"], bootstrap=0).table()["se"]
    assert ours[:6].to_numpy() == pytest.approx(theirs)


def test_centred_and_scaled_together() -> None:
    models = list(R["pooled"]["parameters"])
    found = cm.response_surface(
        ATTITUDE,
        "rating",
        "raises",
        "privileges",
        center="pooled",
        scale="pooled",
        models=models,
        errors="sandwich",
        bootstrap=0,
    )
    meets(found, R["pooled"])
    both = ATTITUDE[["raises", "privileges"]].to_numpy()
    assert found.centre == pytest.approx((both.mean(), both.mean()))


def test_truth_of_the_simulated_ridge_is_found_and_covered() -> None:
    found = cm.response_surface(RIDGE, "Z", "X", "Y", bootstrap=1000, seed=2)
    truth = {
        "b1": 0.10,
        "b2": 0.45,
        "b3": -0.12,
        "b4": 0.24,
        "b5": -0.12,
        "a1": 0.55,
        "a3": -0.35,
        "a4": -0.48,
    }
    rows = found.table().set_index("parameter")
    for name, value in truth.items():
        assert rows.loc[name, "boot_lower"] < value < rows.loc[name, "boot_upper"]
    assert found.models()["model"].iloc[0] == "SRR"
    # An R bootstrap of 2,000 case draws gave these standard errors (seed 11).
    drawn = np.asarray(found.drawn)
    a = {"a1": drawn[:, 0] + drawn[:, 1], "a4": drawn[:, 2] - drawn[:, 3] + drawn[:, 4]}
    assert a["a1"].std() == pytest.approx(0.0449288818997392, rel=0.1)
    assert a["a4"].std() == pytest.approx(0.0954914484119374, rel=0.1)
    # A ridge has no stationary point: the bootstrap error of X0 is 388 where the delta method says 15.
    assert not found.determined


def test_what_congruence_asks() -> None:
    rng = np.random.default_rng(7)
    people = pd.DataFrame(rng.normal(size=(600, 2)), columns=["x", "y"])
    people["z"] = -0.5 * (people["x"] - people["y"]) ** 2 + rng.normal(size=600)
    holds = (
        cm.response_surface(people, "z", "x", "y", bootstrap=0).congruence().set_index("condition")["holds"]
    )
    assert holds.all()
    people["z"] = -0.5 * (people["x"] - people["y"] - 1) ** 2 + rng.normal(size=600)
    holds = (
        cm.response_surface(people, "z", "x", "y", bootstrap=0).congruence().set_index("condition")["holds"]
    )
    assert holds["a4 < 0"]
    assert not holds["a3 = 0"]


def test_base_rates_of_gaps() -> None:
    gaps = cm.response_surface(RIDGE, "Z", "X", "Y", bootstrap=0).gaps
    assert [gaps.x_above, gaps.agree, gaps.y_above] == pytest.approx(R["gaps"])


def test_outliers_are_named_and_stay() -> None:
    people = RIDGE[["X", "Y", "Z"]].copy()
    people.loc[17, ["X", "Y", "Z"]] = [9.0, -8.0, 60.0]
    found = cm.response_surface(people, "Z", "X", "Y", bootstrap=0)
    assert found.outliers == (17,)
    assert found.n == 800
    assert cm.response_surface(ATTITUDE, "rating", "raises", "privileges", bootstrap=0).outliers == ()


def test_clusters_widen_the_errors() -> None:
    twice = pd.concat([RIDGE.assign(team=range(800))] * 2, ignore_index=True)
    plain = cm.response_surface(RIDGE, "Z", "X", "Y", errors="sandwich", bootstrap=0).table()["se"]
    clustered = cm.response_surface(twice, "Z", "X", "Y", cluster="team", bootstrap=0).table()["se"]
    assert clustered.to_numpy() == pytest.approx(plain.to_numpy())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"controls": ["gap"]}, "gap score"),
        ({"controls": ["squared"]}, "gap score"),
        ({"controls": ["copy"]}, "collinear"),
        ({"x": "binary"}, "collinear"),
        ({"x": "constant"}, "did not vary"),
        ({"models": ["ridge"]}, "not known"),
        ({"center": "mine"}, "not known"),
        ({"outcome": "z"}, "no column"),
    ],
)
def test_refused(change: dict[str, Any], message: str) -> None:
    gap = RIDGE["X"] - RIDGE["Y"]
    data = RIDGE.assign(gap=-gap, squared=gap**2, copy=RIDGE["X"], constant=1, binary=(RIDGE["X"] > 0) * 1)
    with pytest.raises(cm.CoprodError, match=message):
        cm.response_surface(data, **{"outcome": "Z", "x": "X", "y": "Y", **change})


def test_too_few_people() -> None:
    with pytest.raises(cm.CoprodError, match="only 8 rows"):
        cm.response_surface(RIDGE.head(8), "Z", "X", "Y")
