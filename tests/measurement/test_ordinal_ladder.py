import numpy as np
import pytest

from coprod_measure.errors import DataError
from coprod_measure.measurement.invariance import invariance
from coprod_measure.measurement.ordinal_ladder import ORDINAL_LEVELS, ordinal_model


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
    with pytest.raises(DataError, match="nobody in group 1.0 answered 6"):
        invariance({"N": scales["N"]}, gappy, group="gender", ordered=True)


def test_two_categories_are_too_few(bfi, scales):
    binary = bfi.copy()
    binary[scales["N"]] = (binary[scales["N"]] > 3).where(binary[scales["N"]].notna()).astype(float)
    with pytest.raises(DataError, match="2 categories"):
        invariance({"N": scales["N"]}, binary, group="gender", ordered=True)
