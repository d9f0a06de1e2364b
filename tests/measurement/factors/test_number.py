import numpy as np
import pandas as pd
import pytest

from coprod_measure.measurement.factors.comparison_data import comparison_data
from coprod_measure.measurement.factors.number import (
    METHOD_COLUMNS,
    bends,
    empirical_kaiser,
    factor_number,
    hull_table,
    minimum_average_partial,
)


def test_map_agrees_with_psych(items, stored):
    expected = stored("psych_bfi", "map", "n_factors")["map"]
    found = minimum_average_partial(items.corr().to_numpy())[:, 0]
    np.testing.assert_allclose(found[expected.index], expected, atol=1e-10)


def test_empirical_kaiser_by_hand():
    # First reference 1.21 * 4 / 4 = 1.21; second 1.21 * 2 / 3 < 1, so 1; third below 1.
    assert empirical_kaiser(np.array([2.0, 1.1, 0.6, 0.3]), n=400) == 2
    assert empirical_kaiser(np.array([1.15, 1.05, 1.0, 0.8]), n=400) == 0


def test_bends_by_hand():
    size, fit = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 0.8, 0.9, 0.95])
    np.testing.assert_allclose(bends(size, fit), [np.nan, 8.0, 2.0, np.nan])
    np.testing.assert_allclose(bends(size, np.array([0.0, 0.1, 0.9, 0.95])), [np.nan, np.nan, 9.0, np.nan])


def test_a_larger_solution_that_fits_no_better_makes_the_sharpest_bend():
    assert np.isinf(bends(np.arange(4.0), np.array([0.0, 0.8, 1.0, 1.0]))[2])


def test_the_last_point_of_the_hull_is_no_bend():
    """The third solution fits worse than the second, which is then the end of the hull."""
    np.testing.assert_array_equal(np.isnan(bends(np.arange(3.0), np.array([0.0, 0.9, 0.8]))), [True] * 3)
    found = bends(np.arange(4.0), np.array([0.0, 0.7, 0.9, 0.8]))
    np.testing.assert_allclose(found, [np.nan, 3.5, np.nan, np.nan])


def test_hull_agrees_with_an_independent_script(items, stored):
    tests = stored("measurement_hull", "tests_hull")
    found = hull_table(stored("measurement_hull", "tests_correlations").to_numpy(), 145, 5)
    np.testing.assert_allclose(found["cfi"], tests["cfi"], atol=1e-4)
    np.testing.assert_array_equal(found["parameters"], tests["parameters"])
    np.testing.assert_allclose(found["st"], tests["st"], rtol=1e-4)
    real = stored("measurement_hull", "bfi_hull")
    found = hull_table(items.corr().to_numpy(), len(items), 7)
    np.testing.assert_allclose(found["cfi"], real["cfi"], atol=1e-4)
    np.testing.assert_allclose(found["st"], real["st"], rtol=1e-4)


def test_hull_looks_one_factor_further_than_parallel_analysis(items):
    found = factor_number(items, draws=100)
    assert list(found.hull["n_factors"]) == list(range(8))
    assert found.table().set_index("method")["n_factors"]["Hull"] == 6


@pytest.fixture(scope="module")
def three_factors():
    rng = np.random.default_rng(20)
    loadings = np.kron(np.eye(3), np.full((5, 1), 0.65))
    x = rng.standard_normal((500, 3)) @ loadings.T + rng.standard_normal((500, 15)) * np.sqrt(1 - 0.65**2)
    return pd.DataFrame(np.clip(np.round(x + 3), 1, 5), columns=[f"v{i}" for i in range(15)])


def test_all_methods_find_three_clear_factors(three_factors):
    found = factor_number(three_factors, draws=100, simulate=True)
    assert tuple(found.table().columns) == METHOD_COLUMNS
    assert set(found.table()["n_factors"]) == {3}
    assert (found.agreed, found.agreement) == (3, 1.0)


def test_comparison_data_is_repeatable(three_factors):
    first, second = (
        comparison_data(three_factors.to_numpy(), samples=50, population=3000, seed=4) for _ in range(2)
    )
    np.testing.assert_array_equal(first.misfit, second.misfit)
    assert first.n_factors == 3


def test_real_items_where_methods_disagree(items):
    found = factor_number(items, draws=100)
    table = found.table().set_index("method")["n_factors"]
    assert table["minimum average partial"] == 5
    assert table["parallel analysis, factors"] == 6
    assert found.agreed == 6
    assert 0.5 < found.agreement < 1
