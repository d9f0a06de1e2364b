"""Skip rules and planned missing tell what was not shown from what was not answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coprod_measure.instrument.conditions import holds, parse_condition
from coprod_measure.instrument.definition import Block, Form, Instrument
from coprod_measure.responses.not_shown import hidden_by_rules
from coprod_measure.responses.read import read_responses


@pytest.mark.parametrize(
    "rule",
    [
        "trust_1 == 2",
        "trust_1 != 2 and skill_1 >= 3",
        "not (trust_1 in [1, 2]) or skill_1 < 2",
        "trust_1 > 2",
        "trust_1 <= 2",
    ],
)
def test_rules_on_columns_say_the_same_as_on_one_respondent(instrument: Instrument, rule: str) -> None:
    rng = np.random.default_rng(1)
    answers = {id_: rng.choice([1, 2, 3, np.nan], 40) for id_ in ("trust_1", "skill_1", "skill_2")}
    items = {**instrument.items, "skill_2": replace(instrument.items["skill_2"], show_if=rule)}
    hidden = hidden_by_rules(answers, replace(instrument, items=items))["skill_2"]
    condition = parse_condition(rule)
    for i in range(40):
        person = {id_: None if np.isnan(x[i]) else float(x[i]) for id_, x in answers.items()}
        assert hidden[i] == (not holds(condition, person))


def test_blank_behind_a_closed_door_was_not_shown(
    written: Callable[..., Path], instrument: Instrument
) -> None:
    items = {**instrument.items, "skill_2": replace(instrument.items["skill_2"], show_if="consent == 1")}
    got = read_responses(written("consent,skill_2\n1,\n0,\n1,3\n"), replace(instrument, items=items))
    assert got.missing["skill_2"].tolist() == ["unanswered", "not_shown", ""]


def test_planned_missing_was_not_shown(written: Callable[..., Path], instrument: Instrument) -> None:
    form = Form(
        "three",
        "Planned",
        (Block("x", ("trust_1",)), Block("a", ("skill_1",)), Block("b", ("skill_2",))),
        versions={"A": ("x", "a"), "B": ("x", "b")},
    )
    path = written("version,trust_1,skill_1,skill_2\nA,1,2,\nB,,,3\nA,1,,\n")
    got = read_responses(path, replace(instrument, forms={"three": form}))
    assert got.missing["skill_1"].tolist() == ["", "not_shown", "unanswered"]
    assert got.missing["skill_2"].tolist() == ["not_shown", "", "not_shown"]
    assert got.missing["trust_1"].tolist() == ["", "unanswered", ""]
