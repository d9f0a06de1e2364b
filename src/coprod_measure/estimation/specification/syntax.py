"""The lavaan model syntax: text in, formulas and constraints out."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from coprod_measure.errors import ModelError
from coprod_measure.estimation.specification.expressions import parse_expression
from coprod_measure.estimation.specification.statements import Statement, Token, fail, statements

CONSTRAINT_OPERATORS = (":=", "==", "<", ">")
MOST_FORMULAS = 100_000
_THRESHOLD = re.compile(r"t[1-9][0-9]{0,2}")


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
    block : str
        The group it is written for: the value of a ``group:`` line; empty for all groups.
    level : int
        1 or 2 in the ``level:`` blocks of a two-level model, else 0.
    efa : str
        Exploratory block that the factor belongs to; empty for none.
    composite : bool
        Whether ``<~`` makes up a composite, as in lavaan 0.7, and not a variable of fixed causes.
    rv : str
        Name of the slope that differs between clusters; also of its variance and mean at level 2.
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
    block: str = ""
    level: int = 0
    efa: str = ""
    composite: bool = False
    rv: str = ""

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

    @property
    def two_level(self) -> bool:
        """Whether formulas stand in ``level:`` blocks."""
        return any(formula.level for formula in self.formulas)


@dataclass(slots=True)
class _Modifiers:
    fixed: tuple[float, ...] = ()
    start: tuple[float, ...] = ()
    lower: tuple[float, ...] = ()
    upper: tuple[float, ...] = ()
    label: tuple[str, ...] = ()
    rv: str = ""


def parse_model(text: str, *, levels: bool = False) -> ModelText:
    """Parse a model in lavaan's syntax.

    ``text``: statements separated by line ends or ``;``; comments start with ``#`` or ``!``. ``levels``: if
    ``level:`` blocks are welcome. Returns formulas in the order written (repeated terms merged) and
    constraints.

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
    return _parsed(text, levels)


@lru_cache(maxsize=256)
def _parsed(text: str, levels: bool) -> ModelText:
    """Parse once what is fitted to many samples."""
    formulas: dict[tuple[object, ...], Formula] = {}
    constraints: list[Constraint] = []
    for statement in statements(text):
        if statement.level and not levels:
            cure = "Two-level models are fitted by cm.sem, cm.cfa and cm.lavaan"
            fail("level: blocks have no meaning here", statement.tokens[0], cure, "blocks")
        if statement.tokens[statement.operator_at].text in CONSTRAINT_OPERATORS:
            constraints.append(_constraint(statement))
            continue
        for formula in _formulas(statement):
            key = (formula.block, formula.level, formula.lhs, formula.op, formula.rhs)
            formulas[key] = _merged(formulas[key], formula) if key in formulas else formula
    if not formulas:
        cause = "the model has constraints but no formula" if constraints else "the model is empty"
        cure = "Write y ~ x where you wrote <-" if "<-" in text else "Write a formula, such as f =~ x1 + x2"
        raise ModelError(cause, place="model", cure=cure)
    return ModelText(tuple(formulas.values()), tuple(constraints))


def parse_constraints(text: str) -> tuple[Constraint, ...]:
    """Parse constraints and definitions that stand alone (``"a == b; c > 0"``).

    Raises
    ------
    ModelError
        If there is none, or anything else.
    """
    found = []
    for statement in statements(text):
        operator = statement.tokens[statement.operator_at]
        if operator.text not in CONSTRAINT_OPERATORS:
            fail("a constraint is expected here", operator, "Use == < > or :=")
        found.append(_constraint(statement))
    if not found:
        raise ModelError("there is no constraint", place="constraints", cure="Write a == b")
    return tuple(found)


def _constraint(statement: Statement) -> Constraint:
    left, operator, right = _sides(statement)
    if not left or not right:
        fail(f"one side of {operator.text!r} is empty", operator, "Write an expression on both sides")
    if operator.text == ":=" and (len(left) != 1 or left[0].kind != "name"):
        fail("the left side of ':=' must be one name", left[0])
    lhs, rhs = ("".join(token.text for token in side) for side in (left, right))
    return Constraint(lhs, operator.text, rhs, right[0].line, right[0].column)


def _sides(statement: Statement) -> tuple[list[Token], Token, list[Token]]:
    at = statement.operator_at
    return statement.tokens[:at], statement.tokens[at], statement.tokens[at + 1 :]


def _formulas(statement: Statement) -> list[Formula]:
    outcomes, operator, terms = _sides(statement)
    found: list[Formula] = []
    lefts = _split(outcomes, "+", operator)
    rights = _split(terms, "+", operator)
    if len(lefts) * len(rights) > MOST_FORMULAS:
        fail(f"{len(lefts) * len(rights):,} parameters in one formula", operator, "Split the model")
    for left in lefts:
        left, efa = _without_block(left, operator)
        if len(left) != 1 or left[0].kind not in ("name", "string"):
            fail("the left side of a formula must be variable names", left[0], _cure_of_left(left))
        made = [_term(_variable(left[0]), operator, term) for term in rights]
        if statement.level != 1 and any(one.rv for one in made):
            cure = "Write it below level: 1 of a two-level model, with cluster="
            fail("slopes that differ between clusters, rv(), stand at level 1", operator, cure)
        place = {"block": statement.block, "level": statement.level, "efa": efa}
        found.extend(replace(one, **place) for one in made)  # type: ignore[arg-type]
    return found


def _without_block(left: list[Token], operator: Token) -> tuple[list[Token], str]:
    """Take ``efa("block")*`` off a factor."""
    if len(left) != 6 or left[0].text != "efa" or [left[k].text for k in (1, 3, 4)] != ["(", ")", "*"]:
        return left, ""
    if operator.text != "=~":
        fail("an exploratory block measures, with =~", operator, 'Write efa("block")*f =~ x1 + x2')
    return left[5:], _variable(left[2])


def _variable(token: Token) -> str:
    """Take a name, which may stand in quotation marks."""
    return token.text[1:-1] if token.kind == "string" else token.text


def _cure_of_left(left: list[Token]) -> str:
    if any(token.text == "*" for token in left):
        return "Modifiers belong to the right side"
    return "Write a name with blanks, signs or a leading digit in backticks, `item 1`"


def _split(tokens: list[Token], separator: str, operator: Token) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += token.depth
        if depth < 0:
            fail("a closing parenthesis too many", token)
        if depth == 0 and token.kind == "punctuation" and token.text in separator:
            if not parts[-1]:
                fail(f"a term is missing before {token.text!r}", token)
            parts.append([])
        else:
            parts[-1].append(token)
    if depth:
        fail("a parenthesis is not closed", tokens[-1])
    if not parts[-1]:
        fail(f"a term is missing beside {operator.text!r}", tokens[-1] if tokens else operator)
    return parts


def _term(lhs: str, operator: Token, term: list[Token]) -> Formula:
    *modifiers, variable = _split(term, "*?", operator)
    if len(variable) != 1 or variable[0].kind not in ("name", "number", "string"):
        cure = "Write a name with blanks, signs or a leading digit in backticks, `item 1`"
        fail("a variable name is expected at the end of a term", variable[0], cure)
    target = variable[0]
    if operator.text == "|" and not _THRESHOLD.fullmatch(_variable(target)):
        fail(f"{target.text!r} is no threshold", target, "Thresholds are t1, t2, ...")
    found = _Modifiers()
    separators = _separators(term)
    for modifier, separator in zip(modifiers, separators, strict=False):
        _apply(found, modifier, as_start=separator == "?")
    op, rhs = operator.text, _variable(target)
    if found.rv and (op != "~" or target.kind == "number" or len(modifiers) > 1):
        cure = 'Write y ~ rv("s")*x, and what is held of s at level 2'
        fail(f"the slope {found.rv} is random: it belongs to y ~ x, without other modifiers", target, cure)
    if op == "=~" and target.kind == "number" and target.text == "0":
        # A latent variable without indicators is one with a loading of zero on itself.
        return Formula(lhs, op, lhs, (0.0,), line=target.line, column=target.column)
    if target.kind == "number":
        if op != "~" or target.text not in ("0", "1"):
            fail(f"{target.text!r} is not a variable", target, "Only y ~ 1 (an intercept) ends in a number")
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
        rv=found.rv,
    )


def _separators(term: list[Token]) -> list[str]:
    depth, found = 0, []
    for token in term:
        depth += token.depth
        if depth == 0 and token.kind == "punctuation" and token.text in "*?":
            found.append(token.text)
    return found


def _apply(found: _Modifiers, tokens: list[Token], *, as_start: bool) -> None:
    first = tokens[0]
    elements, kind = [tokens], "c"
    if _value(tokens) is None and _called(tokens):
        elements, kind = _split(tokens[2:-1], ",", first), first.text
        if len(elements) == 1 and _called(elements[0]) and elements[0][0].text == "c":
            elements = _split(elements[0][2:-1], ",", first)
    if kind in ("start", "lower", "upper"):
        setattr(found, kind, tuple(_number(element) for element in elements))
    elif kind in ("equal", "label"):
        found.label = tuple(_label(element) for element in elements)
    elif kind == "c":
        if all(_value(element) is not None for element in elements):
            numbers = tuple(_number(element) for element in elements)
            if as_start:
                found.start = numbers
            else:
                found.fixed = numbers
        else:
            found.label = tuple("" if element[0].text == "NA" else _label(element) for element in elements)
    elif kind == "rv":
        # What the clusters have in common is the mean of their slopes, at level 2.
        found.rv, found.fixed = _variable(elements[0][0]), (0.0,)
    else:
        fail(
            f"unknown modifier {kind!r}",
            first,
            "Use a number, NA, a label, start(), equal(), label(), lower(), upper() or c()",
        )


def _called(tokens: list[Token]) -> bool:
    return len(tokens) > 2 and tokens[0].kind == "name" and tokens[1].text == "("


def _value(tokens: list[Token]) -> float | None:
    """Compute an element of numbers alone, such as ``-1/3`` or ``sqrt(2)``; NaN for NA; None for a label."""
    text = "".join(token.text for token in tokens)
    if text in ("NA", "as.numeric(NA)"):
        return math.nan
    if not any(token.kind == "number" for token in tokens) or any(token.kind == "string" for token in tokens):
        return None
    try:
        compute, names = parse_expression(text)
    except ModelError:
        return None
    if names:
        return None
    number = float(compute({}).real)
    if not math.isfinite(number):
        fail(f"{text!r} is no number", tokens[0], "Write another one")
    return number


def _number(tokens: list[Token]) -> float:
    found = _value(tokens)
    if found is None:
        fail("a number is expected here", tokens[0])
    return found


def _label(tokens: list[Token]) -> str:
    if len(tokens) == 1 and tokens[0].kind == "name":
        return tokens[0].text
    if len(tokens) == 1 and tokens[0].kind == "string":
        return "".join(tokens[0].text[1:-1].split())
    fail("a label is expected here", tokens[0], "A label is a name such as a1, or quoted")


def _merged(old: Formula, new: Formula) -> Formula:
    """Add the modifiers of a term written again to the first one; what it repeats, it replaces."""
    return replace(
        old,
        fixed=new.fixed or old.fixed,
        start=new.start or old.start,
        lower=new.lower or old.lower,
        upper=new.upper or old.upper,
        label=new.label or old.label,
        rv=new.rv or old.rv,
    )
