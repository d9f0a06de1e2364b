"""Codes for the options of a question: the platform's own where they run in order, else 1, 2, 3 as shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from coprod_measure.drafting.question import Choice

_NOT_APPLICABLE = re.compile(
    r"^(does not apply|doesn.t apply|not applicable|n/?a|prefer not to (say|answer)|no answer|don.?t know|"
    r"keine angabe|weiß nicht|weiss nicht|nicht zutreffend|entfällt)( ?/.*)?\.?$",
    re.IGNORECASE,
)
_MINUS = re.compile(r"^m(\d+)$")


@dataclass(frozen=True, slots=True)
class Coded:
    """Options with their codes.

    Attributes
    ----------
    codes : tuple of int
        Ascending.
    choices : tuple of Choice
        In the order of ``codes``.
    stored : mapping
        Stored value to code, of every option.
    as_stored : bool
        Whether the codes are the numbers that the platform stores.
    """

    codes: tuple[int, ...]
    choices: tuple[Choice, ...]
    not_applicable: Choice | None
    not_applicable_code: int | None
    stored: Mapping[str, int]
    as_stored: bool


def code_options(choices: Sequence[Choice]) -> Coded:
    """Give every option a code.

    Parameters
    ----------
    choices : sequence of Choice
        In the order shown.

    Examples
    --------
    >>> shown = [Choice("5", {"en": "High"}), Choice("3", {"en": "Middle"}), Choice("1", {"en": "Low"})]
    >>> code_options(shown).codes
    (1, 3, 5)
    >>> code_options([Choice("1", {}), Choice("6", {}), Choice("2", {})]).codes
    (1, 2, 3)
    """
    unlike = [one for one in choices if any(_NOT_APPLICABLE.match(label) for label in one.labels.values())]
    apart = unlike[0] if len(unlike) == 1 and len(choices) > 2 else None
    offered = [one for one in choices if one is not apart]
    *numbers, number = _numbers([one.stored for one in (*offered, *([apart] if apart else offered[:1]))])
    known = [number for number in numbers if number is not None]
    steps = {later > earlier for earlier, later in pairwise(known)}
    as_stored = len(known) == len(numbers) and len(steps) < 2 and len(set(known)) == len(known)
    if as_stored:
        paired = sorted(zip(known, offered, strict=True), key=lambda pair: pair[0])
    else:
        paired = list(enumerate(offered, start=1))
    stored = {one.stored: code for code, one in paired}
    code = None
    if apart is not None:
        taken = set(stored.values())
        code = number if number is not None and number not in taken else -99
        stored[apart.stored] = code
    return Coded(
        tuple(code for code, _ in paired), tuple(one for _, one in paired), apart, code, stored, as_stored
    )


def _numbers(stored: Sequence[str]) -> list[int | None]:
    """Read stored values as whole numbers, what all begin with left out: ``A1``, ``A2`` are 1 and 2."""
    first = re.match(r"[A-Za-z]*?(?=m?\d)", stored[0]) if stored else None
    prefix = first[0] if first and all(one.startswith(first[0]) for one in stored) else ""
    return [_whole(one.removeprefix(prefix)) for one in stored]


def _whole(stored: str) -> int | None:
    """Read a stored value as a whole number; ``m3`` is how platforms without a minus sign spell -3."""
    minus = _MINUS.match(stored)
    text = f"-{minus[1]}" if minus else stored.strip()
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else None
