"""What is asked of a fit, checked: a misspelt word never means the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from numbers import Integral, Real
from typing import TypeVar

from coprod_measure.errors import ModelError

Options = TypeVar("Options")


def one_of(name: str, value: object, choices: tuple[str, ...]) -> str:
    """Give the choice that a word means, in whatever case it is written.

    Raises
    ------
    ModelError
        If it means none of them.
    """
    text = str(value).lower().replace(".", "_").replace("-", "_")
    if text in choices:
        return text
    near = get_close_matches(text, choices, 1)
    cure = f"Did you mean {near[0]!r}?" if near else f"Use {' or '.join(map(repr, choices))}"
    raise ModelError(f"{value!r} is not known", place=f"argument {name}", cure=cure, code="unknown-choice")


MOST = 10_000_000
"""More draws, starts or rounds than this are a slip of the pen: they would not end."""


def whole_number(name: str, value: object, least: int, most: int = MOST) -> int:
    """Give a whole number that is large enough, and small enough to come to an end.

    Raises
    ------
    ModelError
        If it is none, too small or too large.
    """
    if isinstance(value, Integral) and least <= int(value) <= most:
        return int(value)
    shown = (
        f"from {least} to {most:,}"
        if isinstance(value, Integral) and int(value) > most
        else f"from {least} on"
    )
    cure = f"Give a whole number {shown}"
    raise ModelError(f"{value!r} cannot be used", place=f"argument {name}", cure=cure, code="bad-number")


def share(name: str, value: object) -> float:
    """Give a number between 0 and 1, such as the level of an interval.

    Raises
    ------
    ModelError
        If it is none.
    """
    if isinstance(value, Real) and 0.0 < float(value) < 1.0:
        return float(value)
    cure = "Give a share, 0.95 for 95 %"
    raise ModelError(f"{value!r} cannot be used", place=f"argument {name}", cure=cure, code="bad-number")


def options_of(kind: type[Options], given: Mapping[str, object]) -> Options:
    """Make a record of options from keywords.

    Raises
    ------
    ModelError
        If a keyword is not known, or a value not allowed.

    Examples
    --------
    >>> from coprod_measure.composites.pls import PlsOptions
    >>> options_of(PlsOptions, {"scheme": "factor"}).scheme
    'factor'
    """
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1)
            cure = f"Did you mean {near[0]!r}?" if near else f"It takes {', '.join(known)}"
            raise ModelError(f"there is no argument {name!r}", cure=cure, code="unknown-argument")
    return kind(**given)
