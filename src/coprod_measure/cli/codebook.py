"""``coprod codebook``: items, constructs, scales and sources of an instrument."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from coprod_measure.cli.options import InstrumentName
from coprod_measure.cli.printing import say
from coprod_measure.cli.table_files import keep_rows


class TextFormat(StrEnum):
    """What can be printed; XLSX needs a file."""

    markdown = "markdown"
    html = "html"
    json = "json"


def codebook(
    instrument: InstrumentName,
    out: Annotated[
        Path | None, typer.Option(help="File to write: its ending (.md .html .xlsx .json) decides.")
    ] = None,
    text_format: Annotated[
        TextFormat, typer.Option("--format", help="What to print when no file is named.")
    ] = TextFormat.markdown,
    form: Annotated[str | None, typer.Option(help="Only what this form asks (everything).")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the wording (source language).")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Print or write items, constructs, definitions, sources, scales and forms."""
    from coprod_measure.instrument.codebook import (
        codebook_tables,
        codebook_text,
        format_of,
        of_form,
        write_codebook,
    )
    from coprod_measure.instrument.read import read_instrument

    ending = None if out is None else format_of(out)
    found = read_instrument(instrument)
    found = found if form is None else of_form(found, form)
    for table in codebook_tables(found, language):
        keep_rows([dict(zip(table.columns, row, strict=True)) for row in table.rows], table.title)
    if out is None or ending is None:
        printed = TextFormat.json if json_output else text_format
        say(codebook_text(found, printed.value, language), nl=False)
    else:
        write_codebook(found, out, ending, language)
        say(f"Codebook written to {out}")
