"""Codes for missing answers among numbers are said, and only they."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.answer_codes import codes_among_numbers
from coprod_measure.errors import CoprodWarning

MODEL = "f =~ a + b + c"


@pytest.fixture
def people() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    f = rng.normal(size=(200, 1))
    return pd.DataFrame(np.clip(np.round(4 + f + rng.normal(size=(200, 3))), 1, 7), columns=list("abc"))


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([1, 2, 3, 4, 5, -99], "-99"),
        ([1, 2, 3, 4, 5, 999], "999"),
        ([1, 2, 3, 4, 5, 9], "9"),
        ([0, 1, 2, 3, 88, 99], "88, 99"),
        ([1, 2, 3, 4, 5, -1], "-1"),
    ],
)
def test_usual_codes_are_named(answers: list[float], code: str) -> None:
    (said,) = codes_among_numbers(np.array(answers, dtype=float)[:, None], ["item"])
    assert said.startswith(f"{code} among the answers")


@pytest.mark.parametrize(
    "answers",
    [
        [18, 30, 45, 60, 77, 99],  # ages
        [0, 1, 2, 3, 4, 9],  # a count from 0
        [-2, -1, 0, 1, 2],  # a scale about zero
        [1.5, 2.25, -99.5, 3.0],
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        [1200, 2500, 3000, 9999999999],
        [np.nan, np.nan],
    ],
)
def test_numbers_that_are_none_are_left_alone(answers: list[float]) -> None:
    assert not codes_among_numbers(np.array(answers, dtype=float)[:, None], ["item"])


def test_columns_with_the_same_code_are_named_together(people: pd.DataFrame) -> None:
    people.loc[[0, 5], ["a", "c"]] = -99
    (said,) = [one for one in cm.cfa(MODEL, people).messages if "missing answer" in one]
    assert said.startswith("-99 among the answers 1 to 7 of a, c looks like a code")


def test_every_door_to_numbers_says_so(people: pd.DataFrame) -> None:
    people.loc[0, "a"] = -99
    with pytest.warns(CoprodWarning, match="-99 among the answers"):
        cm.pls("f =~ a + b\ng =~ c\ng ~ f", people)
    with pytest.warns(CoprodWarning, match="-99 among the answers"):
        cm.reliability(people)
    with pytest.warns(CoprodWarning, match="-99 among the answers"):
        cm.moderation(people, "c", "a", "b")
    with pytest.warns(CoprodWarning, match="-99 among the answers"):
        cm.efa(people, n_factors=1)


def test_columns_may_be_named_by_numbers(people: pd.DataFrame) -> None:
    people.loc[[0, 5], "a"] = -99
    (said,) = [one for one in cm.polychoric(people.rename(columns={"a": 0.5})).warnings if "-99" in one]
    assert "of 0.5 looks like a code" in said
