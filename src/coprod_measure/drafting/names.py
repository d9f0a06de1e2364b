"""Ids that an instrument may use, from whatever a platform calls its questions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Sequence

from coprod_measure.drafting.question import Question

_LONGEST = 64


def item_ids(questions: Sequence[Question]) -> dict[str, str]:
    """Give each question an id: its own name where that can be one; a row's own part where it says enough.

    Returns
    -------
    dict
        Name of the question to id.
    """
    rows = [_row(one) for one in questions]
    plain = [
        row if re.match(r"[A-Za-z]", row) and rows.count(row) == 1 else spelled(one)
        for one, row in zip(questions, rows, strict=True)
    ]
    found: dict[str, str] = {}
    taken: set[str] = set()
    for one, name in zip(questions, plain, strict=True):
        id_ = unlike(identifier(name, "q"), taken)
        taken.add(id_.lower())
        found[one.name] = id_
    return found


def spelled(question: Question) -> str:
    """Give the heading of the column, or the question's name where that heading is its wording."""
    return question.name if has_spaces(question.column) else question.column


def has_spaces(name: str) -> bool:
    """Whether a heading is words and no name."""
    return any(map(str.isspace, name.strip()))


def _row(question: Question) -> str:
    """Give a row's own name, where the platform sets it off as ``table[row]`` or ``table.row``."""
    own = question.column.removeprefix(question.table)
    return own.strip("[].") if question.table and own[:1] in {"[", "."} else ""


def identifier(name: str, prefix: str) -> str:
    """Spell a name with letters, digits and underscores, beginning with a letter.

    Examples
    --------
    >>> identifier("Größe [m²]", "q"), identifier("1. Trust", "q")
    ('Grosse_m2', 'q1_Trust')
    """
    latin = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    spelled = re.sub(r"\W+", "_", latin).strip("_") or prefix
    return (spelled if spelled[0].isalpha() else prefix + spelled)[:_LONGEST]


def unlike(name: str, taken: Container[str]) -> str:
    """Add a number to a name until no other is spelled like it, whatever the case."""
    number, found = 1, name
    while found.lower() in taken:
        number += 1
        found = f"{name[: _LONGEST - 5]}_{number}"
    return found
