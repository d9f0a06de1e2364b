"""How results look where they are evaluated: one line in a console, the line and a table in a notebook."""

from __future__ import annotations

from dataclasses import fields
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

_LINE = 240
_ROWS, _COLUMNS = 20, 14


class Presented:
    """A result that a notebook shows short, and that gives its table for a paper and its picture.

    The table is that of ``table()``, else ``parameters`` or ``flow``; cells are escaped, as they can hold
    text from files.
    """

    __slots__ = ()

    def to_apa(self, form: str = "markdown", *, title: str = "", path: str | Path | None = None) -> str:
        """Write the table in APA style: ``"markdown"``, ``"latex"``, ``"html"`` or ``"word"`` (needs a path).

        Returns the text, or the path of the file; see :func:`coprod_measure.report.apa.to_apa`.
        """
        # By name, as with every format: a result does not know the room that words it.
        text: str = import_module("coprod_measure.report.apa").to_apa(self, form, title=title, path=path)
        return text

    def plot(self, kind: str = "") -> Figure:
        """Draw the result as a matplotlib figure; see :func:`coprod_measure.report.plots.plot`."""
        figure: Figure = import_module("coprod_measure.report.plots").plot(self, kind)
        return figure

    def _repr_html_(self) -> str:
        table = _table_of(self)
        if table is None:
            return f"<pre>{escape(repr(self))}</pre>"
        shown = table.to_html(
            max_rows=_ROWS, max_cols=_COLUMNS, float_format="{:.3f}".format, escape=True, border=0, na_rep="—"
        )
        return f"<p><code>{escape(repr(self))}</code></p>\n{shown}"


class Shown(Presented):
    """A record whose ``repr`` is one line, whatever it holds."""

    __slots__ = ()

    def __repr__(self) -> str:
        parts: list[str] = []
        for one in fields(self):  # type: ignore[arg-type]
            value = getattr(self, one.name, None)
            size = getattr(value, "shape", None)
            if isinstance(size, tuple) and len(size) == 2:
                parts.append(f"{one.name}: {size[0]} x {size[1]}")
            elif isinstance(value, float):
                parts.append(f"{one.name}={value:.4g}")
            elif isinstance(value, int) or (isinstance(value, str) and len(value) <= 24):
                parts.append(f"{one.name}={value!r}")
        line = f"{type(self).__name__}({', '.join(parts)})"
        return line if len(line) <= _LINE else f"{line[: _LINE - 5]} ...)"


def _table_of(record: Any) -> Any:
    for name in ("table", "parameters", "flow"):
        found = getattr(record, name, None)
        found = found() if callable(found) else found
        if hasattr(found, "to_html"):
            return found
    return None
