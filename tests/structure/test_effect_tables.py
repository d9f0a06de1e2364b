"""Effects by every route, and what equations explain, against lavaan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.structure.effect_tables import (
    EFFECT_COLUMNS,
    effects_table,
    explained_table,
    mediation_type,
    predictors_table,
)
from coprod_measure.structure.effects import StructuralDraws, StructuralEstimates, draw_structure
from coprod_measure.structure.estimate import structural_estimates

CASE = Path(__file__).parents[1] / "reference" / "structural_effects"
NAMES = ("z1", "f1", "f2", "f3")
CALLED = {
    ("direct", ()): "direct",
    ("indirect", ("f1",)): "via_f1",
    ("indirect", ("f2",)): "via_f2",
    ("indirect", ("f1", "f2")): "via_both",
    ("total indirect", ()): "indirect",
    ("total", ()): "total",
}


@pytest.fixture(scope="module")
def estimates() -> StructuralEstimates:
    data = pd.read_csv(CASE.parent / "data" / "chain.csv")
    return structural_estimates(cm.sem((CASE / "model.txt").read_text(), data, fixed_x=False), NAMES)


@pytest.fixture(scope="module")
def drawn(estimates: StructuralEstimates) -> StructuralDraws:
    return draw_structure(estimates, 20_000, 3)


def test_effects_by_each_route_are_lavaans(drawn: StructuralDraws) -> None:
    found = effects_table(drawn, [("z1", "f3")])
    assert tuple(found.columns) == EFFECT_COLUMNS
    stored = pd.read_csv(CASE / "effects.csv").set_index("effect")
    assert len(found) == len(stored) == 6
    for row in found.itertuples():
        theirs = stored.loc[CALLED[row.effect, row.via]]
        assert row.estimate == pytest.approx(theirs["est"], abs=2e-5)
        assert row.std == pytest.approx(theirs["std"], abs=2e-5)
        # Their errors are by the delta method, ours of draws.
        assert row.se == pytest.approx(theirs["se"], rel=0.12 if row.effect != "direct" else 1e-3)
        assert row.ci_lower < row.estimate < row.ci_upper
        assert row.std_ci_lower < row.std < row.std_ci_upper


def test_explained_shares_and_predictors_are_lavaans(
    estimates: StructuralEstimates, drawn: StructuralDraws
) -> None:
    ours = explained_table(drawn).set_index("outcome")
    theirs = pd.read_csv(CASE / "explained.csv").set_index("outcome")["r_squared"]
    assert ours["r_squared"].to_dict() == pytest.approx(theirs.to_dict(), abs=2e-5)
    assert (ours["ci_lower"] < ours["r_squared"]).all()
    keys = ["outcome", "predictor"]
    table = predictors_table(estimates).set_index(keys)
    stored = pd.read_csv(CASE / "predictors.csv").set_index(keys)
    pd.testing.assert_frame_equal(table.loc[stored.index], stored, rtol=2e-3)


def test_interval_of_r2_covers_the_truth() -> None:
    """Of 200 samples the 95 % interval holds the true R2 about 190 times."""
    rng = np.random.default_rng(8)
    held = 0
    for k in range(200):
        x = rng.standard_normal(300)
        frame = pd.DataFrame({"x": x, "y": 0.5 * x + np.sqrt(0.75) * rng.standard_normal(300)})
        own = draw_structure(structural_estimates(cm.sem("y ~ x", frame, fixed_x=False), ("x", "y")), 1000, k)
        row = explained_table(own).iloc[0]
        held += row["ci_lower"] <= 0.25 <= row["ci_upper"]
    assert 180 <= held <= 198


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((0.2, 0.2, 0.2, 0.2), "none"),
        ((-0.2, 0.01, -0.2, 0.01), "complementary"),
        ((0.2, 0.01, -0.2, 0.01), "competitive"),
    ],
)
def test_types_of_mediation(values: tuple[float, ...], kind: str) -> None:
    assert mediation_type(*values, level=0.05) == kind
