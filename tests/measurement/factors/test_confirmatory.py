import numpy as np
import pytest

from coprod_measure.errors import MeasurementError
from coprod_measure.fitting.result import Fit
from coprod_measure.measurement.factors.confirmatory import LOADING_COLUMNS, confirmatory, measurement_model
from coprod_measure.measurement.factors.rivals import rival_models, rivals
from coprod_measure.measurement.validity.constructs import CORRELATION_COLUMNS, VALIDITY_COLUMNS, validity


@pytest.fixture(scope="module")
def fitted(items, scales):
    return confirmatory(items, scales)


def test_fit_is_that_of_lavaan_and_bad(fitted, stored):
    for name, value in stored("measurement_bfi", "fit_measures", "name")["value"].items():
        assert fitted.fit_measures[name] == pytest.approx(value, rel=1e-5, abs=1e-5), name
    assert fitted.fit_measures["cfi"] < 0.80
    assert fitted.converged
    assert fitted.admissible


def test_latent_and_residual_correlations_agree_with_lavaan(fitted, stored):
    latent = stored("measurement_bfi", "latent_correlations", "item")
    np.testing.assert_allclose(
        fitted.latent_correlations.loc[latent.index, latent.columns], latent, atol=1e-5
    )
    residual = stored("measurement_bfi", "residual_correlations", "item")
    np.testing.assert_allclose(
        fitted.residual_correlations.loc[residual.index, residual.columns], residual, atol=1e-5
    )


def test_large_residuals_are_listed_once_largest_first(fitted):
    large = fitted.large_residuals
    assert (large["residual"].abs() > 0.10).all()
    assert large["residual"].abs().is_monotonic_decreasing
    assert len(large) == (np.abs(np.tril(fitted.residual_correlations, -1)) > 0.10).sum()
    # Of a residual correlation of .10 and 2,436 people chance is no explanation.
    assert (large["z"] * np.sign(large["residual"]) > 1.96).all()


def test_validity_agrees_with_lavaan(fitted, stored):
    judged = validity(fitted)
    table = judged.table().set_index("construct")
    expected = stored("measurement_bfi", "joint", "construct")
    np.testing.assert_allclose(table.loc[expected.index, ["cr", "ave"]], expected[["cr", "ave"]], atol=1e-5)
    assert tuple(judged.table().columns) == VALIDITY_COLUMNS
    assert tuple(judged.correlations.columns) == CORRELATION_COLUMNS
    assert table.loc["A", "with_construct"] == "E"
    assert list(table["fornell_larcker"]) == [False, True, False, True, True]
    np.testing.assert_allclose(np.diag(judged.matrix) ** 2, table["ave"])
    pair = judged.correlations.query("construct_1 == 'A' and construct_2 == 'E'").iloc[0]
    assert pair["ci_lower"] < pair["correlation"] < pair["ci_upper"] < 1


def test_loadings_table(fitted):
    table = fitted.table()
    assert tuple(table.columns) == LOADING_COLUMNS
    assert len(table) == 25
    np.testing.assert_allclose(table["r_squared"], table["std"] ** 2)


def test_single_items_enter_without_error_and_without_ave(items, scales):
    model = confirmatory(items, {"A": scales["A"], "one": ["E1"]})
    judged = validity(model)
    assert "single item" in judged.unavailable["one"].reason
    assert model.parameters.query("lhs == 'E1' and op == '~~' and rhs == 'E1'")["est"].iloc[0] == 0


def test_no_factor_is_an_error(items):
    with pytest.raises(MeasurementError, match="two items or more"):
        confirmatory(items, {"one": ["A1"]})


def test_rivals_of_real_items(items, scales):
    table = rivals(items, scales).table().set_index("model")
    assert list(table.index) == ["one factor", "correlated factors", "second-order factor", "bifactor"]
    assert table.loc["one factor", "cfi"] < table.loc["correlated factors", "cfi"]
    assert table.loc["second-order factor", "df"] == 270
    assert table.loc["bifactor", "df"] == 250


def test_two_facets_have_no_second_order_rival(scales):
    texts = rival_models({"A": scales["A"], "C": scales["C"]})
    assert "second-order factor" not in texts
    assert texts["correlated factors"] == measurement_model({"A": scales["A"], "C": scales["C"]})
    assert "bifactor" not in texts
    three = {"A": scales["A"], "C": scales["C"], "E": scales["E"]}
    assert "general ~~ 0*A" in rival_models(three)["bifactor"]


def test_a_rival_that_cannot_be_had_is_explained(items):
    table = rivals(items.assign(A2=items["A1"]), {"A": ["A1", "A2", "A3"], "C": ["C1", "C2", "C3"]}).table()
    assert not table["converged"].any()
    assert (table["note"].str.len() > 0).all()


def test_a_rival_that_did_not_converge_has_no_numbers(items, scales, monkeypatch):
    """Where the search stops there may be any chi-square; next to real ones it would be read as fit."""
    numbers = ["chisq", "df", "cfi", "rmsea", "srmr", "aic", "bic"]
    monkeypatch.setattr(Fit, "converged", property(lambda fit: fit.df != 9))
    table = rivals(items, {"A": scales["A"][:3], "C": scales["C"][:3]}).table().set_index("model")
    assert table.loc["one factor", numbers].isna().all()
    assert table.loc["one factor", "note"] == "it did not converge"
    assert table.loc["correlated factors", numbers].notna().all()


def test_rivals_know_which_chi_square_they_hold(items, scales):
    pair = {"A": scales["A"][:3], "C": scales["C"][:3]}
    plain, robust = rivals(items, pair), rivals(items, pair, estimator="MLR")
    assert (plain.scaled, robust.scaled) == (False, True)
    assert (plain.models["chisq"] > robust.models["chisq"]).all()
