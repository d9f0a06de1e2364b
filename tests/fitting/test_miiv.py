"""Equations, instruments, estimates and tests of lavaan 0.7-2 (tests/reference/miiv), and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import CoprodError

REFERENCE = Path(__file__).parents[1] / "reference"
PEER = json.loads((REFERENCE / "miiv" / "values.json").read_text(encoding="utf-8"))
FILES = {"democracy": "data/political_democracy.csv", "abilities": "data/holzinger_swineford.csv"}


def answers(case: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / FILES.get(case.split("_")[0], "miiv/sim.csv"))


@pytest.mark.parametrize("case", PEER)
def test_values_of_the_peer(case: str) -> None:
    found, peer = cm.miiv(PEER[case]["model"], answers(case)), PEER[case]
    both = found.parameters.merge(
        pd.DataFrame(peer["parameters"]), on=["lhs", "op", "rhs"], suffixes=("", "_peer")
    )
    assert len(both) == len(found.parameters) == len(peer["parameters"])
    assert both["est"].to_numpy() == pytest.approx(both["est_peer"], abs=1e-8)
    assert both["se"].fillna(0.0).to_numpy() == pytest.approx(both["se_peer"], abs=1e-8)
    tests = found.tests.set_index("outcome")
    assert len(tests) == len(peer["tests"])
    for one in peer["tests"]:
        own = tests.loc[one["outcome"]]
        assert set(own["instruments"]) == set(one["instruments"])
        assert [own["sargan"], own["df"], own["pvalue"]] == pytest.approx(
            list(one["sargan"].values()), abs=1e-8
        )


def test_weak_and_missing_instruments_are_named() -> None:
    # The peer warns of c2 on c1 with F = 7.8, and of nothing else.
    found = cm.miiv(PEER["simulated"]["model"], answers("simulated"))
    assert [one for one in found.messages if "weak" in one] == [
        "c2: weak instruments (first-stage F = 7.8, below 10)"
    ]
    lone = cm.miiv("f =~ a1 + a2 + a3\ng =~ b1 + b2\nw ~ g\ng ~~ 0*f\nb2 ~~ w", answers("simulated"))
    assert np.isnan(lone.parameters.set_index("rhs")["est"]["b2"])
    assert any(one.startswith("b2: 0 instruments for 1 regressors") for one in lone.messages)


def test_a_wrong_equation_leaves_the_others_alone() -> None:
    rng = np.random.default_rng(3)
    f, g = rng.normal(size=(2, 4000))
    h = 0.5 * f + 0.4 * g + rng.normal(size=4000)
    data = pd.DataFrame(
        {f"{n}{k}": v + rng.normal(size=4000) for n, v in (("f", f), ("g", g), ("h", h)) for k in "123"}
    )
    data["f3"] += 0.8 * data["g3"]
    found = cm.miiv("f =~ f1+f2+f3\ng =~ g1+g2+g3\nh =~ h1+h2+h3\nh ~ f + g", data)
    own = found.parameters.set_index(["lhs", "rhs"])["est"]
    assert own["h", "h2"] == pytest.approx(1.0, abs=0.06)
    assert (found.tests.set_index("outcome")["pvalue"][["f3", "g3"]] < 0.001).all()


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("f =~ 0.5*a1 + a2 + a3", "no marker item"),
        ("f =~ a1 + p*a2 + p*a3", "fixed or shared"),
        ("f =~ a1 + a2 + 1*a3", "fixed or shared"),
        ("f =~ a1 + a2 + a3\na1 | t1", "have thresholds"),
        ("f =~ a1 + a2", "no equation has enough instruments"),
        ("f =~ a1 + a2 + zz", "zz"),
    ],
)
def test_refused(model: str, said: str) -> None:
    with pytest.raises(CoprodError, match=said):
        cm.miiv(model, answers("simulated"))
