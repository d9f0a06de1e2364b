"""Cross-lagged panel models against lavaan, and what they say of data whose truth is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import DataError
from coprod_measure.structure.methods.panel import chi_bar_square

REFERENCE = Path(__file__).parents[2] / "reference"
WAVES = {"x": ["x1", "x2", "x3", "x4"], "y": ["y1", "y2", "y3", "y4"]}


def data(file: str = "panel.csv") -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "data" / file)


def long(file: str = "panel.csv") -> pd.DataFrame:
    wide = data(file).rename_axis("id").reset_index()
    return pd.wide_to_long(wide, ["x", "y"], i="id", j="wave").reset_index().dropna(subset=["x", "y"])


@pytest.mark.parametrize(
    ("file", "model", "case"),
    [
        ("panel.csv", "riclpm", "lavaan_exact_riclpm"),
        ("panel_dropout.csv", "riclpm_equal", "lavaan_exact_riclpm_equal_fiml"),
    ],
)
def test_lagged_effects_are_those_of_lavaan(file: str, model: str, case: str) -> None:
    stored = pd.read_csv(REFERENCE / case / "parameters.csv")
    stored = stored[stored["op"] == "~"].set_index(["lhs", "rhs"])
    found = cm.panel(data(file), WAVES).table(model)
    assert len(found) == len(stored) == 12
    for row in found.itertuples():
        theirs = stored.loc[(f"w{row.outcome}{row.wave}", f"w{row.predictor}{row.wave - 1}")]
        for ours, column in ((row.est, "est"), (row.se, "se"), (row.std_all, "std_all")):
            assert ours == pytest.approx(theirs[column], abs=1e-5), (row, column)


def test_long_data_give_the_same_numbers_as_wide_ones() -> None:
    wide = cm.panel(data("panel_dropout.csv"), WAVES)
    stacked = cm.panel(long("panel_dropout.csv"), ["x", "y"], person="id", wave="wave")
    pd.testing.assert_frame_equal(wide.table(), stacked.table(), rtol=1e-6)


def test_equality_is_tested_and_the_plain_model_stands_beside() -> None:
    found = cm.panel(data(), WAVES)
    tests = found.test_table().set_index(["restricted", "free"])
    equal = tests.loc[("riclpm_equal", "riclpm")]
    # lavaan 0.6-14, lavTestLRT
    assert (equal["statistic"], equal["df"]) == (pytest.approx(13.9018, abs=1e-4), 14)
    plain = json.loads((REFERENCE / "panel_plain" / "expected.json").read_text(encoding="utf-8"))
    assert found.fits["clpm"].fit_measures["chisq"] == pytest.approx(plain["chisq"], abs=1e-4)
    assert found.fits["clpm"].fit_measures["logl"] == pytest.approx(plain["loglik"], abs=1e-4)
    for row in found.table("clpm").itertuples():
        theirs = plain["lags"][f"{row.outcome}{row.wave}~{row.predictor}{row.wave - 1}"]
        assert [row.est, row.se] == pytest.approx(theirs, abs=1e-4), row
    assert found.chosen == "riclpm_equal"
    shares = found.stable().set_index("variable")["share"]
    assert shares.between(0.35, 0.55).all()  # truth: 1 of 2.12 in both


def test_effects_differ_over_time_where_they_do() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(500, 4))
    y = rng.normal(size=(500, 4))
    y[:, 1] += 0.6 * x[:, 0]
    y[:, 3] -= 0.6 * x[:, 2]
    x += rng.normal(size=(500, 1))
    y += rng.normal(size=(500, 1))
    frame = pd.DataFrame(np.hstack([x, y]), columns=[*WAVES["x"], *WAVES["y"]])
    found = cm.panel(frame, WAVES)
    assert found.chosen == "riclpm"
    effects = found.table().query("outcome == 'y' and predictor == 'x'").set_index("wave")
    assert (effects["ci_lower"] < [0.6, 0.0, -0.6]).all()
    assert (effects["ci_upper"] > [0.6, 0.0, -0.6]).all()


def test_unequal_intervals_are_not_held_equal() -> None:
    found = cm.panel(data(), WAVES, times=[0, 1, 2, 6])
    assert "equal effects need equal intervals; these are 1, 1, 4" in str(found.unavailable["riclpm_equal"])
    assert found.chosen == "riclpm"
    with pytest.raises(DataError, match="one rising number a wave"):
        cm.panel(data(), WAVES, times=[0, 1])


def test_without_stable_differences_the_plain_model_is_read_and_it_is_said() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(2, 300, 3))
    for k in (1, 2):
        x[:, k] += 0.5 * x[:, k - 1] - 0.3 * x[:, 0] * (k == 2)
        y[:, k] += 0.5 * y[:, k - 1] + 0.3 * x[:, k - 1] - 0.3 * y[:, 0] * (k == 2)
    frame = pd.DataFrame(np.hstack([x, y]), columns=["x1", "x2", "x3", "y1", "y2", "y3"])
    found = cm.panel(frame, {"x": ["x1", "x2", "x3"], "y": ["y1", "y2", "y3"]})
    assert "no stable differences between persons in" in str(found.unavailable["riclpm"])
    assert found.chosen.startswith("clpm")


def test_controls_are_held_constant() -> None:
    frame = data()
    rng = np.random.default_rng(3)
    frame["age"] = rng.normal(size=len(frame))
    for name in WAVES["x"]:
        frame[name] += 2.0 * frame["age"]
    plain, held = cm.panel(data(), WAVES), cm.panel(frame, WAVES, controls=["age"])
    np.testing.assert_allclose(held.table("riclpm")["est"], plain.table("riclpm")["est"], atol=0.01)


def test_an_effect_through_a_mediator_has_an_interval() -> None:
    found = cm.panel(data(), WAVES)
    row = found.indirect("x", "y", "x").iloc[0]
    # Truth .20 * .10, of the population in ORIGIN.md.
    assert row["ci_lower"] < 0.02 + 0.01 < row["ci_upper"]
    effects = (
        found.table().drop_duplicates(["outcome", "predictor"]).set_index(["outcome", "predictor"])["est"]
    )
    assert row["est"] == pytest.approx(effects["y", "x"] * effects["x", "y"])


def test_mixture_of_chi_squares_meets_a_simulation() -> None:
    rng = np.random.default_rng(1)
    rho, df = 0.4, 3
    cov = np.array([[1, rho], [rho, 1]])
    z = rng.multivariate_normal([0, 0], cov, 100_000)
    inverse = np.linalg.inv(cov)
    # Distance to the origin minus distance to the nearest point with no negative coordinate.
    unconstrained = np.einsum("ni,ij,nj->n", z, inverse, z)
    gaps = [unconstrained, (z[:, 1] - 0) ** 2, (z[:, 0] - 0) ** 2]  # nearest: origin, first axis, second axis
    first, second = z[:, 0] - rho * z[:, 1], z[:, 1] - rho * z[:, 0]
    inside = (z >= 0).all(axis=1)
    distance = np.where(first > 0, gaps[1], np.inf)
    distance = np.minimum(distance, np.where(second > 0, gaps[2], np.inf))
    distance = np.where(inside, 0.0, np.minimum(distance, unconstrained))
    statistic = unconstrained - distance + rng.chisquare(1, len(z))
    for value in (2.0, 5.0, 8.0):
        assert chi_bar_square(value, df, rho) == pytest.approx((statistic > value).mean(), abs=0.005)


def only_stable(n: int, seed: int) -> pd.DataFrame:
    """Three waves of people who differ for good and do not influence each other's variables; some leave."""
    rng = np.random.default_rng(seed)
    trait = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], n)
    waves = trait[:, :, None] + rng.normal(size=(n, 2, 3))
    for k in (1, 2):
        leave = rng.random(n) < 1 / (1 + np.exp(1.6 + 0.5 * waves[:, 0, k - 1]))
        waves[leave, :, k:] = np.nan
    return pd.DataFrame(waves.reshape(n, 6), columns=["x1", "x2", "x3", "y1", "y2", "y3"])


def test_stable_differences_look_like_lagged_effects_to_the_plain_model_only() -> None:
    columns: dict[str, Any] = {"x": ["x1", "x2", "x3"], "y": ["y1", "y2", "y3"]}
    found_plain, found_stable = 0, 0
    for seed in range(12):
        found = cm.panel(only_stable(500, seed), columns)
        cross = {
            m: found.table(m).query("outcome == 'y' and predictor == 'x'").iloc[0]
            for m in ("clpm_equal", "riclpm_equal")
        }
        found_plain += cross["clpm_equal"]["pvalue"] < 0.05
        found_stable += cross["riclpm_equal"]["pvalue"] < 0.05
    assert found_plain >= 10
    assert found_stable <= 3  # binomial(12, .05) exceeds 3 in 1 of 450 runs


ITEMS = {v: [f"{v}{item}" for item in "abc"] for v in "xy"}
OVER_WAVES = {item: [f"{item}_{k}" for k in (1, 2, 3)] for own in ITEMS.values() for item in own}


def test_effects_of_constructs_measured_by_items_are_those_of_lavaan() -> None:
    case = REFERENCE / "lavaan_07_riclpm_items"
    stored = pd.read_csv(case / "parameters.csv").set_index(["lhs", "op", "rhs"])
    found = cm.panel(data("panel_items.csv"), OVER_WAVES, items=ITEMS)
    for row in found.table("riclpm_equal").itertuples():
        theirs = stored.loc[(f"W{row.outcome}{row.wave}", "~", f"W{row.predictor}{row.wave - 1}")]
        for ours, column in ((row.est, "est"), (row.se, "se"), (row.std_all, "std_all")):
            assert ours == pytest.approx(theirs[column], abs=1e-4), (row, column)
    measures = pd.read_csv(case / "fit_measures.csv").set_index("name")["value"]
    own = found.fit_table().set_index("model").loc["riclpm_equal"]
    for name in ("chisq", "df", "cfi", "rmsea", "bic"):
        assert own[name] == pytest.approx(measures[name], abs=1e-3)
    stable = found.stable().set_index("variable")["variance"]
    assert stable["x"] == pytest.approx(stored.loc[("RIx", "~~", "RIx"), "est"], abs=1e-4)


def test_items_and_observed_variables_stand_side_by_side() -> None:
    frame = data("panel_items.csv")
    wide = OVER_WAVES | {"z": OVER_WAVES["ya"]}
    without = {name: columns for name, columns in wide.items() if name not in ITEMS["y"]}
    found = cm.panel(frame, without, items={"x": ITEMS["x"]})
    assert found.variables == ("x", "z")
    assert set(found.table()["outcome"]) == {"x", "z"}


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ({"x": ["xa", "xb"]}, "2 items measure nothing over waves"),
        ({"x": ["xa", "xb", "xd"]}, "xd: no such variable"),
        ({"xa": ["xa", "xb", "xc"]}, "stands among the variables too"),
        ({"x": ["xa", "xb", "xc"], "y": ["xa", "ya", "yb"]}, "xa measures more than one construct"),
    ],
)
def test_wrong_items_are_named(items: dict[str, list[str]], said: str) -> None:
    with pytest.raises(DataError, match=said):
        cm.panel(data("panel_items.csv"), OVER_WAVES, items=items)
