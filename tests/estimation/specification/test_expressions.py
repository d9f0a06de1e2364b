"""Arithmetic on labels."""

from __future__ import annotations

import math

import pytest

from coprod_measure.errors import ModelError
from coprod_measure.estimation.specification.expressions import parse_expression

A, B = 1.3, 0.4


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a + b", A + B),
        ("a - b - 1", A - B - 1),
        ("a - (b - 1)", A - (B - 1)),
        ("2*a/b", 2 * A / B),
        ("-a^2", -(A**2)),
        ("2^-1", 0.5),
        ("2^3^2", 512.0),
        ("a**2", A**2),
        ("exp(a) + log(b)", math.exp(A) + math.log(B)),
        ("sqrt(abs(-a))", math.sqrt(A)),
        ("max(a, b) - min(a, b)", A - B),
        (".5e1*a", 5 * A),
        ("pi", math.pi),
        ("a^b", A**B),
    ],
)
def test_values(text: str, value: float) -> None:
    expression, _ = parse_expression(text)
    assert complex(expression({"a": A + 0j, "b": B + 0j})).real == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["a*b", "a/b", "exp(a*b)", "sqrt(a)", "a^3", "a^b", "abs(-a)", "max(a, b)", "log(a)/b"]
)
def test_derivatives_by_the_complex_step(text: str) -> None:
    expression, names = parse_expression(text)
    for name in names:
        at = {"a": A + 0j, "b": B + 0j}
        exact = complex(expression(at | {name: at[name] + 1e-30j})).imag / 1e-30
        h = 1e-6
        up, down = (complex(expression(at | {name: at[name] + sign * h})).real for sign in (1, -1))
        assert exact == pytest.approx((up - down) / (2 * h), abs=1e-7)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a +",
        "(a",
        "a b",
        "open(a)",
        "__import__(a)",
        "a.b()",
        "a;b",
        "1..2",
        "a,b",
        "sqrt(a,2)",
        "abs(a,a)",
        "1e999",
        "(" * 300 + "a" + ")" * 300,
        "2^" * 300 + "a",
    ],
)
def test_what_is_not_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match="expression"):
        parse_expression(text, "model, line 3")


def test_long_sums_and_many_signs_have_values() -> None:
    assert parse_expression("+".join("a" * 5000))[0]({"a": A}) == pytest.approx(5000 * A)
    assert parse_expression("-" * 2001 + "a")[0]({"a": A}) == pytest.approx(-A)


@pytest.mark.parametrize("text", ["a^(1/0)", "9**9**9**9", "1/0", "exp(9^9)*0"])
def test_what_leaves_the_range_of_numbers_is_no_number(text: str) -> None:
    assert not math.isfinite(complex(parse_expression(text)[0]({"a": A + 0j})).real)


def test_a_choice_takes_the_value_and_the_slope_of_its_branch() -> None:
    expression, names = parse_expression("ifelse(a > 0.5, a^2, -b)")
    assert set(names) == {"a", "b"}
    assert expression({"a": 2.0, "b": 3.0}) == 4.0
    assert expression({"a": 0.0, "b": 3.0}) == -3.0
    assert expression({"a": 2.0 + 1e-20j, "b": 3.0}).imag == pytest.approx(4e-20)
    with pytest.raises(ModelError, match="does not compare"):
        parse_expression("ifelse(a, 1, 2)")
