"""Word questionnaire (DOCX), to print or to comment on."""

from __future__ import annotations

import io
from typing import Any

from coprod_measure.instrument.definition import Item
from coprod_measure.instrument.exports.questionnaire import (
    Export,
    Questionnaire,
    assignment_remarks,
    bound_remarks,
    gate_remarks,
    planned_remarks,
    rule_remarks,
)
from coprod_measure.instrument.name_map import Named
from coprod_measure.word_columns import (
    keep_whole,
    longest_word,
    repeat_head,
    set_padding,
    set_widths,
    turn_page,
)

_BOX = "\u2610"
_LINE = "_" * 30
_MARGIN = 56.7
_UPRIGHT, _ACROSS = 595.3 - 2 * _MARGIN, 841.9 - 2 * _MARGIN
_NARROWEST = 150.0
"""Points that a statement beside its answers needs; with less, each statement has its answers below it."""


def export(shown: Questionnaire) -> Export:
    """Write a questionnaire for Word.

    Returns ``<name>_<language>.docx``, one a language, as respondents shall see it: no item ids, no codes;
    the codebook holds them for whoever keys the answers in.
    """
    files = {f"{shown.name}_{language}.docx": _document(shown, language) for language in shown.languages}
    names = {item.id: Named(item.id, item.id) for item in shown.items}
    name_map = shown.name_map("word", names)
    remarks = [
        *shown.incomplete,
        *planned_remarks(shown, randomizes=False, versions=False),
        *rule_remarks(shown),
        *gate_remarks(shown),
        *bound_remarks(shown),
        *assignment_remarks(shown, "draw it yourself; its texts are all printed"),
    ]
    return Export(files, name_map, tuple(remarks))


def _document(shown: Questionnaire, language: str) -> bytes:
    from docx import Document
    from docx.shared import Pt

    document = Document()
    (page,) = document.sections
    page.page_width, page.page_height = Pt(595.3), Pt(841.9)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Pt(_MARGIN)
    document.styles["Normal"].font.name = "Calibri"
    document.core_properties.title = shown.heading(language)[:255]  # as long as Word allows
    document.core_properties.author = ""
    document.core_properties.language = language
    document.add_heading(shown.heading(language), level=0)
    for block in shown.form.blocks:
        if title := shown.title(block, language):
            document.add_heading(title, level=1)
        for run in shown.runs(block):
            if run[0].kind == "scale" and (columns := _columns(shown, run[0], language)):
                _table(document, shown, run, language, columns)
            else:
                for item in (one for one in run if not one.assigns):
                    _question(document, shown, item, language)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def _columns(shown: Questionnaire, item: Item, language: str) -> tuple[float, tuple[float, ...]] | None:
    """Width of the page and of the columns in points, so that no word is broken; None if none fits."""
    labels = [label for _, label in shown.options(item, language)]
    answers = [max(longest_word(label, 8) + 8, 24.0) for label in labels]
    for page in (_UPRIGHT, _ACROSS):
        if page - sum(answers) >= _NARROWEST:
            # Answers of one width look equally far apart, where the statement leaves the room.
            even = max(answers)
            evened = [even] * len(answers) if page - even * len(answers) >= _NARROWEST else answers
            return page, (page - sum(evened), *evened)
    return None


def _table(
    document: Any,
    shown: Questionnaire,
    run: tuple[Item, ...],
    language: str,
    columns: tuple[float, tuple[float, ...]],
) -> None:
    """Rows are items, columns are answers; the heading row repeats on every page."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    page, widths = columns
    answers = shown.options(run[0], language)
    turn_page(document, landscape=page == _ACROSS)
    table = document.add_table(rows=0, cols=len(widths), style="Table Grid")
    set_widths(table, widths)
    set_padding(table, 3.5)
    head = table.add_row()
    repeat_head(head)
    keep_whole(head)
    for cell, (_, label) in zip(head.cells[1:], answers, strict=True):
        _small(cell.paragraphs[0], label)
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    for item in run:
        row = table.add_row()
        keep_whole(row)
        first, *boxes = row.cells
        first.paragraphs[0].add_run(shown.text(item, language))
        for cell in boxes:
            cell.paragraphs[0].add_run(_BOX)
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph()


def _question(document: Any, shown: Questionnaire, item: Item, language: str) -> None:
    turn_page(document, landscape=False)
    paragraph = document.add_paragraph()
    text = paragraph.add_run(shown.text(item, language))
    if item.kind == "display":
        return
    text.bold = True
    answers = [f"{_BOX} {label}" for _, label in shown.options(item, language)] or [_LINE]
    paragraph.paragraph_format.keep_with_next = True
    for place, answer in enumerate(answers, start=1):
        line = document.add_paragraph(answer)
        layout = line.paragraph_format
        layout.keep_with_next = place < len(answers)
        layout.space_after = None if place == len(answers) else 0


def _small(paragraph: Any, text: str) -> None:
    from docx.shared import Pt

    paragraph.add_run(text).font.size = Pt(8)
