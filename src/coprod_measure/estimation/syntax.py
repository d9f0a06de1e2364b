"""The lavaan model syntax: text in, formulas and constraints out."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import NoReturn

from coprod_measure.errors import ModelError

FORMULA_OPERATORS = ("=~", "<~", "~*~", "~~", "~", "|")
CONSTRAINT_OPERATORS = (":=", "==", "<", ">")

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\f\v]+)
    |(?P<comment>[#!][^\n]*)
    |(?P<newline>\n|;)
    |(?P<string>"[^"\n]*"|'[^'\n]*')
    |(?P<operator>~\*~|=~|<~|~~|:=|==|~|\||<|>)
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>(?:[^\W\d]|\.)[\w.]*(?::(?:[^\W\d]|\.)[\w.]*)?)
    |(?P<punctuation>[-+*/^(),?:])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Formula:
    """One line of the parameter list that a user wrote, for all groups at once.

    Attributes
    ----------
    lhs, op, rhs : str
        ``rhs`` is ``""`` and ``op`` is ``"~1"`` for an intercept.
    fixed, start, lower, upper : tuple of float
        One value, or one a group; NaN in ``fixed`` stands for ``NA`` (free). Empty when not given.
    label : tuple of str
        One label, or one a group; ``""`` for none.
    line, column : int
        Where the right-hand side stands, from 1.
    """

    lhs: str
    op: str
    rhs: str
    fixed: tuple[float, ...] = ()
    start: tuple[float, ...] = ()
    lower: tuple[float, ...] = ()
    upper: tuple[float, ...] = ()
    label: tuple[str, ...] = ()
    line: int = 0
    column: int = 0

    @property
    def place(self) -> str:
        """Where in the model's text, for messages."""
        return f"model, line {self.line}, column {self.column}"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A definition (``:=``) or a constraint (``==``, ``<``, ``>``), both sides as text."""

    lhs: str
    op: str
    rhs: str
    line: int = 0
    column: int = 0

    @property
    def place(self) -> str:
        """Where in the model's text, for messages."""
        return f"model, line {self.line}, column {self.column}"


@dataclass(frozen=True, slots=True)
class ModelText:
    """A parsed model."""

    formulas: tuple[Formula, ...]
    constraints: tuple[Constraint, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int
    column: int


@dataclass(slots=True)
class _Modifiers:
    fixed: tuple[float, ...] = ()
    start: tuple[float, ...] = ()
    lower: tuple[float, ...] = ()
    upper: tuple[float, ...] = ()
    label: tuple[str, ...] = ()


def parse_model(text: str) -> ModelText:
    """Parse a model in lavaan's syntax.

    Parameters
    ----------
    text : str
        Statements separated by line ends or ``;``; comments start with ``#`` or ``!``.

    Returns
    -------
    ModelText
        Formulas in the order written (repeated terms merged) and constraints.

    Raises
    ------
    ModelError
        With line and column, when the text is not a model.
    """
    if not isinstance(text, str):
        raise ModelError(
            f"the model is a {type(text).__name__}, not text",
            place="model",
            cure="Write it in lavaan's syntax",
        )
    formulas: dict[tuple[str, str, str], Formula] = {}
    constraints: list[Constraint] = []
    for statement in _statements(_tokens(text)):
        at = next(k for k, token in enumerate(statement) if token.kind == "operator")
        operator = statement[at]
        if operator.text in CONSTRAINT_OPERATORS:
            constraints.append(_constraint(statement, at))
            continue
        for formula in _formulas(statement, at):
            key = (formula.lhs, formula.op, formula.rhs)
            formulas[key] = _merged(formulas[key], formula) if key in formulas else formula
    if not formulas:
        raise ModelError(
            "the model is empty", place="model", cure="Write at least one formula, such as f =~ x1 + x2"
        )
    return ModelText(tuple(formulas.values()), tuple(constraints))


def parse_constraints(text: str) -> tuple[Constraint, ...]:
    """Parse constraints and definitions that stand alone (``"a == b; c > 0"``).

    Raises
    ------
    ModelError
        If there is none, or anything else.
    """
    found = []
    for statement in _statements(_tokens(text)):
        at = next(k for k, token in enumerate(statement) if token.kind == "operator")
        if statement[at].text not in CONSTRAINT_OPERATORS:
            _fail("a constraint is expected here", statement[at], "Use == < > or :=")
        found.append(_constraint(statement, at))
    if not found:
        raise ModelError("there is no constraint", place="constraints", cure="Write a == b")
    return tuple(found)


def _fail(cause: str, token: _Token, cure: str = "", code: str = "syntax") -> NoReturn:
    raise ModelError(cause, place=f"model, line {token.line}, column {token.column}", cure=cure, code=code)


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    line, line_start, position = 1, 0, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            bad = _Token("bad", text[position], line, position - line_start + 1)
            _fail(f"unexpected character {text[position]!r}", bad, "Remove it, or close the quotation mark")
        kind = str(match.lastgroup)
        if kind not in ("space", "comment"):
            found.append(_Token(kind, match.group(), line, position - line_start + 1))
        position = match.end()
        if match.group() == "\n":
            line, line_start = line + 1, position
    return found


def _statements(tokens: list[_Token]) -> list[list[_Token]]:
    """Join lines: one without an operator of its own continues the statement before it."""
    lines: list[list[_Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.kind == "newline" and depth <= 0:
            lines.append([])
        elif token.kind != "newline":
            lines[-1].append(token)
    statements: list[list[_Token]] = []
    for line in filter(None, lines):
        if line[0].text in ("group", "level", "block") and len(line) > 1 and line[1].text == ":":
            _fail("blocks are not supported", line[0], "Give values per group as c(a, b)*x", "blocks")
        operators = [token for token in line if token.kind == "operator"]
        unfinished = bool(statements) and not any(t.kind == "operator" for t in statements[-1])
        if statements and (not operators or unfinished):
            statements[-1].extend(line)
        else:
            statements.append(list(line))
    for statement in statements:
        operators = [token for token in statement if token.kind == "operator"]
        if not operators:
            if statement[0].text in ("group", "level", "block"):
                _fail(
                    "blocks are not supported", statement[0], "Give values per group as c(a, b)*x", "blocks"
                )
            _fail("no operator in this formula", statement[0], "Use one of =~ <~ ~ ~~ ~1 | ~*~ := == < >")
        if len(operators) > 1:
            _fail(
                f"a second operator {operators[1].text!r} in one formula",
                operators[1],
                "Start a new line or use ;",
            )
    return statements


def _constraint(statement: list[_Token], at: int) -> Constraint:
    operator = statement[at]
    left, right = statement[:at], statement[at + 1 :]
    if not left or not right:
        _fail(f"one side of {operator.text!r} is empty", operator, "Write an expression on both sides")
    if operator.text == ":=" and (len(left) != 1 or left[0].kind != "name"):
        _fail("the left side of ':=' must be one name", left[0])
    lhs, rhs = ("".join(token.text for token in side) for side in (left, right))
    return Constraint(lhs, operator.text, rhs, right[0].line, right[0].column)


def _formulas(statement: list[_Token], at: int) -> list[Formula]:
    operator = statement[at]
    found: list[Formula] = []
    for left in _split(statement[:at], "+", operator):
        if len(left) != 1 or left[0].kind != "name":
            _fail(
                "the left side of a formula must be variable names",
                left[0],
                "Modifiers belong to the right side",
            )
        found.extend(
            _term(left[0].text, operator, term) for term in _split(statement[at + 1 :], "+", operator)
        )
    return found


def _split(tokens: list[_Token], separator: str, operator: _Token) -> list[list[_Token]]:
    parts: list[list[_Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth < 0:
            _fail("a closing parenthesis too many", token)
        if depth == 0 and token.kind == "punctuation" and token.text in separator:
            if not parts[-1]:
                _fail(f"a term is missing before {token.text!r}", token)
            parts.append([])
        else:
            parts[-1].append(token)
    if depth:
        _fail("a parenthesis is not closed", tokens[-1])
    if not parts[-1]:
        _fail(f"a term is missing beside {operator.text!r}", tokens[-1] if tokens else operator)
    return parts


def _term(lhs: str, operator: _Token, term: list[_Token]) -> Formula:
    *modifiers, variable = _split(term, "*?", operator)
    if len(variable) != 1 or variable[0].kind not in ("name", "number"):
        _fail("a variable name is expected at the end of a term", variable[0])
    target = variable[0]
    found = _Modifiers()
    separators = _separators(term)
    for modifier, separator in zip(modifiers, separators, strict=False):
        _apply(found, modifier, as_start=separator == "?")
    op, rhs = operator.text, target.text
    if target.kind == "number":
        if op != "~" or target.text not in ("0", "1"):
            _fail(f"{target.text!r} is not a variable", target, "Only y ~ 1 (an intercept) ends in a number")
        if target.text == "0":
            found.fixed = (0.0,)
        op, rhs = "~1", ""
    return Formula(
        lhs,
        op,
        rhs,
        found.fixed,
        found.start,
        found.lower,
        found.upper,
        found.label,
        target.line,
        target.column,
    )


def _separators(term: list[_Token]) -> list[str]:
    depth, found = 0, []
    for token in term:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and token.kind == "punctuation" and token.text in "*?":
            found.append(token.text)
    return found


def _apply(found: _Modifiers, tokens: list[_Token], *, as_start: bool) -> None:
    first = tokens[0]
    if len(tokens) > 1 and first.kind == "name" and tokens[1].text == "(":
        elements = _split(tokens[2:-1], ",", first)
        kind = first.text
    else:
        elements, kind = [tokens], "c"
    if kind in ("start", "lower", "upper"):
        setattr(found, kind, tuple(_number(element) for element in elements))
    elif kind in ("equal", "label"):
        found.label = tuple(_label(element) for element in elements)
    elif kind == "c":
        if all(_is_number(element) for element in elements):
            numbers = tuple(_number(element) for element in elements)
            if as_start:
                found.start = numbers
            else:
                found.fixed = numbers
        else:
            found.label = tuple("" if element[0].text == "NA" else _label(element) for element in elements)
    else:
        _fail(
            f"unknown modifier {kind!r}",
            first,
            "Use a number, NA, a label, start(), equal(), label(), lower(), upper() or c()",
        )


def _is_number(tokens: list[_Token]) -> bool:
    return tokens[-1].kind == "number" or tokens[-1].text == "NA"


def _number(tokens: list[_Token]) -> float:
    sign = 1.0
    while tokens and tokens[0].text in ("-", "+"):
        sign = -sign if tokens[0].text == "-" else sign
        tokens = tokens[1:]
    if len(tokens) == 1 and tokens[0].kind == "number":
        return sign * float(tokens[0].text)
    if len(tokens) == 3 and tokens[1].text == "/" and tokens[0].kind == tokens[2].kind == "number":
        return sign * float(tokens[0].text) / float(tokens[2].text)
    if len(tokens) == 1 and tokens[0].text == "NA":
        return math.nan
    _fail("a number is expected here", tokens[0])


def _label(tokens: list[_Token]) -> str:
    if len(tokens) == 1 and tokens[0].kind == "name":
        return tokens[0].text
    if len(tokens) == 1 and tokens[0].kind == "string":
        return "".join(tokens[0].text[1:-1].split())
    _fail("a label is expected here", tokens[0], "A label is a name such as a1, or quoted")


def _merged(old: Formula, new: Formula) -> Formula:
    """Add the modifiers of a term written again to the first one; what it repeats, it replaces."""
    return Formula(
        old.lhs,
        old.op,
        old.rhs,
        new.fixed or old.fixed,
        new.start or old.start,
        new.lower or old.lower,
        new.upper or old.upper,
        new.label or old.label,
        old.line,
        old.column,
    )
