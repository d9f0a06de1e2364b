"""Paths of groups against seminr 2.3.4 (tests/reference/pls_terms): the same draws but for chance."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import CoprodError

CASE = Path(__file__).parents[1] / "reference"
DATA = pd.read_csv(CASE / "pls" / "service_sim.csv")
PEER = pd.DataFrame(json.loads((CASE / "pls_terms" / "values.json").read_text(encoding="utf-8"))["mga"])
MODEL = """
trust =~ tr1 + tr2 + tr3
ease =~ ea1 + ea2 + ea3
quality <~ qu1 + qu2 + qu3 + qu4
loyal =~ lo1 + lo2 + lo3
sat1 ~ trust + ease + quality
loyal ~ sat1 + trust
"""


def test_differences_and_their_p() -> None:
    # seminr's first group are those of whom the condition holds: group 1.
    found = cm.pls_groups(MODEL, DATA.assign(g=DATA.group.map({1: "a", 0: "b"})), "g", draws=2000)
    both = found.replace("sat1", "sat").merge(PEER, left_on=["from", "to"], right_on=["source", "target"])
    assert len(both) == 5
    assert both.est_1.to_numpy() == pytest.approx(both.group1_beta, abs=1e-6)
    assert both.est_2.to_numpy() == pytest.approx(both.group2_beta, abs=1e-6)
    assert both.p_bootstrap.to_numpy() == pytest.approx(both.pls_mga_p, abs=0.04)
    assert ((both.lower < both.difference) & (both.difference < both.upper)).all()
    # Two ways to the same question: in samples of 150 they nearly agree.
    assert both.p_welch.to_numpy() == pytest.approx(
        2 * both[["p_bootstrap"]].assign(q=1 - both.p_bootstrap).min(axis=1), abs=0.12
    )


def test_three_groups_are_three_pairs_and_bad_ones_are_named() -> None:
    data = DATA.assign(g=[str(k % 3) for k in range(len(DATA))])
    assert len(cm.pls_groups(MODEL, data, "g", draws=100)) == 15
    with pytest.raises(CoprodError, match="all rows are of group 1"):
        cm.pls_groups(MODEL, data.assign(g=1), "g")
    with pytest.raises(CoprodError, match="group 0: data: 12 usable rows"):
        cm.pls_groups(MODEL, data[(data.g != "0") | (data.index < 36)], "g")
