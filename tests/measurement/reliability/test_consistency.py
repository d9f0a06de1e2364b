import numpy as np
import pytest

from coprod_measure.errors import MeasurementError
from coprod_measure.measurement.reliability.consistency import (
    CONSISTENCY_COLUMNS,
    consistency,
    greatest_lower_bound,
    maximal_reliability,
    omega_hierarchical,
    split_halves,
)


def test_coefficients_agree_with_psych(items, scales, stored):
    table = consistency(items, scales).table().set_index("construct")
    expected = stored("psych_bfi", "alpha", "construct")
    np.testing.assert_allclose(table["alpha_standardized"], expected["standardized"], atol=1e-6)
    np.testing.assert_allclose(table["lambda6"], expected["lambda6"], atol=1e-6)
    np.testing.assert_allclose(table["mean_correlation"], expected["average_r"], atol=1e-6)
    assert tuple(consistency(items, scales).table().columns) == CONSISTENCY_COLUMNS


def test_split_halves_agree_with_psych(items, scales, stored):
    table = (
        consistency(items, {name: four[:4] for name, four in scales.items()}).table().set_index("construct")
    )
    expected = stored("psych_bfi", "split_half", "construct")
    columns = {
        "split_minimum": "minimum",
        "split_mean": "mean",
        "split_maximum": "maximum",
        "lambda2": "lambda2",
    }
    for ours, theirs in columns.items():
        np.testing.assert_allclose(table[ours], expected[theirs], atol=1e-8)


def test_h_agrees_with_lavaan(items, scales, stored):
    expected = stored("measurement_bfi", "one_factor_loadings").groupby("construct")["std"]
    for name, std in expected:
        stored_h = stored("measurement_bfi", "one_factor", "construct").loc[name, "h"]
        assert maximal_reliability(std.to_numpy()) == pytest.approx(stored_h, abs=1e-9)


def test_mean_of_all_even_splits_is_alpha_of_tau_equivalent_items():
    R = np.full((6, 6), 0.4)
    np.fill_diagonal(R, 1.0)
    np.testing.assert_allclose(split_halves(R), 6 * 0.4 / (1 + 5 * 0.4))
    assert len(split_halves(R)) == 10


def test_sampled_splits_resemble_all_splits():
    loadings = np.linspace(0.4, 0.8, 18)
    R = np.outer(loadings, loadings)
    np.fill_diagonal(R, 1.0)
    assert split_halves(R).mean() == pytest.approx(18 / 17 * (1 - 18 / R.sum()), abs=2e-3)


def test_glb_of_one_factor_is_its_omega():
    loadings = np.array([0.8, 0.7, 0.6, 0.5, 0.4])
    R = np.outer(loadings, loadings)
    np.fill_diagonal(R, 1.0)
    omega = loadings.sum() ** 2 / R.sum()
    assert greatest_lower_bound(R) == pytest.approx(omega, abs=1e-5)


def test_glb_of_three_items_by_hand():
    """With equal correlations r all errors are 1 - r."""
    R = np.full((3, 3), 0.3)
    np.fill_diagonal(R, 1.0)
    assert greatest_lower_bound(R) == pytest.approx(1 - 3 * 0.7 / R.sum(), abs=1e-6)


def test_bounds_are_in_order(items, scales):
    table = consistency(items, scales).table()
    assert (table["lambda2"] >= table["alpha_standardized"]).all()
    assert (table["glb"] >= table["lambda2"]).all()
    assert (table["glb"] >= table["lambda6"]).all()


@pytest.mark.parametrize("which", ["ACEN", "ACENO"])
def test_omega_hierarchical_agrees_with_psych(items, scales, stored, which):
    expected = stored("psych_bfi", "omega_hierarchical", "set").loc[which]
    chosen = [item for name in which for item in scales[name]]
    found = omega_hierarchical(items[chosen].corr().to_numpy())
    assert found == pytest.approx((expected["omega_h"], expected["omega_t"]), abs=2e-4)


def test_reasons(items):
    result = consistency(
        items.assign(A1=2.0), {"bad": ["A1", "A2", "A3"], "two": ["C1", "C2"], "one": ["E1"]}
    )
    reasons = result.unavailable.set_index("construct")["reason"]
    assert "did not vary" in reasons["bad"]
    assert "three items" in reasons["two"]
    assert "single item" in reasons["one"]
    with pytest.raises(MeasurementError, match="three or more"):
        omega_hierarchical(np.eye(5), 2)
