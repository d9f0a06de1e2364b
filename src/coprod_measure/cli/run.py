"""`coprod run`: the whole street."""

from __future__ import annotations

from coprod_measure.cli.options import Json, Out, Outside, StudyFile
from coprod_measure.cli.printing import say


def run(
    study: StudyFile,
    out: Out = None,
    allow_outside: Outside = False,
    as_json: Json = False,
) -> None:
    """Clean, measure, test and report a study."""
    from coprod_measure.cli.faults import leave_with_faults
    from coprod_measure.cli.printing import print_json, progress
    from coprod_measure.cli.rooms import echo_report, print_verdicts, to_stderr
    from coprod_measure.errors import NotAvailable, counted
    from coprod_measure.output_files import only_writer
    from coprod_measure.study.definition import read_study
    from coprod_measure.study.outputs import lock_of, with_out
    from coprod_measure.study.run import run_study
    from coprod_measure.study.score_file import scores_file

    read = with_out(read_study(study), out, outside=allow_outside)
    with only_writer(lock_of(read)):
        with progress() as show:
            results = run_study(read, progress=show, tell=to_stderr)
            show("Writing the report")
        failures = echo_report(results, read.formats, err=as_json)
    scores, tests = scores_file(read, results.measurement), results.structure
    if scores:
        say(str(scores), err=as_json)
    if as_json:
        content = tests if isinstance(tests, NotAvailable) else tests.table()
        print_json({"hypotheses": content, "not_computed": results.missing_parts()})
    elif not isinstance(tests, NotAvailable):
        print_verdicts(tests)
    for item, reason in results.measurement.set_aside_items():
        say(f"{item} was left out of every model: {reason}", err=True)
    missing = results.missing_parts()
    if missing:
        say(f"{counted(len(missing), 'part')} could not be computed; the report says more:", err=True)
        for part, reason in missing.items():
            say(f"  {part}: {reason}", err=True)
    leave_with_faults(read, failures)
