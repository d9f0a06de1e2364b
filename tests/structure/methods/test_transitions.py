"""Observed moves between stages against R, and moves that are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import DataError
from coprod_measure.structure.methods.transitions import bowker_test

CASE = Path(__file__).parents[2] / "reference" / "markov"
EXPECTED = json.loads((CASE / "expected.json").read_text(encoding="utf-8"))
STAGES = ("stage", ["stage1", "stage2", "stage3", "stage4"])


def stages() -> pd.DataFrame:
    return pd.read_csv(CASE / "stages.csv")


def test_counts_and_tests_are_those_of_r() -> None:
    found = cm.transitions(stages(), STAGES)
    np.testing.assert_array_equal(found.counts.sum(axis=0), EXPECTED["counts"])
    assert (found.homogeneity.statistic, found.homogeneity.df) == (
        pytest.approx(EXPECTED["lr"]),
        EXPECTED["df"],
    )
    assert found.symmetry.statistic == pytest.approx(EXPECTED["bowker"]["stat"])
    assert found.symmetry.pvalue == pytest.approx(EXPECTED["bowker"]["p"], rel=1e-6)
    direction = found.direction
    assert (direction.forward, direction.backward) == (EXPECTED["forward"], EXPECTED["backward"])
    assert direction.pvalue == pytest.approx(EXPECTED["sign_p"], rel=1e-6)
    assert found.membership.groupby("wave")["share"].sum().tolist() == pytest.approx([1.0] * 4)


def test_moving_on_is_explained_by_what_was_known_before() -> None:
    rng = np.random.default_rng(3)
    rows = []
    for person in range(400):
        stage, skill = 1, rng.normal()
        for wave in range(1, 5):
            rows.append({"id": person, "wave": wave, "stage": stage, "skill": skill})
            stage = min(3, stage + int(rng.random() < 1 / (1 + np.exp(0.5 - skill))))
    found = cm.transitions(pd.DataFrame(rows), "stage", predictors=["skill"], person="id", wave="wave")
    row = found.leaving.table().set_index("name").loc["skill"]
    assert row["ci_lower"] < 1.0 < row["ci_upper"]
    assert found.direction.backward == 0


def test_changing_probabilities_are_noticed() -> None:
    rng = np.random.default_rng(4)
    first = rng.integers(0, 2, 400)
    second = np.where(rng.random(400) < 0.9, first, 1 - first)
    third = np.where(rng.random(400) < 0.5, second, 1 - second)
    frame = pd.DataFrame({"stage1": first, "stage2": second, "stage3": third})
    found = cm.transitions(frame, ("stage", ["stage1", "stage2", "stage3"]))
    assert found.homogeneity.df == 2
    assert found.homogeneity.pvalue < 0.001


def test_bad_input_is_named() -> None:
    with pytest.raises(DataError, match="4 is no stage"):
        cm.transitions(stages(), STAGES, stages=[1, 2, 3])
    with pytest.raises(DataError, match="there is one stage"):
        cm.transitions(stages().assign(**dict.fromkeys(STAGES[1], 1)), STAGES)
    still = cm.transitions(stages().assign(**{name: stages()["stage1"] for name in STAGES[1]}), STAGES)
    assert "nobody moved" in str(still.direction)
    assert "nobody moved" in str(bowker_test(np.diag([3, 4])))
    assert "no predictors were named" in str(still.leaving)
