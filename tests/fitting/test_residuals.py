"""Residuals over their standard errors: lavaan's (0.7-2, stored), and of standard deviation 1 in samples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.fitting.result import Fit

REFERENCE = Path(__file__).parents[1] / "reference"
THREE = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
MIMIC = "visual =~ x1 + x2 + x3\nvisual ~ x7 + x8\nx4 ~ visual + x7"
SCALAR = {"group": "school", "group_equal": ["loadings", "intercepts"]}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "ml": (THREE, {}),
    "ml_fixed_covariates": (MIMIC, {}),
    "ml_fixed_covariates_means": (MIMIC, {"mean_structure": True}),
    "ml_scalar": (THREE, SCALAR),
    "mlm": (THREE, {"estimator": "MLM"}),
    "mlm_fixed_covariates": (MIMIC, {"estimator": "MLM"}),
    "mlm_scalar": (THREE, {**SCALAR, "estimator": "MLM"}),
    "mlr": (THREE, {"estimator": "MLR"}),
    "mlr_fixed_covariates": (MIMIC, {"estimator": "MLR"}),
    "mlr_scalar": (THREE, {**SCALAR, "estimator": "MLR"}),
    "gls": (THREE, {"estimator": "GLS"}),
    "uls": (THREE, {"estimator": "ULS"}),
    "uls_metric": (THREE, {"estimator": "ULS", "group": "school", "group_equal": ["loadings"]}),
}


def fitted(case: str) -> Fit:
    model, options = CASES[case]
    return cm.sem(model, pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv"), **options)


def by_moment(frame: pd.DataFrame) -> pd.Series:
    places = [
        (group, op, *sorted((lhs, rhs)))
        for group, lhs, op, rhs in zip(frame["group"], frame["lhs"], frame["op"], frame["rhs"], strict=True)
    ]
    return pd.Series(frame["residual"].to_numpy(), index=pd.MultiIndex.from_tuples(places))


@pytest.mark.parametrize("kind", ["normalized", "standardized"])
@pytest.mark.parametrize("case", CASES)
def test_residuals_are_those_of_lavaan(case: str, kind: str) -> None:
    # MLR and MLM have the same estimates, so the same residuals: lavaan's of MLR take observed information.
    source = case.replace("mlr", "mlm") if kind == "standardized" else case
    stored = pd.read_csv(REFERENCE / "residual_errors" / "residuals.csv", keep_default_na=False)
    theirs = by_moment(stored[(stored["case"] == source) & (stored["kind"] == kind)])
    ours = by_moment(fitted(case).residuals(kind)).loc[theirs.index]
    # What is zero by construction is not available here, and 0 there.
    known = ours.notna() & (theirs.abs() > 1e-6)
    assert known.sum() > 12
    if not case.startswith(("gls", "uls")):  # lavaan divides residuals that vanish by errors that vanish
        assert not (theirs[ours.isna()].abs() > 1e-4).any()
    # lavaan ends the search of ULS a little earlier.
    tolerance = 5e-4 if case == "uls_metric" else 2e-4
    np.testing.assert_allclose(ours[known], theirs[known], atol=tolerance)


def samples(case: str, draws: int) -> Iterator[tuple[str, pd.DataFrame, dict[str, Any]]]:
    """Samples from a true model of one factor, two covariates or two groups."""
    loadings = np.array([1.0, 0.9, 0.8, 0.7])
    for draw in range(draws):
        rng = np.random.default_rng([11, draw])
        n = 400
        x = rng.normal(size=(n, 2)) @ np.array([[1.0, 0.5], [0.0, 0.8]])
        noise = rng.standard_t(6, size=(n, 5)) if case in ("MLR", "FIML_MLR") else rng.normal(size=(n, 5))
        factor = noise[:, 0] + (x @ [0.5, 0.4] if case.startswith("covariates") else 0.0)
        y = pd.DataFrame(factor[:, None] * loadings + noise[:, 1:], columns=["y1", "y2", "y3", "y4"])
        measured = "f =~ y1 + y2 + y3 + y4"
        if case.startswith("covariates"):
            options = {"estimator": "MLR"} if case == "covariates_MLR" else {}
            yield measured + "\nf ~ a + b", y.assign(a=x[:, 0], b=x[:, 1]), options
        elif case.startswith("equal"):
            equal = {"group": "g", "group_equal": ["loadings", "intercepts"]}
            gaps = y.mask(rng.random(y.shape) < 0.1) if case == "equal_FIML" else y
            missing = {"missing": "fiml"} if case == "equal_FIML" else {}
            yield measured, gaps.assign(g=np.repeat(["one", "two"], [150, 250])), {**equal, **missing}
        elif case == "WLSMV_equal":
            cut = y.apply(lambda column: np.digitize(column, [-0.8, 0.2, 1.2]))
            yield (
                measured,
                cut.assign(g=np.repeat(["one", "two"], [200, 200])),
                {"ordered": list(y), "group": "g", "group_equal": ["loadings", "thresholds"]},
            )
        elif case == "FIML_MLR_MAR":
            unseen = y["y1"].to_numpy()[:, None] + 0.5 * rng.normal(size=(n, 1)) > 0.8
            gaps = y.mask(np.hstack([np.zeros((n, 2), dtype=bool), unseen, unseen]))
            yield measured, gaps, {"missing": "fiml", "estimator": "MLR"}
        elif case == "FIML_MLR":
            yield measured, y.mask(rng.random(y.shape) < 0.1), {"missing": "fiml", "estimator": "MLR"}
        else:
            yield measured, y, {"estimator": case}


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [
        "ML",
        "MLR",
        "GLS",
        "ULS",
        "covariates",
        "covariates_MLR",
        "equal",
        "equal_FIML",
        "FIML_MLR",
        "FIML_MLR_MAR",
        "WLSMV_equal",
    ],
)
def test_standardised_residuals_have_standard_deviation_one(case: str) -> None:
    drawn = [
        by_moment(cm.sem(model, data, **options).residuals("standardized"))
        for model, data, options in samples(case, 200)
    ]
    spread = pd.DataFrame(drawn).dropna(axis=1, thresh=150).std()
    assert len(spread) >= 6
    variances = [place for place in spread.index if place[2] == place[3]]
    # Without equalities or answers missing by other answers, the model reproduces every variance.
    assert bool(variances) == (case in ("equal", "equal_FIML", "FIML_MLR_MAR"))
    # Of 200 draws the standard deviation is known to 5 %.
    assert 0.95 < float(np.sqrt((spread**2).mean())) < 1.05
    assert spread.between(0.82, 1.18).all()


def test_residuals_of_means_do_not_depend_on_the_origin_of_the_scale() -> None:
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")
    items = [f"x{k}" for k in range(1, 7)]
    found = []
    for shift in (0.0, 1000.0):
        moved = data.assign(**{item: data[item] + shift for item in items})
        equal = ["loadings", "intercepts", "residuals", "lv.variances"]
        fit = cm.cfa("f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6", moved, group="school", group_equal=equal)
        rows = fit.residuals("correlation")
        found.append(rows.loc[rows["op"] == "~1", "residual"].to_numpy())
    assert np.abs(found[0]).max() > 0.05
    assert found[1] == pytest.approx(found[0], abs=1e-4)


@pytest.mark.parametrize("estimator", ["ML", "MLR", "MLM", "GLS"])
def test_moments_of_fixed_covariates_are_given_and_leave_nothing(estimator: str) -> None:
    for model, data, _ in samples("covariates", 3):
        rows = cm.sem(model, data, estimator=estimator).residuals("standardized")
        given = rows["lhs"].isin(["a", "b"]) & rows["rhs"].isin(["a", "b"])
        assert given.sum() == 3
        assert rows.loc[given, "residual"].isna().all()
