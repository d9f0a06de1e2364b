"""The paper that every figure is drawn on: colours, type, and the way to SVG and PNG.

Drawings never touch matplotlib's global state, so a notebook that draws its own figures is left alone.
"""

from __future__ import annotations

import io
import re
import shutil
import tempfile
import textwrap
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec
from unicodedata import category

from coprod_measure.plain_text import cleaned
from coprod_measure.report.figures.slim_svg import slim

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

P = ParamSpec("P")

INK = "#1b1f24"
QUIET = "#5b636d"
HAIRLINE = "#c9ced6"
PAPER = "#fefefd"
ON_LIGHT = "#000000"
ON_DARK = "#ffffff"
# Okabe & Ito (2008): eight colours that stay apart with every common kind of colour vision.
BLUE, VERMILION, GREEN, ORANGE, SKY = "#0072b2", "#d55e00", "#009e73", "#e69f00", "#56b4e9"
DIVERGING = "PuOr"

# These follow the page's light or dark theme; every other colour stays as drawn.
_THEMED = {INK: "--ink", QUIET: "--quiet", HAIRLINE: "--hairline", PAPER: "--paper"}
_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "text.color": INK,
    "text.hinting": "none",  # whole pixels would make small type up to a tenth wider than it is printed
    "text.parse_math": False,  # a dollar sign in an item is a dollar sign
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "figure.facecolor": "none",
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": HAIRLINE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "svg.fonttype": "none",  # text stays text: it can be searched, read aloud, and written in any script
    "svg.hashsalt": "coprod-measure",
    "pdf.fonttype": 42,  # journals refuse type 3
}


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Let a drawing function work in this project's style and leave no trace of it."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        import matplotlib as mpl

        with mpl.rc_context(_STYLE), _any_script():
            figure = draw(*args, **kwargs)
            # Laying out anew at each saving would shift things by where the picture was saved before.
            engine = figure.get_layout_engine()
            if engine is not None:
                engine.execute(figure)
                figure.set_layout_engine(None)
        return figure

    return drawn


def sheet(width: float, height: float) -> tuple[Figure, Axes]:
    """Give an empty figure of this many inches with one set of axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def bare_sheet(width: float, height: float) -> tuple[Figure, Axes]:
    """Give a figure whose axes fill it, without frame and ticks; one unit of the axes is one inch."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    return figure, axes


def wrapped(text: str, width: int, lines: int = 3) -> str:
    """Break a label into at most ``lines`` lines of ``width`` characters; what does not fit ends in …."""
    return "\n".join(textwrap.wrap(text, width, max_lines=lines, placeholder=" …")) or text[:width]


_MARGIN = 12.0
"""Points on both sides of a drawing in a page."""


def svg_text(figure: Figure, prefix: str) -> str:
    """Serialise a drawing as inline SVG.

    ``prefix``: put before every id, so that several drawings can stand in one page. Returns an ``<svg>``
    element without prologue, comments, dates or metadata; equal input gives equal text.
    """
    buffer = io.StringIO()
    _save(figure, buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = slim(re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL))
    # Browsers set the page's type wider than it was measured: what reaches the edge would be cut.
    svg = re.sub(
        r'viewBox="0 0 ([\d.]+) ',
        lambda box: f'viewBox="{-_MARGIN:g} 0 {float(box[1]) + 2 * _MARGIN:g} ',
        svg,
        count=1,
    )
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{prefix}-", svg)
    svg = svg.replace(" font-family: 'DejaVu Sans';", "")  # the page's own type, said once in its style
    for colour, name in _THEMED.items():
        svg = svg.replace(colour, f"var({name}, {colour})")
    # The page decides how large an inch of the drawing is, so that type has one size in all figures.
    return re.sub(
        r'(<svg[^>]*?) width="[^"]*"',
        rf'\1 style="--inches: {figure.get_figwidth():g}"',
        _without_height(svg),
    )


def svg_file(figure: Figure) -> str:
    """Serialise a drawing as an SVG file of its size, its type as measured; see :func:`figure_fonts`."""
    buffer = io.StringIO()
    _save(figure, buffer, format="svg", metadata={"Date": None, "Creator": None})
    return slim(cleaned(buffer.getvalue()))


@contextmanager
def figure_fonts() -> Iterator[Path]:
    """Give a folder with the typeface that drawings are measured with, and no other; matplotlib has it."""
    import matplotlib as mpl

    with tempfile.TemporaryDirectory() as folder:
        for cut in ("", "-Bold", "-Oblique", "-BoldOblique"):
            shutil.copy(Path(mpl.get_data_path()) / "fonts" / "ttf" / f"DejaVuSans{cut}.ttf", folder)
        yield Path(folder)


def png_bytes(figure: Figure, dpi: int = 200) -> bytes:
    """Serialise a drawing as a PNG picture on white paper."""
    buffer = io.BytesIO()
    _save(figure, buffer, format="png", dpi=dpi, facecolor="white", metadata={"Software": None})
    return buffer.getvalue()


def pdf_bytes(figure: Figure) -> bytes:
    """Serialise a drawing as a PDF picture, its type embedded."""
    from matplotlib.text import Text

    for one in figure.findobj(Text):  # matplotlib 3.11 fails at marks that have no glyph of their own
        if isinstance(one, Text) and not one.get_text().isprintable():
            one.set_text("".join(c for c in one.get_text() if category(c) not in {"Cf", "Zl", "Zp"}))
    buffer = io.BytesIO()
    _save(figure, buffer, format="pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})
    return buffer.getvalue()


def _without_height(svg: str) -> str:
    return re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg)


@contextmanager
def _any_script() -> Iterator[None]:
    with warnings.catch_warnings():
        # Scripts that the measuring font lacks are still right in SVG, where the reader's fonts draw them.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        yield


def _save(figure: Figure, buffer: io.StringIO | io.BytesIO, **options: Any) -> None:
    import matplotlib as mpl

    with mpl.rc_context(_STYLE), _any_script():
        figure.savefig(buffer, **options)
