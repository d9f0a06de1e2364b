"""A report as a Word document: APA tables that can be copied into a manuscript."""

from __future__ import annotations

import io
import re
from functools import partial
from pathlib import Path
from typing import Any

from coprod_measure.output_files import write_whole
from coprod_measure.report.cited_works import in_italics
from coprod_measure.report.document import (
    DENSE,
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
from coprod_measure.report.figures.canvas import png_bytes
from coprod_measure.report.fixed_times import fix_times
from coprod_measure.report.numbers import shown

_TEXT_WIDTH = 6.3


def write(document: Document, path: Path) -> tuple[Path, ...]:
    """Write the file, whole or not at all."""
    write_whole(path, partial(write_word, document))
    return (path,)


def write_word(document: Document, path: Path) -> None:
    """Write the document."""
    import docx

    word = docx.Document()
    _prepare(word, document)
    word.add_heading(_xml(document.title), level=0)
    word.add_paragraph(_xml(document.subtitle))
    for section in numbered(document).sections:
        word.add_heading(_xml(section.title), level=1)
        for block in section.blocks:
            _add(word, block)
    word.save(str(path))
    fix_times(path)


def _prepare(word: Any, document: Document) -> None:
    from docx.shared import Cm, Pt

    for page in word.sections:
        page.page_width, page.page_height = Cm(21.0), Cm(29.7)
        page.left_margin = page.right_margin = Cm(2.5)
        page.top_margin = page.bottom_margin = Cm(2.5)
    word.styles["Normal"].font.name = "Calibri"
    word.styles["Normal"].font.size = Pt(11)
    properties = word.core_properties
    properties.title, properties.author, properties.comments = _xml(document.title)[:255], "", ""
    properties.language = document.language


def _add(word: Any, block: Block) -> None:
    match block:
        case Paragraph(text):
            word.add_paragraph(_xml(text))
        case Bullets(items):
            for item in items:
                word.add_paragraph(_xml(item), style="List Bullet")
        case References(items):
            for item in items:
                _add_reference(word, item)
        case Callout(text, title):
            paragraph = word.add_paragraph(style="Intense Quote")
            paragraph.add_run(_xml(f"{title} ") if title else "").bold = True
            paragraph.add_run(_xml(text))
        case KeyValues(pairs):
            _add_pairs(word, pairs)
        case Table():
            _add_table(word, block)
        case Figure():
            _add_figure(word, block)


def _add_reference(word: Any, work: str) -> None:
    from docx.shared import Cm

    paragraph = word.add_paragraph()
    paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = Cm(1.27), Cm(-1.27)
    for text, italic in zip(in_italics(work), (False, True, False), strict=True):
        paragraph.add_run(_xml(text)).italic = italic


def _add_pairs(word: Any, pairs: tuple[tuple[str, str], ...]) -> None:
    grid = word.add_table(rows=0, cols=2)
    for name, value in pairs:
        cells = grid.add_row().cells
        cells[0].text, cells[1].text = _xml(name), _xml(value)
    word.add_paragraph()


def _add_caption(word: Any, number: str, title: str) -> None:
    caption = word.add_paragraph()
    caption.paragraph_format.keep_with_next = True
    caption.add_run(number).bold = True
    caption.add_run().add_break()
    caption.add_run(_xml(title)).italic = True


def _add_table(word: Any, table: Table) -> None:
    printed = shown(table)
    _add_caption(word, f"Table {table.number}", table.title)
    grid = word.add_table(rows=1, cols=len(table.columns))
    head = grid.rows[0]
    if len(table.columns) >= DENSE:
        _tighten(grid)
    size = 9.5 if len(table.columns) < 7 else 8.5 if len(table.columns) < DENSE else 7.0
    for cell, column in zip(head.cells, table.columns, strict=True):
        _fill(cell, column.label, size, right=column.kind != "text", italic=column.italic)
    _repeat_on_every_page(head)
    last = head
    for row, texts in zip(table.rows, printed.rows, strict=True):
        last = grid.add_row()
        if row.heading:
            cells = last.cells
            _fill(cells[0].merge(cells[-1]), texts[0].text, size, bold=True)
            continue
        for cell, text, column in zip(last.cells, texts, table.columns, strict=True):
            _fill(cell, text.whole, size, text.mark, right=column.kind != "text")
    _rule(head, top=12, bottom=6)
    if last is not head:
        _rule(last, bottom=12)
    notes = " ".join((*printed.notes, *(f"({mark}) {reason}." for mark, reason in printed.reasons)))
    _add_note(word, notes)


def _fill(
    cell: Any,
    text: str,
    size: float,
    mark: str = "",
    *,
    right: bool = False,
    italic: bool = False,
    bold: bool = False,
) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(1)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = paragraph.add_run(_xml(text))
    run.italic, run.bold, run.font.size = italic, bold, Pt(size)
    if mark:
        raised = paragraph.add_run(mark)
        raised.font.superscript, raised.font.size = True, Pt(size)


def _add_figure(word: Any, figure: Figure) -> None:
    from docx.shared import Inches

    _add_caption(word, f"Figure {figure.number}", figure.title)
    width = min(_TEXT_WIDTH, figure.drawing.get_figwidth())
    picture = word.add_picture(io.BytesIO(png_bytes(figure.drawing)), width=Inches(width))
    described = picture._inline.docPr
    described.set("descr", _xml(figure.alt))
    described.set("title", _xml(figure.title))
    _add_note(word, figure.note)


def _add_note(word: Any, text: str) -> None:
    paragraph = word.add_paragraph()
    if text:
        paragraph.add_run("Note. ").italic = True
        paragraph.add_run(_xml(text))


def _rule(row: Any, **sides: int) -> None:
    """Draw horizontal rules at a row's sides, in eighths of a point: APA tables have no others."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for cell in row._tr.tc_lst:
        properties = cell.get_or_add_tcPr()
        borders = OxmlElement("w:tcBorders")
        for side in ("top", "bottom"):
            if side in sides:
                line = OxmlElement(f"w:{side}")
                for name, value in (("val", "single"), ("sz", str(sides[side])), ("color", "000000")):
                    line.set(qn(f"w:{name}"), value)
                borders.append(line)
        properties.append(borders)


def _tighten(grid: Any) -> None:
    """Leave two points beside each number, so that a dozen columns fit between the margins of a page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), "40")
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    # The schema wants them before the look of the table, and Word refuses files that it cannot order.
    look = grid._tbl.tblPr.find(qn("w:tblLook"))
    if look is None:
        grid._tbl.tblPr.append(margins)
    else:
        look.addprevious(margins)


def _repeat_on_every_page(row: Any) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    head = OxmlElement("w:tblHeader")
    head.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(head)


def _xml(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)
