"""`coprod new`: a study folder to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def new(
    folder: Annotated[Path, typer.Argument(help="Folder to create.")],
    instrument: Annotated[
        str | None, typer.Option(help="Shipped instrument to start from (etgar2007), or a file of your own.")
    ] = None,
    from_file: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="What you have: a questionnaire of Qualtrics, LimeSurvey, REDCap, XLSForm, SurveyJS, Google "
            "or Microsoft Forms, or a file of answers (SPSS, Stata, CSV, Excel).",
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="Of a file of answers that does not say it (cp1251, gb18030, shift_jis, ...)."),
    ] = None,
) -> None:
    """Create a study folder: study file, instrument, cleaning rules, analysis plan, README."""
    from coprod_measure.study.new_study import create_study, create_study_from

    if from_file is None:
        for path in create_study(folder, instrument or "etgar2007"):
            typer.echo(str(path))
        return
    if instrument is not None:
        raise typer.BadParameter("the instrument is drafted from --from; leave one of the two out")
    paths, notes = create_study_from(folder, from_file, encoding)
    for path in paths:
        typer.echo(str(path))
    for note in notes:
        typer.echo(f"Not taken over: {note}")
    typer.echo("Read the instrument through: what was guessed is marked there.")
