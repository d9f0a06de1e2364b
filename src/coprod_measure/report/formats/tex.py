"""A report as LaTeX: tables with booktabs rules that can be copied into a manuscript."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from coprod_measure.output_files import write_text
from coprod_measure.report.cited_works import in_italics
from coprod_measure.report.document import (
    DENSE,
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
from coprod_measure.report.numbers import ShownCell, shown
from coprod_measure.report.pictures import write_pictures

_HEAD = r"""% Compile with lualatex or xelatex: the text holds letters of many scripts.
\documentclass[11pt,a4paper]{article}
\usepackage{fontspec,booktabs,longtable,array,graphicx,calc}
\usepackage[margin=25mm]{geometry}
\usepackage[hidelinks]{hyperref}
\setlength{\parindent}{0pt}\setlength{\parskip}{6pt}
\setlength{\LTleft}{0pt}
"""
_SIZE = r"\footnotesize\setlength{\tabcolsep}{3pt}"
_DENSE_SIZE = r"\scriptsize\setlength{\tabcolsep}{1.5pt}"
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
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def write(document: Document, path: Path) -> tuple[Path, ...]:
    """Write the text, and its figures into a folder beside it."""
    pictures = write_pictures(document, path)
    write_text(path, as_latex(document, pictures))
    return (path, *(path.parent / address for address in pictures.values()))


def as_latex(document: Document, picture_of: Mapping[str, str] | None = None) -> str:
    """Render a report.

    ``document``: the report; tables and figures are numbered here, so that the numbers agree with the other
    formats. ``picture_of``: figure id to the address of its picture; a figure without one is told in words.
    Returns a complete document for lualatex or xelatex. Every text of the report is escaped.
    """
    parts = [
        _HEAD,
        f"\\title{{{escaped(document.title)}}}\n\\author{{{escaped(document.subtitle)}}}\n\\date{{}}",
        "\\begin{document}\n\\maketitle",
    ]
    for section in numbered(document).sections:
        parts.append(f"\\section*{{{escaped(section.title)}}}")
        parts += [_block(block, picture_of or {}) for block in section.blocks]
    return "\n\n".join([*parts, "\\end{document}"]) + "\n"


def escaped(text: str) -> str:
    """Text that LaTeX prints as it is, on one line."""
    flat = " ".join(_UNPRINTABLE.sub("", text).split())
    return "".join(_SPECIAL.get(letter, letter) for letter in flat)


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
    """Render one table; it needs the packages longtable, booktabs and array."""
    printed = shown(table)
    heads = " & ".join(_head(column) for column in table.columns)
    lines = [
        _heading(row, len(table.columns)) if row.heading else " & ".join(map(_cell, cells)) + r" \\"
        for row, cells in zip(table.rows, printed.rows, strict=True)
    ]
    notes = [
        *map(escaped, printed.notes),
        *(f"\\textsuperscript{{{mark}}} {escaped(why)}." for mark, why in printed.reasons),
    ]
    size = _DENSE_SIZE if _dense(table) else _SIZE
    return "\n".join(
        [
            f"\\textbf{{Table {table.number}}}\\\\ \\textit{{{escaped(table.title)}}}",
            "{" + size,
            f"\\begin{{longtable}}{{{_layout(table)}}}",
            f"\\toprule {heads} \\\\ \\midrule \\endhead",
            "\\bottomrule \\endfoot",
            *lines,
            "\\end{longtable}}",
            *([f"{{\\small\\textit{{Note.}} {' '.join(notes)}}}"] if notes else []),
        ]
    )


def _dense(table: Table) -> bool:
    return len(table.columns) >= DENSE


def _layout(table: Table) -> str:
    """Numbers to the right; the words share what the numbers leave of the line."""
    columns = table.columns
    words = sum(column.kind == "text" for column in columns)
    number, least = (0.065, 0.2) if _dense(table) else (0.09, 0.3)
    share = max(0.95 - number * (len(columns) - words), least) / max(words, 1)
    kinds = [
        f">{{\\raggedright\\arraybackslash}}p{{{min(share, 0.5):.2f}\\linewidth}}"
        if column.kind == "text"
        else "r"
        for column in columns
    ]
    return "".join(kinds)


def _head(column: Column) -> str:
    return f"\\textit{{{escaped(column.label)}}}" if column.italic else escaped(column.label)


def _heading(row: Row, width: int) -> str:
    return f"\\multicolumn{{{width}}}{{l}}{{\\textbf{{{escaped(str(row.values[0]))}}}}} \\\\"


def _cell(cell: ShownCell) -> str:
    mark = f"\\textsuperscript{{{cell.mark}}}" if cell.mark else ""
    return escaped(cell.whole) + mark


def _figure(figure: Figure, address: str) -> str:
    picture = (
        f"\\includegraphics[width=\\linewidth,height=.8\\textheight,keepaspectratio]{{{address}}}"
        if address
        else escaped(figure.alt)
    )
    note = f"\n\n{{\\small\\textit{{Note.}} {escaped(figure.note)}}}" if figure.note else ""
    title = f"\\textbf{{Figure {figure.number}}}\\\\ \\textit{{{escaped(figure.title)}}}"
    return f"{title}\n\n{picture}{note}"
