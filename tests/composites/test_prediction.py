"""PLSpredict with known truth: what cannot be predicted is not, and folds are honest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import coprod_measure as cm

MODEL = "f =~ x1 + x2 + x3\ny =~ y1 + y2\nz =~ z1 + z2\ny ~ f\nz ~ f"


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    f = rng.normal(size=400)
    made = {f"x{i}": f + rng.normal(size=400) for i in (1, 2, 3)}
    made |= {f"y{i}": f + rng.normal(size=400) for i in (1, 2)}
    return pd.DataFrame(made | {f"z{i}": rng.normal(size=400) for i in (1, 2)})


def test_only_what_depends_is_predicted(data: pd.DataFrame) -> None:
    table = cm.pls_predict(cm.pls(MODEL, data), repeats=3).table().set_index("item")
    # The best linear prediction of y1 from three such items explains 0.5 * 0.75.
    assert table.q2[["y1", "y2"]].to_numpy() == pytest.approx([0.375, 0.375], abs=0.09)
    assert (table.q2[["z1", "z2"]] < 0.02).all()


def test_leaving_one_out_is_the_press_of_regression(data: pd.DataFrame) -> None:
    found = cm.pls_predict(cm.pls(MODEL, data), folds=len(data), repeats=1)
    ols = sm.OLS(data.y1, sm.add_constant(data[["x1", "x2", "x3"]])).fit()
    assert found.linear[0, :, 0] == pytest.approx(ols.get_influence().resid_press, abs=1e-8)
    rest = cm.pls(MODEL, data.iloc[1:]).estimates
    mean, sd = data.iloc[1:].mean(), data.iloc[1:].std(ddof=0)
    score = ((data.iloc[0] - mean) / sd).to_numpy() @ rest.weights.outer[0]
    fitted = mean["y1"] + sd["y1"] * (score @ rest.paths[0] @ rest.loadings[0].T)[3]
    assert found.model[0, 0, 0] == pytest.approx(data.y1[0] - fitted, abs=1e-7)


def test_cvpat_beats_the_average(data: pd.DataFrame) -> None:
    tests = cm.pls_predict(cm.pls(MODEL, data), repeats=2).cvpat().set_index("benchmark")
    assert tests.difference["average"] < 0.0
    assert tests.pvalue["average"] < 0.001
