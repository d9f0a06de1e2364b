"""Cleaning rules in order: flow, log, marks, families; nothing silent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coprod_measure.errors import ResponsesError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.clean import clean
from coprod_measure.responses.cleaning_rules import CleaningRules, Rule
from coprod_measure.responses.dataset import FLOW_COLUMNS, LOG_COLUMNS, Responses
from coprod_measure.responses.read import read_responses

Written = Callable[..., Path]
ROWS = """id,consent,attention_1,trust_1,trust_2,trust_3,skill_1,skill_2,skill_3,age,duration
a,1,4,1,5,2,3,4,2,30,60
b,0,4,1,5,2,3,4,2,30,60
c,1,1,5,1,5,4,3,4,40,60
a,1,4,2,5,2,3,4,2,30,60
d,1,2,5,2,5,5,5,5,20,5
e,1,4,4,2,4,,,,109,60
"""


@pytest.fixture
def answers(written: Written, instrument: Instrument) -> Responses:
    return read_responses(written(ROWS), instrument)


def rules(*given: Rule, min_flags: int = 0) -> CleaningRules:
    return CleaningRules(version="1", dated="2026-01-01", min_flags=min_flags, rules=given)


def rule(id_: str, index: str, op: str, value: float, action: str = "mark", **more: object) -> Rule:
    return Rule(id=id_, index=index, op=op, value=value, action=action, rationale="a reason", **more)  # type: ignore[arg-type]


def test_default_rules_leave_a_flow_and_a_log(answers: Responses) -> None:
    got = clean(answers)
    assert list(got.flow.columns) == list(FLOW_COLUMNS)
    assert list(got.log.columns) == list(LOG_COLUMNS)
    assert (got.flow["n_in"] - got.flow["excluded"]).tolist() == got.flow["n_out"].tolist()
    assert got.flow["n_in"].tolist()[1:] == got.flow["n_out"].tolist()[:-1]
    assert set(got.log["respondent"]) == {"b", "a#2", "d"}
    assert list(got.frame.index) == ["a", "c", "e"]
    assert got.n == answers.n - len(got.log)
    assert got.rules is not None
    assert len(got.rules.sha256) == 64


def test_input_is_never_changed(answers: Responses) -> None:
    before = answers.frame.copy(deep=True), answers.about.copy(deep=True), answers.missing.copy(deep=True)
    clean(answers)
    clean(answers, rules(rule("typo", "value", ">", 100, "set_missing", on=("age",))))
    assert before[0].equals(answers.frame)
    assert before[1].equals(answers.about)
    assert before[2].equals(answers.missing)


def test_marks_exclude_only_together_and_by_family(answers: Responses) -> None:
    marking = (
        rule("fast", "seconds_per_item", "<", 2),
        rule("short", "duration", "<", 10),
        rule("attention", "attention_failed", ">=", 1),
    )
    got = clean(answers, rules(*marking, min_flags=2))
    assert got.log[["respondent", "column", "before", "after", "rule"]].to_numpy().tolist() == [
        ["d", "flags", 2, "excluded", "consensus"]
    ]
    assert got.log["reason"].tolist() == ["marked by at least 2 kinds of evidence: fast, short, attention"]
    assert got.about.loc["c", "mark:attention"]
    assert got.about["flags"].tolist() == [0, 0, 1, 0, 0]
    speed_only = clean(answers, rules(*marking[:2], min_flags=2))
    assert speed_only.n == answers.n


def test_without_exclusions_every_rule_marks(answers: Responses) -> None:
    got = clean(answers, exclude=False)
    assert got.n == answers.n
    assert got.log.empty
    assert got.about["mark:no_consent"].sum() == 1
    assert got.flow["excluded"].sum() == 0


def test_single_answers_are_set_missing_and_logged(answers: Responses) -> None:
    got = clean(answers, rules(rule("typo", "value", ">", 4, "set_missing", on=("trust_2",))))
    assert got.frame["trust_2"].isna().sum() == 3
    assert got.shown["trust_2"].isna().sum() == 3
    assert got.missing["trust_2"].tolist().count("unanswered") == 3
    assert got.log["before"].tolist() == [5, 5, 5]
    assert set(got.log["column"]) == {"trust_2"}
    assert got.frame.loc["c", "trust_2"] == 5


def test_percentile_rules(answers: Responses) -> None:
    got = clean(answers, rules(rule("slowest", "duration", "<", 20, "exclude", basis="percentile")))
    assert set(got.log["respondent"]) == {"d"}


def test_index_that_cannot_be_computed_says_why_and_strikes_nobody(answers: Responses) -> None:
    got = clean(answers, rules(rule("bogus", "bogus_failed", ">", 0, "exclude")))
    assert got.n == answers.n
    assert "no item with the role 'bogus'" in got.flow["reason"].iloc[-1]


def test_long_strings_need_the_order_as_shown(answers: Responses) -> None:
    strict = rules(rule("line", "longstring", ">=", 3))
    known = clean(answers, strict)
    assert known.about.loc["d", "mark:line"]
    unknown = clean(replace(answers, form=""), strict)
    assert "order" in unknown.flow["reason"].iloc[-1]
    assert "mark:line" not in unknown.about
    blocks = answers.instrument.forms["main"].blocks
    shuffled = replace(answers.instrument.forms["main"], blocks=(replace(blocks[0], randomize=True),))
    instrument = replace(answers.instrument, forms={"main": shuffled})
    refused = clean(replace(answers, instrument=instrument), strict)
    assert "random order" in refused.flow["reason"].iloc[-1]


def test_nobody_left_is_an_error(answers: Responses) -> None:
    with pytest.raises(ResponsesError, match="no respondent is left") as error:
        clean(answers, rules(rule("all", "answered", ">", 0, "exclude")))
    assert error.value.problems[0].code == "nobody-left"


def test_rules_younger_than_the_data_are_named(written: Written, instrument: Instrument) -> None:
    path = written("id,trust_1,started\na,1,2025-12-31 10:00:00\n")
    got = clean(read_responses(path, instrument), rules(rule("x", "answered", "<", 0)))
    assert any("after the first answer" in warning for warning in got.warnings)


def test_unknown_items_and_columns_are_refused(answers: Responses) -> None:
    with pytest.raises(ResponsesError, match="does not have"):
        clean(answers, rules(rule("x", "irv", "<", 1, on=("trust_77",))))
    with pytest.raises(ResponsesError, match="neither an item nor a kept column"):
        clean(answers, rules(rule("x", "column", "<", 1, on=("arm",))))


def test_same_rules_give_the_same_record(answers: Responses) -> None:
    first, second = clean(answers), clean(answers)
    assert first.log.equals(second.log)
    assert first.frame.equals(second.frame)
    assert np.array_equal(first.about["flags"], second.about["flags"])
