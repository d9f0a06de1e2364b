"""A report as data: sections of blocks that every output format can render."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from coprod_measure.errors import NotAvailable

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

Kind = Literal["text", "count", "df", "decimal", "bounded", "p", "percent"]
Tone = Literal["note", "caution", "finding"]

DENSE = 11
"""Columns from which a table is set closer than others."""
DENSEST = 20
"""Columns from which it is set as close as can be read, so that a desk of 1,280 pixels holds it."""


@dataclass(frozen=True, slots=True)
class Starred:
    """A number with the p value of its test, printed with stars: ``.34***``."""

    number: float
    pvalue: float


Value = str | int | float | bool | tuple[float, float] | Starred | NotAvailable | None


@dataclass(frozen=True, slots=True)
class Column:
    """Head of a table column and the way its values are shown.

    Attributes
    ----------
    kind : str
        ``bounded`` values cannot exceed 1 in size and lose their leading zero; ``p`` is a p value;
        ``percent`` takes a fraction; degrees of freedom (``df``) have no thousands
        separator. A pair of numbers in any numeric column is an interval.
    italic : bool
        Statistical symbols stand in italics (APA 7, 6.44).
    """

    label: str
    kind: Kind = "text"
    digits: int = 2
    italic: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain prose."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """Statements of equal rank."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Callout:
    """A statement that must not be overlooked; ``caution`` limits what the numbers mean."""

    text: str
    title: str = ""
    tone: Tone = "caution"


@dataclass(frozen=True, slots=True)
class KeyValues:
    """Names and their values, for short facts."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; ``heading`` marks one that names the group of lines below it."""

    values: tuple[Value, ...]
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of raw values; formats show them by their column's kind.

    Attributes
    ----------
    notes : tuple of str
        General notes. Reasons of :class:`~coprod_measure.errors.NotAvailable` values are added when shown.
    id : str
        Name of the table in machine-readable formats and file names.
    short : Table or None
        What a report of the length of a paper shows in its place.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    number: int = 0
    short: Table | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with what a reader who cannot see it needs to know (``alt``)."""

    id: str
    title: str
    drawing: Drawing
    alt: str
    note: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class References:
    """Works cited, each in APA style; formats set titles in italics and lines with a hanging indent."""

    items: tuple[str, ...]


Block = Paragraph | Bullets | Callout | KeyValues | Table | Figure | References


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter; ``id`` is its anchor."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    language: str = "en"

    def blocks(self) -> Iterator[Block]:
        """Yield every block in reading order."""
        for section in self.sections:
            yield from section.blocks


def numbered(document: Document) -> Document:
    """Give tables and figures their numbers, each in order of appearance.

    ``document``: a report whose tables and figures have no numbers yet.
    """
    counts = {Table: 0, Figure: 0}
    sections = []
    for section in document.sections:
        blocks: list[Block] = []
        for block in section.blocks:
            if isinstance(block, Table | Figure):
                counts[type(block)] += 1
                blocks.append(replace(block, number=counts[type(block)]))
            else:
                blocks.append(block)
        sections.append(replace(section, blocks=tuple(blocks)))
    return replace(document, sections=tuple(sections))
