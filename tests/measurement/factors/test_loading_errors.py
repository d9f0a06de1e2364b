from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.rotation.rotate import rotate
from coprod_measure.estimation.solution.extraction import extract
from coprod_measure.measurement.factors.exploratory import efa
from coprod_measure.measurement.factors.loading_errors import (
    correlation_covariance,
    correlation_jacobian,
    loading_errors,
)

LOADINGS = np.array(
    [[0.8, 0.1], [0.7, 0.0], [0.6, 0.2], [0.5, 0.0], [0.0, 0.8], [0.1, 0.7], [0.2, 0.6], [0.0, 0.5]]
)
PHI = np.array([[1.0, 0.4], [0.4, 1.0]])


def population():
    P = LOADINGS @ PHI @ LOADINGS.T
    np.fill_diagonal(P, 1.0)
    return P


@pytest.mark.parametrize("rotation", ["oblimin", "geomin"])
def test_errors_agree_with_lavaan(stored, rotation):
    """To 5e-3 only: lavaan differentiates its rotation numerically and uses the observed moments."""
    data = pd.read_csv(Path(__file__).parents[2] / "reference" / "data" / "holzinger_swineford.csv")
    found = efa(data[[f"x{i}" for i in range(1, 10)]], 3, rotation, "ml")
    table = stored("measurement_efa_errors", rotation).pivot(index="item", columns="factor")
    order = [
        int(np.argmax(np.abs(found.loadings.to_numpy().T @ table["std"][f]))) for f in table["std"].columns
    ]
    np.testing.assert_allclose(found.loadings.to_numpy()[:, order], table["std"], atol=2e-3)
    np.testing.assert_allclose(found.errors.to_numpy()[:, order], table["se"], atol=5e-3)


@pytest.mark.parametrize(
    ("extraction", "rotation"), [("ml", "oblimin"), ("minres", "varimax"), ("minres", "geomin")]
)
def test_errors_are_the_spread_of_repeated_samples(extraction, rotation):
    rng = np.random.default_rng(4)
    P, n = population(), 500
    factor = np.linalg.cholesky(P)
    centre = rotate(extract(P, 2, extraction).loadings, rotation)
    errors, phi_errors = loading_errors(centre.loadings, centre.phi, n, rotation, extraction)
    drawn, correlations = [], []
    for _ in range(150):
        R = np.corrcoef((rng.standard_normal((n, 8)) @ factor.T).T)
        found = rotate(extract(R, 2, extraction).loadings, rotation)
        agreement = found.loadings.T @ centre.loadings
        order = np.argmax(np.abs(agreement), axis=0)
        signs = np.sign(agreement[order, [0, 1]])
        drawn.append(found.loadings[:, order] * signs)
        correlations.append(found.phi[0, 1] * signs.prod())
    ratio = errors / np.std(drawn, axis=0)
    assert np.median(ratio) == pytest.approx(1.0, abs=0.08)
    assert ratio.min() > 0.75
    assert ratio.max() < 1.3
    if rotation != "varimax":
        assert phi_errors[0, 1] == pytest.approx(np.std(correlations), rel=0.2)


def test_jacobian_is_the_derivative():
    theta = np.append(LOADINGS.ravel(), 0.4)

    def implied(x):
        L, phi = x[:16].reshape(8, 2), np.array([[1, x[16]], [x[16], 1]])
        return (L @ phi @ L.T)[np.tril_indices(8, -1)]

    numeric = np.column_stack([(implied(theta + h) - implied(theta - h)) / 2e-6 for h in 1e-6 * np.eye(17)])
    np.testing.assert_allclose(correlation_jacobian(LOADINGS, PHI, True), numeric, atol=1e-8)


def test_variance_of_one_correlation_by_hand():
    P = np.array([[1.0, 0.6], [0.6, 1.0]])
    assert correlation_covariance(P).item() == pytest.approx((1 - 0.36) ** 2)


def test_where_there_are_no_errors_there_is_a_reason(items):
    assert isinstance(efa(items, 2, "promax").errors, NotAvailable)
    assert "promax" in efa(items, 2, "promax").errors.reason
