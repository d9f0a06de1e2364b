"""Which questions measure one thing: what the file says, else what their tables and names suggest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coprod_measure.drafting.names import has_spaces
from coprod_measure.drafting.question import Question

_STEM = re.compile(r"^(?P<stem>.*[A-Za-z])[_. ]?\d+[A-Za-z]?$")
_FEWEST = 2
_FEWEST_UNNAMED = 3


@dataclass(frozen=True, slots=True)
class Group:
    """Questions taken for one construct.

    Attributes
    ----------
    key : str
        Where its id comes from: the file's own construct, a stem of names, or a table.
    guessed : bool
        False where the file names the construct.
    """

    key: str
    members: tuple[str, ...]
    guessed: bool


def group(questions: Sequence[Question], rateable: Mapping[str, object]) -> tuple[Group, ...]:
    """Put questions together that look like items of one construct.

    Parameters
    ----------
    questions : sequence of Question
    rateable : mapping
        Name of each question that is answered on a scale, to something that is equal for equal scales.

    Examples
    --------
    >>> from coprod_measure.drafting.question import Question
    >>> asked = [Question(name, name, {"en": "..."}, "single_choice") for name in ("joy1", "joy2", "age")]
    >>> [(one.key, one.members) for one in group(asked, {"joy1": 7, "joy2": 7})]
    [('joy', ('joy1', 'joy2'))]
    """
    found: dict[tuple[str, object], list[str]] = {}
    named: dict[str, list[str]] = {}
    alone = [one for one in questions if one.name in rateable]
    stems_of_table = {
        table: Counter(_stem(one) for one in alone if one.table == table)
        for table in dict.fromkeys(one.table for one in alone if one.table)
    }
    for one in alone:
        if one.construct:
            named.setdefault(one.construct, []).append(one.name)
            continue
        stem = _stem(one)
        if one.table and not _tells_apart(stems_of_table[one.table]):
            stem = one.table
        if stem:
            found.setdefault((stem, rateable[one.name]), []).append(one.name)
    guessed = [
        Group(stem, tuple(members), guessed=True)
        for (stem, _), members in found.items()
        if len(members) >= _FEWEST
    ]
    return (*(Group(key, tuple(members), guessed=False) for key, members in named.items()), *guessed)


def neighbours(
    questions: Sequence[Question], rateable: Mapping[str, object], groups: Sequence[Group]
) -> tuple[Group, ...]:
    """Put neighbours on one scale together whose names tell nothing, where there are some of them.

    Examples
    --------
    >>> from coprod_measure.drafting.question import Question
    >>> asked = [Question(f"q{k}", f"I like it {k}.", {}, "single_choice") for k in (1, 2, 3)]
    >>> [(one.key, one.members) for one in neighbours(asked, {"q1": 5, "q2": 5, "q3": 5}, ())]
    [('items', ('q1', 'q2', 'q3'))]
    """
    placed = {name for one in groups for name in one.members}
    runs: list[tuple[object, list[str]]] = []
    for one in questions:
        scale = rateable.get(one.name) if one.name not in placed and has_spaces(one.column) else None
        if runs and scale is not None and runs[-1][0] == scale:
            runs[-1][1].append(one.name)
        else:
            runs.append((scale, [one.name]))
    long = [tuple(names) for scale, names in runs if scale is not None and len(names) >= _FEWEST_UNNAMED]
    return tuple(Group("items", names, guessed=True) for names in long)


def _tells_apart(stems: Counter[str]) -> bool:
    """Whether the rows of a table carry names of several things, each more than once."""
    return "" not in stems and len(stems) > 1 and min(stems.values()) >= _FEWEST


def _stem(question: Question) -> str:
    """Find what the names of a series share: ``trust`` of ``trust_1``; of a row, its own part counts."""
    own = question.column
    if has_spaces(own):
        return ""
    if question.table:
        own = re.sub(rf"^{re.escape(question.table)}[\[._]?", "", own).rstrip("]")
    found = _STEM.match(own)
    return found["stem"] if found else ""
