"""Indices of careless answering against R, which computed them one respondent at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.responses import screening

CASE = Path(__file__).parents[1] / "reference" / "careless_indices"
ANSWERS = pd.read_csv(CASE / "answers.csv").to_numpy(dtype=float)
INDICES = pd.read_csv(CASE / "indices.csv", skipinitialspace=True)
SETS = [np.arange(start, start + 4) for start in range(0, 20, 4)]
# R prints 16 digits; a within-person correlation loses a few of them.
TOLERANCE = 1e-10


def _pairs(kind: str) -> np.ndarray:
    pairs = pd.read_csv(CASE / "pairs.csv")
    return pairs.loc[pairs["kind"] == kind, ["later", "earlier"]].to_numpy() - 1


@pytest.mark.parametrize(
    ("name", "compute"),
    [
        ("longstring", screening.longstring),
        ("irv", screening.intraindividual_variability),
        ("even_odd", lambda x: screening.even_odd(x, SETS)),
        ("synonyms", lambda x: screening.pair_consistency(x, screening.item_pairs(x))),
        ("antonyms", lambda x: screening.pair_consistency(x, screening.item_pairs(x, antonyms=True))),
        ("mahalanobis", screening.mahalanobis),
        ("person_total", screening.person_total),
    ],
)
def test_index_agrees_with_r(name: str, compute: object) -> None:
    got = compute(ANSWERS)  # type: ignore[operator]
    np.testing.assert_allclose(got, INDICES[name].to_numpy(dtype=float), atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize("kind", ["synonyms", "antonyms"])
def test_pairs_agree_with_r(kind: str) -> None:
    got = screening.item_pairs(ANSWERS, antonyms=kind == "antonyms")
    assert set(map(tuple, got)) == set(map(tuple, _pairs(kind)))


def test_straight_line_is_not_available_and_never_zero() -> None:
    straight = 6
    assert np.isnan(INDICES["even_odd"][straight])
    assert np.isnan(screening.even_odd(ANSWERS, SETS)[straight])
    assert screening.longstring(ANSWERS)[straight] == 15


def test_blocks_do_not_change_results(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = screening.person_total(ANSWERS), screening.pairwise_covariance(ANSWERS)
    monkeypatch.setattr(screening, "_BLOCK", 7)
    np.testing.assert_allclose(screening.person_total(ANSWERS), whole[0], atol=1e-12)
    np.testing.assert_allclose(screening.pairwise_covariance(ANSWERS), whole[1], atol=1e-12)


def test_twins_are_found_and_straight_liners_are_no_twins() -> None:
    rng = np.random.default_rng(3)
    answers = rng.integers(1, 8, (50, 25)).astype(float)
    answers[[10, 30, 40]] = answers[5]
    answers[[11, 31]] = 4
    answers[12, 3] = np.nan
    answers[32] = answers[12]
    answers[13, :10] = np.nan
    got = screening.earlier_twins(answers)
    assert np.flatnonzero(got > 0).tolist() == [10, 30, 32, 40]
    assert got[[10, 30, 40]].tolist() == [1, 2, 3]
    assert np.isnan(got[[11, 31, 13]]).all()


def test_random_answers_are_told_from_careful_ones() -> None:
    rng = np.random.default_rng(8)
    n, careless = 600, 60
    factors = rng.normal(size=(n, 8))
    answers = np.clip(np.round(4 + np.repeat(factors, 5, axis=1) + 0.6 * rng.normal(size=(n, 40))), 1, 7)
    answers[:careless] = rng.integers(1, 8, (careless, 40))
    index = screening.even_odd(answers, [np.arange(k, k + 5) for k in range(0, 40, 5)])
    caught = index[:careless] > -0.3
    alarmed = index[careless:] > -0.3
    assert caught.mean() > 0.5
    assert alarmed.mean() < 0.1
