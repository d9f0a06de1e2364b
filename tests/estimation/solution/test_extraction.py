import numpy as np
import pytest

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.solution import extraction
from coprod_measure.estimation.solution.extraction import extract, squared_multiple_correlations

LOADINGS = np.array([[0.8, 0.0], [0.7, 0.1], [0.6, 0.2], [0.0, 0.7], [0.1, 0.6], [-0.1, 0.5], [0.3, 0.4]])


@pytest.fixture
def exact():
    R = LOADINGS @ LOADINGS.T
    np.fill_diagonal(R, 1.0)
    return R


@pytest.mark.parametrize("method", ["ml", "minres", "principal_axis"])
def test_exact_factors_are_found(exact, method):
    found = extract(exact, 2, method)
    assert found.converged
    assert found.objective == pytest.approx(0, abs=1e-8)
    np.testing.assert_allclose(found.loadings @ found.loadings.T, LOADINGS @ LOADINGS.T, atol=1e-4)
    np.testing.assert_allclose(found.uniquenesses, 1 - np.sum(LOADINGS**2, axis=1), atol=1e-4)


@pytest.mark.parametrize("value", [extraction._ml_value, extraction._minres_value])
def test_gradients(exact, value):
    rng = np.random.default_rng(5)
    noise = rng.uniform(-0.05, 0.05, exact.shape)
    R = exact + noise + noise.T
    np.fill_diagonal(R, 1.0)
    psi = rng.uniform(0.3, 0.9, len(R))
    numeric = [(value(psi + h, R, 2)[0] - value(psi - h, R, 2)[0]) / 2e-6 for h in 1e-6 * np.eye(len(R))]
    np.testing.assert_allclose(value(psi, R, 2)[1], numeric, atol=1e-7)


def test_smc_is_the_r_squared_of_a_regression(exact):
    beta = np.linalg.solve(exact[1:, 1:], exact[1:, 0])
    assert squared_multiple_correlations(exact)[0] == pytest.approx(beta @ exact[1:, 0])


def test_too_many_factors(exact):
    with pytest.raises(EstimationError, match="4 factors cannot"):
        extract(exact, 4)


def test_a_singular_matrix_is_refused(exact):
    R = exact.copy()
    R[1] = R[0]
    R[:, 1] = R[:, 0]
    R[1, 1] = 1.0
    with pytest.raises(EstimationError, match="positive definite"):
        extract(R, 1)
