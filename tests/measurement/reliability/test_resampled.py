import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import MeasurementError
from coprod_measure.measurement.reliability.coefficients import reliability
from coprod_measure.measurement.reliability.resampled import percentile_interval
from coprod_measure.measurement.sampling import pairwise_covariance


def test_pairwise_covariance_is_that_of_pandas(items):
    np.testing.assert_allclose(pairwise_covariance(items.to_numpy()), items.cov(), atol=1e-10)


def test_bootstrap_intervals_of_normal_answers_resemble_the_analytic_ones():
    loadings = np.array([0.8, 0.7, 0.6, 0.7])
    rng = np.random.default_rng(5)
    x = rng.standard_normal((600, 1)) * loadings + rng.standard_normal((600, 4)) * np.sqrt(1 - loadings**2)
    frame = pd.DataFrame(x, columns=list("abcd"))
    analytic = reliability(frame).table().iloc[0]
    drawn = reliability(frame, bootstrap=300, seed=2).table().iloc[0]
    for name in ("alpha", "omega"):
        assert drawn[name] == analytic[name]
        for end in ("ci_lower", "ci_upper"):
            assert drawn[f"{name}_{end}"] == pytest.approx(analytic[f"{name}_{end}"], abs=0.012)


def test_the_seed_repeats_the_draws(items, scales):
    first, second = (
        reliability(items.head(200), {"N": scales["N"]}, bootstrap=20, seed=9).table() for _ in range(2)
    )
    pd.testing.assert_frame_equal(first, second)


def test_too_few_draws_are_not_an_interval():
    with pytest.raises(MeasurementError, match="3 of 10"):
        percentile_interval(np.array([0.5, 0.6, 0.7]), 10, 0.95)
