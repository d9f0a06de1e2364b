"""`coprod multiverse`: a study's hypotheses under every defensible choice."""

from __future__ import annotations

from coprod_measure.cli.options import Json, OwnFolder, Running, StudyFile, unfolded
from coprod_measure.cli.printing import say


@unfolded
def multiverse(study: StudyFile, running: Running, out: OwnFolder = None, as_json: Json = False) -> None:
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
        workers = Workers(running.processes or cores(), running.scheduler)
        with time_left("universes") as show, kept_when_interrupted(asked.out_folder / PIECES):
            found = test_everywhere(
                asked, workers=workers, progress=show, out=asked.out_folder, resume=running.resume
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
