from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.estimation.missing.patterns import group_patterns


@pytest.fixture
def y() -> np.ndarray:
    rng = np.random.default_rng(3)
    y = rng.normal(size=(60, 4))
    y[:20, 1] = np.nan
    y[20:24, [0, 3]] = np.nan
    y[24] = np.nan
    y[25, 1:] = np.nan
    return y


def test_patterns_are_counted_and_people_know_theirs(y: np.ndarray) -> None:
    patterns = group_patterns(y)
    assert patterns.weights.tolist() == [34, 20, 4, 1]
    assert patterns.observed.sum(axis=1).tolist() == [4, 3, 2, 1]
    assert patterns.n == 59
    assert patterns.people[24] == -1
    np.testing.assert_array_equal(patterns.observed[patterns.people[25]], [True, False, False, False])


def test_coverage_is_the_share_of_people_who_answered_both(y: np.ndarray) -> None:
    seen = ~np.isnan(y)
    expected = (seen.T.astype(float) @ seen) / 59
    np.testing.assert_allclose(group_patterns(y).coverage, expected)


def test_compression_keeps_every_sum(y: np.ndarray) -> None:
    short, long = group_patterns(y), group_patterns(y, compress=False)
    assert short.rows.shape[0] < long.rows.shape[0] == 59
    np.testing.assert_allclose(short.rows.T @ short.rows, np.nan_to_num(y).T @ np.nan_to_num(y), atol=1e-12)
    np.testing.assert_allclose(short.locations @ short.rows, np.nansum(y, axis=0), atol=1e-12)
    assert short.locations @ short.locations == pytest.approx(59)


def test_whole_weights_repeat_people(y: np.ndarray) -> None:
    times = np.arange(60) % 3 + 1
    weighted, repeated = group_patterns(y, times.astype(float)), group_patterns(np.repeat(y, times, axis=0))
    np.testing.assert_allclose(weighted.weights, repeated.weights)
    np.testing.assert_allclose(weighted.rows.T @ weighted.rows, repeated.rows.T @ repeated.rows, atol=1e-12)


def test_blocks_hold_every_incomplete_pattern_once(y: np.ndarray) -> None:
    patterns = group_patterns(y)
    assert [block.missing.shape for block in patterns.blocks] == [(1, 1), (1, 2), (1, 3)]
    for block in patterns.blocks:
        for place, number in enumerate(block.patterns):
            np.testing.assert_array_equal(np.flatnonzero(~patterns.observed[number]), block.missing[place])
        np.testing.assert_array_equal(patterns.row_patterns[block.rows], block.patterns[block.slots])


@pytest.mark.parametrize("p", [1, 8, 9, 63, 64, 65])
def test_patterns_of_any_width_are_those_of_whole_rows(p: int) -> None:
    rng = np.random.default_rng(p)
    y = np.where(rng.random((200, p)) < 0.04, np.nan, 1.0)
    found = group_patterns(y, compress=False)
    there = ~np.isnan(y)
    some = there.any(axis=1)
    assert len(found.observed) == len(np.unique(there[some], axis=0))
    np.testing.assert_array_equal(found.observed[found.people[some]], there[some])
    assert (found.people[~some] == -1).all()
