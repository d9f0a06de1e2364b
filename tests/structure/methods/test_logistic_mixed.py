"""Logistic mixed models against lme4, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import DataError, EstimationError

REFERENCE = Path(__file__).parents[2] / "reference"
EXPECTED: dict[str, Any] = json.loads(
    (REFERENCE / "logistic_mixed" / "expected.json").read_text(encoding="utf-8")
)


def answers() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "crossed" / "data.csv")


@pytest.mark.parametrize(
    ("case", "groups", "points"), [("crossed", ["person", "category"], 1), ("one_factor", ["person"], 15)]
)
def test_estimates_errors_and_likelihood_are_those_of_lme4(case: str, groups: list[str], points: int) -> None:
    found = cm.logistic_mixed(answers(), "engage", ["importance"], groups, quadrature=points)
    stored = EXPECTED[case]
    # lme4 ends its inner search for the modes earlier (a tolerance of 1e-7 of the penalised residuals), which
    # moves its likelihood by 5e-4 with both factors; see the next test for ours.
    assert found.loglik == pytest.approx(stored["loglik"], abs=1e-3)
    for row, (estimate, se) in zip(found.table().itertuples(), stored["fixed"].values(), strict=True):
        assert row.est == pytest.approx(estimate, abs=1e-3)
        assert row.se == pytest.approx(se, rel=5e-3)
    for name, sd in stored["sd"].items():
        assert found.sd[name] == pytest.approx(sd, abs=1e-3)
    assert found.shares()["levels"].tolist() == [160, 8][: len(groups)]


def test_the_likelihood_is_laplaces_with_dense_matrices() -> None:
    frame = answers()
    found = cm.logistic_mixed(frame, "engage", ["importance"], ["person", "category"])
    X = np.column_stack([np.ones(len(frame)), frame["importance"]])
    Z = np.hstack([sd * pd.get_dummies(frame[name]).to_numpy(float) for name, sd in found.sd.items()])
    y, u = frame["engage"].to_numpy(float), np.zeros(Z.shape[1])
    for _ in range(50):
        eta = X @ found.coef + Z @ u
        p = 1 / (1 + np.exp(-eta))
        H = (Z * (p * (1 - p))[:, None]).T @ Z + np.eye(len(u))
        u = u + np.linalg.solve(H, Z.T @ (y - p) - u)
    loglik = y @ eta - np.logaddexp(0, eta).sum() - u @ u / 2 - np.linalg.slogdet(H)[1] / 2
    assert found.loglik == pytest.approx(loglik, abs=1e-8)


def test_a_factor_that_does_nothing_is_zero_and_said() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"g": np.repeat(np.arange(6), 100), "x": rng.normal(size=600)})
    frame["y"] = (rng.random(600) < 1 / (1 + np.exp(-frame["x"]))) * 1
    # Each group has the same share of yes, given x.
    frame["g"] = np.arange(600) % 6
    found = cm.logistic_mixed(frame, "y", ["x"], ["g"])
    assert found.singular == (found.sd["g"] == 0)
    assert found.coef[1] == pytest.approx(1.0, abs=0.2)


def test_what_cannot_be_estimated_is_refused_in_a_line() -> None:
    frame = answers()
    with pytest.raises(DataError, match="is not 0 and 1"):
        cm.logistic_mixed(frame, "propensity", ["importance"], ["person"])
    with pytest.raises(DataError, match="several for one factor"):
        cm.logistic_mixed(frame, "engage", ["importance"], ["person", "category"], quadrature=5)
    with pytest.raises(DataError, match="column same: does not vary"):
        cm.logistic_mixed(frame.assign(same=1), "engage", ["importance", "same"], ["person"])
    with pytest.raises(DataError, match="no row holds all of engage, importance, person"):
        cm.logistic_mixed(frame.iloc[:0], "engage", ["importance"], ["person"])
    with pytest.raises(EstimationError, match="importance, twice are collinear"):
        cm.logistic_mixed(
            frame.assign(twice=2 * frame["importance"]), "engage", ["importance", "twice"], ["person"]
        )
    with pytest.raises(EstimationError, match="follows from the predictors"):
        cm.logistic_mixed(
            frame.assign(sure=(frame["importance"] > 0) * 1), "sure", ["importance"], ["person"]
        )
