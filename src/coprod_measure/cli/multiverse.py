"""`coprod multiverse`: a study's hypotheses under every defensible choice."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coprod_measure.cli.printing import say


def multiverse(
    study: Annotated[Path, typer.Argument(help="The study file (study.yaml).")],
    out: Annotated[Path | None, typer.Option(help="Folder; the study's own by default.")] = None,
    processes: Annotated[int, typer.Option(min=0, help="Of this machine; 0: as many as it has.")] = 0,
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler instead.")] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Test the hypotheses under every defensible choice of cleaning, estimator and controls."""
    from coprod_measure.cli.printing import kept_when_interrupted, print_json, print_table, time_left
    from coprod_measure.output_files import only_writer
    from coprod_measure.report.about_multiverse import multiverse_document
    from coprod_measure.report.write import write_document
    from coprod_measure.study.definition import read_study
    from coprod_measure.study.multiverse import PIECES
    from coprod_measure.study.multiverse import multiverse as test_everywhere
    from coprod_measure.study.outputs import claim, lock_of, replace_part, with_out
    from coprod_measure.study.records import save_record
    from coprod_measure.workers import Workers, cores

    asked = with_out(read_study(study), out)
    with only_writer(lock_of(asked)):
        claim(asked, asked.out_folder)
        workers = Workers(processes or cores(), scheduler)
        with time_left("universes") as show, kept_when_interrupted(asked.out_folder / PIECES):
            found = test_everywhere(
                asked, workers=workers, progress=show, out=asked.out_folder, resume=resume
            )
        save_record(asked.out_folder / "records" / f"{asked.id}-multiverse.zip", found)
        document = multiverse_document(found, asked)
        written = write_document(document, asked.out_folder, f"{asked.id}-multiverse", asked.formats)
        replace_part(asked, asked.out_folder, "multiverse", written, {})
    if as_json:
        print_json({"summary": found.summary(), "universes": found.table})
    else:
        print_table(found.summary(), title=f"Verdicts over {found.table['universe'].nunique()} universes")
    for path in written:
        say(str(path), err=as_json)
