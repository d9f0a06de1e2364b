"""The page on hypotheses names every field and every word that a theory file may hold."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

from coprod_measure.theory.definition import Hypothesis, Rule, TestedBy

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "claims.md"


def test_fields_and_words_are_those_of_theory_files() -> None:
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")
    said, words = parts[1], parts[2]
    told = {
        name
        for row in re.findall(r"^\| (`.*?) \|", said, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    assert told == {one.name for one in fields(Hypothesis)} - {"id"}
    assert set(re.findall(r"^\| `(\w+)` \|", words, re.MULTILINE)) == set(get_args(TestedBy))
    assert all(f"`{rule}`" in said for rule in get_args(Rule))
