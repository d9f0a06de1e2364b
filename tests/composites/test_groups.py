"""MICOM and differences of paths in simulated groups whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import CoprodError

MODEL = "q <~ q1 + q2 + q3\ny =~ y1 + y2 + y3\ny ~ q"


def answers(weights: list[float], path: float, level: float, seed: int, n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    q = rng.normal(size=(n, 3))
    f = path * (q @ weights) / np.linalg.norm(weights) + np.sqrt(1.0 - path**2) * rng.normal(size=n) + level
    items = {f"y{i}": 0.8 * f + 0.6 * rng.normal(size=n) for i in (1, 2, 3)}
    return pd.DataFrame({f"q{i + 1}": q[:, i] for i in range(3)} | items)


def two(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([one.assign(g="a"), other.assign(g="b")], ignore_index=True)


def test_equal_composites_with_another_path_and_mean() -> None:
    data = two(answers([1, 1, 1], 0.7, 0.5, 1), answers([1, 1, 1], 0.3, 0.0, 2))
    found = cm.micom(MODEL, data, "g", draws=300)
    table = found.table().set_index("construct")
    assert (table.c_p > 0.05).all()
    assert table.mean_p["y"] < 0.01 < table.mean_p["q"]
    (row,) = found.differences().itertuples()
    assert row.pvalue < 0.01
    assert row.a == pytest.approx(cm.pls(MODEL, data[data.g == "a"]).paths().est[0], abs=1e-8)


def test_other_weights_are_another_composite() -> None:
    data = two(answers([1, 0, 0], 0.6, 0.0, 3), answers([0, 0, 1], 0.6, 0.0, 4))
    table = cm.micom(MODEL, data, "g", draws=300).table().set_index("construct")
    assert table.c["q"] < 0.5
    assert table.c_p["q"] < 0.01


def test_products_and_higher_constructs_are_compared_by_their_first_stage() -> None:
    one, other = answers([1, 1, 1], 0.7, 0.0, 1, 600), answers([1, 1, 1], 0.7, 0.0, 2, 600)
    for frame, slope in ((one, 0.5), (other, -0.5)):
        q, y = frame[["q1", "q2", "q3"]].mean(axis=1), frame[["y1", "y2", "y3"]].mean(axis=1)
        frame["out"] = y + slope * q * y + np.random.default_rng(3).normal(size=600)
    model = MODEL + "\nout ~ y + q + y:q"
    found = cm.micom(model, two(one, other), "g", draws=200)
    assert found.table().construct.tolist() == ["q", "y", "out"]
    assert (found.table().c > 0.97).all()
    paths = found.differences().set_index(["from", "to"])
    assert paths.pvalue["y:q", "out"] < 0.01 < paths.pvalue["q", "y"]
    alone = cm.pls(model, one).paths().set_index(["from", "to"]).est
    assert (paths.a * 1.0)["q", "y"] == pytest.approx(alone["q", "y"], abs=1e-8)
    above = "q <~ q1 + q2 + q3\ny =~ y1 + y2 + y3\nboth <~ q + y\nout ~ both"
    assert cm.micom(above, two(one, other), "g", draws=100).table().construct.tolist() == ["q", "y", "out"]


def test_random_groups_are_the_same_wherever_they_are_compared(tmp_path: Path) -> None:
    """By two processes, and by pieces that a run kept: one of two is lost, and made again."""
    data = two(answers([1, 1, 1], 0.7, 0.5, 1, 120), answers([1, 1, 1], 0.3, 0.0, 2, 120))
    here = cm.micom(MODEL, data, "g", draws=300)
    kept = cm.micom(MODEL, data, "g", draws=300, processes=2, keep=tmp_path)
    first, second = sorted(tmp_path.rglob("*.json"))
    second.write_text("cut off")
    again = cm.micom(MODEL, data, "g", draws=300, keep=tmp_path)
    for found in (kept, again):
        pd.testing.assert_frame_equal(found.table(), here.table())
    assert first.read_text() != second.read_text() != "cut off"
    with pytest.raises(CoprodError, match="keeep"):
        cm.micom(MODEL, data, "g", keeep=tmp_path)  # type: ignore[call-arg]


def test_refused() -> None:
    data = two(answers([1, 1, 1], 0.5, 0.0, 5), answers([1, 1, 1], 0.5, 0.0, 6))
    with pytest.raises(CoprodError, match="all rows are of group a"):
        cm.micom(MODEL, data.assign(g="a"), "g")
    with pytest.raises(CoprodError, match="no such column. Did you mean 'g'"):
        cm.micom(MODEL, data, "gg")
    with pytest.raises(CoprodError, match="3 groups .*use pls_groups"):
        cm.micom(MODEL, data.assign(g=["a", "b", "c", "a"] * 200), "g")
    with pytest.raises(CoprodError, match="group a: 5 usable rows for 6 items"):
        cm.micom(MODEL, data.iloc[395:], "g")


def test_two_of_three_groups_are_as_if_there_were_no_third() -> None:
    data = two(answers([1, 1, 1], 0.5, 0.0, 5), answers([1, 1, 1], 0.5, 0.0, 6))
    third = answers([1, 0, 0], 0.9, 2.0, 7).assign(g="aa")
    found = cm.micom(MODEL, pd.concat([third, data]), "g", between=("a", "b"), draws=100)
    pd.testing.assert_frame_equal(found.table(), cm.micom(MODEL, data, "g", draws=100).table())
    with pytest.raises(CoprodError, match="argument missing: MICOM compares"):
        cm.micom(MODEL, data, "g", missing="mean")
