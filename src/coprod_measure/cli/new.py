"""`coprod new`: a study folder to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def new(
    folder: Annotated[Path, typer.Argument(help="Folder to create.")],
    instrument: Annotated[
        str, typer.Option(help="Shipped instrument to start from, or a file of your own.")
    ] = "etgar2007",
) -> None:
    """Create a study folder: study file, instrument, cleaning rules, analysis plan, README."""
    from coprod_measure.study.new_study import create_study

    for path in create_study(folder, instrument):
        typer.echo(str(path))
