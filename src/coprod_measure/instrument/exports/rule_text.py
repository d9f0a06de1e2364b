"""A skip rule in the words of a platform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coprod_measure.instrument.conditions import Comparison, Condition, Every, Negation, Some


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a platform writes rules.

    Attributes
    ----------
    compare : callable
        Item id, operator (``== != < <= > >=``) and number as text, to the platform's comparison.
    both, either : str
        Words between parts.
    """

    compare: Callable[[str, str, str], str]
    negate: Callable[[str], str]
    both: str = " and "
    either: str = " or "


def rule_text(condition: Condition, dialect: Dialect) -> str:
    """Write a rule; parts are always in parentheses, so no precedence needs to be known."""
    match condition:
        case Comparison(item=item, op="in", values=values):
            parts = [dialect.compare(item, "==", f"{value:g}") for value in values]
            return parts[0] if len(parts) == 1 else f"({dialect.either.join(parts)})"
        case Comparison(item=item, op=op, values=values):
            return dialect.compare(item, op, f"{values[0]:g}")
        case Negation(part=part):
            return dialect.negate(rule_text(part, dialect))
        case Every(parts=parts):
            return f"({dialect.both.join(rule_text(part, dialect) for part in parts)})"
        case Some(parts=parts):
            return f"({dialect.either.join(rule_text(part, dialect) for part in parts)})"
