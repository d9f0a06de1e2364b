from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.missing.fiml import (
    casewise_log_likelihood,
    complete,
    log_likelihood,
    moment_gradient,
)
from coprod_measure.estimation.missing.patterns import group_patterns

SIGMA = np.array([[2.0, 0.6, 0.4, 0.1], [0.6, 1.5, 0.3, 0.2], [0.4, 0.3, 1.0, 0.5], [0.1, 0.2, 0.5, 1.8]])
MU = np.array([0.2, -0.4, 1.0, 0.0])


def incomplete(n: int = 80, seed: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y = rng.multivariate_normal(MU + 0.1, SIGMA * 1.2, size=n)
    y[rng.random(y.shape) < 0.25] = np.nan
    y[7] = np.nan
    return y


def by_scipy(y: np.ndarray) -> np.ndarray:
    values = np.zeros(y.shape[0])
    for i, person in enumerate(y):
        seen = np.flatnonzero(~np.isnan(person))
        if seen.size:
            values[i] = multivariate_normal(MU[seen], SIGMA[np.ix_(seen, seen)]).logpdf(person[seen])
    return values


@pytest.mark.parametrize("compress", [True, False])
def test_log_likelihood_is_the_sum_of_normal_densities(compress: bool) -> None:
    y = incomplete()
    patterns = group_patterns(y, compress=compress)
    value = log_likelihood(patterns, complete(patterns, SIGMA, MU))
    assert value == pytest.approx(by_scipy(y).sum(), abs=1e-9)


def test_casewise_log_likelihood() -> None:
    y = incomplete()
    np.testing.assert_allclose(casewise_log_likelihood(y, SIGMA, MU), by_scipy(y), atol=1e-10)


def test_weights_multiply_casewise_terms() -> None:
    y = incomplete()
    w = np.random.default_rng(1).uniform(0.3, 2.0, y.shape[0])
    patterns = group_patterns(y, w)
    value = log_likelihood(patterns, complete(patterns, SIGMA, MU))
    assert value == pytest.approx(w @ by_scipy(y), abs=1e-9)


def test_gradient_agrees_with_central_differences() -> None:
    patterns = group_patterns(incomplete())
    by_sigma, by_mu = moment_gradient(patterns, complete(patterns, SIGMA, MU), SIGMA)
    rng = np.random.default_rng(2)
    for _ in range(5):
        root, shift = rng.normal(size=(4, 4)), rng.normal(size=4)
        change = root + root.T
        step = 1e-5

        def value(factor: float, change: np.ndarray = change, shift: np.ndarray = shift) -> float:
            sigma, mu = SIGMA + factor * change, MU + factor * shift
            return log_likelihood(patterns, complete(patterns, sigma, mu))

        numeric = (value(step) - value(-step)) / (2 * step)
        assert (by_sigma * change).sum() + by_mu @ shift == pytest.approx(numeric, rel=1e-6, abs=1e-6)


def test_filled_values_are_regressions_on_what_was_answered() -> None:
    y = np.array([[1.0, np.nan, 2.0, np.nan]])
    filled = complete(group_patterns(y), SIGMA, MU).filled[0]
    slope = SIGMA[np.ix_([1, 3], [0, 2])] @ np.linalg.inv(SIGMA[np.ix_([0, 2], [0, 2])])
    np.testing.assert_allclose(filled[[1, 3]], slope @ (y[0, [0, 2]] - MU[[0, 2]]))


def test_sigma_that_is_no_covariance_matrix_is_refused() -> None:
    with pytest.raises(EstimationError, match="positive definite"):
        complete(group_patterns(incomplete()), -SIGMA, MU)
