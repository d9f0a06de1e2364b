"""Crossed random intercepts and slopes, and Satterthwaite's degrees of freedom against lme4 and lmerTest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import DataError, EstimationError, NotAvailable
from coprod_measure.structure.methods.mixed_likelihood import CrossedDesign, RandomTerm

CASE = Path(__file__).parents[2] / "reference" / "crossed"
EXPECTED: dict[str, Any] = json.loads((CASE / "expected.json").read_text(encoding="utf-8"))
GROUPS = ["person", "category"]
R_NAMES = {"intercept": "(Intercept)", "differentiation": "differentiation", "importance": "importance"}
# lmerTest differentiates numerically, and lme4 stops its search earlier than we do.
ESTIMATES, DEGREES = 1e-5, 1e-4


def data() -> pd.DataFrame:
    return pd.read_csv(CASE / "data.csv")


def agree(row: pd.Series, stored: list[float]) -> None:
    assert (row["est"], row["se"]) == (
        pytest.approx(stored[0], abs=ESTIMATES),
        pytest.approx(stored[1], abs=ESTIMATES),
    )
    assert row["df"] == pytest.approx(stored[2], rel=DEGREES)
    assert row["pvalue"] == pytest.approx(stored[3], rel=1e-3)


def test_the_crossed_model_is_that_of_lme4() -> None:
    product = "differentiation:importance"
    found = cm.mixed_model(data(), "propensity", ["differentiation", "importance", product], GROUPS)
    stored = EXPECTED["crossed"]
    table = found.table().set_index("name")
    for ours, theirs in (R_NAMES | {product: product}).items():
        agree(table.loc[ours], stored["fixed"][theirs])
    assert found.loglik == pytest.approx(stored["loglik"], abs=1e-6)
    for name in ("person", "category"):
        assert found.random[name].variances["intercept"] == pytest.approx(stored["random"][name], abs=1e-4)
    assert found.residual == pytest.approx(stored["random"]["Residual"], abs=1e-4)
    null = cm.mixed_model(data(), "propensity", [], GROUPS)
    total = sum(EXPECTED["crossed_null"]["random"].values())
    assert null.shares()["icc"].tolist() == pytest.approx(
        [v / total for v in EXPECTED["crossed_null"]["random"].values()], abs=1e-4
    )


def test_slopes_within_and_between_and_their_difference_are_those_of_lmertest() -> None:
    found = cm.within_between(
        data(), "propensity", ["differentiation"], GROUPS, by="category", others=["importance"]
    )
    table = found.table().set_index("part")
    stored = EXPECTED["crossed_mundlak"]["fixed"]
    agree(table.loc["within"], stored["differentiation"])
    agree(table.loc["difference"], stored["cat_mean"])
    assert table.loc["between", "est"] == pytest.approx(0.6468, abs=1e-4)


def test_planned_contrasts_are_those_of_lmertest() -> None:
    found = cm.mixed_model(data(), "propensity", [], ["person"], categories="category")
    for name, weights in (
        ("first_vs_second", [0.25] * 4 + [-0.25] * 4),
        ("c1_vs_c8", {"category 1": 1.0, "category 8": -1.0}),
        ("c1_vs_c2", {"category 1": 1.0, "category 2": -1.0}),
    ):
        c = found.contrast(weights)
        stored = EXPECTED["contrasts"][name]
        assert (c.estimate, c.se) == (
            pytest.approx(stored[0], abs=ESTIMATES),
            pytest.approx(stored[1], abs=ESTIMATES),
        )
        assert c.df == pytest.approx(stored[2], rel=DEGREES)


def test_the_likelihood_is_that_of_the_whole_covariance_matrix() -> None:
    rng = np.random.default_rng(1)
    n = 60
    factors = [rng.integers(0, k, n) for k in (12, 5, 4)]
    X, y = np.column_stack([np.ones(n), rng.normal(size=n)]), rng.normal(size=n)
    variances = np.array([0.7, 0.3, 0.2, 1.3])
    V = 1.3 * np.eye(n) + sum(v * (f[:, None] == f) for v, f in zip(variances, factors, strict=False))
    inverse = np.linalg.inv(V)
    beta = np.linalg.solve(X.T @ inverse @ X, X.T @ inverse @ y)
    r = y - X @ beta
    logdet, info = np.linalg.slogdet(V)[1], np.linalg.slogdet(X.T @ inverse @ X)[1]
    design = CrossedDesign(y, X, [RandomTerm(f, np.ones((n, 1))) for f in factors])
    ml = logdet + n * np.log(2 * np.pi) + r @ inverse @ r
    assert design.deviance_of_variances(variances, reml=False) == pytest.approx(ml)
    assert design.deviance_of_variances(variances, reml=True) == pytest.approx(
        ml + info - 2 * np.log(2 * np.pi)
    )
    np.testing.assert_allclose(design.covariance(variances), np.linalg.inv(X.T @ inverse @ X))


def test_a_variance_of_zero_is_said_and_costs_nothing() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"g": np.repeat(np.arange(30), 8), "x": rng.normal(size=240), "e": rng.normal(size=240)}
    )
    frame["y"] = frame["e"] - frame.groupby("g")["e"].transform("mean")
    found = cm.mixed_model(frame, "y", ["x"], ["g"])
    assert found.singular == ("g",)
    assert found.random["g"].variances["intercept"] == 0.0
    # Without the factor it is ordinary regression.
    X = np.column_stack([np.ones(240), frame["x"]])
    residual = frame["y"] - X @ np.linalg.lstsq(X, frame["y"], rcond=None)[0]
    assert found.residual == pytest.approx((residual**2).sum() / 238)
    assert found.table()["df"].tolist() == pytest.approx([238, 238], rel=1e-3)


def test_too_few_countries_give_no_slope_and_say_why() -> None:
    frame = data()
    found = cm.within_between(frame, "propensity", ["differentiation"], GROUPS, by="category", fewest=25)
    between = found.effects["differentiation"]["between"]
    assert isinstance(between, NotAvailable)
    assert between.reason == "8 values of category are too few for a slope between them; it needs 25"
    assert "category 8" in found.model.names
    assert found.effects["differentiation"]["within"].estimate == pytest.approx(0.3, abs=0.05)


def test_intervals_of_slopes_between_few_groups_hold_the_truth() -> None:
    covered = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        person, kind = np.repeat(np.arange(60), 3), np.tile(np.arange(8), 23)[:180]
        z = rng.normal(size=8)
        y = 0.5 * z[kind] + rng.normal(size=60)[person] + rng.normal(0, 0.5, 8)[kind] + rng.normal(size=180)
        frame = pd.DataFrame({"person": person, "kind": kind, "z": z[kind], "y": y})
        row = cm.mixed_model(frame, "y", ["z"], ["person", "kind"]).table().iloc[1]
        covered.append(row["ci_lower"] < 0.5 < row["ci_upper"])
    assert np.mean(covered) > 0.86  # binomial(60, .95) is below in 1 of 250 runs


def test_likeness_in_groups_is_that_of_an_analysis_of_variance() -> None:
    frame = pd.read_csv(CASE / "countries.csv")
    found = cm.intraclass_correlations(frame["propensity"].to_numpy(), frame["country"].to_numpy())
    assert found.icc1 == pytest.approx(EXPECTED["icc"]["icc1_anova"])
    assert found.icc2 == pytest.approx(EXPECTED["icc"]["icc2"])
    assert found.design_effect == pytest.approx(EXPECTED["icc"]["design_effect"])


def test_bad_input_is_named() -> None:
    frame = data()
    with pytest.raises(DataError, match="there is no column 'country'"):
        cm.mixed_model(frame, "propensity", [], ["country"])
    with pytest.raises(DataError, match="column half: has 2 groups: no variance can be told"):
        cm.mixed_model(frame.assign(half=frame["category"] > 4), "propensity", [], ["person", "half"])
    with pytest.raises(DataError, match="one row a group"):
        cm.mixed_model(frame.assign(row=range(len(frame))), "propensity", [], ["row"])
    with pytest.raises(DataError, match="depend on each other"):
        cm.mixed_model(
            frame.assign(twice=2 * frame["importance"]), "propensity", ["importance", "twice"], ["person"]
        )
    of_person = frame["importance"] + frame["person"].factorize()[0] % 3
    with pytest.raises(EstimationError, match="follows from predictors and groups without error"):
        cm.mixed_model(frame.assign(propensity=of_person), "propensity", ["importance"], ["person"])
    with pytest.raises(DataError, match="price is no coefficient"):
        cm.mixed_model(frame, "propensity", ["importance"], ["person"]).contrast({"price": 1.0})
    with pytest.raises(DataError, match="category is not among the groups"):
        cm.within_between(frame, "propensity", ["importance"], ["person"], by="category")


SLOPES = CASE.parent / "random_slopes"


def test_slopes_that_vary_between_people_are_those_of_lme4() -> None:
    stored = json.loads((SLOPES / "expected.json").read_text(encoding="utf-8"))
    frame = pd.read_csv(SLOPES / "data.csv")
    found = cm.mixed_model(frame, "Reaction", ["Days"], ["Subject"], slopes={"Subject": ["Days"]})
    assert found.loglik == pytest.approx(stored["loglik"], abs=1e-6)
    for row, theirs in zip(found.table().to_dict("records"), stored["fixed"], strict=True):
        assert row["est"] == pytest.approx(theirs["Estimate"], abs=1e-5)
        assert row["se"] == pytest.approx(theirs["Std. Error"], abs=1e-3)
        assert row["df"] == pytest.approx(theirs["df"], rel=1e-3)
        assert row["pvalue"] == pytest.approx(theirs["Pr(>|t|)"], rel=1e-2)
    by_name = {(one["grp"], one["var1"], one["var2"]): one for one in stored["random"]}
    own = found.random["Subject"]
    for ours, theirs in (("intercept", "(Intercept)"), ("Days", "Days")):
        assert own.variances[ours] == pytest.approx(by_name["Subject", theirs, None]["vcov"], rel=1e-3)
    assert found.residual == pytest.approx(by_name["Residual", None, None]["vcov"], rel=1e-3)
    correlation = by_name["Subject", "(Intercept)", "Days"]["sdcor"]
    assert own.correlations[0, 1] == pytest.approx(correlation, abs=1e-3)
    assert found.shares()["effect"].tolist() == ["intercept", "Days", ""]
    without = cm.mixed_model(frame, "Reaction", ["Days"], ["Subject"])
    assert 2 * (found.loglik - without.loglik) == pytest.approx(stored["ranova"][1]["LRT"], abs=1e-4)
    np.testing.assert_allclose(found.cov, stored["vcov_fixed"], rtol=1e-3)


def test_the_likelihood_with_slopes_is_that_of_the_whole_covariance_matrix() -> None:
    rng = np.random.default_rng(2)
    n = 80
    first, second = rng.integers(0, 9, n), rng.integers(0, 6, n)
    x = rng.normal(size=n)
    X, y = np.column_stack([np.ones(n), x]), rng.normal(size=n)
    G, H, sigma2 = np.array([[0.7, 0.2], [0.2, 0.4]]), np.array([[0.5, -0.1], [-0.1, 0.3]]), 1.2
    same = [(f[:, None] == f) * (X @ M @ X.T) for f, M in ((first, G), (second, H))]
    V = sigma2 * np.eye(n) + sum(same)
    inverse = np.linalg.inv(V)
    beta = np.linalg.solve(X.T @ inverse @ X, X.T @ inverse @ y)
    r = y - X @ beta
    ml = np.linalg.slogdet(V)[1] + n * np.log(2 * np.pi) + r @ inverse @ r
    design = CrossedDesign(y, X, [RandomTerm(first, X), RandomTerm(second, X)])
    variances = np.array([0.7, 0.2, 0.4, 0.5, -0.1, 0.3, sigma2])
    assert design.deviance_of_variances(variances, reml=False) == pytest.approx(ml)
    np.testing.assert_allclose(design.covariance(variances), np.linalg.inv(X.T @ inverse @ X))


def test_slopes_need_their_factor_among_the_groups() -> None:
    frame = pd.read_csv(SLOPES / "data.csv")
    with pytest.raises(DataError, match="has slopes and no intercept"):
        cm.mixed_model(frame, "Reaction", [], ["Subject"], slopes={"Days": ["Days"]})
