"""Polychoric correlations of tables whose answer is known without us."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from coprod_measure.estimation.sample.polychoric import (
    BOUND,
    contingency_tables,
    polychoric_correlations,
    with_lavaan_correction,
)
from coprod_measure.estimation.sample.thresholds import padded_thresholds, thresholds_from_counts


def exact_table(rho: float, rows: list[float], columns: list[float]) -> np.ndarray:
    """Cell probabilities of a bivariate normal distribution by numerical integration."""
    a, b = [-9.0, *rows, 9.0], [-9.0, *columns, 9.0]
    cdf = np.array([[multivariate_normal.cdf([x, y], cov=[[1, rho], [rho, 1]]) for y in b] for x in a])
    return np.diff(np.diff(cdf, axis=0), axis=1)


@pytest.mark.parametrize("rho", [-0.95, -0.3, 0.0, 0.6, 0.97])
def test_a_table_of_exact_probabilities_gives_back_its_correlation(rho: float) -> None:
    rows, columns = [-1.0, 0.2, 1.1], [-0.4, 0.9, 1.6]
    table = 1000.0 * exact_table(rho, rows, columns)
    cuts = tuple(thresholds_from_counts(table.sum(axis=axis)) for axis in (1, 0))
    np.testing.assert_allclose(cuts[0], rows, atol=1e-6)
    padded = padded_thresholds(cuts, 4)
    found = polychoric_correlations(table[None], padded[:1], padded[1:])
    assert found.converged.all()
    assert found.rho[0] == pytest.approx(rho, abs=2e-6)


def test_variables_with_fewer_categories_are_padded_without_effect() -> None:
    table = 500.0 * exact_table(0.5, [0.3], [-0.5, 0.8, 1.4])
    wide = np.zeros((4, 4))
    wide[:2] = table
    cuts = (norm.ppf([0.6179114]), thresholds_from_counts(table.sum(axis=0)))
    padded = padded_thresholds(cuts, 4)
    assert polychoric_correlations(wide[None], padded[:1], padded[1:]).rho[0] == pytest.approx(0.5, abs=1e-5)


def test_perfect_agreement_stops_at_the_bound_and_says_so() -> None:
    table = np.diag([30.0, 40.0, 30.0])
    padded = padded_thresholds((thresholds_from_counts(table.sum(axis=0)),), 3)
    found = polychoric_correlations(table[None], padded, padded)
    assert found.at_bound.all()
    assert found.rho[0] == pytest.approx(BOUND, abs=1e-6)


def test_tables_count_pairs_and_leave_missing_answers_out() -> None:
    codes = np.array([[0, 1, 2], [1, 1, -1], [0, -1, 0], [1, 0, 2]])
    tables = contingency_tables(codes, 3)
    np.testing.assert_array_equal(tables[0, 1], [[0, 1, 0], [1, 1, 0], [0, 0, 0]])
    np.testing.assert_array_equal(tables[0, 2], [[1, 0, 1], [0, 0, 1], [0, 0, 0]])
    weighted = contingency_tables(codes, 3, np.array([0.5, 1.0, 2.0, 1.5]))
    np.testing.assert_array_equal(weighted[0, 1], [[0, 0.5, 0], [1.5, 1, 0], [0, 0, 0]])


def test_half_an_answer_goes_to_a_lone_empty_cell() -> None:
    tables = np.array([[[0.0, 5.0], [7.0, 9.0]], [[3.0, 0.0], [7.0, 9.0]], [[3.0, 1.0], [7.0, 9.0]]])
    corrected = with_lavaan_correction(tables)
    np.testing.assert_array_equal(corrected[0], [[0.5, 4.5], [6.5, 9.5]])
    np.testing.assert_array_equal(corrected[1], [[2.5, 0.5], [7.5, 8.5]])
    np.testing.assert_array_equal(corrected[2], tables[2])
