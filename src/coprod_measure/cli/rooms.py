"""`coprod clean`, `test`, `report`: one room each, from the saved record of the one before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coprod_measure.cli.options import Frozen, Json, Out, Outside, StudyFile, names_in
from coprod_measure.cli.printing import say

if TYPE_CHECKING:
    from coprod_measure.errors import NotAvailable
    from coprod_measure.estimation.missing.mcar import McarTest
    from coprod_measure.responses.keying import KeyingAudit
    from coprod_measure.responses.missing import MissingAnswers
    from coprod_measure.responses.quality import AnswerQuality
    from coprod_measure.structure.results import HypothesisTests
    from coprod_measure.study.definition import Study
    from coprod_measure.study.pipeline import Rooms
    from coprod_measure.study.results import StudyResults

Source = Annotated[
    str | None,
    typer.Option(
        help="Platform that wrote the file (qualtrics, table, ...), instead of what the study says."
    ),
]
Log = Annotated[
    Path | None, typer.Option(help="CSV to write: each respondent left out and each answer changed, and why.")
]

_COUNTED = ("n", "people", "rows", "waves", "categories", "flow")


def clean(
    study: StudyFile,
    out: Out = None,
    as_json: Json = False,
    source: Source = None,
    log: Log = None,
    allow_outside: Outside = False,
) -> None:
    """Read and clean the answers; print who was kept and why, how items are keyed, and what is missing."""
    from coprod_measure.cli.faults import leave_with_faults
    from coprod_measure.cli.printing import print_json, print_table, progress
    from coprod_measure.output_files import csv_of_frame, write_text
    from coprod_measure.report.people_and_rows import sample_in_words, unit_of

    asked = study_of(study, out, outside=allow_outside)
    with progress() as show, rooms_of(asked, progress=show, source=source) as rooms:
        responses = rooms.make("clean")
        show("Keying and missing answers")
        quality = rooms.make("quality")
        rooms.name_outdated()
        files, of_rooms = rooms.clean_files, rooms.study
        failures = {room: rooms.failures.get(room, {}) for room in ("clean", "quality")}
    if log is not None:
        write_text(log, csv_of_frame(responses.log, index=False))
    warned = [*responses.warnings, *(quality.keying.warnings if quality else ())]
    if as_json:
        told: dict[str, object] = {name: getattr(responses, name) for name in _COUNTED}
        told |= {"warnings": warned, "files": [str(path) for path in files]}
        print_json(told | (_of_quality(quality) if quality else {"quality": str(quality)}))
        leave_with_faults(of_rooms, failures)
        return
    origin = responses.source
    read_as = f"{origin.name}: read as {origin.platform} ({origin.recognised_by})"
    say(f"{read_as}; {sample_in_words(responses)} kept")
    print_table(responses.flow, title=f"Flow of {unit_of(responses)}s")
    if quality:
        _print_keying(quality.keying)
        _print_missing(quality.missing, unit_of(responses))
    else:
        say(f"Keying and missing answers: {quality}")
    say(f"\nThe cleaned answers for other programs: {', '.join(map(str, files))}")
    for warning in warned:
        to_stderr(f"warning: {warning}")
    leave_with_faults(of_rooms, failures)


def _of_quality(quality: AnswerQuality) -> dict[str, object]:
    keying, missing = quality.keying, quality.missing
    return {
        "keying": keying.table(),
        "missing": missing.table(),
        "little": _little(missing.little),
        "complete": missing.n_complete,
        "complete_of_shown": missing.n_complete_shown,
        "coverage": missing.coverage,
        "coverage_of_shown": missing.coverage_shown,
    }


def _print_keying(keying: KeyingAudit) -> None:
    from coprod_measure.cli.printing import print_table

    against = keying.items[keying.items["verdict"] != "agrees"]
    number = len(against)
    moves = "it moves" if number == 1 else "they move"
    title = f"Keying: {number} of {len(keying.items)} items to look at"
    title += f", as {moves} against the rest of the scale, or hardly with it"
    if not len(keying.items):
        title = "Keying: no item could be judged"
    elif against.empty:
        title = "Keying: every item agrees with its scale"
    if apart := [f"{len(ids)} {why}" for why, ids in keying.not_judged.items()]:
        title += f" (not judged: {', '.join(apart)})"
    if len(against):
        print_table(against, title=title)
    else:
        say(f"\n{title}")


def _print_missing(missing: MissingAnswers, unit: str) -> None:
    from coprod_measure.cli.printing import print_table

    print_table(missing.rates.nlargest(10, "rate"), title="Items most often left unanswered")
    say(
        f"\nEvery item answered by {missing.n_complete} of {missing.n} {unit}s, "
        f"every item that they were shown by {missing.n_complete_shown}"
    )
    if missing.coverage.size:
        lowest = float(missing.coverage.min(axis=None))
        among = float(missing.coverage_shown.min(axis=None))
        say(f"Lowest share of {unit}s who answered both items of a pair: {lowest:.3f}")
        say(f"The same among those to whom both were shown (planned missing apart): {among:.3f}")
    inside = (
        f", inside {missing.little_sets} groups shown the same questions" if missing.little_sets > 1 else ""
    )
    say(f"Little's test of missing completely at random: {_in_words(missing.little)}{inside}")


def _little(test: McarTest | NotAvailable) -> object:
    from coprod_measure.errors import NotAvailable

    return test if isinstance(test, NotAvailable) else asdict(test)


def _in_words(test: McarTest | NotAvailable) -> str:
    from coprod_measure.errors import NotAvailable

    if isinstance(test, NotAvailable):
        return str(test)
    return f"chi-square {test.statistic:.2f}, df {test.df}, p {test.pvalue:.4f}, {test.n_patterns} patterns"


def test(
    study: StudyFile,
    out: Out = None,
    as_json: Json = False,
    frozen: Frozen = False,
    allow_outside: Outside = False,
) -> None:
    """Test the study's hypotheses."""
    from coprod_measure.cli.faults import leave_with_faults
    from coprod_measure.cli.printing import print_json, print_table, progress
    from coprod_measure.errors import NotAvailable

    asked = study_of(study, out, outside=allow_outside)
    with progress() as show, rooms_of(asked, progress=show, frozen=frozen) as rooms:
        tests = rooms.make("test")
        exclusions = rooms.make("exclusions")
        rooms.name_outdated()
        study_of_rooms, failures = rooms.study, rooms.failures
    failures = {room: failures.get(room, {}) for room in ("test", "exclusions")}
    if isinstance(tests, NotAvailable):
        say(tests.reason)
        leave_with_faults(study_of_rooms, failures)
        return
    if as_json:
        compared = exclusions if isinstance(exclusions, NotAvailable) else exclusions.hypotheses
        found = {
            "hypotheses": tests.table(),
            "claims": tests.claims,
            "not_asked": tests.not_asked,
            "paths": tests.paths,
        }
        print_json({**found, "exclusions": compared})
    else:
        print_verdicts(tests)
        if not isinstance(exclusions, NotAvailable):
            print_table(exclusions.hypotheses, title="Hypotheses with and without exclusions")
    leave_with_faults(study_of_rooms, failures)


def print_verdicts(tests: HypothesisTests) -> None:
    """Print the table of hypotheses, then each in words."""
    from coprod_measure.cli.printing import print_table

    print_table(tests.table().drop(columns=["statement", "reason"]), title="Hypotheses")
    for row in tests.table().itertuples():
        say(f"{row.id}: {row.statement}\n    {row.verdict}: {row.reason}")


def report(
    study: StudyFile,
    out: Out = None,
    format_: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            help="html, pdf, docx, tex, md, xlsx or json, instead of what the study says; commas between "
            "several, may be repeated.",
        ),
    ] = None,
    length: Annotated[
        str | None,
        typer.Option(help="paper (about eight pages) or full, instead of what the study says."),
    ] = None,
    frozen: Frozen = False,
    allow_outside: Outside = False,
) -> None:
    """Write the report from the saved records; the answers themselves are not needed."""
    from coprod_measure.cli.faults import leave_with_faults
    from coprod_measure.cli.printing import progress

    asked = study_of(study, out, outside=allow_outside)
    with progress() as show, rooms_of(asked, progress=show, frozen=frozen) as rooms:
        results = rooms.results()
        show("Writing the report")
        failures = echo_report(results, names_in(format_) or results.study.formats, length)
    leave_with_faults(results.study, failures)


def echo_report(
    results: StudyResults, formats: Sequence[str], length: str | None = None, *, err: bool = False
) -> dict[str, Mapping[str, str]]:
    """Write the report; print where it lies (``err``: to stderr), and what of an earlier one was removed.

    Gives what faults of the program stopped, by room: part to traceback.
    """
    from coprod_measure.report.write import renew_report

    written = renew_report(results, results.study.out_folder, formats, length)
    for path in written.files:
        say(str(path), err=err)
    if written.removed:
        names = ", ".join(path.name for path in written.removed)
        say(f"Removed from an earlier report: {names}", err=True)
    return {**results.failures, "report": written.failures}


def rooms_of(
    study: Study,
    *,
    progress: Callable[[str], None],
    frozen: bool = False,
    source: str | None = None,
) -> Rooms:
    """Open the rooms of a study; what the user must know goes to stderr."""
    from coprod_measure.study.pipeline import Rooms

    return Rooms(study, frozen=frozen, progress=progress, tell=to_stderr, source=source)


def to_stderr(words: str) -> None:
    """Say what the user must know, apart from what was asked for."""
    say(words, err=True)


def study_of(path: Path, out: Path | None, *, outside: bool = False) -> Study:
    """Read the study, its output folder the one that was asked for; its answers may be gone."""
    from coprod_measure.study.definition import read_study
    from coprod_measure.study.outputs import with_out

    return with_out(read_study(path, answers_needed=False), out, outside=outside)
