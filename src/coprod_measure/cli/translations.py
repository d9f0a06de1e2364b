"""`coprod translations`: texts go out to translators in a sheet and come back without loss."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coprod_measure.cli.printing import say


def translations(
    instrument: Annotated[Path, typer.Argument(help="The instrument file (YAML).")],
    language: Annotated[str, typer.Option(help="Language of the sheet, for example de.")],
    out: Annotated[
        Path, typer.Option(help="Sheet to write (.xlsx or .csv); with --take, the new instrument file.")
    ],
    take: Annotated[
        Path | None, typer.Option(help="A sheet that came back; its texts go into the new file.")
    ] = None,
) -> None:
    """Write a sheet for translators, or take one back; what no longer fits its source text is named."""
    from coprod_measure.instrument.read import read_instrument
    from coprod_measure.instrument.translation import read_translations, translation_rows, write_translations
    from coprod_measure.instrument.translation_file import write_translated

    found = read_instrument(instrument)
    if take is None:
        rows = translation_rows(found, language)
        write_translations(rows, out)
    else:
        rows = read_translations(take, found)
        write_translated(instrument, out, language, rows)
    stale = [row.key for row in rows if row.stale]
    done = sum(bool(row.translation) for row in rows)
    say(f"{out}: {len(rows)} texts, {done} of them in {language}")
    if stale:
        shown = ", ".join(stale[:8]) + (f" and {len(stale) - 8} more" if len(stale) > 8 else "")
        say(f"warning: the source changed since these were translated: {shown}", err=True)
