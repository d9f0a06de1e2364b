"""The door: what it takes, what it refuses and how it says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import DataError, EstimationError, ModelError

DATA = Path(__file__).parents[1] / "reference" / "data"
THREE = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
ITEMS = [f"x{k}" for k in range(1, 10)]


def holzinger() -> pd.DataFrame:
    return pd.read_csv(DATA / "holzinger_swineford.csv")


def pasteur_and_five() -> pd.DataFrame:
    data = holzinger()
    return pd.concat([data[data["school"] == "Pasteur"], data[data["school"] != "Pasteur"].iloc[:5]])


@pytest.mark.parametrize(
    ("product", "words"),
    [
        ("x2:school", "x2:school: this product cannot be made: 'school' is not numeric"),
        ("x2:x44", "'x44' is not in the data"),
        ("visual:x2", "'visual' is not in the data.*one of latent variables is estimated by cm.sam"),
    ],
)
def test_a_product_that_cannot_be_made_names_the_part_that_hinders_it(product: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        cm.sem(f"visual =~ x4 + x5 + x6\nx1 ~ visual + {product}", holzinger())


def test_a_product_among_moments_has_to_be_one_of_them() -> None:
    moments = cm.Moments(holzinger()[["x1", "x2", "x3"]].cov(), 301)
    with pytest.raises(DataError, match="moments must hold it"):
        cm.sem("x1 ~ x2 + x3 + x2:x3", moments)


@pytest.mark.parametrize(
    ("change", "options", "kind", "words"),
    [
        (lambda d: d.assign(x1=1.0), {}, DataError, "variable x1: is constant"),
        (lambda d: d.assign(x1="a"), {}, DataError, "variable x1: is not numeric"),
        (lambda d: d.assign(x1=np.inf), {}, DataError, "variable x1: has infinite"),
        (lambda d: d.drop(columns="x1"), {}, DataError, "variable x1: not in the data"),
        (lambda d: d.iloc[:0], {}, DataError, "no respondent"),
        (lambda d: d.assign(x1=np.nan), {}, DataError, "no respondent"),
        (lambda d: d.assign(w=-1.0), {"weights": "w"}, DataError, "variable w: weights"),
        (lambda d: d.assign(x2=d["x1"]), {}, EstimationError, "x1, x2 are linearly dependent"),
        (lambda d: d.assign(x2=d["x1"] + d["x4"]), {}, EstimationError, "x1, x2, x4 are linearly dependent"),
        (lambda d: d.iloc[:5], {}, EstimationError, "5 respondents are too few"),
        (
            lambda d: pasteur_and_five(),
            {"group": "school"},
            EstimationError,
            "group Grant-White: 5 respondents",
        ),
        (lambda d: d.assign(g=np.arange(len(d)) < 1), {"group": "g"}, DataError, "only 1 respondent"),
        (lambda d: d.head(3).assign(x1=2.0), {}, DataError, "only 3 respondents for 9 variables"),
        (lambda d: d.assign(c=1), {"cluster": "c"}, DataError, "only one cluster"),
        (lambda d: d, {"group": "scool"}, DataError, "Did you mean 'school'"),
        (lambda d: None, {}, DataError, "data are a NoneType"),
    ],
)
def test_bad_data_are_named(
    change: Callable[[pd.DataFrame], Any], options: dict[str, Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        cm.cfa(THREE, change(holzinger()), **options)
    assert "\n" not in str(caught.value)


def test_all_data_problems_come_at_once() -> None:
    with pytest.raises(DataError) as caught:
        cm.cfa(THREE, holzinger().assign(x1=np.inf, x2="a"))
    assert [problem.code for problem in caught.value.problems] == ["infinite", "not-numeric"]


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("f =~ x1 + c(1, 2, 3)*x2 + x3", "3 values for 2 group"),
        ("f =~ x1 + x2 + x3\nx1 ~~ x2\nx2 ~~ x1", "line 3, column 7: x1 ~~ x2 is written twice"),
        ("f =~ x1 + x2 + x3\nf ~ f", "by itself"),
        (None, "not text"),
    ],
)
def test_bad_models_are_named(model: Any, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        cm.cfa(model, holzinger(), group="school")


def test_impossible_fixed_values_are_refused() -> None:
    with pytest.raises(EstimationError, match="no starting point"):
        cm.cfa("f =~ x1 + x2 + x3 + x4\nx1 ~~ -1*x1", holzinger())


def test_users_start_that_is_impossible_is_passed_over() -> None:
    model = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6\nf ~~ start(50)*g"
    plain = cm.cfa(model.replace("start(50)*", ""), holzinger())
    assert cm.cfa(model, holzinger()).test.value == pytest.approx(plain.test.value)


def test_moments_stand_for_data() -> None:
    data = holzinger()
    raw = cm.cfa(THREE, data, mean_structure=True)
    moments = cm.Moments(data[ITEMS].cov(), len(data), means=data[ITEMS].mean())
    given = cm.cfa(THREE, moments, mean_structure=True)
    pd.testing.assert_frame_equal(given.parameters, raw.parameters, rtol=1e-7)
    pd.testing.assert_series_equal(given.fit_measures, raw.fit_measures, rtol=1e-7)


@pytest.mark.parametrize(
    "options", [{"estimator": "MLR"}, {"se": "bootstrap"}, {"missing": "fiml"}, {"group": "g"}]
)
def test_what_moments_cannot_do_is_refused(options: dict[str, Any]) -> None:
    data = holzinger()
    with pytest.raises(DataError, match="raw data"):
        cm.cfa(THREE, cm.Moments(data[ITEMS].cov(), len(data)), **options)


def test_moments_without_means_cannot_have_a_mean_structure() -> None:
    data = holzinger()
    with pytest.raises(DataError, match="no means were given"):
        cm.cfa(THREE, cm.Moments(data[ITEMS].cov(), len(data)), mean_structure=True)


def test_order_and_scale_of_variables_do_not_matter() -> None:
    data = holzinger()
    fit = cm.cfa(THREE, data)
    turned = cm.cfa("speed =~ x7 + x9 + x8\nvisual =~ x1 + x3 + x2\ntextual =~ x4 + x6 + x5", data)
    large = cm.cfa(THREE, data.assign(x1=data["x1"] * 1e4, x9=data["x9"] * 1e-4))
    assert turned.test.value == pytest.approx(fit.test.value, rel=1e-9)
    assert large.test.value == pytest.approx(fit.test.value, rel=1e-8)
    assert large.fit_measures["srmr"] == pytest.approx(fit.fit_measures["srmr"], rel=1e-6)


def test_columns_of_products_are_made() -> None:
    data = holzinger()
    made = cm.sem("x1 ~ x2 + x3 + x2:x3", data)
    given = cm.sem("x1 ~ x2 + x3 + both", data.assign(both=data["x2"] * data["x3"]))
    assert made.parameters["est"].tolist() == pytest.approx(given.parameters["est"].tolist())


def test_regression_equals_least_squares() -> None:
    data = holzinger()
    fit = cm.sem("x1 ~ x2 + x3", data, mean_structure=True).parameters.set_index(["lhs", "op", "rhs"])["est"]
    design = np.column_stack([np.ones(len(data)), data["x2"], data["x3"]])
    beta = np.linalg.lstsq(design, data["x1"], rcond=None)[0]
    assert fit["x1", "~1", ""] == pytest.approx(beta[0])
    assert fit["x1", "~", "x2"] == pytest.approx(beta[1])


def test_groups_are_numbered_in_order_of_appearance() -> None:
    data = holzinger().sort_values("school", ascending=False)
    fit = cm.cfa(THREE, data, group="school")
    assert fit.group_labels == tuple(dict.fromkeys(data["school"]))


def test_data_are_left_alone() -> None:
    data = holzinger()
    before = data.copy()
    cm.cfa(THREE, data, group="school", estimator="MLR").fit_measures  # noqa: B018
    pd.testing.assert_frame_equal(data, before)


def test_rows_left_out_are_counted() -> None:
    data = holzinger()
    data.loc[:9, "x1"] = np.nan
    fit = cm.cfa(THREE, data)
    assert fit.n == len(data) - 10
    assert any("10 of 301 respondents" in message for message in fit.messages)


def test_unidentified_parameters_are_named() -> None:
    fit = cm.cfa("f =~ NA*x1 + x2 + x3 + x4", holzinger())
    assert not fit.identified
    message = next(m for m in fit.messages if "not identified" in m)
    assert "f=~x1" in message
    assert "x4~~x4" not in message
    assert fit.parameters.query("op == '=~'")["se"].isna().all()


@pytest.mark.parametrize("estimator", ["ML", "MLR"])
def test_a_gradient_of_almost_zero_identifies_nothing(estimator: str) -> None:
    ordinal = pd.read_csv(DATA / "ordinal.csv")
    fit = cm.cfa("f =~ NA*u1 + u2 + u3 + u4 + u5\nf ~~ NA*f", ordinal, estimator=estimator)
    assert not fit.identified
    assert "f=~u1" in next(m for m in fit.messages if "not identified" in m)


def test_models_that_are_not_identified_have_a_scaled_test() -> None:
    # lavaan 0.7-2; a threshold and an intercept of the second group cannot be told apart.
    ordinal = pd.read_csv(DATA / "ordinal.csv")
    binary = {f"b{k}": (ordinal[f"u{k}"] > 2).astype(int) for k in range(1, 6)}
    fit = cm.cfa(
        "f =~ b1 + b2 + c(l, m)*b3 + b4 + b5\nb3 | c(t, s)*t1",
        ordinal.assign(**binary),
        group="group",
        group_equal=["loadings", "thresholds"],
        ordered=True,
    )
    assert not fit.identified
    found = fit.fit_measures[["chisq", "df", "chisq_scaled", "chisq_scaling_factor"]]
    assert found.tolist() == pytest.approx([9.1414685, 12, 11.0696903, 0.8668437], abs=2e-4)


def test_more_thresholds_than_answers_have_are_refused() -> None:
    ordinal = pd.read_csv(DATA / "ordinal.csv")
    data = ordinal.assign(u1=(ordinal["u1"] > 2).astype(int))
    with pytest.raises(ModelError, match="u1 has 2 categories, and the model more than 1 thresholds"):
        cm.cfa("f =~ u1 + u2 + u3\nu1 | 0*t1 + t2", data, ordered=["u1", "u2", "u3"])


def test_unit_variances_hold_where_nothing_is_automatic() -> None:
    model = "f =~ x1 + x2 + x3\nx1 ~~ x1\nx2 ~~ x2\nx3 ~~ x3"
    fit = cm.lavaan(model, holzinger(), std_lv=True)
    assert fit.parameters.query("lhs == 'f' and op == '~~'")["est"].item() == 1.0
    assert fit.df == 0


def test_heywood_cases_are_named_and_converged_stays_apart() -> None:
    # With one factor the loading of a is the root of r_ab r_ac / r_bc = 1.2 > 1.
    names = ["a", "b", "c"]
    cov = pd.DataFrame([[1.0, 0.8, 0.6], [0.8, 1.0, 0.4], [0.6, 0.4, 1.0]], names, names)
    fit = cm.cfa("f =~ a + b + c", cm.Moments(cov, 200))
    assert fit.converged
    assert fit.identified
    assert not fit.admissible
    assert fit.messages[-1] == "the residual variance of a is negative (a Heywood case)"


def test_record_is_json_and_carries_how_it_was_made() -> None:
    record = json.loads(json.dumps(cm.cfa(THREE, holzinger(), estimator="MLM").to_dict()))
    assert record["options"]["estimator"] == "MLM"
    assert record["model"] == THREE
    assert set(record["versions"]) >= {"python", "numpy", "coprod-measure"}
    assert len(record["data"]["sha256"]) == 64
    assert record["fit_measures"]["chisq_scaled"] > 0
    other = cm.cfa(THREE, holzinger().assign(x1=lambda d: d["x1"] + 1)).to_dict()
    assert other["data"]["sha256"] != record["data"]["sha256"]


def test_summary_shows_the_numbers() -> None:
    fit = cm.cfa(THREE, holzinger(), group="school", estimator="MLR")
    text = fit.summary()
    assert f"{fit.fit_measures['chisq_scaled']:.3f}" in text
    assert "Group 2: Grant-White" in text or "Group 2: Pasteur" in text
    assert "visual =~ x2" in text


def test_why_missing_gives_reasons() -> None:
    fit = cm.cfa(THREE, holzinger(), estimator="GLS")
    assert "logl" not in fit.fit_measures
    assert "likelihood" in fit.why_missing["logl"]
    saturated = cm.sem("x1 ~ x2", holzinger())
    assert "degrees of freedom" in saturated.why_missing["pvalue"]


def test_automatic_parameters_are_refused_where_they_would_be_ignored() -> None:
    with pytest.raises(ModelError, match="sem has automatic parameters of its own.*call lavaan"):
        cm.sem(THREE, holzinger(), auto=["var"])
    with pytest.raises(ModelError, match="'var_all' is not known"):
        cm.lavaan(THREE, holzinger(), auto=["var_all"])


def test_all_automatic_parameters_make_lavaan_sem() -> None:
    exact, automatic = cm.lavaan(THREE, holzinger(), auto=True), cm.sem(THREE, holzinger())
    pd.testing.assert_frame_equal(exact.parameters, automatic.parameters)


def test_correlations_given_as_moments_have_errors_of_correlations() -> None:
    data = pd.read_csv(DATA / "holzinger_swineford.csv")[[f"x{k}" for k in range(1, 10)]]
    fit = cm.cfa(THREE, cm.Moments(data.corr(), len(data)), correlation=True)
    whole = cm.cfa(THREE, data, correlation=True)
    assert not any("correlation" in message for message in fit.messages)
    loading = fit.parameters.iloc[1]
    assert (loading["est"], loading["se"]) == pytest.approx((0.548791, 0.090595), abs=1e-5)
    pd.testing.assert_frame_equal(fit.standardized(), whole.standardized(), atol=1e-6)


def test_correlation_structures_are_refused_where_they_do_not_exist() -> None:
    data = pd.read_csv(DATA / "holzinger_swineford.csv")
    with pytest.raises(ModelError, match="option correlation.*maximum likelihood"):
        cm.cfa(THREE, data, correlation=True, estimator="GLS")


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        ("f =~ f", {}, "no observed variable"),
        ("f =~ g\ng =~ f", {}, "no observed variable"),
        ("z ~ x + y", {"ordered": ["x"]}, "none of what is ordered"),
        ("m <~ x + y\nz ~ m", {"ordered": ["x", "y"]}, "composites take continuous answers"),
        ("x | t1 + t2", {"estimator": "MIIV"}, "cannot be told"),
    ],
)
def test_models_of_nothing_are_one_line(model: str, options: dict[str, Any], words: str) -> None:
    drawn = np.random.default_rng(1).integers(1, 5, (60, 3))
    with pytest.raises(cm.CoprodError, match=words):
        cm.sem(model, pd.DataFrame(drawn, columns=list("xyz")), **options)
