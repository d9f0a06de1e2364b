"""Word questionnaire (DOCX), to print or to comment on."""

from __future__ import annotations

import io
from typing import Any

from coprod_measure.instrument.definition import Item
from coprod_measure.instrument.exports.questionnaire import (
    Export,
    Questionnaire,
    bound_remarks,
    gate_remarks,
    planned_remarks,
    rule_remarks,
)
from coprod_measure.instrument.name_map import Named, NameMap

_BOX = "\u2610"
_LINE = "_" * 30


def export(shown: Questionnaire) -> Export:
    """Write a questionnaire for Word.

    Returns ``<name>_<language>.docx``, one a language. Item ids stand in small print, so that answers on
    paper can be keyed in.
    """
    files = {f"{shown.name}_{language}.docx": _document(shown, language) for language in shown.languages}
    names = {item.id: Named(item.id, item.id) for item in shown.items}
    name_map = NameMap("word", shown.instrument.id, shown.instrument.sha256, shown.form.id, names)
    remarks = [
        *shown.incomplete,
        *planned_remarks(shown, randomizes=False, versions=False),
        *rule_remarks(shown),
        *gate_remarks(shown),
        *bound_remarks(shown),
    ]
    return Export(files, name_map, tuple(remarks))


def _document(shown: Questionnaire, language: str) -> bytes:
    from docx import Document
    from docx.shared import Cm

    document = Document()
    for section in document.sections:
        section.left_margin = section.right_margin = Cm(2)
    document.core_properties.title = shown.heading(language)
    document.core_properties.author = ""
    document.core_properties.language = language
    document.add_heading(shown.heading(language), level=0)
    for block in shown.form.blocks:
        if title := shown.title(block, language):
            document.add_heading(title, level=1)
        for run in shown.runs(block):
            if run[0].kind == "scale":
                _table(document, shown, run, language)
            else:
                _question(document, shown, run[0], language)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def _table(document: Any, shown: Questionnaire, run: tuple[Item, ...], language: str) -> None:
    """Rows are items, columns are answers; the heading row repeats on every page."""
    from docx.oxml import OxmlElement

    answers = shown.options(run[0], language)
    table = document.add_table(rows=1, cols=1 + len(answers))
    table.style = "Table Grid"
    repeat = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeat)
    for cell, (code, label) in zip(table.rows[0].cells[1:], answers, strict=True):
        _small(cell.paragraphs[0], f"{label} ({code})")
    for item in run:
        cells = table.add_row().cells
        cells[0].paragraphs[0].add_run(shown.text(item, language))
        _small(cells[0].paragraphs[0], f"  [{item.id}]")
        for cell in cells[1:]:
            cell.paragraphs[0].add_run(_BOX)
    document.add_paragraph()


def _question(document: Any, shown: Questionnaire, item: Item, language: str) -> None:
    paragraph = document.add_paragraph()
    text = paragraph.add_run(shown.text(item, language))
    if item.kind == "display":
        return
    text.bold = True
    _small(paragraph, f"  [{item.id}]")
    answers = shown.options(item, language)
    for code, label in answers:
        line = document.add_paragraph()
        line.add_run(f"{_BOX} {label}")
        _small(line, f"  ({code})")
    if not answers:
        document.add_paragraph(_LINE)


def _small(paragraph: Any, text: str) -> None:
    from docx.shared import Pt

    paragraph.add_run(text).font.size = Pt(8)
