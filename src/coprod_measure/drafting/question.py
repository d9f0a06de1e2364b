"""What a file says of a questionnaire, before item ids, scales and constructs are made of it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from coprod_measure.instrument.definition import Kind

_TAG = re.compile(r"<(?:/?[a-zA-Z][^<>]*|!--.*?--)>", re.DOTALL)
_HIDDEN = re.compile(r"<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_MOST_STEPS = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer option.

    Attributes
    ----------
    stored : str
        What the platform writes into its export of answers.
    labels : mapping
        Language code to the words that a respondent reads.
    """

    stored: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """One question, or one row of a table of questions.

    Attributes
    ----------
    name : str
        The platform's own name of it; where it has none but the wording, ``q`` and a number.
    column : str
        Its column in the platform's export of answers.
    texts : mapping
        Language code to wording.
    choices : tuple of Choice
        In the order shown.
    ticked : mapping
        Multiple choice: stored value of an option to the column that says whether it was ticked.
    table : str
        Name of the table whose row it is; empty where it stands alone.
    rule : str
        Skip rule, comparisons written by :func:`~coprod_measure.drafting.rules.compare`.
    construct, reverse
        Where the file itself says so.
    """

    name: str
    column: str
    texts: Mapping[str, str]
    kind: Kind
    choices: tuple[Choice, ...] = ()
    ticked: Mapping[str, str] = field(default_factory=dict)
    table: str = ""
    block: str = ""
    rule: str = ""
    minimum: float | None = None
    maximum: float | None = None
    construct: str = ""
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """All that a file says.

    Attributes
    ----------
    platform : str
        As in ``responses: {source: ...}`` of a study file.
    answers : bool
        Whether the file holds answers, so that a study can start from it at once.
    blocks, tables : mapping
        Block or table to its heading in each language.
    missing_codes : mapping
        Stored value to kind of missing, where the file declares one.
    notes : tuple of str
        What could not be taken over.
    """

    platform: str
    title: str
    languages: tuple[str, ...]
    questions: tuple[Question, ...]
    answers: bool = False
    blocks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing_codes: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def points(low: int, high: int, ends: tuple[str, str], language: str) -> tuple[Choice, ...]:
    """Make the points of a numbered scale of which the ends alone have words.

    Examples
    --------
    >>> [one.labels["en"] for one in points(1, 4, ("Worst", "Best"), "en")]
    ['Worst', '2', '3', 'Best']
    """
    if not 0 < high - low <= _MOST_STEPS:
        raise ValueError(f"a scale from {low} to {high}")
    words = {low: ends[0], high: ends[1]}
    return tuple(Choice(str(code), {language: words.get(code) or str(code)}) for code in range(low, high + 1))


def plain_text(markup: str) -> str:
    """Take the words out of a platform's HTML.

    Examples
    --------
    >>> plain_text("<p>How <b>often</b>&nbsp;do you cook?</p>")
    'How often do you cook?'
    """
    shown = _TAG.sub(" ", _HIDDEN.sub(" ", markup))
    return one_line(html.unescape(shown))


def one_line(text: str) -> str:
    """Fold white space, so that a wording stands on one line."""
    return " ".join(text.split())
