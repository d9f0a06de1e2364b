"""Skip rules on their way from a platform's words to ours, while item ids and codes are not yet known."""

from __future__ import annotations

import re
from collections.abc import Callable

from coprod_measure.instrument.conditions import ConditionSyntaxError, parse_condition

_COMPARISON = re.compile(r'\{([^{}"]+)\} (==|!=|<=|>=|<|>) "([^"]*)"')
_LONE = re.compile(r"^\(+(\w+ \S+ \S+?)\)+$")


def compare(name: str, op: str, stored: str) -> str:
    """Write a comparison of a question with a stored value.

    Examples
    --------
    >>> compare("Q1", "==", "A1")
    '{Q1} == "A1"'
    """
    return f'{{{name}}} {op} "{stored}"'


def in_our_words(rule: str, code_of: Callable[[str, str], tuple[str, float] | None]) -> str:
    """Put item ids and codes into a rule.

    Parameters
    ----------
    rule : str
        Comparisons as :func:`compare` writes them, joined by ``and``, ``or``, ``not`` and parentheses.
    code_of : callable
        Name of a question and stored value to item id and code; None where there is no such answer.

    Returns
    -------
    str
        A condition of the instrument; empty where the rule cannot be said in it.
    """
    unknown = False

    def replace(found: re.Match[str]) -> str:
        nonlocal unknown
        name, op, stored = found.groups()
        placed = code_of(name, stored)
        unknown |= placed is None
        return "" if placed is None else f"{placed[0]} {op} {placed[1]:g}"

    said = _COMPARISON.sub(replace, rule)
    if unknown or any(mark in said for mark in '{}"'):
        return ""
    try:
        parse_condition(said)
    except ConditionSyntaxError:
        return ""
    return _LONE.sub(r"\1", " ".join(said.split()))
