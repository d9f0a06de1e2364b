"""Skip rules as Qualtrics keeps them: sets of conditions that hold together, one set or another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from coprod_measure.instrument.conditions import Comparison, Condition, Every, Negation, Some

MOST_SETS = 60
"""Sets of one rule; a rule that needs more is left to the platform."""
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_OPERATORS = {
    "==": "EqualTo",
    "!=": "NotEqualTo",
    "<": "LessThan",
    "<=": "LessThanOrEqual",
    ">": "GreaterThan",
    ">=": "GreaterThanOrEqual",
}
_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    "==": float.__eq__, "!=": float.__ne__, "<": float.__lt__, "<=": float.__le__, ">": float.__gt__,
    ">=": float.__ge__,
}  # fmt: skip
Sets = list[tuple[dict[str, str], ...]]


class TooManySetsError(ValueError):
    """A rule that Qualtrics could only say at great length."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule can look at.

    Attributes
    ----------
    questions : mapping
        Item to the id of its question; items that are drawn have none.
    choices : mapping
        Item to its codes and the ids of their options; empty for numbers and text.
    several : frozenset of str
        Items of which several options can be ticked.
    """

    questions: Mapping[str, str]
    choices: Mapping[str, Mapping[int, str]]
    several: frozenset[str]


def logic(condition: Condition, asked: Asked) -> dict[str, Any]:
    """Write a rule for ``DisplayLogic`` or ``BranchLogic``; an empty one holds always.

    Raises
    ------
    TooManySetsError
        If it needs more than :data:`MOST_SETS`.
    """
    sets = _sets(condition, asked, holds=True)
    if () in sets:  # it holds for everybody
        return {}
    if all(len(one) == 1 for one in sets):  # alternatives alone are one set
        told = [_joined([one[0] for one in sets], "Or", "If")]
    else:
        told = [_joined(one, "And", "OrIf" if number else "If") for number, one in enumerate(sets)]
    return {**{str(number): one for number, one in enumerate(told)}, "Type": "BooleanExpression"}


def _joined(parts: Any, word: str, kind: str) -> dict[str, Any]:
    lines = [part | ({"Conjuction": word} if number else {}) for number, part in enumerate(parts)]
    return {**{str(number): line for number, line in enumerate(lines)}, "Type": kind}


def _sets(condition: Condition, asked: Asked, *, holds: bool) -> Sets:
    """Bring a rule, or its negation, to the form ``a and b, or c and d``."""
    match condition:
        case Comparison():
            return _compared(condition, asked, holds=holds)
        case Negation(part=part):
            return _sets(part, asked, holds=not holds)
        case Every(parts=parts) | Some(parts=parts):
            below = [_sets(part, asked, holds=holds) for part in parts]
    if isinstance(condition, Every) != holds:
        found = [one for sets in below for one in sets]
    else:
        count = 1
        for sets in below:
            count *= max(len(sets), 1)
        if count > MOST_SETS:
            raise TooManySetsError
        found = [tuple(part for one in combined for part in one) for combined in product(*below)]
    if len(found) > MOST_SETS:
        raise TooManySetsError
    return found


def _compared(one: Comparison, asked: Asked, *, holds: bool) -> Sets:
    values = list(one.values)
    op = "==" if one.op == "in" else one.op
    if one.item not in asked.questions:  # drawn in the flow, so always there
        if holds:
            return [(_field(one.item, op, value),) for value in values]
        return [tuple(_field(one.item, _OPPOSITE[op], value) for value in values)]
    question, choices = asked.questions[one.item], asked.choices.get(one.item, {})
    if not choices:
        numbers = [_number(question, op if holds else _OPPOSITE[op], value) for value in values]
        if holds:
            return [(number,) for number in numbers]
        return [tuple(numbers), (_number(question, "", 0.0),)]  # or nothing was answered
    if one.item in asked.several and op == "!=":
        op, holds = "==", not holds
    chosen = [id_ for code, id_ in choices.items() if any(_HOLDS[op](float(code), value) for value in values)]
    if holds and not chosen:  # no answer makes it true
        first = next(iter(choices.values()))
        return [(_choice(question, first, "Selected"), _choice(question, first, "NotSelected"))]
    if holds:
        return [(_choice(question, id_, "Selected"),) for id_ in chosen]
    return [tuple(_choice(question, id_, "NotSelected") for id_ in chosen)]


def _field(name: str, op: str, value: float) -> dict[str, str]:
    return {
        "LogicType": "EmbeddedField", "LeftOperand": name, "Operator": _OPERATORS[op],
        "RightOperand": f"{value:g}", "Type": "Expression",
    }  # fmt: skip


def _number(question: str, op: str, value: float) -> dict[str, str]:
    place = f"q://{question}/ChoiceTextEntryValue"
    told = {"Operator": _OPERATORS[op], "RightOperand": f"{value:g}"} if op else {"Operator": "Empty"}
    return {
        "LogicType": "Question", "QuestionID": question, "QuestionIsInLoop": "no", "ChoiceLocator": place,
        "QuestionIDFromLocator": question, "LeftOperand": place, "Type": "Expression", **told,
    }  # fmt: skip


def _choice(question: str, choice: str, operator: str) -> dict[str, str]:
    place = f"q://{question}/SelectableChoice/{choice}"
    return {
        "LogicType": "Question", "QuestionID": question, "QuestionIsInLoop": "no", "ChoiceLocator": place,
        "Operator": operator, "QuestionIDFromLocator": question, "LeftOperand": place, "Type": "Expression",
    }  # fmt: skip
