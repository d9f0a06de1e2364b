import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import CoprodWarning, DataError
from coprod_measure.instrument.read import read_instrument
from coprod_measure.measurement.reliability.coefficients import RELIABILITY_COLUMNS, reliability
from coprod_measure.measurement.reliability.formulas import (
    composite_reliability,
    feldt_interval,
    omega_gradient,
)
from coprod_measure.measurement.reliability.one_factor import one_factor
from coprod_measure.responses.read import read_responses
from coprod_measure.shipped import shipped_folder

REVERSED = ("A1", "C4", "C5", "E1", "E2", "O2", "O5")


@pytest.fixture(scope="module")
def result(items, scales):
    return reliability(items, scales)


@pytest.fixture(scope="module")
def complete(items, scales):
    return reliability(items, scales, missing="listwise")


def test_alpha_and_feldt_interval_agree_with_psych(result, stored):
    table = result.table().set_index("construct")
    expected = stored("psych_bfi", "alpha", "construct")
    np.testing.assert_allclose(table.loc[expected.index, "alpha"], expected["alpha"], atol=1e-8)
    # psych counts all 2,800 respondents; ours are the fewest behind a pair of items, so the interval is wider.
    columns = ["alpha_ci_lower", "alpha_ci_upper"]
    np.testing.assert_allclose(table.loc[expected.index, columns], expected[columns], atol=1e-3)


def test_feldt_interval_agrees_with_psych(items, scales, stored):
    expected = stored("psych_bfi", "alpha", "construct")
    for name, row in expected.iterrows():
        found = feldt_interval(row["alpha"], len(items), len(scales[name]))
        assert found == pytest.approx((row["alpha_ci_lower"], row["alpha_ci_upper"]), abs=1e-8)


@pytest.mark.parametrize("missing", ["pairwise", "listwise"])
def test_all_coefficients_rest_on_the_same_answers(missing):
    """Without gaps alpha cannot exceed omega of a one-factor scale; gaps must not part the two either."""
    rng = np.random.default_rng(12)
    x = rng.standard_normal((400, 1)) + rng.standard_normal((400, 4))
    frame = pd.DataFrame(x, columns=list("abcd"))
    frame.loc[:149, "a"] = np.nan
    frame.loc[100:199, "b"] = np.nan
    found = reliability(frame, missing=missing)
    sizes = found.sizes.iloc[0]
    assert (sizes["n"], sizes["n_complete"]) == (400, 200)
    assert sizes["n_used"] == 200
    given = frame.dropna() if missing == "listwise" else frame
    S = given.cov().to_numpy()
    row = found.table().iloc[0]
    assert row["alpha"] == pytest.approx(4 / 3 * (1 - np.trace(S) / S.sum()))
    model = one_factor(S * 199 / 200, 200)
    assert row["omega"] == pytest.approx(composite_reliability(model.loadings, model.uniquenesses))


def test_planned_gaps_leave_a_scale_its_reliability():
    """Three forms of two items each and never all three: nobody is complete, every pair is known."""
    rng = np.random.default_rng(13)
    frame = pd.DataFrame(rng.standard_normal((600, 1)) + rng.standard_normal((600, 3)), columns=list("abc"))
    for k, item in enumerate("abc"):
        frame.loc[frame.index % 3 == k, item] = np.nan
    found = reliability(frame)
    assert found.sizes["n_complete"].item() == 0
    assert found.sizes["n_used"].item() == 200
    assert found.table()["omega"].item() == pytest.approx(0.75, abs=0.06)
    complete = reliability(frame, missing="listwise")
    assert "only 0 respondents" in complete.unavailable["reason"].iloc[0]


def test_alpha_agrees_with_pingouin(items, scales):
    import pingouin

    complete = items[scales["N"]].dropna()
    alpha, (lower, upper) = pingouin.cronbach_alpha(complete)
    row = reliability(complete, {"N": scales["N"]}).table().iloc[0]
    assert row["alpha"] == pytest.approx(alpha, abs=1e-10)
    assert (row["alpha_ci_lower"], row["alpha_ci_upper"]) == pytest.approx((lower, upper), abs=1e-3)


def test_omega_cr_ave_agree_with_lavaan(complete, stored):
    table = complete.table().set_index("construct")
    expected = stored("measurement_bfi", "one_factor", "construct")
    columns = ["omega", "omega_ci_lower", "omega_ci_upper", "cr", "ave"]
    np.testing.assert_allclose(table.loc[expected.index, columns], expected[columns], atol=1e-6)
    assert complete.sizes.set_index("construct")["n_used"].to_dict() == expected["n"].to_dict()


def test_fit_of_each_scale_alone_agrees_with_lavaan(complete, stored):
    expected = stored("measurement_bfi", "one_factor", "construct")
    found = complete.fits.set_index("construct").loc[expected.index]
    np.testing.assert_array_equal(found[["n", "df"]], expected[["n", "df"]])
    np.testing.assert_allclose(found["chisq"], expected["chisq"], rtol=1e-5)
    measures = ["cfi", "rmsea", "srmr"]
    np.testing.assert_allclose(found[measures], expected[measures], atol=1e-5)


def test_one_factor_loadings_and_errors_agree_with_lavaan(complete, stored):
    expected = stored("measurement_bfi", "one_factor_loadings", "item")
    table = complete.loadings.set_index("item").loc[expected.index]
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
    assert result.table().set_index("construct").loc["N", "omega"] == pytest.approx(0.8135, abs=1e-4)


def test_identical_items_do_not_pass_silently(items, scales):
    result = reliability(items.assign(A3=items["A2"]), {"A": scales["A"]})
    assert "omega" in set(result.unavailable["statistic"])


def test_silence_is_named(items, scales):
    why = reliability(items.assign(A1=np.nan), {"A": scales["A"]}).unavailable["reason"]
    assert set(why) == {"nobody answered A1"}


def test_items_to_reverse_are_those_that_psych_names(bfi, scales, stored):
    given = bfi.copy()
    given[list(REVERSED)] = 7 - given[list(REVERSED)]
    for row in stored("psych_unreversed", "named").fillna("").itertuples():
        items = given[scales[row.construct]].copy()
        turned = row.turned.split()
        items[turned] = 7 - items[turned]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = reliability(items, {row.construct: scales[row.construct]})
        told = [str(one.message) for one in caught if issubclass(one.category, CoprodWarning)]
        assert told == list(found.warnings), row
        named = told[0].split(": ")[1].split(" run")[0].split(", ") if told else []
        assert named == row.named.split(), row


def test_answers_that_know_their_keying_are_not_warned_about():
    path = shipped_folder("data/sample") / "bfi" / "bfi.csv"
    answers = read_responses(path, read_instrument("bfi25"))
    wrong = answers.frame.assign(N1=7 - answers.frame["N1"])
    assert reliability(replace(answers, frame=wrong)).warnings == ()


def test_an_item_named_twice_and_one_respondent_are_told_apart_from_constants() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 4.0], "b": [2.0, 2.0, 5.0], "c": [1.0, 3.0, 4.0]})
    with pytest.raises(DataError, match="a stands twice among the items of fun"):
        reliability(frame, {"fun": ["a", "a", "b"]})
    assert set(reliability(frame.head(1)).unavailable["reason"]) == {"one respondent is too few"}
