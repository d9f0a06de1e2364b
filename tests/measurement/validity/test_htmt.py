import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import MeasurementError
from coprod_measure.fitting.polychorics import polychoric
from coprod_measure.measurement.validity.htmt import HTMT_COLUMNS, bootstrap_ratios, htmt, ratios
from coprod_measure.measurement.validity.resampled_polychorics import resampled_polychorics


@pytest.fixture(scope="module")
def model(scales):
    return "\n".join(f"{name} =~ {' + '.join(items)}" for name, items in scales.items())


@pytest.mark.parametrize(("mean", "file"), [("arithmetic", "htmt"), ("geometric", "htmt2")])
def test_ratios_agree_with_semtools(items, scales, model, stored, mean, file):
    expected = stored("measurement_bfi", file, "item")
    for given in (model, scales):
        found = htmt(given, items, mean=mean).ratios
        np.testing.assert_allclose(found.loc[expected.index, expected.columns], expected, atol=1e-9)


def test_intervals_hold_the_ratio_and_decide(items, model):
    found = htmt(model, items, bootstrap=100, seed=3)
    table = found.table()
    assert tuple(table.columns) == HTMT_COLUMNS
    assert len(table) == 10
    assert (table["ci_lower"] < table["htmt"]).all()
    assert (table["htmt"] < table["ci_upper"]).all()
    np.testing.assert_array_equal(table["below_85"], table["ci_upper"] < 0.85)
    pd.testing.assert_frame_equal(table, htmt(model, items, bootstrap=100, seed=3).table())


def test_bootstrap_spread_is_that_of_repeated_samples():
    loadings = np.kron(np.eye(2), np.full((3, 1), 0.7))
    factors = np.linalg.cholesky(np.array([[1, 0.5], [0.5, 1]]))
    blocks = [np.arange(3), np.arange(3, 6)]
    rng = np.random.default_rng(6)

    def sample():
        return rng.standard_normal((300, 2)) @ factors.T @ loadings.T + 0.714 * rng.standard_normal((300, 6))

    repeated = [ratios(np.corrcoef(sample().T), blocks)[0, 1] for _ in range(400)]
    spreads = [bootstrap_ratios(sample(), blocks, "arithmetic", 200, 1)[0][:, 0, 1].std() for _ in range(5)]
    assert np.mean(spreads) == pytest.approx(np.std(repeated), rel=0.15)
    assert np.mean(repeated) == pytest.approx(0.5, abs=0.02)


def test_missing_answers_pairwise(items, scales):
    draws, failed = bootstrap_ratios(
        items[scales["A"] + scales["C"]].to_numpy(), [np.arange(5), np.arange(5, 10)], "arithmetic", 20, 1
    )
    complete = bootstrap_ratios(
        items[scales["A"] + scales["C"]].dropna().to_numpy(),
        [np.arange(5), np.arange(5, 10)],
        "arithmetic",
        20,
        1,
    )[0]
    assert failed == 0
    assert draws[:, 0, 1].mean() == pytest.approx(complete[:, 0, 1].mean(), abs=0.02)


def test_single_items_have_a_reason(items):
    found = htmt({"A": ["A1", "A2"], "C": ["C1", "C2"], "one": ["E1"]}, items)
    assert "single item" in found.unavailable["one"].reason
    assert list(found.ratios) == ["A", "C"]


def test_one_construct_is_not_enough(items, scales):
    with pytest.raises(MeasurementError, match="two reflective"):
        htmt({"A": scales["A"]}, items)


def test_a_constant_item_is_left_out_and_named(items, scales):
    found = htmt(scales, items.assign(A1=1.0))
    assert found.messages[0].startswith("A1")
    rest = htmt({**scales, "A": scales["A"][1:]}, items.assign(A1=1.0))
    np.testing.assert_allclose(found.ratios, rest.ratios)
    lost = htmt(scales, items.assign(**dict.fromkeys(scales["A"][1:], 2.0)))
    assert "A" in lost.unavailable
    assert list(lost.ratios) == ["C", "E", "N", "O"]


def test_identical_items_do_not_stop_it(items, scales):
    assert htmt(scales, items.assign(A2=items["A1"])).ratios.loc["A", "C"] > 0


def test_polychoric_draws_are_those_of_the_full_estimation(items, scales):
    """Warm starts and weighted tables change nothing: each draw is what its own respondents give from scratch."""
    some = items[scales["A"] + scales["N"]]
    whole = polychoric(some, standard_errors=False).correlations.to_numpy()
    streams = np.random.SeedSequence(4).spawn(3)
    for stream, found in zip(streams, resampled_polychorics(some.to_numpy(), whole, 3, 4), strict=True):
        rows = np.random.default_rng(stream).integers(0, len(some), len(some))
        drawn = some.iloc[rows].reset_index(drop=True)
        np.testing.assert_allclose(found, polychoric(drawn, standard_errors=False).correlations, atol=1e-5)


def test_a_draw_in_which_an_item_does_not_vary_is_counted():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.integers(1, 4, (40, 4)).astype(float), columns=list("abcd"))
    frame["a"] = [2.0] + [1.0] * 39
    found = htmt({"f": ["a", "b"], "g": ["c", "d"]}, frame, correlation="polychoric", bootstrap=60)
    # The one who answered differently is missing from a draw with probability (39/40)^40 = .36.
    assert 10 < found.failed_draws < 35
    assert found.table()["ci_lower"].notna().all()


@pytest.mark.parametrize("mean", ["arithmetic", "geometric"])
def test_polychoric_intervals_hold_the_ratio(items, scales, mean):
    chosen = {name: scales[name] for name in "ACN"}
    found = htmt(chosen, items, mean=mean, correlation="polychoric", missing="pairwise", bootstrap=60)
    table = found.table()
    assert (table["ci_lower"] < table["htmt"]).all()
    assert (table["htmt"] < table["ci_upper"]).all()
    plain = htmt(chosen, items, mean=mean, missing="pairwise", bootstrap=60).table()
    # Six categories: the two kinds of correlation hardly differ, and neither do their intervals.
    np.testing.assert_allclose(table[["ci_lower", "ci_upper"]], plain[["ci_lower", "ci_upper"]], atol=0.06)


def test_an_unknown_mean_is_refused_with_the_nearest(items, scales):
    with pytest.raises(MeasurementError, match="Did you mean 'geometric'"):
        htmt(scales, items, mean="geometrik")


def test_respondents_of_a_pair_are_those_who_answered_both(items, scales):
    found = htmt(scales, items, missing="pairwise")
    seen = items[[item for own in scales.values() for item in own]].notna()
    pairs = [(seen[a] & seen[b]).sum() for a in seen for b in seen if a < b]
    assert found.n_pairs == (min(pairs), max(pairs))
    assert htmt(scales, items).n_pairs == (seen.all(axis=1).sum(),) * 2
