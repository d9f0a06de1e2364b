"""Errors of alpha and omega with weights and clusters, beside survey and lavaan."""

import numpy as np
import pytest

import coprod_measure as cm
from coprod_measure.measurement.reliability.formulas import omega_gradient
from coprod_measure.measurement.reliability.linearised import (
    alpha_error,
    critical,
    influences,
    one_factor_covariance,
)
from coprod_measure.measurement.reliability.one_factor import one_factor
from coprod_measure.measurement.sampling import Sampling, SurveyAnswers, pairwise_covariance

ITEMS = [f"i{k}" for k in range(1, 6)]


@pytest.mark.parametrize(("name", "clusters"), [("clusters", True), ("weights", False)])
def test_errors_agree_with_survey_and_lavaan(stored, name, clusters):
    data = stored("survey_design", "data")
    known = stored("survey_design", "reliability", "design").loc[name]
    x, n = data[ITEMS].to_numpy(float), len(data)
    drawn = Sampling(data["w"].to_numpy(), np.unique(data["g"], return_inverse=True)[1] if clusters else None)
    S, psi = influences(x, drawn)
    np.testing.assert_allclose(S, pairwise_covariance(x, drawn.weights) * (n - 1) / n)
    assert alpha_error(S, psi, drawn) == pytest.approx(known["se"], rel=1e-10)
    model = one_factor(S, n)
    slopes = omega_gradient(model.loadings, model.uniquenesses)
    error = np.sqrt(slopes @ one_factor_covariance(model, psi, n, drawn) @ slopes)
    # lavaan takes the factor C / (C - 1) of clusters, and none of rows.
    assert error * (1 if clusters else np.sqrt((n - 1) / n)) == pytest.approx(known["omega_se"], rel=1e-4)
    table = cm.reliability(SurveyAnswers(data, "w", "g" if clusters else ""), {"f": ITEMS}).table().iloc[0]
    assert table["alpha"] == pytest.approx(known["alpha"], abs=1e-10)
    assert table["omega"] == pytest.approx(known["omega"], abs=1e-6)
    half = critical(0.95, drawn) * known["se"]
    assert table["alpha_ci_upper"] - table["alpha"] == pytest.approx(half, rel=1e-8)


def test_gaps_leave_each_covariance_its_own_respondents(stored):
    data = stored("survey_design", "data")
    x = data[ITEMS].to_numpy(float)
    rng = np.random.default_rng(1)
    x[rng.random(x.shape) < 0.2] = np.nan
    S, psi = influences(x, Sampling())
    assert np.all(psi[np.isnan(x[:, 0]), 0, :] == 0)
    both = np.isfinite(x[:, 0]) & np.isfinite(x[:, 1])
    z = x[both][:, :2] - x[both][:, :2].mean(axis=0)
    s = np.cov(x[both][:, :2].T, ddof=0)[0, 1]
    assert S[0, 1] == pytest.approx(s)
    np.testing.assert_allclose(psi[both, 0, 1], (z[:, 0] * z[:, 1] - s) / both.sum(), atol=1e-14)


def test_the_interval_covers_in_clusters():
    """A third of the variance lies between 40 clusters of 6: rows taken for independent cover too rarely."""
    rng = np.random.default_rng(20261128)
    true = 9 * 0.49 / (9 * 0.49 + 3 * 0.51)
    covered = np.zeros((150, 2))
    for sample in covered:
        g = np.repeat(np.arange(40), 6)
        f = np.sqrt(0.5) * rng.standard_normal(40)[g] + np.sqrt(0.5) * rng.standard_normal(240)
        shared = np.sqrt(0.6) * rng.standard_normal((40, 3))[g] + np.sqrt(0.4) * rng.standard_normal((240, 3))
        x = 0.7 * f[:, None] + np.sqrt(0.51) * shared
        S, _ = influences(x, Sampling())
        alpha = 1.5 * (1 - np.trace(S) / S.sum())
        for k, drawn in enumerate((Sampling(clusters=g), Sampling())):
            half = critical(0.95, drawn) * alpha_error(*influences(x, drawn), drawn)
            sample[k] = abs(alpha - true) < half
    known, ignored = covered.mean(axis=0)
    assert 0.90 <= known <= 0.99, known
    assert ignored < known - 0.05, (known, ignored)
