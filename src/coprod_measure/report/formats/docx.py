"""A report as a Word document: APA tables that can be copied into a manuscript."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import Any

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
from coprod_measure.report.figures.canvas import png_bytes
from coprod_measure.report.fixed_times import fix_times
from coprod_measure.report.formats.word_styles import add_styles, bookmarked, field
from coprod_measure.report.table_layout import ACROSS, MARGIN, PAGE, UPRIGHT, breakable, on_paper
from coprod_measure.word_columns import keep_whole, repeat_head, set_padding, set_widths, turn_page


def write(document: Document, path: Path) -> tuple[Path, ...]:
    """Write the file, whole or not at all."""
    write_whole(path, partial(write_word, document))
    return (path,)


def write_word(document: Document, path: Path) -> None:
    """Write the document."""
    import docx

    word = docx.Document()
    _prepare(word, document)
    word.add_paragraph(_xml(document.title), style="Title")
    word.add_paragraph(_xml(document.subtitle), style="Subtitle")
    whole = numbered(document)
    _add_lists(word, whole)
    for section in whole.sections:
        turn_page(word, landscape=False)
        word.add_heading(_xml(section.title), level=1)
        for block in section.blocks:
            _add(word, block)
    word.save(str(path))
    fix_times(path)


def write_table(table: Table, path: Path) -> None:
    """Write one table as a document of its own."""
    import docx

    word = docx.Document()
    _prepare(word, Document(table.title, "", ()))
    _add_table(word, table)
    word.save(str(path))
    fix_times(path)


def _prepare(word: Any, document: Document) -> None:
    from docx.shared import Pt

    for page in word.sections:
        page.page_width, page.page_height = (Pt(side) for side in PAGE)
        page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Pt(MARGIN)
    add_styles(word)
    properties = word.core_properties
    properties.title, properties.author, properties.comments = _xml(document.title)[:255], "", ""
    properties.language = document.language


def _add_lists(word: Any, document: Document) -> None:
    """List the tables and figures, each a cross-reference that Word follows and keeps up to date."""
    for kind, title in ((Table, "Tables"), (Figure, "Figures")):
        listed = [block for block in document.blocks() if isinstance(block, kind)]
        if listed:
            word.add_paragraph(title, style="List Title")
        for block in listed:
            line = word.add_paragraph(style="Listed")
            name = kind.__name__
            field(line, f"REF {_bookmark(block)} \\h", f"{name} {block.number}")
            line.add_run(f"  {_xml(block.title)}")


def _bookmark(block: Table | Figure) -> str:
    return f"_{type(block).__name__}{block.number}"


def _add(word: Any, block: Block) -> None:
    if isinstance(block, Table):
        _add_table(word, block)
        return
    turn_page(word, landscape=False)
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
            paragraph = word.add_paragraph(style="Callout")
            paragraph.add_run(_xml(f"{title} ") if title else "").bold = True
            paragraph.add_run(_xml(text))
        case KeyValues(pairs):
            _add_pairs(word, pairs)
        case Figure():
            _add_figure(word, block)


def _add_reference(word: Any, work: str) -> None:
    paragraph = word.add_paragraph(style="Bibliography")
    for text, italic in zip(in_italics(work), (False, True, False), strict=True):
        paragraph.add_run(_xml(text)).italic = italic


def _add_pairs(word: Any, pairs: tuple[tuple[str, str], ...]) -> None:
    grid = word.add_table(rows=0, cols=2)
    set_widths(grid, (0.3 * UPRIGHT, 0.7 * UPRIGHT))
    for pair in pairs:
        row = grid.add_row()
        keep_whole(row)
        for cell, text in zip(row.cells, pair, strict=True):
            cell.text = breakable(_xml(text))
            cell.paragraphs[0]._p.style = "TableText"
    word.add_paragraph(style="Table Note")


def _add_caption(word: Any, block: Table | Figure) -> None:
    name = type(block).__name__
    caption = word.add_paragraph(style="Caption")
    with bookmarked(caption, _bookmark(block), block.number + (10000 if name == "Figure" else 0)):
        caption.add_run(f"{name} ")
        field(caption, f"SEQ {name} \\* ARABIC", str(block.number))
    title = word.add_paragraph(style="Table Title")
    title.add_run(_xml(block.title))


def _add_table(word: Any, table: Table) -> None:
    paper = on_paper(table)
    printed, layout, numeric = paper.printed, paper.layout, paper.numeric
    turn_page(word, landscape=layout.landscape)
    _add_caption(word, table)
    grid = word.add_table(rows=0, cols=len(table.columns), style="APA Table")
    set_widths(grid, layout.widths)
    set_padding(grid, layout.padding)
    head = grid.add_row()
    repeat_head(head)
    keep_whole(head)
    for cell, column, right in zip(head.cells, table.columns, numeric, strict=True):
        _fill(cell, column.label, layout.size, right=right, italic=column.italic)
    _stay_with_next(head)
    for row, texts in zip(table.rows, printed.rows, strict=True):
        line = grid.add_row()
        keep_whole(line)
        cells = line.cells
        if row.heading:
            _fill(cells[0].merge(cells[-1]), texts[0].text, layout.size, bold=True)
            _stay_with_next(line)
            continue
        for cell, text, right in zip(cells, texts, numeric, strict=True):
            _fill(cell, text.whole, layout.size, text.mark, right=right)
    notes = " ".join((*printed.notes, *(f"({mark}) {reason}." for mark, reason in printed.reasons)))
    _add_note(word, notes)


def _stay_with_next(row: Any) -> None:
    """Let no page end below it: LibreOffice shows nothing of a table whose head alone fits on its page."""
    for cell in row.cells:
        cell.paragraphs[0].paragraph_format.keep_with_next = True


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
    # By its id: by name, python-docx would search all styles for each of thousands of cells.
    paragraph._p.style = "TableText"
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = paragraph.add_run(breakable(_xml(text)))
    run.italic, run.bold, run.font.size = italic or None, bold or None, Pt(size)
    if mark:
        raised = paragraph.add_run(mark)
        raised.font.superscript, raised.font.size = True, Pt(size)


def _add_figure(word: Any, figure: Figure) -> None:
    from docx.shared import Pt

    _add_caption(word, figure)
    wide, high = figure.drawing.get_size_inches() * 72
    shrink = min(1.0, UPRIGHT / wide, (ACROSS - 60) / high)
    picture = word.add_picture(io.BytesIO(png_bytes(figure.drawing)), width=Pt(wide * shrink))
    word.paragraphs[-1].paragraph_format.keep_with_next = bool(figure.note)
    described = picture._inline.docPr
    described.set("descr", _xml(figure.alt))
    described.set("title", _xml(figure.title))
    _add_note(word, figure.note)


def _add_note(word: Any, text: str) -> None:
    paragraph = word.add_paragraph(style="Table Note")
    if text:
        paragraph.add_run("Note. ").italic = True
        paragraph.add_run(_xml(text))


def _xml(text: str) -> str:
    return cleaned(text)
