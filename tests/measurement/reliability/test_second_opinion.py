"""Two independent computations agree, and what the others cannot take is refused with a cure."""

from __future__ import annotations

import pandas as pd
import pytest

from coprod_measure.errors import DataError
from coprod_measure.measurement.reliability.second_opinion import second_opinion
from coprod_measure.shipped import shipped_folder

TRAITS = {"A": "agreeable", "C": "conscientious", "N": "neurotic"}
REVERSED = ("A1", "C4", "C5")


@pytest.fixture(scope="module")
def answers() -> tuple[pd.DataFrame, dict[str, list[str]]]:
    frame = pd.read_csv(shipped_folder("data/sample") / "bfi" / "bfi.csv")
    constructs = {name: [f"{letter}{k}" for k in range(1, 6)] for letter, name in TRAITS.items()}
    items = frame[[item for own in constructs.values() for item in own]].copy()
    for item in REVERSED:
        items[item] = 7 - items[item]
    return items, constructs


def test_other_libraries_agree(answers: tuple[pd.DataFrame, dict[str, list[str]]]) -> None:
    opinion = second_opinion(*answers)
    # pingouin rounds its intervals to three decimals.
    assert opinion.largest_difference < 6e-4
    assert len(opinion.table()) == 3 * 3 + 3
    assert isinstance(opinion.normality, tuple)
    assert opinion.normality[1] < 0.001  # six-point answers are not normal
    assert opinion.n == len(answers[0].dropna())


def test_too_few_complete_answers_are_refused(answers: tuple[pd.DataFrame, dict[str, list[str]]]) -> None:
    frame, constructs = answers
    with pytest.raises(DataError, match="Name fewer constructs"):
        second_opinion(frame.head(5), constructs)
