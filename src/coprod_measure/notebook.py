"""How results look where they are evaluated: one line in a console, the line and a table in a notebook."""

from __future__ import annotations

from dataclasses import fields
from html import escape
from typing import Any

_LINE = 240
_ROWS, _COLUMNS = 20, 14


class Shown:
    """A record whose ``repr`` is one line and whose notebook view is short, whatever it holds.

    The table is that of ``table()``, else of ``flow``; cells are escaped, as they can hold text from files.
    """

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

    def _repr_html_(self) -> str:
        table = _table_of(self)
        if table is None:
            return f"<pre>{escape(repr(self))}</pre>"
        shown = table.to_html(
            max_rows=_ROWS, max_cols=_COLUMNS, float_format="{:.3f}".format, escape=True, border=0, na_rep="—"
        )
        return f"<p><code>{escape(repr(self))}</code></p>\n{shown}"


def _table_of(record: Any) -> Any:
    found = getattr(record, "table", None)
    found = found() if callable(found) else getattr(record, "flow", None)
    return found if hasattr(found, "to_html") else None
