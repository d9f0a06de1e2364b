"""Pairwise WLSMV beside lavaan's pairwise likelihood (PML), on incomplete ordered answers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import coprod_measure as cm

REFERENCE = Path(__file__).parents[1] / "reference"
CASE = REFERENCE / "pairwise_likelihood"
MODELS = {
    "one": "f =~ u9 + u10 + u11 + u12",
    "two": "f =~ u1 + u2 + u3 + u4\ng =~ u5 + u6 + u7 + u8",
    "three": "f =~ u1 + u2 + u3 + u4\ng =~ u9 + u10 + u11 + u12\ng ~ f",
}


@pytest.mark.parametrize("name", sorted(MODELS))
def test_estimates_lie_within_a_fraction_of_the_error_of_pairwise_likelihood(name: str) -> None:
    data = pd.read_csv(REFERENCE / "data" / "ordinal_missing.csv")
    theirs = pd.read_csv(CASE / "values.csv").query("model == @name").set_index(["lhs", "op", "rhs"])
    fit = cm.sem(MODELS[name], data, ordered=True, missing="pairwise", std_lv=True)
    ours = fit.parameters.set_index(["lhs", "op", "rhs"]).loc[theirs.index]
    assert ((ours["est"] - theirs["est"]).abs() / theirs["se"]).max() < 0.12
    ratio = ours["se"] / theirs["se"]
    assert 0.95 < ratio.min() <= ratio.max() < 1.10
    assert (CASE / "models.txt").read_text(encoding="utf-8").count(MODELS[name]) == 1
