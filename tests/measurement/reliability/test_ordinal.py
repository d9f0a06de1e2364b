import numpy as np
import pandas as pd
import pytest

from coprod_measure.measurement.reliability.ordinal import (
    ORDINAL_COLUMNS,
    categorical_omega,
    ordinal_reliability,
)


def test_categorical_omega_and_ordinal_alpha_agree_with_semtools(items, scales, stored):
    table = ordinal_reliability(items, scales).table()
    expected = stored("measurement_ordinal", "categorical", "construct")
    assert tuple(table.columns) == ORDINAL_COLUMNS
    table = table.set_index("construct").loc[expected.index]
    np.testing.assert_allclose(table["omega"], expected["omega"], atol=1e-4)
    np.testing.assert_allclose(table["alpha_ordinal"], expected["alpha_ordinal"], atol=1e-4)


def test_many_categories_approach_omega_of_the_variables_behind():
    loadings = np.array([0.8, 0.7, 0.6])
    omega = loadings.sum() ** 2 / (loadings.sum() ** 2 + np.sum(1 - loadings**2))
    fine = [np.linspace(-3, 3, 60)] * 3
    assert categorical_omega(loadings, fine) == pytest.approx(omega, abs=5e-3)


def test_squared_correlation_with_the_expected_answer_in_simulated_answers():
    """Reliability is the share of the variance of the sum that its expectation given the factor explains."""
    loadings, cuts = np.array([0.8, 0.6, 0.5, 0.7]), [np.array([-1.5, -0.5, 0.8])] * 4
    rng = np.random.default_rng(2)
    factor = rng.standard_normal((400_000, 1))
    behind = factor * loadings + rng.standard_normal((400_000, 4)) * np.sqrt(1 - loadings**2)
    total = sum((behind[:, [j]] > cuts[j]).sum(axis=1) for j in range(4))
    bins = np.digitize(factor[:, 0], np.linspace(-4, 4, 400))
    means = np.bincount(bins, total, minlength=402) / np.maximum(np.bincount(bins, minlength=402), 1)
    assert categorical_omega(loadings, cuts) == pytest.approx(np.var(means[bins]) / np.var(total), abs=3e-3)


def test_bootstrap_interval_holds_omega(items, scales):
    some = items[scales["N"][:3]].dropna().head(300)
    found = ordinal_reliability(some, bootstrap=8, seed=2)
    row = found.table().iloc[0]
    assert row["omega_ci_lower"] < row["omega"] < row["omega_ci_upper"]
    pd.testing.assert_frame_equal(found.table(), ordinal_reliability(some, bootstrap=8, seed=2).table())


def test_two_items_have_a_reason(items):
    found = ordinal_reliability(items, {"two": ["A1", "A2"]})
    assert "three items" in found.unavailable["reason"].item()
    assert np.isnan(found.table()["omega"].astype(float).item())
