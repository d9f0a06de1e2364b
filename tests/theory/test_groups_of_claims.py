"""Groups that a claim names: what is unknown, and what no test would carry out."""

from __future__ import annotations

from pathlib import Path

import pytest

from coprod_measure.errors import TheoryError
from coprod_measure.theory.checks import check_theory
from coprod_measure.theory.read import read_theory

HEAD = """
id: own
title: Own
version: "1.0"
constructs:
  trust: {name: Trust, definition: d}
  drive: {name: Drive, definition: d}
  kind_of: {name: Kind, definition: d, measurement: observed}
hypotheses:
  A1: {statement: It., sources: [trust], targets: [drive], %s}
"""


def written(folder: Path, claim: str) -> Path:
    path = folder / "theory.yaml"
    path.write_text(HEAD % claim, encoding="utf-8")
    return path


def test_groups_are_constructs_or_columns_of_the_design(tmp_path: Path) -> None:
    own = "level: direct, across: [kind_of, country], within: {category: [digital], kind_of: [a, b]}"
    read = read_theory(written(tmp_path, own)).hypotheses["A1"]
    assert read.across == ("kind_of", "country")
    assert read.within == {"category": ("digital",), "kind_of": ("a", "b")}
    with pytest.raises(TheoryError) as caught:
        read_theory(written(tmp_path, "level: direct, across: [kind_off], within: {contry: [a]}"))
    assert [(one.cause, one.cure) for one in caught.value.problems] == [
        ("there is no construct 'kind_off'", "Did you mean 'kind_of'?"),
        ("there is no construct 'contry'", "Did you mean 'country'?"),
    ]


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ("level: measurement, across: [kind_of]", "across-without-paths"),
        ("level: direct, needs_waves: 2, across: [kind_of]", "across-without-paths"),
        ("level: direct, contrast: {a: 1, b: -1}", "contrast-without-groups"),
        ("level: direct, across: [kind_of], contrast: {a: 1, b: 2}", "contrast-of-one-side"),
        ("level: group_difference, moderators: [kind_of], contrast: {a: 1, b: -1}", "contrast-of-paths"),
    ],
)
def test_comparisons_that_no_test_carries_out_are_warned_of(tmp_path: Path, claim: str, code: str) -> None:
    assert code in [one.problem.code for one in check_theory(written(tmp_path, claim))]


def test_sound_ones_are_not(tmp_path: Path) -> None:
    path = written(tmp_path, "level: direct, across: [kind_of], contrast: {a: 1, b: -1}")
    assert not [
        one for one in check_theory(path) if "across" in one.problem.code or "contrast" in one.problem.code
    ]
