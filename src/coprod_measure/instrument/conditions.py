"""Skip rules: ``"decision_1 == 1 and not (age < 18)"`` becomes a small tree."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<op>==|!=|<=|>=|<|>)|(?P<mark>[()\[\],])|(?P<name>[A-Za-z]\w*))"
)
_WORDS = {"and", "or", "not", "in"}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """An item's answer against a number; ``in`` holds several."""

    item: str
    op: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """True when all parts are."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """True when at least one part is."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """True when its part is not."""

    part: Condition


Condition = Comparison | Every | Some | Negation


class ConditionSyntaxError(ValueError):
    """A skip rule that cannot be read; the message says what was expected."""


def parse_condition(text: str) -> Condition:
    """Read a skip rule.

    Parameters
    ----------
    text : str
        Comparisons of an item with a number (``== != < <= > >=``) or a list (``in [1, 2]``), joined by
        ``and``, ``or``, ``not`` and parentheses. On a multiple choice, ``== 3`` means that 3 is ticked.

    Raises
    ------
    ConditionSyntaxError
        If the text is no such rule.

    Examples
    --------
    >>> parse_condition("decision_1 == 1")
    Comparison(item='decision_1', op='==', values=(1.0,))
    """
    reader = _Reader(_tokens(text))
    condition = reader.some()
    if reader.next is not None:
        raise ConditionSyntaxError(f"'{reader.next}' was not expected after a complete rule")
    return condition


def items_in(condition: Condition) -> tuple[str, ...]:
    """Ids of the items that a rule looks at, each once, in order."""
    match condition:
        case Comparison(item=item):
            return (item,)
        case Negation(part=part):
            return items_in(part)
        case Every(parts=parts) | Some(parts=parts):
            return tuple(dict.fromkeys(item for part in parts for item in items_in(part)))


def comparisons_in(condition: Condition) -> tuple[Comparison, ...]:
    """All comparisons of a rule, in order."""
    match condition:
        case Comparison():
            return (condition,)
        case Negation(part=part):
            return comparisons_in(part)
        case Every(parts=parts) | Some(parts=parts):
            return tuple(comparison for part in parts for comparison in comparisons_in(part))


def holds(condition: Condition, answers: Mapping[str, float | None]) -> bool:
    """Decide a rule for one respondent; a comparison with an item that was not answered is false."""
    match condition:
        case Comparison(item=item, op=op, values=values):
            answer = answers.get(item)
            if answer is None:
                return False
            return answer in values if op == "in" else _COMPARE[op](answer, values[0])
        case Negation(part=part):
            return not holds(part, answers)
        case Every(parts=parts):
            return all(holds(part, answers) for part in parts)
        case Some(parts=parts):
            return any(holds(part, answers) for part in parts)


_MOST_TOKENS = 200


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    position, end = 0, len(text.rstrip())
    while position < end and len(found) <= _MOST_TOKENS:
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position:].strip()
            hint = " (write == to compare)" if rest.startswith("=") else ""
            raise ConditionSyntaxError(f"'{rest[:20]}' cannot be read{hint}")
        found.append(match.group(0).strip())
        position = match.end()
    if len(found) > _MOST_TOKENS:
        raise ConditionSyntaxError("the rule is too long")
    return found


class _Reader:
    """Recursive descent: ``or`` binds weakest, then ``and``, then ``not``."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def next(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def take(self, expected: str = "") -> str:
        token = self.next
        if token is None or (expected and token != expected):
            raise ConditionSyntaxError(
                f"{expected or 'an item id'!r} was expected, not {token or 'the end'!r}"
            )
        self._at += 1
        return token

    def some(self) -> Condition:
        parts = [self.every()]
        while self.next == "or":
            self.take()
            parts.append(self.every())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def every(self) -> Condition:
        parts = [self.single()]
        while self.next == "and":
            self.take()
            parts.append(self.single())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def single(self) -> Condition:
        if self.next == "not":
            self.take()
            return Negation(self.single())
        if self.next == "(":
            self.take()
            inner = self.some()
            self.take(")")
            return inner
        return self.comparison()

    def comparison(self) -> Comparison:
        item = self.take()
        if not item[0].isalpha() or item in _WORDS:
            raise ConditionSyntaxError(f"an item id was expected, not {item!r}")
        op = self.take() if self.next is not None else ""
        if op == "in":
            return Comparison(item, "in", self.numbers())
        if op not in _COMPARE:
            raise ConditionSyntaxError(
                f"a comparison such as == was expected after {item!r}, not {op or 'the end'!r}"
            )
        return Comparison(item, op, (self.number(),))

    def numbers(self) -> tuple[float, ...]:
        self.take("[")
        found = [self.number()]
        while self.next == ",":
            self.take()
            found.append(self.number())
        self.take("]")
        return tuple(found)

    def number(self) -> float:
        token = self.next
        try:
            value = float(token or "")
        except ValueError:
            raise ConditionSyntaxError(f"a number was expected, not {token or 'the end'!r}") from None
        self._at += 1
        return value
