"""The lavaan model syntax."""

from __future__ import annotations

import math

import pytest

from coprod_measure.errors import ModelError
from coprod_measure.estimation.specification.syntax import Formula, parse_constraints, parse_model


def formula(text: str, at: int = 0) -> Formula:
    return parse_model(text).formulas[at]


def named(text: str) -> list[str]:
    return [f"{f.lhs} {f.op} {f.rhs}".strip() for f in parse_model(text).formulas]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f =~ x1 + x2", ["f =~ x1", "f =~ x2"]),
        ("f <~ x1", ["f <~ x1"]),
        ("y ~ x + z", ["y ~ x", "y ~ z"]),
        ("y1 + y2 ~ x", ["y1 ~ x", "y2 ~ x"]),
        ("y ~~ z", ["y ~~ z"]),
        ("y ~ 1", ["y ~1"]),
        ("y ~ 1 + x", ["y ~1", "y ~ x"]),
        ("y | t1 + t2", ["y | t1", "y | t2"]),
        ("y ~*~ y", ["y ~*~ y"]),
        ("y ~ x:z", ["y ~ x:z"]),
        ("f=~x1;g=~x2", ["f =~ x1", "g =~ x2"]),
        ("# one\nf =~ x1 + # two\n x2\n! three", ["f =~ x1", "f =~ x2"]),
        ("f =~ x1 +\n\n  x2 +\n x3\ng =~ x4", ["f =~ x1", "f =~ x2", "f =~ x3", "g =~ x4"]),
        ("f =~\n x1", ["f =~ x1"]),
        ("näme.1 =~ x_1", ["näme.1 =~ x_1"]),
    ],
)
def test_operators_and_layout(text: str, expected: list[str]) -> None:
    assert named(text) == expected


def test_modifiers() -> None:
    assert formula("f =~ 0.5*x").fixed == (0.5,)
    assert formula("f =~ -1e-2*x").fixed == (-0.01,)
    assert math.isnan(formula("f =~ NA*x").fixed[0])
    assert formula("f =~ a*x").label == ("a",)
    assert formula("f =~ 'a b'*x").label == ("ab",)
    assert formula("f =~ start(0.3)*x").start == (0.3,)
    assert formula("f =~ 0.3?x").start == (0.3,)
    assert formula("f =~ equal('f=~x1')*x2").label == ("f=~x1",)
    assert formula("f =~ label('a')*x").label == ("a",)
    assert formula("f =~ lower(0)*upper(1)*x").lower == (0.0,)
    assert formula("f =~ lower(0)*upper(1)*x").upper == (1.0,)
    assert formula("f =~ c(a, b)*x").label == ("a", "b")
    assert formula("y ~ 0*1").fixed == (0.0,)
    both = formula("f =~ c(1, NA)*x")
    assert both.fixed[0] == 1.0
    assert math.isnan(both.fixed[1])


def test_modifiers_may_be_arithmetic_and_go_by_group() -> None:
    found = parse_model(
        "f =~ sqrt(2)*x1 + -1/3*x2 + start(c(1, 2))*x3 + equal(c('a', 'b'))*x4 + as.numeric(NA)*x5 + pi*x6"
    ).formulas
    assert found[0].fixed == (math.sqrt(2),)
    assert found[1].fixed == (-1 / 3,)
    assert found[2].start == (1.0, 2.0)
    assert found[3].label == ("a", "b")
    assert math.isnan(found[4].fixed[0])
    # A name alone is a label, whatever it may mean elsewhere.
    assert found[5].label == ("pi",)


def test_repeated_terms_add_their_modifiers() -> None:
    merged = parse_model("f =~ x1 + a*x2 + start(2)*x2").formulas
    assert len(merged) == 2
    assert (merged[1].label, merged[1].start) == (("a",), (2.0,))
    several = formula("f =~ a*start(2)*x")
    assert (several.label, several.start) == (("a",), (2.0,))


def test_constraints() -> None:
    found = parse_model("f =~ a*x1 + b*x2\nab := a * (b + 2)\na == 2*b\na > 0; b < exp(1)").constraints
    assert [(c.lhs, c.op, c.rhs) for c in found] == [
        ("ab", ":=", "a*(b+2)"),
        ("a", "==", "2*b"),
        ("a", ">", "0"),
        ("b", "<", "exp(1)"),
    ]
    assert [c.lhs for c in parse_constraints("a == b; c == 0")] == ["a", "c"]


@pytest.mark.parametrize(
    ("text", "place", "cause"),
    [
        ("f = x1", "line 1, column 3", r"Did you mean =~ or ~\?"),
        ("f =~ x1 @ x2", "line 1, column 9", "unexpected character '@'. Remove it"),
        ("f =~ x1\ng x2", "line 1, column 6", "variable name is expected"),
        ("g x2", "line 1, column 1", "no operator"),
        ("f =~ x1\n\ny ~ x ~ z", "line 3, column 7", "second operator"),
        ("f =~ x1 + ", "line 1, column 9", "missing"),
        ("f =~ + x1", "line 1, column 6", "missing before"),
        ("f =~ foo(3)*x", "line 1, column 6", "unknown modifier"),
        ("f =~ x1)", "line 1, column 8", "too many"),
        ("f =~ c(1, 2*x", "line 1, column 13", "not closed"),
        ("f =~ 2", "line 1, column 6", "not a variable"),
        ("2*f =~ x", "line 1, column 1", "left side"),
        ("a + b := 2", "line 1, column 1", "one name"),
        ("a ==", "line 1, column 3", "empty"),
        ("block: 1\nf =~ x", "line 1, column 1", "blocks"),
        ("group: 1 f =~ x", "line 1, column 1", "names one group"),
        ("x1 + x2\ngroup: 2\nf =~ x", "line 1, column 1", "no operator"),
        ("f =~ x + 1/0*y", "line 1, column 10", "is no number"),
        ("f =~ x + start(1/0)*y", "line 1, column 16", "is no number"),
        ("x | tt1 + t2", "line 1, column 5", "no threshold"),
        ("x | t2\u0275", "line 1, column 5", "no threshold"),
        (
            "+".join(f"y{i}" for i in range(400)) + "~" + "+".join(f"x{i}" for i in range(400)),
            "",
            "160,000 par",
        ),
        ("f =~ 'x", "line 1, column 6", "unexpected character"),
        ("", "model", "empty"),
    ],
)
def test_errors_show_line_and_column(text: str, place: str, cause: str) -> None:
    with pytest.raises(ModelError, match=cause) as caught:
        parse_model(text)
    assert place in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("product", ["`a b`:`c d`", "`a b`:c", "c:`a b`", '"a b":c'])
def test_products_of_names_in_quotes_are_one_name(product: str) -> None:
    formula = parse_model(f"y ~ x + {product}").formulas[1]
    first, second = product.replace("`", "").replace('"', "").split(":")
    assert formula.rhs == f"{first}:{second}"


def test_headers_of_groups_are_no_products() -> None:
    assert [f.rhs for f in parse_model("group: `a b`\ny ~ x").formulas] == ["x"]
