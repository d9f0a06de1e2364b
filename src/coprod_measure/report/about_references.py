"""The works that this very report cites, and no others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coprod_measure.errors import NotAvailable
from coprod_measure.report.cited_works import WORKS, cited
from coprod_measure.report.document import (
    Block,
    Bullets,
    Callout,
    Figure,
    KeyValues,
    Paragraph,
    References,
    Section,
    Table,
)


def about_references(sections: Iterable[Section], further: Iterable[str] = ()) -> tuple[Section, ...]:
    """List the works that the sections cite, in APA style.

    ``further``: references of this study alone: its theory, the program in its version.
    """
    texts = [text for section in sections for block in section.blocks for text in texts_of(block)]
    works = cited(texts, (*WORKS, *further))
    return (Section("references", "References", (References(works),)),) if works else ()


def texts_of(block: Block) -> Iterator[str]:
    """Yield every text of a block that a reader sees."""
    match block:
        case Paragraph(text):
            yield text
        case Bullets(items) | References(items):
            yield from items
        case Callout(text, title):
            yield from (title, text)
        case KeyValues(pairs):
            yield from (text for pair in pairs for text in pair)
        case Figure():
            yield from (block.title, block.alt, block.note)
        case Table():
            yield from (block.title, *block.notes, *(column.label for column in block.columns))
            values = [value for row in block.rows for value in row.values]
            yield from (value for value in values if isinstance(value, str))
            yield from {value.reason for value in values if isinstance(value, NotAvailable)}
