"""Coupled change against lavaan, and where the truth is known."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import CoprodError, DataError, NotAvailable
from coprod_measure.structure.methods.dual_change import DualChange

REFERENCE = Path(__file__).parents[2] / "reference"
WAVES = {v: [f"{v}{k}" for k in range(1, 6)] for v in "xy"}


@pytest.fixture(scope="module")
def found() -> DualChange:
    return cm.dual_change(pd.read_csv(REFERENCE / "data" / "change.csv"), WAVES)


def test_what_changes_what_is_that_of_lavaan(found: DualChange) -> None:
    case = REFERENCE / "lavaan_07_coupled_change"
    stored = pd.read_csv(case / "parameters.csv").drop_duplicates(["label", "lhs", "op", "rhs"])
    labelled = stored.drop_duplicates("label").set_index("label")
    table = found.table().set_index(["outcome", "predictor"])
    names = {("x", "x"): "betax", ("x", "y"): "gammax", ("y", "x"): "gammay", ("y", "y"): "betay"}
    for pair, name in names.items():
        for column in ("est", "se", "pvalue"):
            assert table.loc[pair, column] == pytest.approx(labelled.loc[name, column], abs=1e-4), name
    factors = found.factors().set_index("parameter")["est"]
    by_name = stored.fillna({"rhs": ""}).set_index(["lhs", "op", "rhs"])["est"]
    assert factors["change_x ~1"] == pytest.approx(by_name["sx", "~1", ""], abs=1e-4)
    assert factors["level_x ~~ change_y"] == pytest.approx(by_name["lx1", "~~", "sy"], abs=1e-4)
    measures = pd.read_csv(case / "fit_measures.csv").set_index("name")["value"]
    for name in ("chisq", "df", "bic", "rmsea"):
        assert found.fit_table().iloc[0][name] == pytest.approx(measures[name], abs=1e-3)


def test_intervals_hold_the_truth_and_the_coupling_is_tested(found: DualChange) -> None:
    truth = {("x", "x"): -0.25, ("x", "y"): 0.0, ("y", "x"): 0.2, ("y", "y"): -0.3}
    for row in found.table().itertuples():
        assert row.ci_lower < truth[row.outcome, row.predictor] < row.ci_upper
    tested = found.test()
    assert not isinstance(tested, NotAvailable)
    statistic, df, p = tested
    assert (df, p < 0.001) == (2, True)
    assert statistic > 20
    assert not found.unavailable


def test_one_model_alone_is_the_same_and_has_no_test(found: DualChange) -> None:
    alone = cm.dual_change(found.occasions, models=("coupled",))
    pd.testing.assert_frame_equal(alone.table(), found.table())
    assert isinstance(alone.test(), NotAvailable)
    with pytest.raises(CoprodError, match="couple"):
        cm.dual_change(found.occasions, models=("couple",))


def test_one_variable_unequal_intervals_and_two_waves_are_refused() -> None:
    data = pd.read_csv(REFERENCE / "data" / "change.csv")
    with pytest.raises(DataError, match="two variables or more"):
        cm.dual_change(data, {"x": WAVES["x"]})
    with pytest.raises(DataError, match="equal intervals"):
        cm.dual_change(data, WAVES, times=[0, 1, 2, 3, 5])
    with pytest.raises(DataError, match="2 waves"):
        cm.dual_change(data, {v: columns[:2] for v, columns in WAVES.items()})
