"""``--csv FOLDER`` of every command with a table: what it prints, as files for other programs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coprod_measure.cli.options import with_options

if TYPE_CHECKING:
    import pandas as pd

Csv = Annotated[
    Path | None,
    typer.Option("--csv", help="Folder: each table goes there too, as a CSV file with all digits."),
]
_asked: ContextVar[tuple[Path, set[str]] | None] = ContextVar("_asked", default=None)


def with_csv(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the option; the door that prints its tables (:mod:`..printing`) writes the files."""
    known = signature(command, eval_str=True)
    option = Parameter("csv", Parameter.KEYWORD_ONLY, default=None, annotation=Csv)

    @wraps(command)
    def wrapped(*, csv: Path | None = None, **given: Any) -> None:
        before = _asked.set(None if csv is None else (csv, set()))
        try:
            command(**given)
        finally:
            _asked.reset(before)

    return with_options(wrapped, [*known.parameters.values(), option])


def keep_table(frame: pd.DataFrame, title: str, *, index: bool = False) -> None:
    """Write a table as ``<title>.csv`` into the folder that was asked for, if one was."""
    asked = _asked.get()
    if asked is None:
        return
    from coprod_measure.output_files import csv_of_frame, write_text

    folder, taken = asked
    words = re.sub(r"[^a-z0-9]+", "-", re.split(r"[:(]", title)[0].lower()).strip("-") or "table"
    name, number = words, 1
    while name in taken:
        number += 1
        name = f"{words}-{number}"
    taken.add(name)
    write_text(folder / f"{name}.csv", csv_of_frame(frame, index=index))


def keep_rows(rows: Sequence[Mapping[str, object]], title: str) -> None:
    """Write what is printed as lines or text, as a table."""
    if _asked.get() is not None:
        from pandas import DataFrame

        keep_table(DataFrame(list(rows)), title)


def keep_tables(content: object) -> None:
    """Write all tables of what is printed as JSON."""
    if isinstance(content, Mapping):
        for name, value in content.items():
            if hasattr(value, "to_dict") and hasattr(value, "columns"):
                keep_table(value, str(name), index=value.index.name is not None)
