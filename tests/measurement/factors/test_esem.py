import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import MeasurementError
from coprod_measure.measurement.factors.esem import (
    FIT_COLUMNS,
    LOADING_COLUMNS,
    PAIR_COLUMNS,
    esem,
    target_of,
)


@pytest.fixture(scope="module")
def found(items, scales):
    return esem(items, {name: scales[name] for name in "ACN"})


def test_fit_agrees_with_lavaan(found, stored):
    expected = stored("measurement_esem", "fit").iloc[0]
    row = found.fit.set_index("model").loc["esem"]
    assert tuple(found.fit.columns) == FIT_COLUMNS
    for name in FIT_COLUMNS[1:]:
        assert row[name] == pytest.approx(expected[name], rel=1e-5, abs=1e-4), name
    assert found.fit["df"].tolist() == [63, 87]


def test_loadings_and_correlations_agree_with_lavaan(found, stored):
    expected = stored("measurement_esem", "loadings").set_index(["factor", "item"])
    table = found.table().set_index(["factor", "item"])
    assert tuple(found.table().columns) == LOADING_COLUMNS
    np.testing.assert_allclose(table.loc[expected.index, "std"], expected["std"], atol=1e-4)
    np.testing.assert_allclose(table.loc[expected.index, "se"], expected["se"], atol=1e-3)
    pairs = stored("measurement_esem", "correlations")
    assert tuple(found.correlations.columns) == PAIR_COLUMNS
    np.testing.assert_allclose(found.correlations["esem"], pairs["r"], atol=1e-4)
    np.testing.assert_allclose(found.correlations["se"], pairs["se"], atol=1e-3)


def test_cross_loadings_lower_the_correlations_of_factors(found):
    pairs = found.correlations
    assert (pairs["esem"].abs() <= pairs["cfa"].abs() + 0.02).all()


def test_planted_cross_loading_is_marked():
    rng = np.random.default_rng(6)
    factors = rng.standard_normal((1500, 2))
    lam = np.zeros((2, 8))
    lam[0, :4] = lam[1, 4:] = 0.7
    lam[1, 2] = 0.45
    x = factors @ lam + 0.6 * rng.standard_normal((1500, 8))
    data = pd.DataFrame(x, columns=[f"x{k}" for k in range(8)])
    table = esem(data, {"f": ["x0", "x1", "x2", "x3"], "g": ["x4", "x5", "x6", "x7"]}).table()
    assert table.loc[table["marked"], ["item", "factor"]].to_numpy().tolist() == [["x2", "g"]]


def test_target_and_too_few_constructs(items):
    target = target_of({"f": ["a", "b"], "g": ["c"]})
    np.testing.assert_array_equal(target, [[np.nan, 0], [np.nan, 0], [0, np.nan]])
    with pytest.raises(MeasurementError, match="fewer than two"):
        esem(items, {"A": ["A1", "A2", "A3"]})
