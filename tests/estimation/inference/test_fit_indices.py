"""Fit indices against published values (Holzinger and Swineford's three factors) and their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import chi2, ncx2

from coprod_measure.estimation.inference import fit_indices as fi

CHI, DF, N, BASE, BASE_DF = 85.30552, 24, 301, 918.85159, 36


def test_published_values() -> None:
    assert fi.cfi(CHI, DF, BASE, BASE_DF) == pytest.approx(0.931, abs=5e-4)
    assert fi.tli(CHI, DF, BASE, BASE_DF) == pytest.approx(0.896, abs=5e-4)
    assert fi.rmsea(CHI, DF, N) == pytest.approx(0.092, abs=5e-4)
    lower, upper = fi.rmsea_interval(CHI, DF, N)
    assert (lower, upper) == pytest.approx((0.071, 0.114), abs=5e-4)
    criteria = fi.information_criteria(-3737.745, 21, N)
    assert criteria["aic"] == pytest.approx(7517.490, abs=1e-3)
    assert criteria["bic"] == pytest.approx(7595.339, abs=1e-3)


def test_probabilities_against_scipy() -> None:
    assert fi.chi_square_pvalue(CHI, DF) == pytest.approx(chi2.sf(CHI, DF))
    close = N * DF * 0.05**2
    assert fi.rmsea_pvalue(CHI, DF, N) == pytest.approx(ncx2.sf(CHI, DF, close), rel=1e-6)
    bound = fi.noncentrality_bound(CHI, DF, 0.95)
    assert ncx2.cdf(CHI, DF, bound) == pytest.approx(0.95)


def test_perfect_and_saturated_models() -> None:
    assert fi.rmsea(10.0, 20, 100) == 0.0
    assert fi.rmsea(0.0, 0, 100) == 0.0
    assert fi.rmsea_interval(0.0, 0, 100) == (0.0, 0.0)
    assert fi.cfi(10.0, 20, 500.0, 30) == 1.0
    assert fi.tli(0.0, 0, 500.0, 30) == 1.0
    assert math.isnan(fi.chi_square_pvalue(0.0, 0))


def test_several_groups_multiply_rmsea_by_the_root() -> None:
    assert fi.rmsea(CHI, DF, N, n_groups=2) == pytest.approx(math.sqrt(2) * fi.rmsea(CHI, DF, N))


def test_srmr_of_known_residuals() -> None:
    sample = np.array([[4.0, 1.0], [1.0, 1.0]])
    implied = np.array([[4.0, 0.6], [0.6, 1.0]])
    assert fi.srmr(sample, implied) == pytest.approx(math.sqrt(0.2**2 / 3))
    assert fi.srmr(sample, implied, np.array([0.2, 0.0])) == pytest.approx(math.sqrt((0.2**2 + 0.1**2) / 5))


def test_robust_form_with_factor_one_is_the_plain_one() -> None:
    assert fi.cfi(CHI, DF, BASE, BASE_DF, c=1.0, baseline_c=1.0) == fi.cfi(CHI, DF, BASE, BASE_DF)
    assert fi.rmsea(CHI, DF, N, trace=float(DF)) == fi.rmsea(CHI, DF, N)


def test_where_nothing_is_related_no_baseline_is_worse() -> None:
    assert math.isnan(fi.nfi(0.0, 0.0))
    assert math.isnan(fi.rfi(1.0, 1.0, 0.0, 3.0))
    assert math.isnan(fi.ifi(0.0, 3.0, 3.0))
