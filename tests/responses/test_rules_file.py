"""Cleaning rules from YAML: every problem at once, with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from coprod_measure.errors import ResponsesError
from coprod_measure.responses.rules_file import default_rules_path, read_cleaning_rules

Written = Callable[..., Path]


def test_default_rules_are_sound_and_careful() -> None:
    rules = read_cleaning_rules(default_rules_path())
    assert rules.min_flags >= 2
    assert rules.dated
    assert len(rules.sha256) == 64
    lone = {rule.index for rule in rules.rules if rule.action == "exclude"}
    assert not lone & {"longstring", "irv"}
    assert all(rule.rationale for rule in rules.rules)


def test_all_problems_are_named_at_once(written: Written) -> None:
    text = """version: "1"
dated: soon
rules:
  - {id: a, index: longstrng, op: ">", value: 1, action: mark, rationale: r}
  - {id: a, index: irv, op: "~", value: 1, action: mark, rationale: r}
  - {id: b, index: irv, op: ">", value: 1, action: set_missing, rationale: r}
  - {id: c, index: column, op: ">", value: 1, action: mark, rationale: r}
  - {id: d, index: irv, op: ">", value: 101, basis: percentile, action: mark, rationale: r}
  - {id: e, index: irv, op: ">", valu: 1, action: mark, rationale: r}
"""
    with pytest.raises(ResponsesError) as error:
        read_cleaning_rules(written(text, "cleaning.yaml"))
    said = str(error.value)
    assert "Did you mean 'longstring'" in said
    assert "cleaning.yaml:4" in said
    codes = {problem.code for problem in error.value.problems}
    assert {"unknown-index", "unknown-key", "missing-on", "wrong-action", "out-of-bounds"} <= codes


def test_lists_where_words_belong_are_named(written: Written) -> None:
    text = """version: "1"
rules:
  - {id: [a], index: irv, op: [">"], value: 0.1, basis: simulated, action: mark, rationale: r}
  - {index: irv, op: ">", value: 1, action: mark, rationale: r}
  - {index: irv, op: ">", value: 1, action: mark, rationale: r}
"""
    with pytest.raises(ResponsesError) as error:
        read_cleaning_rules(written(text, "cleaning.yaml"))
    codes = [problem.code for problem in error.value.problems]
    assert {"not-text", "unknown-value", "missing-key"} <= set(codes)
    assert "duplicate-id" not in codes


def test_missing_file() -> None:
    with pytest.raises(ResponsesError):
        read_cleaning_rules("no/such/cleaning.yaml")
