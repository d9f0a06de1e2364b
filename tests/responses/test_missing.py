"""Missing answers: rates, patterns, coverage, Little's test, auxiliary variables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.missing.mcar import McarTest, little_mcar_test
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.missing import _distinct_rows, missing_answers
from coprod_measure.responses.read import read_responses


def test_rates_patterns_and_coverage(written: Callable[..., Path], instrument: Instrument) -> None:
    text = "trust_1,skill_1,skill_2\n1,2,3\n1,,3\n1,-97,9\n,,1\n2,2,2\n"
    got = missing_answers(read_responses(written(text), instrument))
    rates = got.rates.set_index("item")
    assert rates.loc["skill_1", ["answered", "unanswered", "not_shown"]].tolist() == [2, 2, 1]
    assert rates.loc["skill_1", "rate"] == pytest.approx(0.5)
    assert rates.loc["skill_2", "not_applicable"] == 1
    assert (got.n_complete, got.n_complete_shown) == (2, 3)
    assert got.patterns["n"].tolist() == [2, 1, 1, 1]
    assert set(got.patterns["missing"]) == {"", "skill_1", "skill_2", "trust_1, skill_1"}
    assert got.coverage.loc["trust_1", "skill_1"] == pytest.approx(0.4)
    assert got.coverage_shown.loc["trust_1", "skill_1"] == pytest.approx(2 / 4)


def test_complete_answers_need_no_test(written: Callable[..., Path], instrument: Instrument) -> None:
    got = missing_answers(read_responses(written("trust_1,skill_1\n1,2\n2,1\n3,3\n"), instrument))
    assert isinstance(got.little, NotAvailable)
    assert got.patterns["n_missing"].tolist() == [0]


def test_answers_missing_by_age_are_found_out(written: Callable[..., Path], instrument: Instrument) -> None:
    rng = np.random.default_rng(11)
    n = 400
    latent = rng.normal(size=n)
    frame = pd.DataFrame(
        {f"trust_{j}": np.clip(np.round(3 + latent + 0.7 * rng.normal(size=n)), 1, 5) for j in (1, 2, 3)}
    )
    frame["age"] = np.round(40 + 8 * latent + 4 * rng.normal(size=n)).clip(16, 90)
    at_random = frame.copy()
    at_random.loc[rng.random(n) < 0.2, "trust_3"] = np.nan
    frame.loc[frame["age"] > 46, "trust_3"] = np.nan
    by_age = missing_answers(read_responses(written(frame.to_csv(index=False)), instrument))
    assert isinstance(by_age.little, McarTest)
    assert by_age.little.pvalue < 0.001
    assert by_age.auxiliary.iloc[0][["variable", "item"]].tolist() == ["age", "trust_3"]
    chance = missing_answers(read_responses(written(at_random.to_csv(index=False), "b.csv"), instrument))
    assert isinstance(chance.little, McarTest)
    assert chance.little.pvalue > 0.01


def _two_versions(n: int, gone: float) -> pd.DataFrame:
    """Half of the people, the able ones, are not asked for skill; of those asked a share leaves trust_3 out."""
    rng = np.random.default_rng(21)
    latent = rng.normal(size=n)
    ids = ("trust_1", "trust_2", "trust_3", "skill_1", "skill_2")
    frame = pd.DataFrame(
        {id_: np.clip(np.round(3 + latent + 0.8 * rng.normal(size=n)), 1, 5).astype(int) for id_ in ids}
    )
    frame["trust_2"] = 6 - frame["trust_2"]
    frame = frame.astype("object")
    frame.loc[latent > 0, ["skill_1", "skill_2"]] = -97
    frame.loc[rng.random(n) < gone, "trust_3"] = ""
    return frame


def test_what_was_not_shown_is_no_pattern(written: Callable[..., Path], instrument: Instrument) -> None:
    got = missing_answers(read_responses(written(_two_versions(600, 0.0).to_csv(index=False)), instrument))
    assert got.patterns["missing"].tolist() == [""]
    assert isinstance(got.little, NotAvailable)
    assert got.n_complete < 350
    assert got.n_complete_shown == 600


def test_items_that_depend_on_each_other_are_named(
    written: Callable[..., Path], instrument: Instrument
) -> None:
    frame = _two_versions(600, 0.2)
    frame["trust_2"] = 6 - frame["trust_1"]  # stored as asked: the same answer, keyed the other way
    got = missing_answers(read_responses(written(frame.to_csv(index=False)), instrument))
    assert isinstance(got.little, NotAvailable)
    assert "variables trust_1, trust_2: " in got.little.reason


def test_little_compares_people_who_were_shown_the_same(
    written: Callable[..., Path], instrument: Instrument
) -> None:
    answers = read_responses(written(_two_versions(600, 0.2).to_csv(index=False)), instrument)
    got = missing_answers(answers)
    assert isinstance(got.little, McarTest)
    assert (got.little_people, got.little_sets) == (600, 2)
    assert got.little.pvalue > 0.01  # chance, though who was asked for skill is none
    assert little_mcar_test(answers.frame.to_numpy()).pvalue < 1e-10
    inside = [
        missing_answers(
            answers.keep(answers.frame.index[(answers.missing["skill_1"] == "not_shown") == asked])
        )
        for asked in (True, False)
    ]
    parts = [one.little for one in inside if isinstance(one.little, McarTest)]
    assert got.little.statistic == pytest.approx(sum(part.statistic for part in parts))
    assert got.little.df == sum(part.df for part in parts)


@pytest.mark.parametrize("columns", [1, 8, 64, 70, 130])
def test_distinct_rows_are_those_of_a_sort(columns: int) -> None:
    rng = np.random.default_rng(columns)
    rows = rng.random((400, columns)) < 0.03
    rows[200:] = rows[:200]
    found, place = _distinct_rows(np.asfortranarray(rows))  # as a table of columns lies in memory
    assert np.array_equal(found[place], rows)
    assert {tuple(row) for row in found} == {tuple(row) for row in np.unique(rows, axis=0)}
    assert len(found) == len(np.unique(rows, axis=0))
    assert place[0] == 0
