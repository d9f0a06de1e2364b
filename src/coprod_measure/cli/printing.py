"""What a command prints: plain tables on standard output, progress on standard error."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from coprod_measure.cli.table_files import keep_table, keep_tables
from coprod_measure.plain_text import UNPRINTABLE, visible

if TYPE_CHECKING:
    import pandas as pd


_SECONDS_A_LINE = 10.0


def say(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print; the one door to the terminal, which shows control characters and does not obey them."""
    typer.echo(visible(str(text)), err=err, nl=nl)


def print_json(content: object) -> None:
    """Print JSON; what is missing is ``null``."""
    keep_tables(content)
    text = json.dumps(plain(content), indent=2, ensure_ascii=False)
    # JSON leaves some of them in its strings, and writes them in a way of its own.
    say(UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def plain(value: Any) -> Any:
    """Turn records' values into what JSON knows."""
    if hasattr(value, "reason") and not hasattr(value, "columns") and not value:
        return {"not_available": value.reason}
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return [plain(row) for row in value.to_dict("records")]
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def print_table(frame: pd.DataFrame, *, title: str = "", decimals: int = 3, index: bool = False) -> None:
    """Print a frame as aligned plain text that also reads well in a pipe."""
    keep_table(frame, title, index=index)
    if title:
        say(f"\n{title}")
    header = [str(name) for name in frame.columns]
    rows = []
    for label, row in zip(frame.index, frame.itertuples(index=False), strict=True):
        # In a list of measures the line says what its value is, elsewhere the column does.
        own = str(row[0] if "measure" in header else label)
        rows.append(
            [
                _cell(value, own if name == "value" else name, decimals)
                for name, value in zip(header, row, strict=True)
            ]
        )
    if index:
        header = [frame.index.name or "", *header]
        rows = [[str(label), *row] for label, row in zip(frame.index, rows, strict=True)]
    numeric = [all(_is_number(row[i]) for row in rows) for i in range(len(header))]
    widths = [
        max(len(header[i]), *(len(row[i]) for row in rows)) if rows else len(header[i])
        for i in range(len(header))
    ]
    for row in [header, *rows]:
        cells = [
            row[i].rjust(widths[i]) if numeric[i] else row[i].ljust(widths[i]) for i in range(len(header))
        ]
        say("  ".join(cells).rstrip())


def _cell(value: object, name: str, decimals: int) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, float):
        return str(value)
    if value.is_integer() and _counts(name):
        return f"{value:.0f}"
    if "pvalue" in name and 0.0 <= value < 0.5 * 10.0**-decimals:
        return f"<{10.0**-decimals:.{decimals}f}"
    return f"{value:.{decimals}f}"


def _counts(name: str) -> bool:
    """Whether a number of this name is one of whole things: people, parameters, degrees of freedom."""
    return name in ("n", "npar", "ntotal") or "df" in name.split("_")


def _is_number(text: str) -> bool:
    return text == "-" or text.lstrip("-<").replace(".", "", 1).isdigit()


@contextmanager
def progress() -> Iterator[Any]:
    """Give a function that shows the step under way: a spinner on a terminal, a line each in a pipe."""
    if not sys.stderr.isatty():
        yield lambda step: say(f"{step} ...", err=True)
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("Starting") as status:
        yield lambda step: status.update(escape(visible(f"{step} ...")))


@contextmanager
def kept_when_interrupted(folder: Path) -> Iterator[None]:
    """Say what an interrupted run leaves, and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        number = sum(1 for _ in folder.rglob("*.json"))
        kept = f"{number} finished pieces are kept in {folder}; --resume goes on with them"
        say(f"coprod: {kept if number else 'no piece was finished yet'}", err=True)
        raise


@contextmanager
def time_left(what: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function that shows how many of many pieces are done, and the time that the others will take."""
    begun = time.monotonic()
    last = begun - _SECONDS_A_LINE
    with progress() as show:

        def tell(done: int, wanted: int) -> None:
            nonlocal last
            now = time.monotonic()
            # A line in a pipe stays: one a while is enough.
            if sys.stderr.isatty() or now - last >= _SECONDS_A_LINE or done >= wanted:
                last = now
                left = (now - begun) / done * (wanted - done)
                show(f"{done} of {wanted} {what}, about {left // 60:.0f} min {left % 60:.0f} s left")

        yield tell
