"""The pages of simulation studies say how they were made, and hold what their scripts would write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def rows_of(page: str) -> list[dict[str, str]]:
    """Rows of every table of a page, by the names of their columns."""
    found: list[dict[str, str]] = []
    head: list[str] = []
    for line in (REFERENCE / page).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        if not cells:
            head = []
        elif not head:
            head = cells
        elif not line.startswith("|---"):
            found.append(dict(zip(head, cells, strict=True)))
    return found


@pytest.mark.parametrize("page", ["estimation-coverage.md", "measurement-recovery.md"])
def test_a_study_states_seed_replications_and_versions(page: str) -> None:
    text = (REFERENCE / page).read_text(encoding="utf-8")
    assert re.search(r"Made by `python -m benchmarks\.\w+`", text)
    assert re.search(r"^Seed \d+; python 3\.\d+.*numpy \d.*scipy \d", text, re.MULTILINE)
    rows = rows_of(page)
    samples = [row["samples"] for row in rows if "samples" in row]
    assert len(samples) > 5
    assert all(int(number.replace(",", "")) >= 100 for number in samples)


def test_the_study_of_coverage_holds_every_estimator_that_is_promised() -> None:
    rows = rows_of("estimation-coverage.md")
    assert {"ML", "MLR", "FIML", "WLSMV"} <= {row["estimator"] for row in rows}
    assert {"normal, MCAR", "normal, MAR"} <= {row["data"] for row in rows if row["estimator"] == "FIML"}


def test_rows_say_truly_whether_they_lie_within_the_bands() -> None:
    for row in rows_of("estimation-coverage.md"):
        covers, rejects = float(row["coverage"].rstrip("%")), float(row["rejects"].rstrip("%"))
        held = 93.5 <= covers <= 96.5 and 3.5 <= rejects <= 7.0
        assert row["within both bands"].startswith("yes" if held else "no"), row


def test_the_benchmark_page_says_how_to_redo_it() -> None:
    text = (REFERENCE / "benchmarks.md").read_text(encoding="utf-8")
    assert "make bench" in text
    assert "BLAS" in text
    assert re.search(r"lavaan\s+\d", text)


def test_hypotheses_that_are_found_where_they_do_not_hold_are_bold() -> None:
    rows = rows_of("hypothesis-recovery.md")
    assert len({row["hypothesis"] for row in rows}) >= 90
    for row in rows:
        false = row["population"] == "does not hold" and int(row["samples"]) >= 50
        too_often = false and float(row["supported"].strip("*%")) > 7.0
        assert row["supported"].startswith("**") == too_often, row
