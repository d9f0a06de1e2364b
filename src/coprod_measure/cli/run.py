"""`coprod run`: the whole street."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    study: Annotated[Path, typer.Argument(help="The study file (study.yaml).")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for records and reports; the study's own by default.")
    ] = None,
) -> None:
    """Clean, measure, test and report a study."""
    from coprod_measure.cli.printing import progress
    from coprod_measure.report.write import write_report
    from coprod_measure.study.definition import read_study
    from coprod_measure.study.pipeline import run_study, scores_file, with_out

    read = with_out(read_study(study), out)
    with progress() as show:
        results = run_study(read, progress=show)
        show("Writing the report")
        written = write_report(results, read.out_folder, formats=read.formats)
    scores = scores_file(read, results.measurement)
    for path in [*written, *([scores] if scores else [])]:
        typer.echo(str(path))
    for row in results.measurement.set_aside.itertuples():
        typer.echo(f"{row.item} was left out of every model: {row.reason}", err=True)
    missing = results.missing_parts()
    if missing:
        typer.echo(f"{len(missing)} parts could not be computed; the report says more:", err=True)
        for part, reason in missing.items():
            typer.echo(f"  {part}: {reason}", err=True)
