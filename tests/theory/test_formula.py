"""Formulas over constructs: read as arithmetic, computed row by row, refused where they are anything else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprod_measure.errors import TheoryError
from coprod_measure.theory.formula import read_formula

NUMBERS = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_the_usual_order_of_operations(a: float, b: float, c: float, d: float) -> None:
    values = {name: np.array([x]) for name, x in zip("abcd", (a, b, c, d), strict=True)}
    found = read_formula("-a + 2 * (b - c) / 4 - b * c * -d").of(values)
    assert found[0] == pytest.approx(-a + 2 * (b - c) / 4 + b * c * d, rel=1e-9, abs=1e-6)


def test_what_does_not_exist_is_missing() -> None:
    rows = {"a": np.array([1.0, 1.0, np.nan, 1e308]), "b": np.array([2.0, 0.0, 1.0, 1e-308])}
    assert np.isnan(read_formula("a / b").of(rows)).tolist() == [False, True, True, True]


def test_terms_carry_their_signs() -> None:
    terms = read_formula("a - (b * c - d) + -(e / 2)").terms()
    assert [(sign, one.text) for sign, one in terms] == [(1, "a"), (-1, "b * c"), (1, "d"), (-1, "e / 2")]
    assert terms[1][1].names == ("b", "c")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a +", "it is no arithmetic"),
        ("__import__('os').system('ls')", "is no arithmetic"),
        ("a.b", "is no arithmetic"),
        ("a ** 9 ** 9", "is no arithmetic"),
        ("a if b else c", "is no arithmetic"),
        ("'x' * a", "is no arithmetic"),
        ("True + a", "is no arithmetic"),
        ("1e999 * a", "too large"),
        ("1 + 2", "names no construct"),
        ("(" * 400 + "a" + ")" * 400, "longer than 500"),
        ("a" + "+a" * 249 + "(" * 3, "is no arithmetic|longer"),
        ("\x00a", "cannot be read"),
    ],
)
def test_anything_else_is_refused(text: str, said: str) -> None:
    with pytest.raises(TheoryError, match=said):
        read_formula(text)
