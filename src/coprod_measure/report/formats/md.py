"""A report as Markdown: text and tables; figures lie beside it as files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from coprod_measure.output_files import write_text
from coprod_measure.report.cited_works import in_italics
from coprod_measure.report.document import (
    Block,
    Bullets,
    Callout,
    Document,
    Figure,
    KeyValues,
    Paragraph,
    References,
    Table,
    numbered,
)
from coprod_measure.report.numbers import ShownCell, shown
from coprod_measure.report.pictures import write_pictures

_SPECIAL = re.compile(r"([\\`*_\[\]<>|$~#])")
_LIST_START = re.compile(r"^(\d*)([-+=.)])(?=\s|$|[-=])")


def write(document: Document, path: Path) -> tuple[Path, ...]:
    """Write the text, and its figures into a folder beside it."""
    pictures = write_pictures(document, path)
    write_text(path, as_markdown(document, pictures))
    return (path, *(path.parent / address for address in pictures.values()))


def as_markdown(document: Document, picture_of: dict[str, str] | None = None) -> str:
    """Render a report.

    ``picture_of``: figure id to the address of its picture; a figure without one is told in words. Returns
    CommonMark with pipe tables. Every text of the report is escaped.
    """
    parts = [f"# {escaped(document.title)}", escaped(document.subtitle)]
    for section in numbered(document).sections:
        parts.append(f"## {escaped(section.title)}")
        parts += [_block(block, picture_of or {}) for block in section.blocks]
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    flat = _SPECIAL.sub(r"\\\1", " ".join(text.split())).replace("&", "&amp;")
    return _LIST_START.sub(r"\1\\\2", flat)


def _block(block: Block, picture_of: dict[str, str]) -> str:
    match block:
        case Paragraph(text):
            return escaped(text)
        case Bullets(items):
            return "\n".join(f"- {escaped(item)}" for item in items)
        case References(items):
            return "\n".join(f"- {_reference(item)}" for item in items)
        case Callout(text, title):
            return f"> **{escaped(title)}** {escaped(text)}" if title else f"> {escaped(text)}"
        case KeyValues(pairs):
            return _pipe(("", ""), [(name, value) for name, value in pairs])
        case Table():
            return table_text(block)
        case Figure():
            return _figure(block, picture_of.get(block.id, ""))


def _reference(work: str) -> str:
    before, italic, after = in_italics(work)
    space = " " * after.startswith(" ")
    return escaped(before) + (f" *{escaped(italic)}*" if italic else "") + space + escaped(after)


def table_text(table: Table) -> str:
    """Render one table."""
    printed = shown(table)
    rows = [
        tuple(f"**{escaped(cell.text)}**" if row.heading and cell.text else _cell(cell) for cell in cells)
        for row, cells in zip(table.rows, printed.rows, strict=True)
    ]
    heads = [escaped(column.label) for column in table.columns]
    rule = [":--" if column.kind == "text" else "--:" for column in table.columns]
    lines = ["| " + " | ".join(line) + " |" for line in (heads, rule, *rows)]
    notes = [*map(escaped, printed.notes), *(f"^{mark}^ {escaped(why)}." for mark, why in printed.reasons)]
    text = f"**Table {table.number}**. *{escaped(table.title)}*\n\n" + "\n".join(lines)
    return text + (f"\n\n*Note.* {' '.join(notes)}" if notes else "")


def _cell(cell: ShownCell) -> str:
    return escaped(cell.whole) + (f"^{cell.mark}^" if cell.mark else "")


def _pipe(heads: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {heads[0]} | {heads[1]} |", "| :-- | :-- |"]
    lines += [f"| {escaped(name)} | {escaped(value)} |" for name, value in rows]
    return "\n".join(lines)


def _figure(figure: Figure, address: str) -> str:
    head = f"**Figure {figure.number}**. *{escaped(figure.title)}*"
    picture = f"![{escaped(figure.alt)}]({address})" if address else escaped(figure.alt)
    note = f"\n\n*Note.* {escaped(figure.note)}" if figure.note else ""
    return f"{head}\n\n{picture}{note}"
