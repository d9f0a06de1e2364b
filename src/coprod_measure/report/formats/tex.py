"""A report as LaTeX: tables with booktabs rules that can be copied into a manuscript."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from coprod_measure.output_files import write_text
from coprod_measure.report.cited_works import in_italics
from coprod_measure.report.document import (
    Block,
    Bullets,
    Callout,
    Column,
    Document,
    Figure,
    KeyValues,
    Paragraph,
    References,
    Row,
    Table,
    numbered,
)
from coprod_measure.report.numbers import ShownCell
from coprod_measure.report.pictures import write_pictures
from coprod_measure.report.table_layout import breakable, on_paper

_HEAD = r"""% lualatex and xelatex print every script that the font holds, pdflatex Latin scripts only.
\documentclass[11pt,a4paper]{article}
\usepackage{iftex}
\iftutex
  \usepackage{fontspec}
  \IfFontExistsTF{Libertinus Serif}{\setmainfont{Libertinus Serif}}{}
\else
  \usepackage[T1]{fontenc}\usepackage{lmodern,textcomp}
\fi
\usepackage{amssymb,booktabs,longtable,array,graphicx,pdflscape}
\usepackage[margin=72bp]{geometry}
\usepackage[hidelinks]{hyperref}
\setlength{\parindent}{0pt}\setlength{\parskip}{6pt}
\setlength{\LTleft}{0pt}\setlength{\emergencystretch}{3em}
"""
_NARROWER = 0.9
"""Latin Modern beside the letters that tables are laid out by."""
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "[": r"{[}",
    "]": r"{]}",
    '"': r"\textquotedbl{}",
}
_SPECIAL |= {"\u200b": r"\allowbreak{}", "\u00a0": "~"}
_SPECIAL |= {
    sign: rf"\ensuremath{{\{name}}}"
    for sign, name in {
        "≤": "leq", "≥": "geq", "≠": "neq", "≈": "approx", "±": "pm", "×": "times", "√": "surd", "∞": "infty",
        "→": "rightarrow", "←": "leftarrow", "↔": "leftrightarrow", "✓": "checkmark", "✗": "times",
        "○": "bigcirc", "◐": "circledcirc",
    }.items()
}  # fmt: skip
_SPECIAL["−"] = r"\ensuremath{-}"
_GREEK = {
    letter: name.title() if letter.isupper() else name
    for letter in "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ"
    for name in [unicodedata.name(letter).split()[-1].lower().replace("lamda", "lambda")]
}
_SYMBOL = re.compile(rf"(?<![\u0370-\u03ff])[{''.join(_GREEK)}]{{1,2}}(?![\u0370-\u03ff])")
"""A Greek letter that stands alone is a symbol, as are two (Δχ²); several are a word."""
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def write(document: Document, path: Path) -> tuple[Path, ...]:
    """Write the text, and its figures into a folder beside it."""
    pictures = write_pictures(document, path, "pdf")
    write_text(path, as_latex(document, pictures))
    return (path, *(path.parent / address for address in pictures.values()))


def as_latex(document: Document, picture_of: Mapping[str, str] | None = None) -> str:
    """Render a report.

    ``document``: the report; tables and figures are numbered here, so that the numbers agree with the other
    formats. ``picture_of``: figure id to the address of its picture; a figure without one is told in words.
    Returns a complete document for lualatex, xelatex or pdflatex. Every text of the report is escaped.
    """
    parts = [
        _HEAD,
        f"\\title{{{escaped(document.title)}}}\n"
        f"\\author{{\\parbox{{.9\\linewidth}}{{\\centering {escaped(document.subtitle)}}}}}\n\\date{{}}",
        "\\begin{document}\n\\maketitle",
    ]
    for section in numbered(document).sections:
        parts.append(f"\\section*{{{escaped(section.title)}}}")
        parts += [_block(block, picture_of or {}) for block in section.blocks]
    return "\n\n".join([*parts, "\\end{document}"]) + "\n"


def escaped(text: str) -> str:
    """Text that LaTeX prints as it is, on one line."""
    flat = " ".join(_UNPRINTABLE.sub("", text).split())
    plain = "".join(_SPECIAL.get(letter, letter) for letter in flat)
    return _SYMBOL.sub(lambda found: "".join(rf"\ensuremath{{\{_GREEK[one]}}}" for one in found[0]), plain)


def _block(block: Block, picture_of: Mapping[str, str]) -> str:
    match block:
        case Paragraph(text):
            return escaped(text)
        case Bullets(items):
            lines = [f"  \\item {escaped(item)}" for item in items]
            return "\n".join(["\\begin{itemize}", *lines, "\\end{itemize}"])
        case References(items):
            return "\n\n".join(f"\\hangindent=2em {_reference(item)}" for item in items)
        case Callout(text, title):
            head = f"\\textbf{{{escaped(title)}}} " if title else ""
            return f"\\begin{{quote}}{head}{escaped(text)}\\end{{quote}}"
        case KeyValues(pairs):
            lines = [f"  \\item[{{{escaped(name)}}}] {escaped(value)}" for name, value in pairs]
            return "\n".join(["\\begin{description}", *lines, "\\end{description}"])
        case Table():
            return table_text(block)
        case Figure():
            return _figure(block, picture_of.get(block.id, ""))


def _reference(work: str) -> str:
    before, italic, after = in_italics(work)
    space = " " * after.startswith(" ")
    return escaped(before) + (f" \\textit{{{escaped(italic)}}}" if italic else "") + space + escaped(after)


def table_text(table: Table) -> str:
    """Render one table; it needs the packages longtable, booktabs and array, a wide one pdflscape."""
    paper = on_paper(table)
    printed, layout = paper.printed, paper.layout
    inner = [width - 2 * layout.padding for width in layout.widths]
    columns = "".join(
        f">{{\\ragged{'left' if right else 'right'}\\arraybackslash}}p{{{width:.1f}bp}}"
        for width, right in zip(inner, paper.numeric, strict=True)
    )
    heads = " & ".join(_head(column) for column in table.columns)
    whole = sum(layout.widths) - 2 * layout.padding
    lines = [
        _heading(row, len(table.columns), whole) if row.heading else " & ".join(map(_cell, cells)) + r" \\"
        for row, cells in zip(table.rows, printed.rows, strict=True)
    ]
    notes = [
        *map(escaped, printed.notes),
        *(f"\\textsuperscript{{{mark}}} {escaped(why)}." for mark, why in printed.reasons),
    ]
    size = _NARROWER * layout.size
    text = "\n".join(
        [
            f"{{\\fontsize{{{size:.1f}}}{{{1.2 * size:.1f}}}\\selectfont",
            f"\\setlength{{\\tabcolsep}}{{{layout.padding}bp}}",
            f"\\begin{{longtable}}{{{columns}}}",
            f"{_caption(table)} \\\\[4pt] \\toprule {heads} \\\\ \\midrule \\endfirsthead",
            f"\\toprule {heads} \\\\ \\midrule \\endhead",
            "\\bottomrule \\endfoot",
            *lines,
            "\\end{longtable}}",
            *([f"{{\\small\\textit{{Note.}} {' '.join(notes)}\\par}}"] if notes else []),
        ]
    )
    return f"\\begin{{landscape}}\n{text}\n\\end{{landscape}}" if layout.landscape else text


def _caption(table: Table) -> str:
    """Put number and title into the first head: no page ends between them and the table."""
    words = f"\\textbf{{Table {table.number}}}\\\\ \\textit{{{escaped(table.title)}}}"
    box = f"\\makebox[0pt][l]{{\\parbox[b]{{\\linewidth}}{{\\normalsize {words}}}}}"
    return f"\\multicolumn{{{len(table.columns)}}}{{l}}{{{box}}}"


def _head(column: Column) -> str:
    label = escaped(breakable(column.label))
    return f"\\textit{{{label}}}" if column.italic else label


def _heading(row: Row, columns: int, width: float) -> str:
    title = f"\\raggedright\\textbf{{{escaped(str(row.values[0]))}}}"
    return f"\\multicolumn{{{columns}}}{{p{{{width:.1f}bp}}}}{{{title}}} \\\\*"


def _cell(cell: ShownCell) -> str:
    mark = f"\\textsuperscript{{{cell.mark}}}" if cell.mark else ""
    return escaped(breakable(cell.whole)) + mark


def _figure(figure: Figure, address: str) -> str:
    picture = (
        f"\\includegraphics[width=\\linewidth,height=.8\\textheight,keepaspectratio]{{{address}}}"
        if address
        else escaped(figure.alt)
    )
    note = f"\n\n{{\\small\\textit{{Note.}} {escaped(figure.note)}}}" if figure.note else ""
    title = f"\\textbf{{Figure {figure.number}}}\\\\* \\textit{{{escaped(figure.title)}}}"
    inner = f"{title}\n\n{picture}{note}"
    return f"\\begin{{minipage}}{{\\linewidth}}\\setlength{{\\parskip}}{{6pt}}\n{inner}\n\\end{{minipage}}"
