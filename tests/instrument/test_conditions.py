import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprod_measure.instrument.conditions import (
    Comparison,
    ConditionSyntaxError,
    Every,
    Negation,
    Some,
    comparisons_in,
    holds,
    items_in,
    parse_condition,
)


def test_and_binds_closer_than_or():
    assert parse_condition("a == 1 or b == 2 and c == 3") == Some(
        (Comparison("a", "==", (1.0,)), Every((Comparison("b", "==", (2.0,)), Comparison("c", "==", (3.0,)))))
    )


def test_parentheses_not_and_lists():
    rule = parse_condition("not (a in [1, 2.5] or b != -3)")
    assert rule == Negation(Some((Comparison("a", "in", (1.0, 2.5)), Comparison("b", "!=", (-3.0,)))))
    assert items_in(rule) == ("a", "b")
    assert len(comparisons_in(rule)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a =",
        "a = 1",
        "a == b",
        "== 1",
        "a == 1 b == 2",
        "(a == 1",
        "a in [1",
        "and",
        "not",
        "a == 1 and",
        "a ~ 1",
        "",
    ],
)
def test_unreadable_rules_say_what_was_expected(text):
    with pytest.raises(ConditionSyntaxError, match=r"expected|cannot be read"):
        parse_condition(text)


def test_a_rule_of_any_length_or_depth_ends():
    with pytest.raises(ConditionSyntaxError, match="too long"):
        parse_condition("(" * 2000)


def test_an_unanswered_item_makes_its_comparison_false():
    assert not holds(parse_condition("a != 1"), {})
    assert holds(parse_condition("not a == 1"), {"a": None})


@given(a=st.integers(0, 3), b=st.integers(0, 3))
def test_rules_decide_as_python_does(a, b):
    text = "a == 1 and not b >= 2 or a in [2, 3] and (b < 1 or b != 2) or a <= 0 and b > 2"
    expected = (a == 1 and not b >= 2) or (a in [2, 3] and (b < 1 or b != 2)) or (a <= 0 and b > 2)
    assert holds(parse_condition(text), {"a": a, "b": b}) == expected
