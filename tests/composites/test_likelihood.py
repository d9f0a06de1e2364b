"""Composites by likelihood are those of lavaan 0.7-2 (tests/reference/composites_likelihood)."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import CoprodError

REFERENCE = Path(__file__).parents[1] / "reference"
DATA = pd.read_csv(REFERENCE / "pls" / "service_sim.csv")
PEER = json.loads((REFERENCE / "composites_likelihood" / "values.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", PEER)
def test_fit_paths_and_weights(case: str) -> None:
    peer = PEER[case]
    fit = cm.sem(cm.henseler_ogasawara(peer["model"]), DATA)
    assert fit.df == peer["measures"]["df"]
    assert fit.fit_measures["chisq"] == pytest.approx(peer["measures"]["chisq"], abs=1e-4)
    table = pd.DataFrame(peer["parameters"])
    ours = fit.standardized()
    both = ours[ours["op"] == "~"].merge(table, on=["lhs", "rhs"], suffixes=("", "_peer"))
    assert len(both) == (table["op"] == "~").sum() > 0
    assert both["est"].to_numpy() == pytest.approx(both["est.std"].to_numpy(), abs=1e-4)
    # Errors are of another parameterisation; 250 bootstrap draws lie nearer to ours.
    assert both["se"].to_numpy() == pytest.approx(both["se_peer"].to_numpy(), rel=0.06)
    loadings = fit.parameters[fit.parameters["op"] == "=~"].set_index(["lhs", "rhs"])["est"]
    for name, own in table[table["op"] == "<~"].groupby("lhs", sort=False):
        first, *others = own["rhs"]
        theirs = own.set_index("rhs")["est.std"]
        for k, item in enumerate(others, start=1):
            ratio = -loadings[f"{name}_{k}", first] * DATA[item].std() / DATA[first].std()
            assert ratio == pytest.approx(theirs[item] / theirs[first], abs=2e-3)


def test_what_stays_and_names_that_are_taken() -> None:
    text = cm.henseler_ogasawara("c <~ c_1 + x\ny ~ a*c + start(0.2)*z\ny ~~ 0.5*y\ny ~ 1\nd := a^2")
    assert "c_1_ =~ NA*c_1 + 1*x" in text
    assert text.endswith("y ~ a*c\ny ~ start(0.20000000000000001)*z\ny ~~ 0.5*y\ny ~ 1\nd := a^2")
    assert cm.henseler_ogasawara("f =~ a + b") == "f =~ a\nf =~ b"


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("c <~ x\ny ~ c", "its own composite"),
        ("c <~ x + z\nd <~ z + w\ny ~ c + d", "z stand elsewhere"),
        ("f =~ a + b\nc <~ f + z\ny ~ c", "parts are constructs"),
        ("c <~ 1*x + z\ny ~ c", "no modifier here"),
        ("group: 1\nc <~ x + z\ny ~ c", "blocks of groups"),
    ],
)
def test_refused(model: str, said: str) -> None:
    with pytest.raises(CoprodError, match=said):
        cm.henseler_ogasawara(model)
