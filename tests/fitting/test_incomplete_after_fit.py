"""What follows a full-information fit, against values that lavaan gave (``tests/reference/fiml_after_fit``)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm

REFERENCE = Path(__file__).parents[1] / "reference"
CASE = REFERENCE / "fiml_after_fit"
MODEL = (CASE / "model.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def fits() -> dict[str, Any]:
    data = pd.read_csv(REFERENCE / "data" / "chain_missing.csv")
    nested = MODEL.replace("f3 ~ f1 + f2", "f3 ~ f2")
    return {
        "ML": cm.sem(MODEL, data, missing="fiml"),
        "MLR": cm.sem(MODEL, data, missing="fiml", estimator="MLR"),
        "nested": cm.sem(nested, data, missing="fiml", estimator="MLR"),
    }


def by_row(frame: pd.DataFrame, column: str) -> dict[tuple[str, str, str], float]:
    rows = zip(frame["lhs"], frame["op"], frame["rhs"].fillna(""), frame[column], strict=True)
    return {
        (*(sorted((lhs, rhs)) if op == "~~" else (lhs, rhs)), op): float(value)
        for lhs, op, rhs, value in rows
    }


def test_modification_indices(fits: dict[str, Any]) -> None:
    theirs = pd.read_csv(CASE / "modification_indices.csv")
    ours = fits["ML"].modification_indices()
    for column, tolerance in (("mi", 1e-3), ("epc", 1e-4)):
        mine, reference = by_row(ours, column), by_row(theirs, column)
        shared = reference.keys() & mine.keys()
        assert len(shared) > 60
        for key in shared:
            assert mine[key] == pytest.approx(reference[key], abs=tolerance), (column, key)


@pytest.mark.parametrize("estimator", ["ML", "MLR"])
@pytest.mark.parametrize("kind", ["standardized", "normalized"])
def test_residuals(fits: dict[str, Any], estimator: str, kind: Literal["standardized", "normalized"]) -> None:
    stored = pd.read_csv(CASE / "residuals.csv")
    reference = by_row(stored[(stored["estimator"] == estimator) & (stored["kind"] == kind)], "residual")
    mine = by_row(fits[estimator].residuals(kind), "residual")
    assert mine.keys() == reference.keys()
    unknown = {key for key, value in mine.items() if np.isnan(value)}
    # What the model reproduces to first order has no z here; lavaan gives one, whose spread is not 1.
    assert all((kind == "standardized" and key[0] == key[1]) or key[2] == "~1" for key in unknown)
    assert len(unknown) <= (24 if kind == "standardized" else 0)
    for key, value in reference.items():
        if key in unknown:
            continue
        # lavaan's means are 4e-6 off its own maximum, a few thousandths of the small error of a residual.
        assert mine[key] == pytest.approx(value, abs=4e-3 if key[2] == "~1" else 1e-3), key


def test_factor_scores(fits: dict[str, Any]) -> None:
    theirs = pd.read_csv(CASE / "factor_scores.csv")
    np.testing.assert_allclose(fits["ML"].factor_scores(), theirs[["f1", "f2", "f3"]], atol=1e-4)
    bartlett = theirs[["bartlett_f1", "bartlett_f2", "bartlett_f3"]]
    np.testing.assert_allclose(fits["ML"].factor_scores("bartlett"), bartlett, atol=1e-4)


@pytest.mark.parametrize(
    ("method", "stored"),
    [("satorra_bentler_2001", "difference_2001"), ("satorra_bentler_2010", "difference_2010")],
)
def test_scaled_differences(fits: dict[str, Any], method: str, stored: str) -> None:
    expected = json.loads((CASE / "session.json").read_text(encoding="utf-8"))[stored]
    assert fits["MLR"].compare(fits["nested"], method=method).statistic == pytest.approx(expected, abs=1e-3)


def test_an_unknown_difference_test_is_refused(fits: dict[str, Any]) -> None:
    with pytest.raises(cm.CoprodError, match="satorra_bentler_2001"):
        fits["MLR"].compare(fits["nested"], method="scaled_2001")
