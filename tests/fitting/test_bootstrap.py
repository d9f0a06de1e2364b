"""The bootstrap: repeatable, counted, and near what theory says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import EstimationError
from coprod_measure.fitting import bootstrap as bootstrap_module
from coprod_measure.fitting.bootstrap import _accelerations, bootstrap_frame
from coprod_measure.shipped import shipped_folder

DATA = Path(__file__).parents[1] / "reference" / "data"
PATH = "x4 ~ a*x1\nx5 ~ b*x4 + x1\nab := a*b"


def fit(**options: Any) -> Any:
    return cm.sem(PATH, pd.read_csv(DATA / "holzinger_swineford.csv"), **options)


def test_draws_repeat_with_the_seed_and_do_not_depend_on_processes() -> None:
    one, two, other = (fit().bootstrap(draws=12, seed=seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(one.estimates, two.estimates)
    assert not np.array_equal(one.estimates, other.estimates)
    parallel = fit().bootstrap(draws=12, seed=7, processes=2)
    np.testing.assert_allclose(parallel.estimates, one.estimates, rtol=1e-12)


def test_a_stopped_bootstrap_goes_on_with_what_it_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = fit()
    whole = model.bootstrap(draws=250, seed=3)
    assert np.array_equal(model.bootstrap(draws=250, seed=3, keep=tmp_path).estimates, whole.estimates)
    (lost, *_) = sorted(tmp_path.rglob("*.json"))
    lost.unlink()
    drawn: list[tuple[int, int]] = []

    def counting(*given: Any) -> Any:
        drawn.append(given[-1])
        return draw_many(*given)

    draw_many = bootstrap_module._draw_many
    monkeypatch.setattr(bootstrap_module, "_draw_many", counting)
    assert np.array_equal(model.bootstrap(draws=250, seed=3, keep=tmp_path).estimates, whole.estimates)
    assert drawn == [(0, 100)]
    model.bootstrap(draws=50, seed=4, keep=tmp_path)  # another seed, other pieces
    assert drawn == [(0, 100), (0, 50)]


def test_a_seed_is_kept_when_none_is_given() -> None:
    drawn = fit().bootstrap(draws=5)
    again = fit().bootstrap(draws=5, seed=drawn.seed)
    np.testing.assert_array_equal(drawn.estimates, again.estimates)


def test_bootstrap_errors_are_near_robust_errors() -> None:
    # Both estimate the same sampling variance without assuming normality; 600 draws leave 3 % of noise.
    drawn = fit(se="bootstrap", bootstrap=600, seed=1).parameters
    robust = fit(se="robust_huber_white", information="observed").parameters
    chosen = drawn["se"] > 0
    free = robust["se"] > 0
    np.testing.assert_allclose(drawn["se"][chosen & free], robust["se"][chosen & free], rtol=0.2)


def test_options_ask_for_bootstrap_intervals() -> None:
    result = fit(se="bootstrap", bootstrap=100, seed=1)
    drawn = result.bootstrap()
    assert drawn.n_draws == 100
    row = result.parameters.set_index("lhs").loc["ab"]
    products = np.array(
        [one[0] for one in [result.solution.model.constraints.definitions.values(e) for e in drawn.estimates]]
    )
    assert row["ci_lower"] == pytest.approx(np.quantile(products, 0.025))
    assert row["ci_upper"] == pytest.approx(np.quantile(products, 0.975))
    assert any("100 draws with seed 1" in message for message in result.messages)


def test_bca_differs_from_percentile_where_draws_are_skewed() -> None:
    result = fit()
    draws = result.bootstrap(draws=400, seed=2)
    percentile = bootstrap_frame(draws).set_index("lhs").loc["ab"]
    corrected = bootstrap_frame(draws, interval="bca").set_index("lhs").loc["ab"]
    assert percentile["ci_lower"] < percentile["est"] < percentile["ci_upper"]
    assert corrected["ci_lower"] < corrected["est"] < corrected["ci_upper"]
    assert corrected["ci_upper"] != percentile["ci_upper"]


def test_bca_interval_of_a_variance_is_the_published_one() -> None:
    # Efron and Tibshirani (1993), tables 14.1 and 14.2: spatial test data, 90 % interval of the variance by
    # maximum likelihood, 171.5: (115.8, 259.6) from 2,000 draws, acceleration .061; other draws move the ends.
    answers = [
        48,
        36,
        20,
        29,
        42,
        42,
        20,
        42,
        22,
        41,
        45,
        14,
        6,
        0,
        33,
        28,
        34,
        4,
        32,
        24,
        47,
        41,
        24,
        26,
        30,
        41,
    ]
    result = cm.sem("a ~~ a", pd.DataFrame({"a": answers}))
    assert result.parameters["est"][0] == pytest.approx(171.5, abs=0.05)
    draws = result.bootstrap(draws=2000, seed=1)
    assert _accelerations(draws)[0] == pytest.approx(0.061, abs=0.0005)
    table = draws.table(interval="bca", level=0.90)
    assert table["ci_lower"][0] == pytest.approx(115.8, rel=0.03)
    assert table["ci_upper"][0] == pytest.approx(259.6, rel=0.03)


def skewness(values: np.ndarray) -> float:
    centred = values - values.mean()
    return float((centred**3).mean() / (centred**2).mean() ** 1.5)


def test_acceleration_of_a_mean_is_its_skewness_whoever_did_not_answer() -> None:
    # Efron (1987), section 6: a sixth of the skewness of the mean, here of those who answered.
    random = np.random.default_rng(5)
    data = pd.DataFrame({"y": random.exponential(size=150), "x": random.standard_normal(150)})
    data.loc[::5, "y"] = np.nan
    result = cm.sem("y ~ 1\ny ~~ 0*x", data, missing="fiml", fixed_x=False)
    place = result.parameters.query("lhs == 'y' and op == '~1'").index[0]
    answered = data["y"].dropna().to_numpy()
    found = _accelerations(result.bootstrap(draws=2, seed=1))[place]
    assert found == pytest.approx(skewness(answered) / (6.0 * np.sqrt(len(answered))), rel=1e-3)


def test_acceleration_of_a_threshold_is_that_of_its_share() -> None:
    # A monotone function of a share keeps its acceleration, |1 - 2p| / 6 sqrt(n p (1 - p)), but for 1/n.
    random = np.random.default_rng(6)
    data = pd.DataFrame({"a": (random.random(300) < 0.15) * 1.0, "b": (random.random(300) < 0.5) * 1.0})
    result = cm.sem("a ~~ b", data, ordered=["a", "b"])
    place = result.parameters.query("lhs == 'a' and op == '|'").index[0]
    share = data["a"].mean()
    truth = (1.0 - 2.0 * share) / (6.0 * np.sqrt(300 * share * (1.0 - share)))
    found = _accelerations(result.bootstrap(draws=2, seed=1))[place]
    assert abs(found) == pytest.approx(truth, rel=0.02)


def test_blocks_stand_for_respondents(monkeypatch: pytest.MonkeyPatch) -> None:
    result = cm.sem("y ~~ y", pd.DataFrame({"y": np.random.default_rng(8).exponential(size=1000)}))
    draws = result.bootstrap(draws=2, seed=1)
    blocks = _accelerations(draws)
    monkeypatch.setattr("coprod_measure.fitting.bootstrap.MOST_BLOCKS", 1000)
    assert blocks[0] == pytest.approx(_accelerations(draws)[0], abs=3 * 0.65 / 400)
    assert blocks[0] > 10 * 0.65 / 400


def test_bollen_stine_draws_from_data_in_which_the_model_holds() -> None:
    data = pd.read_csv(DATA / "holzinger_swineford.csv")
    three = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
    bad = cm.cfa(three, data, test="bollen_stine", bootstrap=150, seed=1)
    assert bad.fit_measures["pvalue_bollen_stine"] < 0.05
    draws = bad.null_draws
    assert abs(draws.chi_squares.mean() / bad.df - 1.0) < 0.25


def test_failed_and_impossible_draws_are_counted() -> None:
    data = pd.read_csv(DATA / "political_democracy.csv").iloc[:30]
    result = cm.cfa("f =~ y1 + y2 + y3 + y4", data)
    drawn = result.bootstrap(draws=60, seed=3)
    assert len(drawn.estimates) == drawn.n_draws - drawn.n_failed
    impossible = sum(
        bool((one[[k for k, name in enumerate(result.solution.model.names()) if "~~" in name]] < 0).any())
        for one in drawn.estimates
    )
    assert drawn.n_inadmissible == impossible


def test_moments_cannot_be_resampled() -> None:
    data = pd.read_csv(DATA / "holzinger_swineford.csv")
    moments = cm.Moments(data[["x1", "x4", "x5"]].cov(), len(data))
    with pytest.raises(cm.CoprodError, match="raw data"):
        cm.sem(PATH, moments).bootstrap(draws=5)


def test_clusters_are_drawn_whole() -> None:
    # x varies between clusters only and errors are shared: drawing people one by one would halve the error.
    random = np.random.default_rng(11)
    cluster = np.repeat(np.arange(60), 8)
    x = np.repeat(random.standard_normal(60), 8)
    y = 0.3 * x + np.repeat(random.standard_normal(60), 8) + random.standard_normal(480)
    data = pd.DataFrame({"x": x, "y": y, "class": cluster})
    clustered = cm.sem("y ~ x", data, estimator="MLR", cluster="class")
    drawn = clustered.bootstrap(draws=300, seed=3).estimates[:, 0].std(ddof=1)
    alone = cm.sem("y ~ x", data).bootstrap(draws=300, seed=3).estimates[:, 0].std(ddof=1)
    assert drawn == pytest.approx(clustered.parameters["se"][0], rel=0.2)
    assert alone < 0.7 * drawn


def test_the_table_holds_the_spread_and_the_quantiles_of_the_draws() -> None:
    result = fit()
    drawn = result.bootstrap(draws=60, seed=1)
    table = drawn.table(level=0.9)
    assert list(table) == ["lhs", "op", "rhs", "group", "label", "est", "se", "ci_lower", "ci_upper"]
    labels = list(table["label"])
    a, b = (drawn.estimates[:, result.solution.model.free_of_row[labels.index(name)]] for name in "ab")
    for name, draws in (("a", a), ("b", b), ("ab", a * b)):
        row = table[table["label"].eq(name) | table["lhs"].eq(name)].iloc[0]
        assert row["se"] == pytest.approx(np.std(draws, ddof=1))
        assert row["ci_lower"] == pytest.approx(np.quantile(draws, 0.05))
        assert row["ci_upper"] == pytest.approx(np.quantile(draws, 0.95))
    pd.testing.assert_series_equal(table["est"], result.parameters["est"])


def test_fit_and_draws_print_one_line_that_says_where_the_rest_is() -> None:
    result = fit()
    drawn = result.bootstrap(draws=5, seed=3)
    assert str(result) == (
        f"<sem by ML: converged, n = 301, chi-square {result.fit_measures['chisq']:.3f}, df 0; "
        "fit.summary() shows all>"
    )
    assert str(drawn) == (
        "<nonparametric bootstrap: 5 of 5 draws converged, seed 3; table() gives errors and intervals>"
    )
    assert "in 2 groups, unscaled chi-square" in str(fit(group="school", estimator="MLR"))


def test_a_model_that_does_not_converge_is_not_drawn_from() -> None:
    """1,000 draws of twelve people searched for a minute, each as long in vain as the model itself."""
    few = pd.read_csv(shipped_folder("data/sample") / "bfi" / "bfi.csv").head(12)
    model = cm.sem("f =~ A2 + A3 + A4\ng =~ N1 + N2 + N3\ng ~ f", few, se="bootstrap", bootstrap=100)
    with pytest.raises(EstimationError, match="bootstrap: the model itself did not converge"):
        model.summary()
