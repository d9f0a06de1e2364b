"""PLSpredict with known truth: what cannot be predicted is not, and folds are honest."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import coprod_measure as cm
from coprod_measure.errors import CoprodError

CASE = Path(__file__).parents[1] / "reference"
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


@pytest.mark.parametrize("causes", ["direct", "earliest"])
def test_errors_of_the_peer(causes: str) -> None:
    peer = json.loads((CASE / "pls_predict" / "values.json").read_text(encoding="utf-8"))[causes]
    model = (
        "trust =~ tr1+tr2+tr3\nquality <~ qu1+qu2+qu3+qu4\nease =~ ea1+ea2+ea3\nloyal =~ lo1+lo2+lo3\n"
        "ease ~ trust + quality\nloyal ~ trust + ease"
    )
    fit = cm.pls(model, pd.read_csv(CASE / "pls" / "service_sim.csv"))
    found = cm.pls_predict(fit, folds=fit.n, repeats=1, causes=causes, benchmark="other").table()
    for of, suffix in (("model", ""), ("linear", "_lm")):
        stored = pd.DataFrame(peer[of]["values"], peer[of]["rows"], peer[of]["columns"])
        for measure in ("RMSE", "MAE"):
            own = found[measure.lower() + suffix].to_numpy()
            # The peer stops at changes of 1e-7.
            assert own == pytest.approx(stored.loc[measure, found["item"]].to_numpy(), abs=1e-6)


def test_cvpat_beats_the_average(data: pd.DataFrame) -> None:
    tests = cm.pls_predict(cm.pls(MODEL, data), repeats=2).cvpat().set_index("benchmark")
    assert tests.difference["average"] < 0.0
    assert tests.pvalue["average"] < 0.001


def test_cvpat_tells_constructs_and_items_apart(data: pd.DataFrame) -> None:
    found = cm.pls_predict(cm.pls(MODEL, data), repeats=2)
    by_construct = found.cvpat("construct").set_index(["construct", "benchmark"])
    assert by_construct.pvalue["y", "average"] < 0.001
    assert by_construct.difference["z", "average"] > -0.02
    by_item = found.cvpat(by="item")
    assert by_item["item"].tolist() == ["y1", "y1", "y2", "y2", "z1", "z1", "z2", "z2"]
    losses = [np.mean(errors[:, :, 1] ** 2, axis=0) for errors in (found.model, found.average)]
    own = by_item.set_index(["item", "benchmark"]).loc[("y2", "average")]
    paired = stats.ttest_rel(*losses)
    assert own[["difference", "t", "pvalue"]].tolist() == pytest.approx(
        [np.mean(losses[0] - losses[1]), paired.statistic, paired.pvalue]
    )
    items = by_item[by_item["benchmark"] == "linear"].groupby("construct")["difference"].mean()
    whole = found.cvpat().set_index("benchmark").difference["linear"]
    assert items["y"] == pytest.approx(by_construct.difference["y", "linear"])
    assert items.mean() == pytest.approx(whole)
    with pytest.raises(CoprodError, match="argument by"):
        found.cvpat("people")
    with pytest.raises(CoprodError, match="argument causes"):
        cm.pls_predict(cm.pls(MODEL, data), causes="erliest")
