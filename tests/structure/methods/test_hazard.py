"""Hazards, continuation ratios and those who left, against R's glm and known truths."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import DataError, EstimationError

REFERENCE = Path(__file__).parents[2] / "reference"
# R's glm stops at a relative change of 1e-8 in the deviance, which leaves its errors uncertain beyond this.
GLM = 2e-5


def case(name: str) -> tuple[pd.DataFrame, dict[str, object]]:
    folder = REFERENCE / name
    return pd.read_csv(folder / "data.csv"), json.loads(
        (folder / "expected.json").read_text(encoding="utf-8")
    )


def test_hazard_life_table_and_mediated_effect_are_those_of_r() -> None:
    data, expected = case("discrete_hazard")
    found = cm.hazard(data, "time", "event", ["compat"], mediator="conflict")
    table = found.table().set_index("name")
    for name, (est, se) in expected["coef"].items():
        row = table.loc[name.replace("factor(t)", "period ")]
        assert (row["est"], row["se"]) == (pytest.approx(est, abs=GLM), pytest.approx(se, abs=GLM))
    assert found.regression.loglik == pytest.approx(expected["loglik"], abs=1e-6)
    assert found.tests["conflict"].statistic == pytest.approx(expected["lr_conflict"], abs=1e-5)
    for column in ("at_risk", "events", "hazard", "survival"):
        np.testing.assert_allclose(found.life_table[column], expected["life_table"][column])
    effect = found.mediated[0]
    assert effect.estimate == pytest.approx(expected["ab"], abs=1e-6)
    assert (effect.ci_lower, effect.ci_upper) == pytest.approx(expected["mc95"], abs=2e-3)


def test_the_complementary_log_log_is_that_of_r_and_near_continuous_time() -> None:
    data, _ = case("discrete_hazard")
    expected = json.loads((REFERENCE / "discrete_hazard" / "cloglog.json").read_text(encoding="utf-8"))
    found = cm.hazard(data, "time", "event", ["compat", "conflict"], link="cloglog")
    table = found.table().set_index("name")
    for name, stored in expected["coef"].items():
        row = table.loc[name.replace("factor(t)", "period "), ["est", "se"]]
        assert row.tolist() == pytest.approx(stored, abs=GLM)
    assert found.regression.loglik == pytest.approx(expected["loglik"], abs=1e-6)
    # Cox's regression with many ties is another likelihood of the same hazard ratios.
    for name, stored in expected["cox_efron"].items():
        assert table.loc[name, ["est", "se"]].tolist() == pytest.approx(stored, abs=5e-3)


def test_the_complementary_log_log_finds_the_hazard_ratio_of_grouped_times() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=4000)
    time = np.ceil(rng.exponential(4 / np.exp(0.5 * x)))
    data = pd.DataFrame({"x": x, "time": np.minimum(time, 6), "event": (time <= 6) * 1})
    row = cm.hazard(data, "time", "event", ["x"], link="cloglog").table().set_index("name").loc["x"]
    assert row["ci_lower"] < 0.5 < row["ci_upper"]
    assert row["ratio"] == pytest.approx(np.exp(row["est"]))
    assert cm.hazard(data, "time", "event", ["x"], link="cloglog").proportional["x"].pvalue > 0.01


def test_a_period_without_events_shares_a_baseline_and_it_is_said() -> None:
    data, _ = case("discrete_hazard")
    data = data[~((data["time"] == 3) & (data["event"] == 1))]
    found = cm.hazard(data, "time", "event", ["compat"])
    assert "period 2 to 3" in found.regression.names
    assert any("period 2 to 3 share one baseline" in message for message in found.messages)


def test_bad_input_is_named() -> None:
    data, _ = case("discrete_hazard")
    with pytest.raises(DataError, match="column event: holds values other than 0 and 1"):
        cm.hazard(data.assign(event=2), "time", "event", ["compat"])
    with pytest.raises(DataError, match="column time: holds values other than 1, 2"):
        cm.hazard(data.assign(time=data["time"] - 1), "time", "event", ["compat"])
    with pytest.raises(DataError, match="0 of 2240 rows have the event"):
        cm.hazard(data.assign(event=0), "time", "event", ["compat"])
    with pytest.raises(DataError, match="there is no column 'skill'"):
        cm.hazard(data, "time", "event", ["skill"])
    with pytest.raises(EstimationError, match="separates"):
        cm.hazard(data.assign(sure=data["event"], time=1), "time", "event", ["sure"])
    with pytest.raises(DataError, match="'log' is not known"):
        cm.hazard(data, "time", "event", ["compat"], link="log")  # type: ignore[arg-type]


def test_continuation_ratios_are_those_of_r() -> None:
    data, expected = case("sequential_logit")
    found = cm.sequential_logit(data, "stage", ["net", "skill"])
    table = found.same.table().set_index("name")
    for name in ("net", "skill"):
        assert table.loc[name, ["est", "se"]].tolist() == pytest.approx(expected["parallel"][name], abs=GLM)
    assert found.same.loglik == pytest.approx(expected["loglik"][0], abs=1e-6)
    assert (found.tests["net"].statistic, found.tests["net"].df) == (
        pytest.approx(expected["lr"], abs=1e-5),
        expected["df"],
    )
    assert found.tests["skill"].pvalue > 0.05  # truth: .3 at every stage
    assert found.reached["n"].tolist() == [700, 522, 333]


def test_stages_that_cannot_be_told_apart_are_named() -> None:
    data, _ = case("sequential_logit")
    with pytest.raises(DataError, match="at 3 everybody went on or nobody did"):
        cm.sequential_logit(data[data["stage"] < 4], "stage", ["net"], stages=[1, 2, 3, 4])
    with pytest.raises(DataError, match="has 2 stages"):
        cm.sequential_logit(data[data["stage"] < 3], "stage", ["net"])
    with pytest.raises(DataError, match="holds 4, not among the stages"):
        cm.sequential_logit(data, "stage", ["net"], stages=[1, 2, 3])
