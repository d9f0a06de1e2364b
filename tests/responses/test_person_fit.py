"""Person fit against definitions worked out slowly in R, and its cut-offs against known truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.responses import person_fit
from coprod_measure.responses.person_fit import GradedItems

CASE = Path(__file__).parents[1] / "reference" / "careless_person_fit"
DATA = pd.read_csv(CASE / "answers.csv", skipinitialspace=True)
ANSWERS = DATA.iloc[:, :4].to_numpy(dtype=np.int64)
INDICES = pd.read_csv(CASE / "indices.csv", skipinitialspace=True)
PARAMETERS = json.loads((CASE / "items.json").read_text("utf-8"))
ITEMS = GradedItems(
    np.array(PARAMETERS["slopes"], dtype=float), np.array(PARAMETERS["locations"], dtype=float)
)


def test_lz_agrees_with_r() -> None:
    probabilities = person_fit.category_probabilities(ITEMS, DATA["ability"].to_numpy(dtype=float))
    given, expected, variance = person_fit.likelihood_parts(probabilities, ANSWERS)
    np.testing.assert_allclose((given - expected) / np.sqrt(variance), INDICES["lz"], atol=1e-10)


def test_guttman_errors_agree_with_going_through_all_patterns() -> None:
    errors, most = person_fit.guttman_errors(person_fit.guttman_table(ANSWERS, 5), ANSWERS)
    np.testing.assert_array_equal(errors, INDICES["guttman"])
    np.testing.assert_array_equal(most, INDICES["most"])


def test_missing_answers_add_nothing_to_lz_and_leave_guttman_unknown() -> None:
    answers = ANSWERS.copy()
    answers[:, 3] = -1
    three = GradedItems(ITEMS.slopes[:3], ITEMS.locations[:3])
    ability = DATA["ability"].to_numpy(dtype=float)
    all_four = person_fit.likelihood_parts(person_fit.category_probabilities(ITEMS, ability), answers)
    only = person_fit.likelihood_parts(person_fit.category_probabilities(three, ability), ANSWERS[:, :3])
    for left, right in zip(all_four, only, strict=True):
        np.testing.assert_allclose(left, right, atol=1e-12)
    np.testing.assert_allclose(
        person_fit.expected_ability(ITEMS, answers), person_fit.expected_ability(three, ANSWERS[:, :3])
    )
    table = person_fit.guttman_table(ANSWERS, 5)
    assert np.isnan(person_fit.guttman_errors(table, answers)[0]).all()


def test_known_items_are_recovered() -> None:
    rng = np.random.default_rng(4)
    drawn = person_fit.simulate_answers(ITEMS, rng.standard_normal(20_000), rng)
    got = person_fit.fit_graded_items(drawn, 5)
    assert got is not None
    np.testing.assert_allclose(got.slopes, ITEMS.slopes, rtol=0.06)
    np.testing.assert_allclose(got.locations, ITEMS.locations, atol=0.06)
    ability = person_fit.expected_ability(got, drawn)
    assert np.std(ability) < 1


def test_simulated_answers_follow_the_probabilities() -> None:
    rng = np.random.default_rng(9)
    drawn = person_fit.simulate_answers(ITEMS, np.full(50_000, 0.4), rng)
    wanted = person_fit.category_probabilities(ITEMS, np.array([0.4]))[0]
    shares = np.stack([np.bincount(column, minlength=5) / len(column) for column in drawn.T])
    np.testing.assert_allclose(shares, wanted, atol=0.01)


@pytest.mark.parametrize("column", [np.zeros(50), np.repeat([0, 4], 25)])
def test_scales_that_cannot_be_fitted_are_none(column: np.ndarray) -> None:
    rng = np.random.default_rng(2)
    noise = rng.integers(0, 5, (50, 2))
    answers = np.column_stack([column, noise, -noise[:, 0] + 4]).astype(np.int64)
    assert person_fit.fit_graded_items(answers, 5) is None
