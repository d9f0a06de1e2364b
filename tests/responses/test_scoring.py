"""Scale scores and the minimum of answered items."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.read import read_responses
from coprod_measure.responses.scoring import score


@pytest.fixture
def answers(written: Callable[..., Path], instrument: Instrument) -> Responses:
    text = "trust_1,trust_2,trust_3,skill_1\n5,1,2,3\n4,,4,\n,,2,1\n"
    return read_responses(written(text), instrument)


def test_mean_needs_its_minimum(answers: Responses) -> None:
    got = score(answers, minimum=0.6)
    np.testing.assert_allclose(got.frame["trust"], [4, 4, np.nan])
    np.testing.assert_allclose(got.frame["skill"], [3, np.nan, 1])
    assert got.about.loc[0, ["minimum", "scored", "not_scored"]].tolist() == [2, 2, 1]
    np.testing.assert_allclose(score(answers, minimum=0.8).frame["trust"], [4, np.nan, np.nan])


def test_sum_and_proportion(answers: Responses) -> None:
    np.testing.assert_allclose(score(answers, "sum", minimum=0.6).frame["trust"], [12, 12, np.nan])
    np.testing.assert_allclose(score(answers, "proportion", minimum=0.3).frame["trust"], [0.75, 0.75, 0.25])


def test_minimum_must_be_a_share(answers: Responses) -> None:
    with pytest.raises(ResponsesError):
        score(answers, minimum=3)
