"""The order shown: from the form, from the platform, or refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.instrument.definition import Block, Form, Instrument
from coprod_measure.responses.clean import clean
from coprod_measure.responses.cleaning_rules import CleaningRules, Rule
from coprod_measure.responses.order_shown import answers_as_shown
from coprod_measure.responses.read import read_responses

Written = Callable[..., Path]
ITEMS = ["trust_1", "trust_3", "skill_1", "skill_2", "skill_3"]
HEAD = "StartDate,ResponseId,Finished,trust_1,trust_3,skill_1,skill_2,skill_3,p1_First Click,p1_Page Submit"
LIKE = HEAD.replace("StartDate", "Start Date").replace("ResponseId", "Response ID")


@pytest.fixture
def shuffled(instrument: Instrument) -> Instrument:
    blocks = (
        Block("b1", ("trust_1", "trust_3")),
        Block("b2", ("skill_1", "skill_2", "skill_3"), randomize=True),
    )
    return replace(instrument, forms={"f": Form("f", "F", blocks)})


ORDERS = {
    "lists": (["b2_DO"], [["skill_3|skill_1|skill_2"], ["skill_2|skill_3|skill_1"], [""]]),
    "ranks": (
        ["b2_DO_skill_1", "b2_DO_skill_2", "b2_DO_skill_3"],
        [["2", "3", "1"], ["3", "1", "2"], ["", "", ""]],
    ),
}


@pytest.mark.parametrize("shape", ORDERS)
def test_shuffled_items_are_put_in_the_order_shown(
    shape: str, written: Written, shuffled: Instrument
) -> None:
    heads, cells = ORDERS[shape]
    rows = [f"2026-01-13 10:00:00,R_{i},1,1,2,3,4,5,0.5,9.5,{','.join(cells[i])}" for i in range(3)]
    text = "\n".join([",".join([HEAD, *heads]), ",".join([LIKE, *heads]), *rows])
    got = read_responses(written(text), shuffled)
    assert got.unmapped == ()
    assert got.about["page:p1"].tolist() == [9.5] * 3
    order = answers_as_shown(got, ITEMS)
    assert isinstance(order, np.ndarray)
    np.testing.assert_array_equal(order[:2], [[1, 2, 5, 3, 4], [1, 2, 4, 5, 3]])
    assert np.isnan(order[2]).all()
    rule = Rule(id="line", index="longstring", op=">=", value=2, action="mark", rationale="a line")
    cleaned = clean(got, CleaningRules(version="1", dated="", min_flags=0, rules=(rule,)))
    assert cleaned.positions is not None
    assert "unknown for 1" in cleaned.flow["reason"].iloc[-1]


def test_order_follows_the_form_and_not_the_file(written: Written, shuffled: Instrument) -> None:
    blocks = tuple(replace(block, randomize=False) for block in shuffled.forms["f"].blocks)
    plain = replace(shuffled, forms={"f": Form("f", "F", blocks)})
    got = read_responses(written("skill_3,trust_1,skill_1,trust_3,skill_2\n5,1,3,2,4\n"), plain)
    order = answers_as_shown(got, ITEMS)
    assert isinstance(order, np.ndarray)
    assert order.tolist() == [[1, 2, 3, 4, 5]]


def test_unknown_orders_are_refused(written: Written, shuffled: Instrument) -> None:
    got = read_responses(written("trust_1,trust_3,skill_1,skill_2,skill_3\n1,2,3,4,5\n"), shuffled)
    assert isinstance(answers_as_shown(got, ITEMS), NotAvailable)
    assert isinstance(answers_as_shown(replace(got, form=""), ITEMS), NotAvailable)
    mixed = replace(shuffled.forms["f"], randomize_blocks=("a", "b"))
    assert isinstance(
        answers_as_shown(replace(got, instrument=replace(shuffled, forms={"f": mixed})), ITEMS), NotAvailable
    )
    assert isinstance(answers_as_shown(got, ["trust_1", "trust_3"]), np.ndarray)
