"""What a fit says after estimation, against the same from lavaan (tests/reference/after_fit)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

import coprod_measure as cm

REFERENCE = Path(__file__).parents[1] / "reference"
AFTER = REFERENCE / "after_fit"
THREE = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
CHAIN = "f =~ y1 + y2 + y3\ng =~ y5 + y6 + y7\ng ~ a*f + b*x1\nf ~ c*x1\nind := a*c"


def holzinger(**options: Any) -> Any:
    return cm.cfa(THREE, pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv"), **options)


def democracy(**options: Any) -> Any:
    return cm.sem(CHAIN, pd.read_csv(REFERENCE / "data" / "political_democracy.csv"), **options)


def scalar(**options: Any) -> Any:
    return holzinger(group="school", group_equal=("loadings", "intercepts"), **options)


def keyed(frame: pd.DataFrame, column: str) -> dict[tuple[Any, ...], float]:
    return {
        (row.group, *(sorted((row.lhs, row.rhs)) if row.op == "~~" else (row.lhs, row.rhs)), row.op): float(
            getattr(row, column)
        )
        for row in frame.fillna({"rhs": ""}).itertuples()
    }


def indicator() -> Any:
    """A covariate also acts on an indicator alone."""
    model = "f =~ y1 + y2 + y3 + y4\ng =~ y5 + y6 + y7 + y8\ng ~ f\ny2 ~ x1"
    return cm.sem(model, pd.read_csv(REFERENCE / "data" / "political_democracy.csv"))


def least() -> Any:
    return holzinger(group="school", group_equal=("loadings",), estimator="ULS")


def second() -> Any:
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")
    return cm.sem(THREE + "\ng =~ visual + textual + speed\nx1 ~~ x4", data)


@pytest.mark.parametrize(
    ("name", "fit", "only_ours"),
    [
        ("one", holzinger, set()),
        ("scalar", scalar, set()),
        # lavaan offers no loading of what is an outcome of the structural part too.
        ("indicator", indicator, {(1, "g", "y2", "=~")}),
        ("second", second, set()),
        ("least", least, set()),
    ],
)
@pytest.mark.parametrize("column", ["mi", "epc", "sepc_lv", "sepc_all"])
def test_modification_indices(name: str, fit: Any, only_ours: set[Any], column: str) -> None:
    ours = keyed(fit().modification_indices(), column)
    theirs = keyed(pd.read_csv(AFTER / f"modification_{name}.csv"), column)
    # lavaan also regresses covariates on their outcomes.
    assert {key for key in theirs.keys() - ours.keys() if key[1] != "x1" or key[-1] != "~"} == set()
    assert ours.keys() - theirs.keys() == only_ours
    for key in ours.keys() & theirs.keys():
        assert ours[key] == pytest.approx(theirs[key], rel=1e-3, abs=1e-4), key


@pytest.mark.parametrize("kind", ["raw", "correlation", "normalized", "standardized"])
def test_residuals(kind: str) -> None:
    stored = pd.read_csv(AFTER / "residuals.csv")
    for name, fit in (("one", holzinger()), ("scalar", scalar())):
        if name == "scalar" and kind == "standardized":
            continue  # wrong in lavaan 0.6-14; those of 0.7-2 are in residual_errors
        ours = keyed(fit.residuals(kind), "residual")
        theirs = keyed(stored[(stored["fit"] == name) & (stored["kind"] == kind)], "value")
        assert theirs
        for key, value in theirs.items():
            if kind == "standardized" and np.isnan(ours[key]):
                assert key[1] == key[2], key
                continue
            assert ours[key] == pytest.approx(value, rel=1e-3, abs=2e-3), key


@pytest.mark.parametrize("method", ["regression", "bartlett"])
def test_factor_scores(method: Any) -> None:
    ours = holzinger().factor_scores(method)
    theirs = pd.read_csv(AFTER / f"scores_{method}.csv")
    np.testing.assert_allclose(ours.to_numpy(), theirs[list(ours.columns)].to_numpy(), atol=1e-5)


@pytest.mark.parametrize("estimator", ["ML", "WLS"])
def test_scores_stand_where_the_covariate_puts_them(estimator: str) -> None:
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")
    fit = cm.sem("visual =~ x1 + x2 + x3\nvisual ~ ageyr", data, estimator=estimator)
    theirs = pd.read_csv(AFTER / f"scores_covariate_{estimator}.csv")
    np.testing.assert_allclose(fit.factor_scores()["visual"], theirs["visual"], atol=1e-4)


def test_scores_of_ordered_answers_do_not_hang_on_the_parameterisation() -> None:
    data = pd.read_csv(REFERENCE / "data" / "ordinal.csv")
    items = ["u1", "u2", "u3", "u5"]
    delta, theta = (
        cm.cfa("f =~ u1 + u2 + u3 + u5", data, ordered=items, parameterization=kind).factor_scores()["f"]
        for kind in ("delta", "theta")
    )
    ratio = theta / delta
    assert ratio.max() - ratio.min() < 1e-5
    assert ratio.mean() > 1.0


def test_scores_of_incomplete_answers_use_what_is_there() -> None:
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")
    data.loc[:20, "x2"] = np.nan
    data.loc[5, ["x1", "x2", "x3"]] = np.nan
    scores = cm.cfa(THREE, data, missing="fiml").factor_scores()
    assert scores.notna().all().all()
    assert len(scores) == len(data)


def test_r_squared() -> None:
    theirs = pd.read_csv(AFTER / "r_squared.csv").set_index("variable")["r_squared"]
    ours = holzinger().r_squared.set_index("variable")["r_squared"]
    pd.testing.assert_series_equal(ours.sort_index(), theirs.sort_index(), rtol=1e-5)


@pytest.mark.parametrize("row", pd.read_csv(AFTER / "comparisons.csv").to_dict("records"), ids=str)
def test_difference_tests(row: dict[str, Any]) -> None:
    free, held = holzinger(group="school", estimator=row["estimator"]), scalar(estimator=row["estimator"])
    found = free.compare(held, method=row["method"])
    assert found.statistic == pytest.approx(row["statistic"], rel=1e-4)
    assert found.df == row["df"]
    assert found.pvalue == pytest.approx(row["pvalue"], rel=1e-2)
    assert held.compare(free, method=row["method"]).statistic == found.statistic


def test_criteria_weigh_rivals() -> None:
    table = holzinger(group="school").compare(scalar()).table()
    assert table["aic_weight"].sum() == pytest.approx(1.0)
    better = table.loc[table["bic"].idxmin()]
    assert better["bic_weight"] > 0.5


def test_wald() -> None:
    theirs = pd.read_csv(AFTER / "wald.csv").iloc[0]
    found = democracy().wald("a == b; c == 0")
    assert found.statistic == pytest.approx(theirs["statistic"], rel=1e-4)
    assert found.df == theirs["df"]
    assert found.pvalue == pytest.approx(theirs["pvalue"], rel=1e-3)


def test_wald_refuses_unknown_labels_and_redundancy() -> None:
    fit = democracy()
    with pytest.raises(cm.CoprodError, match="unknown label 'zz'"):
        fit.wald("a == zz")
    with pytest.raises(cm.CoprodError, match="redundant"):
        fit.wald("a == b; 2*a == 2*b")


def test_standardized_solution_with_delta_errors() -> None:
    ours = democracy().standardized().set_index(["lhs", "op", "rhs"])
    theirs = pd.read_csv(AFTER / "standardized.csv").fillna({"rhs": ""})
    for row in theirs.itertuples():
        if row.op in (":=", "~1"):
            continue
        mine = ours.loc[(row.lhs, row.op, row.rhs)]
        assert mine["est"] == pytest.approx(row.est_std if hasattr(row, "est_std") else row[4], abs=1e-5)
        assert mine["se"] == pytest.approx(row.se, abs=1e-5)


def test_effects_agree_with_the_defined_parameter() -> None:
    fit = democracy()
    effects = fit.effects("x1", "g").set_index("effect")
    defined = fit.parameters.set_index("lhs").loc["ind"]
    for column in ("est", "se", "std_all", "ci_lower", "ci_upper"):
        assert effects.loc["indirect", column] == pytest.approx(defined[column])
    labelled = fit.parameters.set_index("label")["est"]
    assert effects.loc["direct", "est"] == pytest.approx(labelled["b"])
    assert effects.loc["total", "est"] == pytest.approx(labelled["b"] + labelled["a"] * labelled["c"])


def test_monte_carlo_interval_of_a_product_is_not_symmetric() -> None:
    fit = democracy()
    effects = fit.effects("x1", "g", interval="monte_carlo", seed=1).set_index("effect").loc["indirect"]
    again = fit.effects("x1", "g", interval="monte_carlo", seed=1).set_index("effect").loc["indirect"]
    assert effects["ci_lower"] == again["ci_lower"]
    assert effects["ci_upper"] - effects["est"] > effects["est"] - effects["ci_lower"]


def test_effects_name_the_problem() -> None:
    fit = democracy()
    with pytest.raises(cm.CoprodError, match="no path"):
        fit.effects("g", "x1")
    with pytest.raises(cm.CoprodError, match="'zz' has no regression"):
        fit.effects("zz", "g")


def test_score_tests_of_equalities() -> None:
    theirs = pd.read_csv(AFTER / "score_tests.csv")
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")
    fits = {
        "metric": holzinger(group="school", group_equal=("loadings",)),
        "equal": cm.cfa("f =~ x1 + a*x2 + b*x3 + c*x4\na == b\nc == 2*a - 0.3", data),
        "least": least(),
    }
    for name, fit in fits.items():
        ours = fit.score_tests()
        own = theirs[theirs["fit"] == name].reset_index(drop=True)
        np.testing.assert_allclose(ours["statistic"], own["statistic"], rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(ours["df"], own["df"])
        np.testing.assert_allclose(ours["pvalue"], own["pvalue"], rtol=1e-3, atol=1e-4)
    assert holzinger().score_tests().empty


def test_fits_of_different_respondents_are_not_compared() -> None:
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")
    gaps = data.assign(x1=data["x1"].where(data.index % 7 > 0))
    model = "f =~ x1 + x2 + x3 + x4"
    complete = cm.cfa(model, gaps)
    for other in (
        cm.cfa(model, gaps, missing="fiml"),
        cm.cfa(model, data[:258]),
        cm.cfa("f =~ x1 + x2 + x3 + x5", gaps),
    ):
        with pytest.raises(cm.CoprodError, match="different variables or respondents"):
            complete.compare(other)
    assert complete.compare(cm.cfa("f =~ x4 + x3 + x2 + x1\nx1 ~~ x2", gaps)).df == 1


def test_a_model_that_leaves_nothing_to_estimate_is_told_whole() -> None:
    """Its log-likelihood is that of the stated normal density, its scores the one that the next term has."""
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")[["x1", "x2"]]
    fit = cm.lavaan("x1 ~~ 1*x1 + 0*x2\nx2 ~~ 2*x2\nx1 ~ 5*1\nx2 ~ 6*1", data)
    density = multivariate_normal([5.0, 6.0], [[1.0, 0.0], [0.0, 2.0]]).logpdf(data)
    assert fit.measures["logl"] == pytest.approx(density.sum())
    (covariance,) = fit.modification_indices().query("lhs != rhs and op == '~~'").itertuples()
    products = (data["x1"] - 5.0) * (data["x2"] - 6.0)
    assert covariance.mi == pytest.approx(products.sum() ** 2 / (len(data) * 2.0))
    assert "0 free parameters" in str(fit.summary())
    assert fit.score_tests().empty
    assert (fit.parameters["se"] == 0.0).all()
