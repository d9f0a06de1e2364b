"""The page on how often hypotheses are found holds what was counted."""

from __future__ import annotations

import re

import pandas as pd

from benchmarks.recovery import COUNTS, PAGE


def test_every_row_is_that_of_the_counts() -> None:
    counts = pd.read_csv(COUNTS).query("samples > 0")
    judged = counts["samples"] - counts["failed"]
    counted = {
        (
            row.hypothesis,
            row.holds,
            row.samples,
            row.failed,
            f"{row.supported / n:.1%}",
            f"{row.contradicted / n:.1%}",
        )
        for row, n in zip(counts.itertuples(), judged, strict=True)
    }
    rows = re.findall(r"^\| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    cells = [row.replace("*", "").split(" | ") for row in rows]
    told = {
        (id_, int(population == "holds"), int(samples), int(failed), supported, contradicted)
        for id_, _, population, samples, failed, supported, contradicted, *_ in cells
        if population in ("holds", "does not hold")
    }
    assert told == counted, "run: python -m benchmarks.recovery 0"
