"""Who left, where the reason is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.api import OLS

import coprod_measure as cm
from coprod_measure.structure.methods.attrition import least_squares_influence

WAVES = {"x": ["x1", "x2", "x3", "x4"], "y": ["y1", "y2", "y3", "y4"]}


def people(n: int = 1500, *, slope: float = 0.0, changed: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """Leave with odds exp(-1.5 + slope x); for those about to leave, x works on y by .4 + changed."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, n, 4))
    gone = np.zeros(n, bool)
    for k in range(1, 4):
        leaves = rng.random(n) < 1 / (1 + np.exp(1.5 - slope * x[:, k]))
        y[:, k] += (0.4 + changed * leaves) * x[:, k - 1]
        x[gone, k] = y[gone, k] = np.nan
        gone |= leaves
    return pd.DataFrame(np.hstack([x, y]), columns=[*WAVES["x"], *WAVES["y"]])


def test_what_makes_people_leave_is_found() -> None:
    found = cm.attrition(people(slope=0.7), WAVES)
    table = found.table().set_index("name")
    assert table.loc["x", "est"] == pytest.approx(0.7, abs=0.1)
    assert table.loc["x", "ci_lower"] < 0.7 < table.loc["x", "ci_upper"]
    assert table.loc["x", "ci_lower"] > 0.5
    assert table.loc["y", "ci_lower"] < 0 < table.loc["y", "ci_upper"]
    assert found.test.pvalue < 0.001
    assert found.attendance["n"].is_monotonic_decreasing


def test_leaving_by_chance_is_told_from_it() -> None:
    rejected = [cm.attrition(people(seed=seed), WAVES).test.pvalue < 0.05 for seed in range(20)]
    assert sum(rejected) <= 4  # binomial(20, .05) exceeds 4 in 1 of 390 runs


def test_leavers_who_changed_otherwise_are_seen_before_they_leave() -> None:
    alike, other = (
        cm.attrition(people(2500), WAVES).mixture,
        cm.attrition(people(2500, changed=0.6), WAVES).mixture,
    )
    assert alike.test.pvalue > 0.01
    assert other.test.pvalue < 0.001
    row = other.effects.query("outcome == 'y' and predictor == 'x'").iloc[0]
    assert row["difference"] == pytest.approx(0.6, abs=3 * row["se"])
    assert row["stay"] == pytest.approx(0.4, abs=3 * row["se_stay"])


def test_influence_gives_the_clustered_errors_of_statsmodels() -> None:
    rng = np.random.default_rng(2)
    X = np.column_stack([np.ones(300), rng.normal(size=(300, 2))])
    person = np.repeat(np.arange(100), 3)
    y = X @ [1, 2, 3] + rng.normal(size=100)[person] + rng.normal(size=300)
    coef, influence = least_squares_influence(y, X, person, 100)
    theirs = OLS(y, X).fit(cov_type="cluster", cov_kwds={"groups": person})
    np.testing.assert_allclose(coef, theirs.params)
    np.testing.assert_allclose(influence.T @ influence, theirs.cov_params())


def test_too_few_leavers_are_said() -> None:
    frame = people(200, slope=0.0)
    frame = frame.fillna(0.0)
    frame.loc[:2, ["x4", "y4"]] = np.nan
    found = cm.attrition(frame, WAVES)
    assert str(found.leaving) == "not available: 3 people left: too few to explain it by 2 variables"
    assert found.table().empty
    assert str(cm.attrition(people().fillna(0.0), WAVES).mcar) == "not available: no answer is missing"
