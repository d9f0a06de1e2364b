"""``coprod archive``: the package to hand in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coprod_measure.cli.printing import say


def archive(
    study: Annotated[Path, typer.Argument(help="The study file (study.yaml), its report written.")],
    out: Annotated[Path | None, typer.Option(help="The ZIP file; beside the report by default.")] = None,
) -> None:
    """Put data, questionnaire, study, scripts, report and hashes into one file for a data repository."""
    from coprod_measure.cli.printing import progress
    from coprod_measure.cli.rooms import rooms_of, study_of
    from coprod_measure.report.archive import write_archive

    asked = study_of(study, None, outside=False)
    with progress() as show, rooms_of(asked, progress=show, frozen=True) as rooms:
        results = rooms.results()
        path = out or asked.out_folder / f"{asked.id}-archive.zip"
        say(str(write_archive(results, path)))
