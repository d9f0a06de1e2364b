import time

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError, MeasurementError
from coprod_measure.measurement.factors.dimensionality import (
    PARALLEL_COLUMNS,
    kmo,
    parallel_analysis,
    random_correlations,
    sampling_adequacy,
)


def test_kmo_and_bartlett_agree_with_psych(items, stored):
    adequacy = sampling_adequacy(items)
    expected = stored("psych_bfi", "kmo", "item")["msa"]
    assert adequacy.kmo == pytest.approx(expected["overall"], abs=1e-9)
    np.testing.assert_allclose(adequacy.table().set_index("item")["msa"], expected.drop("overall"), atol=1e-9)
    test = stored("psych_bfi", "bartlett").iloc[0]
    assert adequacy.chisq == pytest.approx(test["chisq"], rel=1e-9)
    assert adequacy.df == test["df"]


def test_kmo_and_bartlett_agree_with_factor_analyzer(items):
    from factor_analyzer import calculate_bartlett_sphericity, calculate_kmo

    complete = items.dropna()
    adequacy = sampling_adequacy(complete)
    per_item, overall = calculate_kmo(complete)
    np.testing.assert_allclose(adequacy.table()["msa"], per_item, atol=1e-9)
    assert adequacy.kmo == pytest.approx(overall, abs=1e-9)
    assert adequacy.chisq == pytest.approx(calculate_bartlett_sphericity(complete)[0], rel=1e-9)


def test_kmo_of_two_unrelated_pairs():
    R = np.eye(4)
    R[0, 1] = R[1, 0] = R[2, 3] = R[3, 2] = 0.5
    assert kmo(R)[0] == pytest.approx(0.5)


@pytest.mark.parametrize("kind", ["components", "factors"])
@pytest.mark.parametrize("null", ["normal", "resample"])
def test_random_eigenvalues_agree_with_psych(items, stored, kind, null):
    complete = items.dropna()
    analysis = parallel_analysis(complete, draws=400, kind=kind, communalities="smc", null=null, seed=3)
    expected = stored("psych_parallel", "parallel").query("kind == @kind")
    np.testing.assert_allclose(analysis.table()["eigenvalue"], expected["eigenvalue"], atol=1e-9)
    # Two independent sets of 400 draws: means differ by less than four standard errors of a difference.
    apart = np.abs(analysis.table()["random_mean"].to_numpy() - expected["random_mean"].to_numpy())
    assert np.all(apart < 4.5 * expected["random_sd"].to_numpy() * np.sqrt(2 / 400))
    np.testing.assert_allclose(
        analysis.table()["random_percentile"], expected["random_percentile"], atol=0.008
    )


def test_default_keeps_what_psych_keeps(items, stored):
    expected = stored("psych_parallel", "default")
    analysis = parallel_analysis(items.dropna(), draws=200)
    np.testing.assert_allclose(analysis.table()["eigenvalue"], expected["eigenvalue"], atol=1e-4)
    assert analysis.n_factors == expected["n_factors"].iloc[0]
    components = parallel_analysis(items.dropna(), draws=200, kind="components")
    assert components.n_factors == expected["n_components"].iloc[0]
    assert tuple(components.table().columns) == PARALLEL_COLUMNS


def test_known_number_of_factors_is_found():
    rng = np.random.default_rng(8)
    loadings = np.kron(np.eye(3), np.full((5, 1), 0.7))
    x = rng.standard_normal((400, 3)) @ loadings.T + rng.standard_normal((400, 15)) * np.sqrt(0.51)
    frame = pd.DataFrame(x, columns=[f"v{i}" for i in range(15)])
    assert parallel_analysis(frame, draws=200).n_factors == 3
    noise = pd.DataFrame(rng.standard_normal((400, 15)), columns=frame.columns)
    assert parallel_analysis(noise, draws=200).n_factors <= 1


def test_random_correlations_have_the_right_spread():
    R = random_correlations(50, 4, 20_000, np.random.default_rng(2))
    off = R[:, 2, 1]
    assert np.mean(off) == pytest.approx(0, abs=0.005)
    assert np.var(off) == pytest.approx(1 / 49, rel=0.05)


def test_same_seed_same_numbers(items):
    first, second = (parallel_analysis(items, draws=50, seed=5).table() for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_a_thousand_draws_take_less_time_than_drawing_the_answers(items):
    whole, rng = items.dropna(), np.random.default_rng(1)
    start = time.process_time()
    for _ in range(100):
        np.linalg.eigvalsh(np.corrcoef(rng.standard_normal(whole.shape), rowvar=False))
    plainly = 10 * (time.process_time() - start)
    start = time.process_time()
    parallel_analysis(whole, draws=1000)
    assert time.process_time() - start < plainly


def test_bad_items_are_named(items):
    with pytest.raises(MeasurementError, match="A1 and A2"):
        sampling_adequacy(items.assign(A2=items["A1"]))
    with pytest.raises(DataError, match="respondents"):
        sampling_adequacy(items.head(10))
    gone = items.copy()
    gone.loc[gone.index[:1400], "A1"] = np.nan
    gone.loc[gone.index[1400:], "A2"] = np.nan
    with pytest.raises(MeasurementError, match="A1 and A2"):
        sampling_adequacy(gone)
