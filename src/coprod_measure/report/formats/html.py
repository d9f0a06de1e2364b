"""A report as one HTML page that needs nothing else: no network, no script, readable on paper and phone."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from coprod_measure.output_files import write_text
from coprod_measure.report.cited_works import in_italics
from coprod_measure.report.document import (
    DENSE,
    DENSEST,
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
from coprod_measure.report.figures.canvas import svg_text
from coprod_measure.report.numbers import shown

_KINDS: dict[type, str] = {
    Paragraph: "paragraph",
    References: "references",
    Bullets: "bullets",
    Callout: "callout",
    KeyValues: "key_values",
    Figure: "figure",
}


def write(document: Document, path: Path) -> tuple[Path, ...]:
    """Write the page."""
    write_text(path, as_html(document))
    return (path,)


def as_html(document: Document) -> str:
    """Render a report. Returns a complete page. Every text of the report is escaped."""
    return _environment().get_template("report.html").render(document=numbered(document))


def table_text(table: Table) -> str:
    """Render one table as a part of a page; every text of it is escaped."""
    return _environment().get_template("block_table.html").render(block=table)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("coprod_measure.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        dense=DENSE, densest=DENSEST, in_italics=in_italics, shown=shown, kind_of=_kind_of, svg=_inline_svg
    )
    return environment


def _kind_of(block: Block) -> str:
    return next((name for kind, name in _KINDS.items() if isinstance(block, kind)), "table")


def _inline_svg(figure: Figure) -> Markup:
    # The drawing's own text is escaped by the SVG writer; only its mark-up is trusted here.
    return Markup(svg_text(figure.drawing, f"figure{figure.number}"))
