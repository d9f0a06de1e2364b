"""Against scipy's multivariate normal, which integrates numerically, and against known closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from coprod_measure.estimation.sample.bivariate_normal import (
    INFINITE,
    bivariate_normal_cdf,
    bivariate_normal_density,
)


@pytest.mark.parametrize("rho", [-0.999, -0.6, 0.0, 0.35, 0.95, 0.999])
@pytest.mark.parametrize(
    ("h", "k"), [(0.0, 0.0), (0.0, 1.0), (0.0, -1.0), (-1.3, 0.0), (1.2, -0.4), (2.5, 3.0)]
)
def test_probability_agrees_with_numerical_integration(h: float, k: float, rho: float) -> None:
    ours = bivariate_normal_cdf(np.array(h), np.array(k), np.array(rho))
    theirs = multivariate_normal.cdf([h, k], cov=[[1.0, rho], [rho, 1.0]])
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_orthant_probability_is_sheppards_formula() -> None:
    rho = np.linspace(-0.99, 0.99, 23)
    expected = 0.25 + np.arcsin(rho) / (2 * np.pi)
    np.testing.assert_allclose(bivariate_normal_cdf(np.zeros(23), np.zeros(23), rho), expected, atol=1e-15)


def test_an_infinite_limit_leaves_the_margin() -> None:
    far, near, rho = np.array(INFINITE), np.array(0.7), np.array(0.4)
    assert bivariate_normal_cdf(far, near, rho) == pytest.approx(norm.cdf(0.7), abs=1e-15)
    assert bivariate_normal_cdf(-far, near, rho) == pytest.approx(0.0, abs=1e-15)


def test_density_is_the_slope_of_the_probability() -> None:
    h, k, rho, step = np.array(0.3), np.array(-0.8), np.array(0.55), 1e-5
    slope = (bivariate_normal_cdf(h, k, rho + step) - bivariate_normal_cdf(h, k, rho - step)) / (2 * step)
    assert bivariate_normal_density(h, k, rho) == pytest.approx(slope, abs=1e-9)
