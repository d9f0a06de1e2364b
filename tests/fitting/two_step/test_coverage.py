"""Intervals of two steps hold the truth: a small form of ``benchmarks.two_step_coverage``."""

from __future__ import annotations

import numpy as np
import pytest

import coprod_measure as cm
from benchmarks.two_step_coverage import CONDITIONS, PAGE, SEED

SAMPLES = 60


@pytest.mark.parametrize("name", ["two-step", "two-step, robust, heavy tails", "interaction"])
def test_errors_are_the_spread_of_the_estimates(name: str) -> None:
    condition = next(one for one in CONDITIONS if one.name == name)
    z = []
    for sample in range(SAMPLES):
        data = condition.draw(np.random.default_rng([SEED, 99, sample]), 300)
        table = cm.sam(condition.model, data, **condition.options).parameters
        rows = table[(table["op"] == "~") & (table["lhs"] == "f3")].set_index("rhs")
        away = rows.loc[list(condition.truth), "est"] - list(condition.truth.values())
        z.append(away / rows.loc[list(condition.truth), "se"])
    spread = np.array(z)
    assert 0.8 < np.sqrt((spread**2).mean()) < 1.2
    assert np.abs(spread.mean(axis=0)).max() < 0.5


def test_the_page_keeps_within_the_band() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if "| 500 |" in line]
    intervals, tests = ([row for row in rows if len(row) == width] for width in (9, 6))
    assert len(intervals) >= 20
    inside = [93.5 <= float(row[6].rstrip("%")) <= 96.5 for row in intervals]
    assert [row[7] == "yes" for row in intervals] == inside
    # What lies outside: gaps in small samples, and errors of MIIV, which rest on normal answers.
    assert {row[0] for row, fine in zip(intervals, inside, strict=True) if not fine} <= {
        "FIML, three forms",
        "FIML of the factors, three forms",
        "MIIV, heavy tails",
    }
    assert len(tests) >= 14
    corrected = [float(row[4].rstrip("%")) for row in tests]
    assert [row[5] == "yes" for row in tests] == [3.5 <= rate <= 7.0 for rate in corrected]
    assert sum(corrected) / len(corrected) < 7.0
