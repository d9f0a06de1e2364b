"""Widths of the columns of a Word table: they follow what the cells hold, and no word is broken."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# Advance widths, thousandths of the type size, space to tilde: the wider of Arial (Helvetica in Adobe's font
# metrics, Liberation Sans) and Calibri (Carlito), whose asterisk is a quarter wider.
_ADVANCES = (
    278, 326, 401, 556, 556, 889, 682, 221, 333, 333, 498, 584, 278, 333, 278, 386,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 855, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 307, 386, 307, 498, 556,
    333, 556, 556, 500, 556, 556, 305, 556, 556, 229, 239, 500, 229, 833, 556, 556,
    556, 556, 349, 500, 335, 556, 500, 722, 500, 500, 500, 334, 460, 334, 584,
)  # fmt: skip
_OTHER, _WIDE = 600, 1000
_BOLD = 1.08
_WIDEST = 0.6
"""Share of the page that a column of text may claim; longer texts take as many lines as they need."""


_LONG = 40
"""Rows that fill a page."""


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a line of text in points, at this type size, in the wider of Arial and Calibri.

    >>> round(text_width("Strongly disagree", 8), 1)
    63.1
    """
    thousandths = sum(
        _ADVANCES[ord(letter) - 32] if " " <= letter <= "~" else _of_other(letter) for letter in text
    )
    return thousandths * size / 1000 * (_BOLD if bold else 1)


def _of_other(letter: str) -> int:
    return _WIDE if unicodedata.east_asian_width(letter) in "WF" or letter in "—…→←↔" else _OTHER


def longest_word(text: str, size: float, *, bold: bool = False) -> float:
    """Width of the widest stretch without a space, in points."""
    return max((text_width(word, size, bold=bold) for word in text.split()), default=0.0)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table stands on its page.

    Attributes
    ----------
    widths : tuple of float
        Of the columns, points.
    size : float
        Of the type, points.
    padding : float
        Room left and right of a cell's text, points.
    landscape : bool
        Whether the table needs the page turned.
    """

    widths: tuple[float, ...]
    size: float
    padding: float
    landscape: bool


def lay_out(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    whole: Sequence[bool],
    *,
    portrait: float,
    landscape: float,
) -> Layout:
    """Choose type size, page and column widths, the most readable first.

    Parameters
    ----------
    head : sequence of str
        Column heads, one a column.
    rows : sequence of sequence of str
        Texts of the cells.
    whole : sequence of bool
        Columns whose cells stand on one line (numbers); the others may wrap between words.
    portrait, landscape : float
        Widths between the margins, points.

    Returns
    -------
    Layout
        A table that fits neither way at the smallest size takes the landscape page with every column as much
        narrower as needed.
    """
    # Texts of up to three lines in slightly smaller type read better than columns of five and more; of two,
    # where a table would run over many pages.
    upright = [(size, 4.0, portrait, False) for size in (9.5, 9.0, 8.5)]
    trials = [(trial, 2) for trial in upright] if len(rows) > _LONG else []
    trials += [(trial, 3) for trial in upright]
    trials += [(trial, 5) for trial in (*upright, (8.0, 2.5, portrait, False))]
    trials += [((size, 3.0, landscape, True), 5) for size in (9.0, 8.5, 8.0, 7.5)]
    trials += [((size, 2.0, landscape, True), 5) for size in (7.0, 6.5, 6.0)]
    for (size, padding, room, turned), lines in trials:
        least, natural = _needs(head, rows, whole, size, padding, (lines, _WIDEST * room))
        if sum(least) <= room:
            return Layout(_shared_out(least, natural, room), size, padding, turned)
    shrink = room / sum(least)
    return Layout(tuple(width * shrink for width in least), size, padding, turned)


def _needs(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    whole: Sequence[bool],
    size: float,
    padding: float,
    texts: tuple[int, float],
) -> tuple[list[float], list[float]]:
    """Width of each column whose texts take so many lines or are so wide, and its natural one, points."""
    lines, widest = texts
    least, natural = [], []
    for place, label in enumerate(head):
        cells = [row[place] for row in rows]
        full = max((text_width(cell, size) for cell in cells), default=0.0)
        word = max((longest_word(cell, size) for cell in (*cells, label)), default=0.0)
        narrow = max(word, full if whole[place] else min(full / lines, widest))
        least.append(narrow + 2 * padding + 1)
        natural.append(max(full, min(text_width(label, size), 2.2 * word), narrow) + 2 * padding + 1)
    return least, natural


def _shared_out(least: list[float], natural: list[float], room: float) -> tuple[float, ...]:
    """Give the room that is left to the columns whose texts would be longer, in proportion."""
    wanted = [more - less for less, more in zip(least, natural, strict=True)]
    spare = room - sum(least)
    share = min(1.0, spare / sum(wanted)) if sum(wanted) else 0.0
    return tuple(less + share * want for less, want in zip(least, wanted, strict=True))


def set_widths(grid: Any, widths: Sequence[float]) -> None:
    """Give a table of python-docx fixed columns of these widths, in points; later rows take them over."""
    from docx.shared import Pt

    grid.autofit = False
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Pt(width)


def set_padding(grid: Any, points: float) -> None:
    """Leave this much room left and right of the text of each cell."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls, qn

    wide = f'w:w="{round(20 * points)}" w:type="dxa"'
    margins = parse_xml(f"<w:tblCellMar {nsdecls('w')}><w:left {wide}/><w:right {wide}/></w:tblCellMar>")
    # The schema wants them before the look of the table, and Word refuses files that it cannot order.
    look = grid._tbl.tblPr.find(qn("w:tblLook"))
    if look is None:
        grid._tbl.tblPr.append(margins)
    else:
        look.addprevious(margins)


def repeat_head(row: Any) -> None:
    """Let a row stand again on top of every page that the table runs over."""
    _mark(row, "w:tblHeader")


def keep_whole(row: Any) -> None:
    """Let no page end inside a row."""
    _mark(row, "w:cantSplit")


def _mark(row: Any, name: str) -> None:
    from docx.oxml import OxmlElement

    properties = row._tr.get_or_add_trPr()
    element = OxmlElement(name)
    # The schema wants cantSplit before tblHeader.
    properties.insert(0, element) if name == "w:cantSplit" else properties.append(element)


def turn_page(word: Any, *, landscape: bool) -> None:
    """Begin a new page with its long side across, or upright; margins stay. Nothing happens if it lies so."""
    from docx.enum.section import WD_ORIENT, WD_SECTION

    last = word.sections[-1]
    if (last.orientation == WD_ORIENT.LANDSCAPE) == landscape:
        return
    height, width = last.page_height, last.page_width
    page = word.add_section(WD_SECTION.NEW_PAGE)
    page.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    page.page_width, page.page_height = height, width
