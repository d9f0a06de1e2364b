import numpy as np
import pytest

from coprod_measure.measurement.one_factor import one_factor
from coprod_measure.measurement.reliability import (
    RELIABILITY_COLUMNS,
    composite_reliability,
    omega_gradient,
    reliability,
)


@pytest.fixture(scope="module")
def result(items, scales):
    return reliability(items, scales)


def test_alpha_and_feldt_interval_agree_with_psych(result, stored):
    table = result.table().set_index("construct")
    expected = stored("psych_bfi", "alpha", "construct")
    columns = ["alpha", "alpha_ci_lower", "alpha_ci_upper"]
    np.testing.assert_allclose(table.loc[expected.index, columns], expected[columns], atol=1e-8)


def test_alpha_agrees_with_pingouin(items, scales):
    import pingouin

    complete = items[scales["N"]].dropna()
    alpha, (lower, upper) = pingouin.cronbach_alpha(complete)
    row = reliability(complete, {"N": scales["N"]}).table().iloc[0]
    assert row["alpha"] == pytest.approx(alpha, abs=1e-10)
    assert (row["alpha_ci_lower"], row["alpha_ci_upper"]) == pytest.approx((lower, upper), abs=1e-3)


def test_omega_cr_ave_agree_with_lavaan(result, stored):
    table = result.table().set_index("construct")
    expected = stored("measurement_bfi", "one_factor", "construct")
    columns = ["omega", "omega_ci_lower", "omega_ci_upper", "cr", "ave"]
    np.testing.assert_allclose(table.loc[expected.index, columns], expected[columns], atol=1e-6)
    assert result.sizes.set_index("construct")["n_complete"].to_dict() == expected["n"].to_dict()


def test_one_factor_loadings_and_errors_agree_with_lavaan(result, stored):
    expected = stored("measurement_bfi", "one_factor_loadings", "item")
    table = result.loadings.set_index("item").loc[expected.index]
    np.testing.assert_allclose(table[["loading", "se", "std"]], expected[["loading", "se", "std"]], atol=1e-5)


def test_table_has_the_published_columns(result):
    assert tuple(result.table().columns) == RELIABILITY_COLUMNS


def test_omega_gradient_is_the_derivative():
    rng = np.random.default_rng(4)
    loadings, errors = rng.uniform(0.3, 1, 4), rng.uniform(0.3, 1, 4)
    both = np.concatenate([loadings, errors])

    def omega(x):
        return composite_reliability(x[:4], x[4:])

    numeric = [(omega(both + h) - omega(both - h)) / 2e-6 for h in 1e-6 * np.eye(8)]
    np.testing.assert_allclose(omega_gradient(loadings, errors), numeric, atol=1e-8)


def test_delta_method_interval_of_omega_covers_the_truth():
    loadings = np.array([0.8, 0.7, 0.6, 0.5])
    truth = composite_reliability(loadings, 1 - loadings**2)
    rng = np.random.default_rng(11)
    inside = 0
    for _ in range(150):
        x = rng.standard_normal((300, 1)) * loadings + rng.standard_normal((300, 4)) * np.sqrt(
            1 - loadings**2
        )
        model = one_factor(np.cov(x.T, bias=True), 300)
        gradient = omega_gradient(model.loadings, model.uniquenesses)
        se = np.sqrt(gradient @ model.covariance @ gradient)
        inside += abs(composite_reliability(model.loadings, model.uniquenesses) - truth) < 1.96 * se
    assert 136 <= inside <= 149  # 142.5 expected; beyond these lies one sample in a hundred


@pytest.mark.parametrize(
    ("constructs", "statistic", "reason"),
    [
        ({"one": ["A1"]}, "alpha", "single item"),
        ({"two": ["A1", "A2"]}, "omega", "three items"),
    ],
)
def test_too_few_items_have_a_reason(items, constructs, statistic, reason):
    result = reliability(items, constructs)
    why = result.unavailable.set_index("statistic")["reason"]
    assert reason in why[statistic]
    assert np.isnan(result.table()[statistic].astype(float).iloc[0])


def test_a_constant_item_is_named_and_other_scales_still_come(items, scales):
    result = reliability(items.assign(A2=4.0), scales)
    why = result.unavailable.query("construct == 'A'")["reason"]
    assert len(why) == 4
    assert all("A2" in reason for reason in why)
    assert result.table().set_index("construct").loc["N", "omega"] == pytest.approx(0.8128, abs=1e-4)


def test_identical_items_do_not_pass_silently(items, scales):
    result = reliability(items.assign(A3=items["A2"]), {"A": scales["A"]})
    assert "omega" in set(result.unavailable["statistic"])


def test_silence_is_named(items, scales):
    why = reliability(items.assign(A1=np.nan), {"A": scales["A"]}).unavailable["reason"]
    assert set(why) == {"nobody answered A1"}
