"""Intervals of two levels hold the truth: a small form of ``benchmarks.two_level_coverage``."""

from __future__ import annotations

import numpy as np
import pytest

import coprod_measure as cm
from benchmarks.two_level_coverage import CONDITIONS, MODEL, PAGE, SEED, TRUTH, draw

SAMPLES = 40


@pytest.mark.parametrize("name", ["ML, normal", "MLR, skewed"])
def test_errors_are_the_spread_of_the_estimates(name: str) -> None:
    condition = next(one for one in CONDITIONS if one.name == name)
    z = []
    for sample in range(SAMPLES):
        data = draw(condition, 1000, np.random.default_rng([SEED, 99, sample]))
        table = cm.sem(MODEL, data, cluster="team", **condition.options).parameters
        rows = table.set_index(["lhs", "op", "rhs", "level"]).loc[list(TRUTH)]
        z.append((rows["est"] - list(TRUTH.values())) / rows["se"])
    spread = np.array(z)
    assert 0.85 < np.sqrt((spread**2).mean()) < 1.15
    assert np.abs(spread.mean(axis=0)).max() < 0.6


def test_the_page_keeps_within_the_bands() -> None:
    rows = [
        line.split("|")[1:-1] for line in PAGE.read_text(encoding="utf-8").splitlines() if "| 1,000 |" in line
    ]
    assert len(rows) == len(CONDITIONS)
    for row in rows:
        assert 93.5 <= float(row[4].strip().rstrip("%")) <= 96.5
        assert 2.5 <= float(row[6].strip().rstrip("%")) <= 8.0
