"""Probing of interactions and product indicators against lavaan with semTools, and SAM beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.fitting.result import Fit

REFERENCE = Path(__file__).parents[2] / "reference"
KNOWN = json.loads((REFERENCE / "latent_interaction" / "reference.json").read_text(encoding="utf-8"))
DATA = pd.read_csv(REFERENCE / "data" / "latent_interaction.csv")
MEASURED = "X =~ x1 + x2 + x3\nZ =~ z1 + z2 + z3\nY =~ y1 + y2 + y3\n"
ITEMS = [f"x{k}" for k in (1, 2, 3)], [f"z{k}" for k in (1, 2, 3)]


def by_products(pairs: str) -> Fit:
    made = cm.product_indicators(DATA, *ITEMS, pairs=pairs)
    return cm.sem(f"{MEASURED}{made.model}\nY ~ X + Z + XZ", made.data, mean_structure=True)


@pytest.mark.parametrize(("pairs", "case"), [("matched", "pi_matched_ml"), ("all", "pi_all_ml")])
def test_product_indicators_are_those_of_semtools(pairs: str, case: str) -> None:
    rows = by_products(pairs).parameters
    rows = rows[rows["op"] == "~"].set_index("rhs")
    for row in KNOWN[case]:
        assert rows.loc[row["rhs"], "est"] == pytest.approx(row["est"], abs=1e-5)
        assert rows.loc[row["rhs"], "se"] == pytest.approx(row["se"], abs=1e-5)


def test_slopes_and_region_are_those_of_semtools() -> None:
    fit = by_products("matched")
    found = cm.simple_slopes(fit, "Y", "X", "Z", product="XZ")
    assert found["moderator"].to_numpy() == pytest.approx(KNOWN["probe"]["values"], abs=1e-5)
    for ours, theirs in zip(found.to_dict("records"), KNOWN["probe"]["slopes"], strict=True):
        assert ours["slope"] == pytest.approx(theirs["est"], abs=1e-5)
        assert ours["se"] == pytest.approx(theirs["se"], abs=1e-5)
    region = cm.johnson_neyman(fit, "Y", "X", "Z", product="XZ")
    assert region.bounds == pytest.approx(KNOWN["johnson_neyman"]["bounds"], abs=1e-4)
    assert region.significant == KNOWN["johnson_neyman"]["significant"]
    assert 0.0 < region.share < 1.0


def test_the_standardised_product_is_scaled_by_its_factors() -> None:
    fit = cm.sam(f"{MEASURED}Y ~ X + Z + X:Z", DATA)
    row = fit.standardized().set_index(["lhs", "op", "rhs"]).loc[("Y", "~", "X:Z")]
    frame = fit.parameters.set_index(["lhs", "op", "rhs"])
    v = fit.implied[0].v
    names = list(fit.solution.model.groups[0].latent)
    sd = {name: v[names.index(name), names.index(name)] ** 0.5 for name in names}
    right = frame.loc[("Y", "~", "X:Z"), "est"] * sd["X"] * sd["Z"] / sd["Y"]
    assert row["est"] == pytest.approx(right)
    assert frame.loc[("Y", "~", "X:Z"), "std_all"] == pytest.approx(right)
    assert row["se"] / row["est"] == pytest.approx(
        frame.loc[("Y", "~", "X:Z"), "se"] / frame.loc[("Y", "~", "X:Z"), "est"], rel=0.15
    )


def test_a_square_is_probed_by_its_own_factor() -> None:
    data = pd.read_csv(REFERENCE / "data" / "latent_quadratic.csv")
    fit = cm.sam(f"{MEASURED}Y ~ X + Z + X:X", data)
    rows = fit.parameters.set_index(["lhs", "op", "rhs"])["est"]
    found = cm.simple_slopes(fit, "Y", "X", "X", at=[0.0, 1.0])
    assert found["slope"][0] == pytest.approx(rows["Y", "~", "X"])
    assert found["slope"][1] == pytest.approx(rows["Y", "~", "X"] + 2.0 * rows["Y", "~", "X:X"])


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(cm.CoprodError, match="no equation of Y with X and X:Z"):
        cm.simple_slopes(cm.sem(f"{MEASURED}Y ~ X + Z", DATA), "Y", "X", "Z")
    with pytest.raises(cm.CoprodError, match="cannot be matched"):
        cm.product_indicators(DATA, ["x1"], ["z1", "z2"])
    with pytest.raises(cm.CoprodError, match="there is no column"):
        cm.product_indicators(DATA, ["x1"], ["q"])
