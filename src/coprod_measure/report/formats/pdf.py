"""A report as PDF, set by Typst: tagged, with embedded fonts, figures as vectors, and no LaTeX needed."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from coprod_measure.errors import CoprodWarning
from coprod_measure.output_files import write_whole
from coprod_measure.plain_text import cleaned
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
from coprod_measure.report.figures.canvas import figure_fonts, svg_file
from coprod_measure.report.table_layout import ACROSS, MARGIN, UPRIGHT, breakable, on_paper

_LONG = 8
"""Sections from which a report has a list of contents."""
_STANDARD = "ua-1"
"""PDF that screen readers can read (ISO 14289-1): structure, alternative texts, every letter known."""
_NO_GLYPH = re.compile('the text `"(.*?)"` could not be displayed')
_HEADROOM = 90.0
"""Points of a page that the caption and note of a figure may need."""


def write(document: Document, path: Path) -> tuple[Path, ...]:
    """Write the file, whole or not at all."""
    write_whole(path, partial(_write_bytes, as_pdf(document)))
    return (path,)


def as_pdf(document: Document) -> bytes:
    """Set a report; equal reports are equal bytes.

    Texts reach Typst as data, so none of them is obeyed. Fonts are the embedded ones; those of the computer
    serve only what they lack, and letters that no font holds are warned of.
    """
    import typst

    template = files("coprod_measure.report") / "templates" / "report.typ"
    sources = {"main": template.read_bytes(), "report.json": json.dumps(as_data(document)).encode()}
    for block in document.blocks():
        if isinstance(block, Figure):
            sources[_picture(block)] = svg_file(block.drawing).encode()
    with figure_fonts() as fonts:
        return _set(typst, sources, fonts)


def _set(typst: Any, sources: Mapping[str, bytes], fonts: Path) -> bytes:
    lacking = None
    for others, standards in ((False, [_STANDARD]), (True, [_STANDARD]), (True, [])):
        try:
            made: bytes = typst.compile(
                dict(sources),
                font_paths=[str(fonts)],
                ignore_system_fonts=not others,
                pdf_standards=standards,
                timestamp=0,
            )
        except typst.TypstError as error:
            lacking = _NO_GLYPH.search(str(error))
            if not lacking or not standards:
                raise
        else:
            break
    if lacking and not standards:
        letters = re.sub(r"\\u\{(\w+)\}", lambda code: chr(int(code[1], 16)), lacking[1])
        words = f"PDF: no font of this computer holds {letters!r}: install one, or take HTML or Word"
        warnings.warn(words, CoprodWarning, stacklevel=2)
    return made


def as_data(document: Document) -> dict[str, Any]:
    """Everything that the template prints, as JSON knows it; pages that lie are parts of their own."""
    parts: list[dict[str, Any]] = []

    def add(told: dict[str, Any], *, landscape: bool = False) -> None:
        if not parts or parts[-1]["landscape"] != landscape:
            parts.append({"landscape": landscape, "blocks": []})
        parts[-1]["blocks"].append(told)

    for section in numbered(document).sections:
        add({"kind": "heading", "text": cleaned(section.title)})
        for block in section.blocks:
            if isinstance(block, Table):
                told, landscape = _table(block)
                add(told, landscape=landscape)
            else:
                add(_told(block))
    return {
        "title": cleaned(document.title),
        "subtitle": cleaned(document.subtitle),
        "language": document.language,
        "contents": len(document.sections) >= _LONG,
        "margin": MARGIN,
        "parts": parts,
    }


def _told(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph(text):
            return {"kind": "paragraph", "text": cleaned(text)}
        case Bullets(items):
            return {"kind": "bullets", "items": [cleaned(item) for item in items]}
        case References(items):
            return {
                "kind": "references",
                "items": [[cleaned(part) for part in in_italics(item)] for item in items],
            }
        case Callout(text, title):
            return {"kind": "callout", "text": cleaned(text), "title": cleaned(title)}
        case KeyValues(pairs):
            return {"kind": "pairs", "pairs": [[breakable(cleaned(text)) for text in pair] for pair in pairs]}
        case Figure():
            return _figure(block)
        case Table():
            return _table(block)[0]


def _figure(figure: Figure) -> dict[str, Any]:
    wide, high = figure.drawing.get_size_inches() * 72
    shrink = min(1.0, UPRIGHT / wide, (ACROSS - _HEADROOM) / high)
    return {
        "kind": "figure",
        **_caption("Figure", figure, cleaned(figure.note)),
        "picture": _picture(figure),
        "alt": cleaned(figure.alt),
        "width": wide * shrink,
    }


def _table(table: Table) -> tuple[dict[str, Any], bool]:
    paper = on_paper(table)
    rows = [
        {
            "heading": row.heading,
            "cells": [{"text": breakable(cleaned(cell.whole)), "mark": cell.mark} for cell in cells],
        }
        for row, cells in zip(table.rows, paper.printed.rows, strict=True)
    ]
    told = {
        "kind": "table",
        **_caption("Table", table, cleaned(" ".join(paper.printed.notes))),
        "reasons": [[mark, cleaned(reason)] for mark, reason in paper.printed.reasons],
        "head": [
            {"label": breakable(cleaned(column.label)), "italic": column.italic} for column in table.columns
        ],
        "numeric": paper.numeric,
        "widths": paper.layout.widths,
        "size": paper.layout.size,
        "padding": paper.layout.padding,
        "rows": rows,
    }
    return told, paper.layout.landscape


def _caption(name: str, block: Table | Figure, note: str) -> dict[str, Any]:
    return {"name": name, "number": block.number, "title": cleaned(block.title), "note": note, "reasons": []}


def _picture(figure: Figure) -> str:
    return f"{figure.id}.svg"


def _write_bytes(data: bytes, path: Path) -> None:
    path.write_bytes(data)
