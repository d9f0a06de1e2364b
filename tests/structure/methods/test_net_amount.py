"""A choice by one amount against R: far amounts, the switch with Fieller's interval, equal weights of the parts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.structure.methods.choice import Choice
from coprod_measure.structure.methods.net_amount import chosen_at, draw_in, switch, unit_of, weigh_alike

CASE = Path(__file__).parents[2] / "reference" / "net_saving"
R = json.loads((CASE / "values.json").read_text())
UNIT = 10.0
NOTHING_HELD = pd.DataFrame(index=range(400))


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    found = pd.read_csv(CASE / "data.csv")
    net = found["price"] - found["hours"] * found["worth"] - found["outlay"]
    return found.assign(net=net, x=draw_in(net).amounts / UNIT)


@pytest.fixture(scope="module")
def found(people: pd.DataFrame) -> Choice:
    return cm.choice(people, "did", ["x"])


def test_amounts_far_out_are_drawn_in_to_the_fences(people: pd.DataFrame) -> None:
    drawn = draw_in(people["net"])
    assert drawn.number == R["far"] == 3
    assert [drawn.amounts.min(), drawn.amounts.max()] == pytest.approx(R["fences"])
    alike = draw_in(pd.Series([0.0] * 9 + [1e6]))
    assert (alike.number, alike.amounts.max()) == (0, 1e6)


def test_one_zero_too_many_no_longer_decides_the_slope(people: pd.DataFrame, found: Choice) -> None:
    given = cm.choice(people.assign(x=people["net"] / UNIT), "did", ["x"]).table().iloc[1]
    assert [given["estimate"], given["se"]] == pytest.approx(R["raw"], rel=1e-4)
    assert abs(given["estimate"] / given["se"]) < 2 < found.table()["z"].iloc[1]


def test_slope_and_effect_on_the_share(found: Choice) -> None:
    assert found.table()["estimate"].to_list() == pytest.approx(R["est"], abs=1e-6)
    assert found.table()["se"].to_list() == pytest.approx(R["se"], abs=1e-6)
    effect = found.effects().iloc[0]
    assert [effect["effect"], effect["se"]] == pytest.approx([R["ame"], R["ame_se"]], abs=1e-6)


def test_where_half_choose(found: Choice) -> None:
    turn = switch(found, NOTHING_HELD)
    assert turn["half"] * UNIT == pytest.approx(R["half"], abs=1e-4)
    assert [turn["low"] * UNIT, turn["high"] * UNIT] == pytest.approx(R["fieller"], abs=1e-4)
    assert [turn["at_zero"], turn["zero_low"], turn["zero_high"]] == pytest.approx(R["zero"], abs=1e-6)
    # Fieller's interval is not symmetrical, but about as wide as that of the delta method.
    assert (turn["high"] - turn["low"]) * UNIT == pytest.approx(2 * 1.96 * R["delta_se"], rel=0.15)
    curve = chosen_at(found, NOTHING_HELD, np.array([-3.0, 2.0]))
    assert curve[["share", "low", "high"]].to_numpy() == pytest.approx(np.array(R["curve"]), abs=1e-6)


def test_with_weights(people: pd.DataFrame) -> None:
    found, peer = cm.choice(people, "did", ["x"], weights="w"), R["weighted"]
    assert found.table()["se"].to_list() == pytest.approx(peer["se"], abs=1e-6)
    turn = switch(found, NOTHING_HELD)
    assert [turn["low"] * UNIT, turn["high"] * UNIT] == pytest.approx(peer["fieller"], abs=1e-4)


def test_no_interval_where_the_slope_is_not_shown(people: pd.DataFrame) -> None:
    mixed = people.assign(x=np.random.default_rng(3).permutation(people["x"]))
    turn = switch(cm.choice(mixed, "did", ["x"]), NOTHING_HELD)
    assert np.isnan([turn["low"], turn["high"]]).all()
    assert np.isfinite(turn["half"])


def test_parts_weigh_alike(people: pd.DataFrame) -> None:
    parts = {"price": people["price"], "time": people["hours"] * people["worth"], "outlay": people["outlay"]}
    frame = pd.DataFrame({name: draw_in(part).amounts / UNIT for name, part in parts.items()})
    found = cm.choice(frame.assign(did=people["did"]), "did", [*parts])
    assert found.table()["estimate"].to_list()[1:] == pytest.approx(R["parts"], abs=1e-6)
    assert found.table()["se"].to_list()[1:] == pytest.approx(R["parts_se"], abs=1e-6)
    wald, df, _ = weigh_alike(found, {"price": 1, "time": -1, "outlay": -1})
    assert (wald, df) == (pytest.approx(R["wald"], rel=1e-5), 2)


@pytest.mark.parametrize(("spread", "unit"), [(1.0, 1.0), (0.99, 0.5), (19.0, 10.0), (2e6, 2e6), (0.0, 1.0)])
def test_units_are_round(spread: float, unit: float) -> None:
    assert unit_of(pd.Series([-spread, spread]) / np.sqrt(2)) == pytest.approx(unit)


@pytest.mark.parametrize("model", ["logit", "probit"])
def test_what_is_held_constant_stands_at_its_mean(people: pd.DataFrame, model: str) -> None:
    found = cm.choice(people, "did", ["x", "w"], model)
    constant, slope, held = found.table()["estimate"]
    turn, centred = switch(found, people[["w"]]), people.assign(w=people["w"] - people["w"].mean())
    assert turn["half"] == pytest.approx(-(constant + held * people["w"].mean()) / slope)
    other = switch(cm.choice(centred, "did", ["x", "w"], model), centred[["w"]])
    assert turn.to_list() == pytest.approx(other.to_list(), rel=1e-4)
