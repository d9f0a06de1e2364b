"""All structural paths and what they explain: lavaan and glm give the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.fitting.models import sem
from coprod_measure.structure.equations import logistic_regression
from coprod_measure.structure.structural_fit import PATH_COLUMNS, StructuralFit
from coprod_measure.structure.structural_paths import linear_paths, logistic_paths

REFERENCE = Path(__file__).parents[1] / "reference"
CASE = REFERENCE / "structural_paths"
NUMBERS = ["estimate", "se", "ci_lower", "ci_upper", "pvalue", "std", "r_squared"]
# Both search for the same maximum; they stop within these of it.
CLOSE = {"rtol": 1e-4, "atol": 1e-5}


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "data" / "political_democracy.csv")


@pytest.fixture(scope="module")
def structural(data: pd.DataFrame) -> StructuralFit:
    model = (CASE / "model.txt").read_text(encoding="utf-8")
    fit = sem(model, data)
    return StructuralFit(
        hypotheses=(),
        respondents="all",
        n=fit.n,
        estimator="ML",
        missing="listwise",
        syntax=model,
        stage_of=(),
        parameters=fit.parameters,
        fit_measures=fit.fit_measures,
        converged=True,
        admissible=True,
    )


def test_paths_and_explained_variance_are_those_of_lavaan(structural: StructuralFit) -> None:
    found = linear_paths(structural)
    assert tuple(found.columns) == PATH_COLUMNS
    expected = pd.read_csv(CASE / "paths.csv")
    assert found[["outcome", "predictor"]].to_numpy().tolist() == expected.iloc[:, :2].to_numpy().tolist()
    np.testing.assert_allclose(found[NUMBERS], expected[NUMBERS], **CLOSE)
    assert set(found["kind"]) == {"linear"}
    assert set(found["n"]) == {75}


def test_a_negative_residual_variance_explains_nothing(structural: StructuralFit) -> None:
    rows = structural.parameters.copy()
    rows.loc[(rows["op"] == "~~") & (rows["lhs"] == "dem65") & (rows["rhs"] == "dem65"), "std_all"] = -0.1
    found = linear_paths(replace(structural, parameters=rows)).set_index("outcome")["r_squared"]
    assert np.isnan(found["dem65"]).all()
    assert found["dem60"] > 0


def test_logistic_paths_are_those_of_glm(data: pd.DataFrame) -> None:
    yes = (data["y5"] > data["y5"].median()).astype(float).to_numpy()
    slope = logistic_regression(yes, data[["x1", "y1"]].to_numpy(), ("x1", "y1"))
    found = logistic_paths("y5", ("x1", "y1"), slope)
    assert tuple(found.columns) == PATH_COLUMNS
    expected = pd.read_csv(CASE / "logistic.csv")
    numbers = ["estimate", "se", "ci_lower", "ci_upper", "pvalue", "r_squared"]
    assert found["predictor"].tolist() == expected["predictor"].tolist()
    np.testing.assert_allclose(found[numbers], expected[numbers], **CLOSE)
    assert set(found["kind"]) == {"logistic"}
