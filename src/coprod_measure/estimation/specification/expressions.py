"""Arithmetic on parameter labels: what stands beside ``:=``, ``==``, ``<`` and ``>``."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import NoReturn

import numpy as np

from coprod_measure.errors import ModelError

# Numbers are complex so that derivatives can be taken by the complex step (Squire & Trapp, 1998): exact to
# rounding, without a second parser for derivatives.
Values = Mapping[str, complex]
Expression = Callable[[Values], complex]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>(?:[^\W\d]|\.)[\w.]*)|(?P<sign>\*\*|[<>=!]=|[-+*/^(),<>]))"
)


def _absolute(z: complex) -> complex:
    return z if z.real >= 0 else -z


_DEEPEST = 50
_SEVERAL = ("min", "max")
_FUNCTIONS: dict[str, Callable[..., complex]] = {
    "abs": _absolute,
    "exp": np.exp,
    "log": np.log,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "tanh": np.tanh,
    "atanh": np.arctanh,
    "min": lambda *z: min(z, key=lambda value: value.real),
    "max": lambda *z: max(z, key=lambda value: value.real),
}
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_CONSTANTS = {"pi": np.pi}


class _Parser:
    """Precedence climbing over ``+ - * / ^`` and function calls."""

    def __init__(self, text: str, place: str) -> None:
        self.text, self.place, self.names = text, place, list[str]()
        self.tokens: list[tuple[str, str]] = []
        self.depth = 0
        position, end = 0, len(text.rstrip())
        while position < end:
            match = _TOKEN.match(text, position)
            if match is None:
                self.fail(f"unexpected {text[position:].strip()[:1]!r}")
            self.tokens.append((str(match.lastgroup), str(match.group(str(match.lastgroup)))))
            position = match.end()
        self.at = 0

    def fail(self, cause: str) -> NoReturn:
        raise ModelError(
            f"{cause} in expression {self.text if len(self.text) <= 80 else self.text[:77] + '...'!r}",
            place=self.place,
            cure="Use labels, numbers, + - * / ^ and functions such as exp() or sqrt()",
            code="expression",
        )

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            self.fail("something is missing at the end")
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, sign: str) -> None:
        if self.take()[1] != sign:
            self.fail(f"{sign!r} is missing")

    def sum(self) -> Expression:
        self.depth += 1
        if self.depth > _DEEPEST:
            self.fail(f"more than {_DEEPEST} levels of parentheses")
        terms = [self.product()]
        while self.peek() in ("+", "-"):
            negative, term = self.take()[1] == "-", self.product()
            terms.append(_negated(term) if negative else term)
        self.depth -= 1
        return terms[0] if len(terms) == 1 else lambda values: sum((one(values) for one in terms), 0j)

    def product(self) -> Expression:
        factors = [self.unary()]
        while self.peek() in ("*", "/"):
            below, factor = self.take()[1] == "/", self.unary()
            factors.append(_inverted(factor) if below else factor)
        return factors[0] if len(factors) == 1 else lambda values: math.prod(one(values) for one in factors)

    def unary(self) -> Expression:
        negative = False
        while self.peek() in ("-", "+"):
            negative ^= self.take()[1] == "-"
        return _negated(self.power()) if negative else self.power()

    def power(self) -> Expression:
        left = self.atom()
        if self.peek() in ("^", "**"):
            self.take()
            self.depth += 1
            if self.depth > _DEEPEST:
                self.fail(f"more than {_DEEPEST} powers of powers")
            right = self.unary()
            self.depth -= 1
            return lambda values: _power(left(values), right(values))
        return left

    def atom(self) -> Expression:
        kind, text = self.take()
        if kind == "number":
            number = complex(float(text))
            if not np.isfinite(number):
                self.fail(f"the number {text} is too large")
            return lambda values: number
        if text == "(":
            inner = self.sum()
            self.expect(")")
            return inner
        if kind != "name":
            self.fail(f"{text!r} is not expected")
        if self.peek() == "(":
            return self.call(text)
        if text in _CONSTANTS:
            constant = complex(_CONSTANTS[text])
            return lambda values: values.get(text, constant)
        self.names.append(text)
        return lambda values: values[text]

    def choice(self) -> Expression:
        """Read ``(left < right, yes, no)`` after ``ifelse``."""
        self.take()
        left = self.sum()
        _, sign = self.take()
        if sign not in _COMPARED:
            self.fail(f"{sign!r} does not compare")
        compared, right = _COMPARED[sign], self.sum()
        self.expect(",")
        yes = self.sum()
        self.expect(",")
        no = self.sum()
        self.expect(")")
        return lambda values: (yes if compared(left(values).real, right(values).real) else no)(values)

    def call(self, name: str) -> Expression:
        if name == "ifelse":
            return self.choice()
        if name not in _FUNCTIONS:
            self.fail(f"unknown function {name!r}")
        function = _FUNCTIONS[name]
        self.take()
        arguments = [self.sum()]
        while self.peek() == ",":
            self.take()
            arguments.append(self.sum())
        self.expect(")")
        if len(arguments) > 1 and name not in _SEVERAL:
            self.fail(f"{name}() takes one value, not {len(arguments)},")
        return lambda values: complex(function(*(argument(values) for argument in arguments)))


def _negated(inner: Expression) -> Expression:
    return lambda values: -inner(values)


def _inverted(inner: Expression) -> Expression:
    def inverse(values: Values) -> complex:
        below = inner(values)
        return 1.0 / below if below != 0 else complex(np.nan)

    return inverse


def _finite(expression: Expression) -> Expression:
    """Make what leaves the range of numbers NaN, as it does in lavaan."""

    def value(values: Values) -> complex:
        with np.errstate(all="ignore"):
            try:
                return expression(values)
            except (OverflowError, ValueError, ZeroDivisionError):
                return complex(np.nan)

    return value


def _power(z: complex, exponent: complex) -> complex:
    if exponent.imag == 0 and exponent.real == int(exponent.real) and abs(exponent.real) < 64:
        whole = int(exponent.real)
        return z**whole if z != 0 or whole >= 0 else complex(np.nan)
    return complex(np.exp(exponent * np.log(z))) if z != 0 else 0j


def parse_expression(text: str, place: str = "model") -> tuple[Expression, tuple[str, ...]]:
    """Parse an arithmetic expression; nothing is ever evaluated as program code.

    Parameters
    ----------
    text : str
        For instance ``"a*b + exp(c)"``.
    place : str
        Where it stands, for messages.

    Returns
    -------
    expression : callable
        From a mapping of labels to numbers (complex allowed) to the value.
    names : tuple of str
        The labels that it uses.

    Raises
    ------
    ModelError
        If the text is not an expression.
    """
    parser = _Parser(text, place)
    if not parser.tokens:
        parser.fail("nothing")
    expression = parser.sum()
    if parser.at < len(parser.tokens):
        parser.fail(f"{parser.peek()!r} is not expected")
    return _finite(expression), tuple(dict.fromkeys(parser.names))
