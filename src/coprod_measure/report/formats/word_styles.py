"""Styles, fields and table marks of a Word report, as Word itself would write them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def add_styles(word: Any) -> None:
    """Give a document the styles of APA 7 that its parts name, so that a user changes each in one place."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt, RGBColor

    styles = word.styles
    black = RGBColor(0, 0, 0)
    for name, size in (("Normal", 11), ("Title", 20), ("Subtitle", 11), ("Heading 1", 14), ("Caption", 11)):
        font = styles[name].font
        _typeface(styles[name])
        font.size, font.color.rgb, font.italic = Pt(size), black, None
    borders = styles["Title"].element.pPr.find(_qn("w:pBdr"))
    if borders is not None:
        styles["Title"].element.pPr.remove(borders)
    styles["Caption"].font.bold = True
    styles["Caption"].paragraph_format.keep_with_next = True
    styles["Caption"].paragraph_format.space_before, styles["Caption"].paragraph_format.space_after = (
        Pt(12),
        Pt(0),
    )
    for name, before, after, italic, follows in (
        ("Table Title", 0, 6, True, True),
        ("Table Text", 1, 1, False, False),
        ("Table Note", 4, 12, False, False),
        ("Callout", 6, 8, False, False),
        ("Bibliography", 0, 6, False, False),
        ("List Title", 12, 2, False, True),
        ("Listed", 0, 0, False, False),
    ):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = styles["Normal"]
        style.font.italic = italic or None
        layout = style.paragraph_format
        layout.space_before, layout.space_after, layout.keep_with_next = Pt(before), Pt(after), follows
        layout.line_spacing = 1.0
    styles["Table Text"].font.size = styles["Table Note"].font.size = Pt(9.5)
    styles["List Title"].font.bold = True
    styles["Callout"].paragraph_format.left_indent = Pt(14)
    for name in ("Bibliography", "Listed"):
        layout = styles[name].paragraph_format
        layout.left_indent, layout.first_line_indent = Pt(36), Pt(-36)
    _add_table_style(styles)


def _typeface(style: Any) -> None:
    """Set Calibri for every script; the template's headings name a theme font that would win."""
    style.font.name = "Calibri"
    fonts = style.element.rPr.rFonts
    for script in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(_qn(f"w:{script}"), None)


def _add_table_style(styles: Any) -> None:
    """Rules above, below and under the head only (APA 7, 7.14)."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    style = styles.add_style("APA Table", WD_STYLE_TYPE.TABLE)
    style.base_style = styles["Normal Table"]
    line = 'w:val="single" w:sz="{}" w:space="0" w:color="000000"'
    for xml in (
        f"<w:tblPr {nsdecls('w')}><w:tblBorders><w:top {line.format(12)}/><w:bottom {line.format(12)}/>"
        "</w:tblBorders></w:tblPr>",
        f'<w:tblStylePr {nsdecls("w")} w:type="firstRow"><w:tcPr><w:tcBorders><w:bottom {line.format(6)}/>'
        '</w:tcBorders><w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr>',
    ):
        style.element.append(parse_xml(xml))


def field(paragraph: Any, instruction: str, shown: str) -> None:
    """Add a field that Word computes anew (``SEQ``, ``REF``), with the text it shows until then."""
    from docx.oxml import OxmlElement

    for kind, text in (
        ("begin", None),
        (None, instruction),
        ("separate", None),
        ("shown", shown),
        ("end", None),
    ):
        run = paragraph.add_run(text if kind == "shown" else "")
        if kind == "shown":
            continue
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(_qn("w:fldCharType"), kind)
        else:
            element.text = f" {text} "
            element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        run._r.append(element)


@contextmanager
def bookmarked(paragraph: Any, name: str, number: int) -> Iterator[None]:
    """Name what is added to a paragraph meanwhile, so that cross-references find it."""
    from docx.oxml import OxmlElement

    for tag in ("w:bookmarkStart", "w:bookmarkEnd"):
        mark = OxmlElement(tag)
        mark.set(_qn("w:id"), str(number))
        if tag == "w:bookmarkStart":
            mark.set(_qn("w:name"), name)
            paragraph._p.append(mark)
            yield
        else:
            paragraph._p.append(mark)


def _qn(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(name))
