"""Orders of steps over waves against lavaan, and where the truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError
from coprod_measure.structure.methods.occasions import Occasions, occasions
from coprod_measure.structure.methods.ordered_lags import ordered_lags

REFERENCE = Path(__file__).parents[2] / "reference"
STEPS = ("a", "b", "c")


def waves(frame: pd.DataFrame) -> Occasions:
    return occasions(frame, {s: [f"{s}{k}" for k in (1, 2, 3)] for s in STEPS})


def test_orders_are_those_of_lavaan() -> None:
    found = ordered_lags(waves(pd.read_csv(REFERENCE / "data" / "steps.csv")), STEPS)
    assert found.stable
    table = found.table().set_index("structure")
    stored = pd.read_csv(REFERENCE / "ordered_lags" / "orders.csv").set_index("structure")
    for name in stored.index:
        for column in stored:
            assert table.loc[name, column] == pytest.approx(stored.loc[name, column], abs=2e-3), name
    free = stored.loc["claimed", "chisq"] - stored.loc["free", "chisq"]
    assert table.loc["claimed", "against_free"] == pytest.approx(free, abs=2e-3)


def test_the_order_that_made_the_data_is_best_and_nothing_acts_backwards() -> None:
    table = ordered_lags(waves(pd.read_csv(REFERENCE / "data" / "steps.csv")), STEPS).table()
    rivals = table[~table["structure"].isin(["claimed", "forward", "free"])]
    assert (rivals["delta_bic"] > 6).all()
    assert table.set_index("structure").loc["forward", "p_free"] > 0.05
    turned = ordered_lags(waves(pd.read_csv(REFERENCE / "data" / "steps.csv")), STEPS[::-1]).table()
    assert turned.set_index("structure").loc["reversed", "delta_bic"] < -6
    assert turned.set_index("structure").loc["forward", "p_free"] < 0.001


def test_two_steps_have_no_order() -> None:
    frame = pd.DataFrame(np.random.default_rng(1).normal(size=(50, 4)), columns=["a_1", "a_2", "b_1", "b_2"])
    with pytest.raises(DataError, match="2 steps have no order"):
        ordered_lags(Occasions(("a", "b"), (1, 2), frame), ["a", "b"])
