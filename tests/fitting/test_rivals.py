from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import ModelError, NotAvailable
from coprod_measure.fitting.models import cfa
from coprod_measure.fitting.result import Fit
from coprod_measure.fitting.rivals import vuong_test

REFERENCE = Path(__file__).parents[1] / "reference"
CASE = REFERENCE / "vuong"
ITEMS = [f"x{k}" for k in range(1, 10)]


def holzinger(gaps: bool = False) -> pd.DataFrame:
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")[ITEMS]
    for k in range(9 if gaps else 0):
        data.iloc[k :: 12 + k, k] = np.nan
    return data


def rivals(data: pd.DataFrame, **options: str) -> tuple[Fit, Fit]:
    first, second = ((CASE / f"{name}.txt").read_text() for name in ("first", "second"))
    return cfa(first, data, **options), cfa(second, data, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["complete", "gaps", "few"])
def test_agrees_with_likelihoods_from_lavaan(name: str) -> None:
    known = pd.read_csv(CASE / "vuong.csv").set_index("data").loc[name]
    gaps = name == "gaps"
    data = holzinger(gaps)[:: 5 if name == "few" else 1]
    first, second = rivals(data, missing="fiml" if gaps else "listwise")
    found = vuong_test(first, second)
    assert first.fit_measures["logl"] == pytest.approx(known["logl_first"], abs=1e-5)
    for measure in ("difference", "spread", "z", "pvalue", "z_bic", "pvalue_bic"):
        assert getattr(found, measure) == pytest.approx(known[measure], rel=1e-4), measure
    assert found.pvalue_spread == pytest.approx(known["pvalue_spread"], rel=1e-3, abs=1e-6)
    turned = second.vuong(first)
    assert turned.z == pytest.approx(-known["z"], rel=1e-4)


def test_equivalent_models_cannot_be_told_apart() -> None:
    data = holzinger()
    one = cfa("f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6", data)
    same = cfa("f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6", data, std_lv=True)
    assert isinstance(vuong_test(one, same).z, NotAvailable)


def test_other_variables_respondents_or_estimators_are_refused() -> None:
    data = holzinger()
    fit = cfa("f =~ x1 + x2 + x3 + x4", data)
    for other in (cfa("f =~ x1 + x2 + x3 + x5", data), cfa("f =~ x1 + x2 + x3 + x4", data[:200])):
        with pytest.raises(ModelError, match="different variables or respondents"):
            vuong_test(fit, other)
    with pytest.raises(ModelError, match="does not maximise a likelihood"):
        vuong_test(fit, cfa("f =~ x1 + x2 + x3 + x4", data, estimator="ULS"))
