"""Intervals of two levels hold the truth: a small form of ``benchmarks.two_level_coverage``."""

from __future__ import annotations

import numpy as np
import pandas as pd
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
    lines = [line.split("|")[1:-1] for line in PAGE.read_text(encoding="utf-8").splitlines() if "|" in line]
    table = pd.DataFrame(lines[2:], columns=lines[0]).map(str.strip).rename(columns=str.strip)
    assert len(table) == 4 * len(CONDITIONS)
    shares = table[["coverage", "rejects"]].map(lambda cell: float(cell.rstrip("%")))
    many = table["rows"] == "1,000"
    assert shares.loc[many, "coverage"].between(93.5, 96.5).all()
    assert shares.loc[many, "rejects"].between(2.5, 8.0).all()
    few = shares[table["inference"] == "`few_clusters()`"].reset_index(drop=True)
    assert few["coverage"].between(93.5, 96.5).all()
    assert few["rejects"].between(3.5, 7.0).all()
