"""What comes after a fit of ordered variables, against lavaan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.fitting.result import Fit

REFERENCE = Path(__file__).parents[1] / "reference"
CASE = REFERENCE / "ordinal_after_fit"
MODEL = (CASE / "model.txt").read_text(encoding="utf-8")
ITEMS = [f"u{k}" for k in range(1, 13)]


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "data" / "ordinal.csv")


@pytest.fixture(scope="module")
def fit(data: pd.DataFrame) -> Fit:
    return cm.cfa(MODEL, data, ordered=ITEMS)


def test_scores_are_lavaans_empirical_bayes_modes(fit: Fit) -> None:
    theirs = pd.read_csv(CASE / "scores.csv")
    # lavaan's optimiser stops near 1e-4 a person.
    np.testing.assert_allclose(fit.factor_scores()[list(theirs.columns)], theirs, atol=5e-4)


def test_scores_do_not_depend_on_the_parameterization(fit: Fit, data: pd.DataFrame) -> None:
    other = cm.cfa(MODEL, data, ordered=ITEMS, parameterization="theta").factor_scores()
    ratio = other / fit.factor_scores()
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio.iloc[0], ratio.shape), rtol=1e-5)


def test_scores_follow_covariates_and_survive_missing_answers() -> None:
    incomplete = pd.read_csv(REFERENCE / "data" / "ordinal_missing.csv")
    found = cm.cfa(MODEL, incomplete, ordered=ITEMS, missing="pairwise").factor_scores()
    assert len(found) == len(incomplete)
    assert found.notna().all().all()


@pytest.mark.parametrize(
    ("parameterization", "op", "expected"),
    [("delta", "~*~", [0.127, 0.021, 0.475, -0.038]), ("theta", "~~", [0.102, 0.053, 3.258, 0.450])],
)
def test_scales_that_are_held_are_candidates(
    data: pd.DataFrame, parameterization: str, op: str, expected: list[float]
) -> None:
    # lavaan 0.7-2, modindices(); what no data tell (scales of one group) is no candidate.
    model = f"f1 =~ u1 + u2 + u3 + u4\nf2 =~ u5 + u6 + u7 + u8\nu3 {op} c(1, 1)*u3\nu4 {op} c(1, 1)*u4"
    equal = ["loadings", "thresholds", "intercepts"]
    held = cm.cfa(
        model, data, ordered=True, group="group", group_equal=equal, parameterization=parameterization
    )
    found = held.modification_indices().query("lhs == rhs and group == 2").sort_values("lhs")
    assert found["op"].tolist() == [op, op]
    np.testing.assert_allclose(found[["mi", "epc"]].to_numpy().ravel(), expected, atol=1e-3)


def test_scales_that_no_data_tell_are_no_candidates(fit: Fit) -> None:
    assert "~*~" not in set(fit.modification_indices()["op"])


@pytest.mark.parametrize("kind", ["normalized", "standardized"])
def test_residuals_agree(fit: Fit, kind: str) -> None:
    theirs = pd.read_csv(CASE / "residuals.csv").set_index(["lhs", "rhs"])[kind]
    mine = fit.residuals(kind)
    mine = mine[mine["op"] == "~~"].set_index(["lhs", "rhs"])["residual"]
    np.testing.assert_allclose(mine.loc[theirs.index], theirs, atol=1e-3)


def test_saturated_thresholds_leave_no_residual(fit: Fit) -> None:
    raw = fit.residuals("raw")
    np.testing.assert_allclose(raw.loc[raw["op"] == "|", "residual"], 0.0, atol=1e-7)
    assert fit.residuals("standardized").loc[lambda table: table["op"] == "|", "residual"].isna().all()


def test_standardised_solution_agrees_with_its_errors(fit: Fit) -> None:
    theirs = pd.read_csv(CASE / "standardized.csv", keep_default_na=False).set_index(["lhs", "op", "rhs"])
    mine = fit.standardized().set_index(["lhs", "op", "rhs"])
    for key, row in theirs.iterrows():
        if key[1] in ("~*~", "~1"):
            continue
        assert mine.loc[key, "est"] == pytest.approx(float(row["est"]), abs=1e-4), key
        assert mine.loc[key, "se"] == pytest.approx(float(row["se"]), abs=1e-4), key


@pytest.mark.parametrize(
    ("name", "equal", "rules"),
    [
        ("metric", ["loadings"], "0.7"),
        ("scalar", ["loadings", "thresholds"], "0.6"),
    ],
)
def test_difference_tests_agree(data: pd.DataFrame, name: str, equal: list[str], rules: str) -> None:
    theirs = pd.read_csv(CASE / "differences.csv").set_index("model").loc[name]
    free = cm.cfa(MODEL, data, ordered=ITEMS, group="group", lavaan=rules)
    held = cm.cfa(MODEL, data, ordered=ITEMS, group="group", group_equal=equal, lavaan=rules)
    found = free.compare(held)
    assert found.df == theirs["df"]
    assert found.statistic == pytest.approx(theirs["statistic"], rel=1e-3)
    assert found.pvalue == pytest.approx(theirs["pvalue"], abs=1e-3)


def test_modification_indices_agree(fit: Fit) -> None:
    theirs = pd.read_csv(CASE / "modification.csv").set_index(["lhs", "op", "rhs"])
    mine = fit.modification_indices().set_index(["lhs", "op", "rhs"])
    for key, row in theirs.iterrows():
        assert mine.loc[key, "mi"] == pytest.approx(row["mi"], rel=1e-3), key
        assert mine.loc[key, "epc"] == pytest.approx(row["epc"], rel=1e-3), key
        assert mine.loc[key, "sepc_lv"] == pytest.approx(row["sepc.lv"], rel=1e-3), key
        assert mine.loc[key, "sepc_all"] == pytest.approx(row["sepc.all"], rel=1e-3), key
