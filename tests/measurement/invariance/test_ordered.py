import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError
from coprod_measure.measurement.invariance.empty_categories import join_empty_categories, require_categories
from coprod_measure.measurement.invariance.groups import invariance
from coprod_measure.measurement.invariance.models import Freed, unequal_parameters
from coprod_measure.measurement.invariance.ordered import (
    ORDINAL_LEVELS,
    OrdinalModels,
    ordinal_model,
)


def test_ladder_agrees_with_lavaan_and_semtools(bfi, scales, stored):
    found = invariance(
        {"N": scales["N"], "E": scales["E"]}, bfi, group="gender", ordered=True, levels=tuple(ORDINAL_LEVELS)
    )
    expected = stored("measurement_ordinal_invariance", "gender", "level")
    table = found.table().set_index("level")
    assert list(table.index) == list(expected.index)
    np.testing.assert_array_equal(table["df"], expected["df"])
    np.testing.assert_allclose(table["chisq"], expected["chisq"], rtol=1e-5)
    # lavaan has no robust CFI and RMSEA beyond the configural level, so the scaled ones stand in the whole table.
    np.testing.assert_allclose(table["cfi"], expected["cfi_scaled"], atol=1e-4)
    np.testing.assert_allclose(table["rmsea"], expected["rmsea_scaled"], atol=1e-4)
    np.testing.assert_allclose(table["srmr"], expected["srmr"], atol=1e-4)
    np.testing.assert_allclose(table["delta_chisq"], expected["delta_chisq"], rtol=1e-3)
    np.testing.assert_allclose(table["delta_pvalue"], expected["delta_pvalue"], rtol=2e-2, atol=1e-12)
    assert found.estimator == "WLSMV"
    assert set(found.means["construct"]) == {"N", "E"}


def test_three_groups_are_written_out():
    text = ordinal_model({"f": ["a", "b", "c"]}, ("thresholds", "loadings"), 3)
    assert "a ~ c(0, NA, NA)*1" in text
    assert "f ~~ c(1, NA, NA)*f" in text
    assert "f ~ c(0, 0, 0)*1" in text


def test_unused_categories_are_named(bfi, scales):
    gappy = bfi.copy()
    gappy.loc[(gappy["gender"] == 1) & (gappy["N1"] == 6), "N1"] = 5
    with pytest.raises(DataError, match="nobody with gender 1 answered 6.*collapse_empty_categories: true"):
        invariance({"N": scales["N"]}, gappy, group="gender", ordered=True)


def with_gaps(bfi):
    """Nobody of gender 1 answers 6 to N1, nobody of gender 2 answers 3 to E2."""
    gappy = bfi.copy()
    gappy.loc[(gappy["gender"] == 1) & (gappy["N1"] == 6), "N1"] = 5
    gappy.loc[(gappy["gender"] == 2) & (gappy["E2"] == 3), "E2"] = 4
    return gappy


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_joined_categories_agree_with_lavaan_on_recoded_answers(bfi, scales, stored, missing):
    found = invariance(
        {"N": scales["N"], "E": scales["E"]},
        with_gaps(bfi),
        group="gender",
        ordered=True,
        missing=missing,
        effects=False,
        collapse_empty_categories=True,
    )
    expected = stored("measurement_ordinal_collapsed", "gender")
    expected = expected[expected["missing"] == missing].set_index("level")
    table = found.table().set_index("level")
    np.testing.assert_array_equal(table["df"], expected["df"])
    np.testing.assert_allclose(table["chisq"], expected["chisq"], rtol=1e-5)
    np.testing.assert_allclose(table["cfi"], expected["cfi_scaled"], atol=1e-4)
    np.testing.assert_allclose(table["rmsea"], expected["rmsea_scaled"], atol=1e-4)
    assert found.sizes["n"].sum() == expected["n"].iloc[0]
    assert found.missing == missing
    assert list(found.joined["item"]) == ["N1", "E2"]
    assert list(found.joined["category"]) == [6, 3]
    assert list(found.joined["empty_in"]) == ["1", "2"]
    assert any(words.startswith("N1: the answer 6 counts as 5 in all groups") for words in found.messages)


def test_incomplete_ordered_answers_have_no_full_information(bfi, scales):
    with pytest.raises(DataError, match="Take pairwise or listwise"):
        invariance({"N": scales["N"]}, bfi, group="gender", ordered=True, missing="fiml")


def test_nothing_is_joined_where_every_group_used_every_category(bfi, scales):
    items = [*scales["N"], "gender"]
    frame, joined = join_empty_categories(bfi[items], scales["N"], "gender", bfi[items].dropna())
    assert joined.empty
    assert frame.equals(bfi[items])


def test_joining_goes_on_until_no_category_is_empty():
    answers = pd.DataFrame({"x": [1, 2, 3, 4, 5, 1, 1, 2, 2, 2], "g": [0] * 5 + [1] * 5}, dtype=float)
    frame, joined = join_empty_categories(answers, ["x"], "g", answers)
    assert [(row.category, row.joined_with) for row in joined.itertuples()] == [(3, 4), (4, 5), (5, 2)]
    assert sorted(frame["x"].unique()) == [1, 2]
    with pytest.raises(DataError, match="2 categories"):
        require_categories(frame, ["x"], "g")


def test_two_categories_are_too_few(bfi, scales):
    binary = bfi.copy()
    binary[scales["N"]] = (binary[scales["N"]] > 3).where(binary[scales["N"]].notna()).astype(float)
    with pytest.raises(DataError, match="2 categories"):
        invariance({"N": scales["N"]}, binary, group="gender", ordered=True)


@pytest.fixture(scope="module")
def own(bfi, scales):
    frame = bfi[[*scales["N"], "gender"]].dropna()
    return OrdinalModels(frame=frame, group="gender", constructs={"N": scales["N"]})


def test_partial_level_agrees_with_lavaan(own, stored):
    freed = [Freed("N", "N1", "N1|t", 0.0), Freed("N", "N3", "N=~N3", 0.0), Freed("N", "N4", "N4~1", 0.0)]
    equal = ("thresholds", "loadings", "intercepts")
    measures = own.fit_all(equal, unequal_parameters(freed, equal)).fit_measures
    expected = stored("measurement_ordinal_partial", "partial").iloc[0]
    assert measures["df"] == expected["df"]
    assert measures["chisq_scaled"] == pytest.approx(expected["chisq"], rel=1e-5)
    for name in ("cfi_scaled", "rmsea_scaled"):
        assert measures[name] == pytest.approx(expected[name], abs=1e-5)


def test_effects_in_expected_answers_agree_with_integration_in_r(own, stored):
    found = own.effects().set_index("item")
    expected = stored("measurement_ordinal_partial", "effects", "item")
    np.testing.assert_allclose(found["dmacs"], expected["dmacs"], atol=1e-4)
    np.testing.assert_allclose(found["delta_loading"], expected["delta_loading"], atol=1e-4)


def test_planted_differences_of_every_kind_are_found():
    """Thresholds of one item, loading of another, intercept of a third; the factor differs as well."""
    rng = np.random.default_rng(5)
    n = 1200
    group = np.repeat([0, 1], n)
    factor = np.r_[rng.standard_normal(n), 0.3 + 1.1 * rng.standard_normal(n)]
    loadings, shifts = np.ones((2, 5)), np.zeros((2, 5))
    loadings[1, 2], shifts[1, 4] = 0.3, 0.8
    cuts = np.tile([-1.2, -0.2, 0.7, 1.5], (2, 5, 1))
    cuts[1, 0] += [0.6, -0.5, 0.6, 0.0]
    behind = shifts[group] + loadings[group] * factor[:, None] + rng.standard_normal((2 * n, 5))
    names = [f"v{k}" for k in range(5)]
    answers = pd.DataFrame(1 + (behind[:, :, None] > cuts[group]).sum(axis=2), columns=names)
    found = invariance(
        {"f": names}, answers.assign(group=group), group="group", ordered=True, partial=True, effects=False
    )
    assert list(found.freed["parameter"]) == ["v0|t", "f=~v2", "v4~1"]
    assert found.highest == "strict"
    assert found.means["est"].item() == pytest.approx(0.3, abs=0.15)
