"""Ideals of one wave beside what was achieved by the next."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError
from coprod_measure.instrument.read import read_instrument
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.before_and_after import before_and_after
from coprod_measure.structure.hypotheses import test_hypotheses as judge
from structure.by_hand import answers_of


def responses(frame: pd.DataFrame, about: pd.DataFrame) -> Responses:
    return answers_of(read_instrument("etgar2007"), frame, about)


def test_the_last_answers_ahead_of_the_last_are_joined() -> None:
    """By hand: a answered twice before, b only after, c has the waves the other way round."""
    frame = pd.DataFrame(
        {
            "propensity_1": [1.0, 2.0, np.nan, np.nan, np.nan, 6.0],
            "eva_worthwhile_1": [np.nan, np.nan, 3.0, 4.0, 5.0, np.nan],
        }
    )
    about = pd.DataFrame({"respondent": list("aaabcc"), "wave": ["1", "2", "10", "3", "1", "2"]})
    joined = before_and_after(responses(frame, about), ["propensity_1"], ["eva_worthwhile_1"])
    assert joined.frame[["propensity_1", "eva_worthwhile_1"]].to_numpy().tolist() == [[2.0, 3.0]]
    with pytest.raises(DataError, match="earlier and at a later wave"):
        before_and_after(responses(frame.iloc[3:], about.iloc[3:]), ["propensity_1"], ["eva_worthwhile_1"])


@pytest.mark.parametrize("holds", [True, False])
def test_distance_from_the_ideal_of_the_wave_before(holds: bool) -> None:
    """H11f: satisfaction falls with the squared distance, or does not care."""
    rng, n = np.random.default_rng(4), 700
    ideal, achieved = rng.standard_normal((2, n))
    happy = -0.35 * holds * (ideal - achieved) ** 2 + 0.6 * rng.standard_normal(n)
    instrument = read_instrument("etgar2007")

    def asked(construct: str, score: np.ndarray) -> dict[str, np.ndarray]:
        items = instrument.items_of(construct)[:3]
        return {
            one.id: np.clip(np.round(4 + 1.2 * score + 0.3 * rng.standard_normal(n)), 1, 7) for one in items
        }

    first = pd.DataFrame(asked("drv_ideal_differentiation", ideal))
    second = pd.DataFrame(
        asked("eva_achieved_customization", achieved)
        | asked("eva_satisfaction", happy)
        | {"decision_engage_1": np.ones(n)}
    )
    frame = pd.concat([first, second], ignore_index=True)
    people = [f"r{k}" for k in range(n)]
    about = pd.DataFrame({"respondent": people * 2, "wave": ["1"] * n + ["2"] * n})
    tests = judge(instrument.theory, responses(frame, about), ["H11f"], missing="listwise", draws=300)
    row = tests.table().iloc[0]
    assert row["kind"] == "discrepancy"
    assert row["verdict"] == ("supported" if holds else "not supported"), row["reason"]
    assert int(tests.claims["n"].iloc[0]) == n
