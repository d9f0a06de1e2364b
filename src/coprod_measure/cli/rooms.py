"""`coprod clean`, `test`, `report`: one room each, from the saved record of the one before."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from coprod_measure.errors import NotAvailable
    from coprod_measure.estimation.missing.mcar import McarTest
    from coprod_measure.responses.missing import MissingAnswers
    from coprod_measure.study.definition import Study

StudyFile = Annotated[Path, typer.Argument(help="The study file (study.yaml).")]
Out = Annotated[Path | None, typer.Option(help="Folder for records and reports; the study's own by default.")]
Source = Annotated[
    str | None,
    typer.Option(
        help="Platform that wrote the file (qualtrics, table, ...), instead of what the study says."
    ),
]
Log = Annotated[
    Path | None, typer.Option(help="CSV to write: each respondent left out and each answer changed, and why.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def clean(
    study: StudyFile, out: Out = None, as_json: Json = False, source: Source = None, log: Log = None
) -> None:
    """Read and clean the answers; print who was kept and why, how items are keyed, and what is missing."""
    from coprod_measure.cli.printing import print_json, print_table, progress
    from coprod_measure.output_files import spreadsheet_text, write_text
    from coprod_measure.study.pipeline import clean_room, quality_room

    read = study_of(study, out)
    if source is not None:
        read = replace(read, responses=read.responses.model_copy(update={"source": source}))
    with progress() as show:
        responses = clean_room(read, progress=show)
        show("Keying and missing answers")
        quality = quality_room(read, responses)
    if log is not None:
        write_text(log, responses.log.map(spreadsheet_text).to_csv(index=False, lineterminator="\n"))
    keying, missing = quality.keying, quality.missing
    if as_json:
        print_json(
            {
                "n": responses.n,
                "flow": responses.flow,
                "keying": keying.table(),
                "missing": missing.table(),
                "little": _little(missing.little),
                "complete": missing.n_complete,
                "complete_of_shown": missing.n_complete_shown,
                "coverage": missing.coverage,
                "coverage_of_shown": missing.coverage_shown,
                "warnings": [*responses.warnings, *keying.warnings],
            }
        )
        return
    origin = responses.source
    typer.echo(
        f"{origin.name}: read as {origin.platform} ({origin.recognised_by}); {responses.n} respondents kept"
    )
    print_table(responses.flow, title="Flow of respondents")
    against = keying.items[keying.items["verdict"] != "agrees"]
    title = f"Keying: {len(against)} of {len(keying.items)} items do not clearly agree"
    if len(against):
        print_table(against, title=title)
    else:
        typer.echo(f"\n{title}")
    _print_missing(missing)
    for warning in (*responses.warnings, *keying.warnings):
        typer.echo(f"warning: {warning}", err=True)


def _print_missing(missing: MissingAnswers) -> None:
    from coprod_measure.cli.printing import print_table

    print_table(missing.rates.nlargest(10, "rate"), title="Items most often left unanswered")
    typer.echo(
        f"\nEvery item answered by {missing.n_complete} of {missing.n} respondents, "
        f"every item that they were shown by {missing.n_complete_shown}"
    )
    if missing.coverage.size:
        lowest = float(missing.coverage.min(axis=None))
        among = float(missing.coverage_shown.min(axis=None))
        typer.echo(f"Lowest share of respondents who answered both items of a pair: {lowest:.3f}")
        typer.echo(f"The same among those to whom both were shown (planned missing apart): {among:.3f}")
    inside = (
        f", inside {missing.little_sets} groups shown the same questions" if missing.little_sets > 1 else ""
    )
    typer.echo(f"Little's test of missing completely at random: {_in_words(missing.little)}{inside}")


def _little(test: McarTest | NotAvailable) -> object:
    from coprod_measure.errors import NotAvailable

    return test if isinstance(test, NotAvailable) else asdict(test)


def _in_words(test: McarTest | NotAvailable) -> str:
    from coprod_measure.errors import NotAvailable

    if isinstance(test, NotAvailable):
        return str(test)
    return f"chi-square {test.statistic:.2f}, df {test.df}, p {test.pvalue:.4f}, {test.n_patterns} patterns"


def test(study: StudyFile, out: Out = None, as_json: Json = False) -> None:
    """Test the study's hypotheses."""
    from coprod_measure.cli.printing import print_json, print_table
    from coprod_measure.errors import NotAvailable
    from coprod_measure.study.pipeline import exclusions_room, structure_room

    read = study_of(study, out)
    tests = structure_room(read)
    exclusions = exclusions_room(read)
    if isinstance(tests, NotAvailable):
        typer.echo(tests.reason)
        return
    if as_json:
        compared = exclusions if isinstance(exclusions, NotAvailable) else exclusions.hypotheses
        found = {"hypotheses": tests.table(), "claims": tests.claims, "paths": tests.paths}
        print_json({**found, "exclusions": compared})
        return
    print_table(tests.table().drop(columns=["statement", "reason"]), title="Hypotheses")
    for row in tests.table().itertuples():
        typer.echo(f"{row.id}: {row.statement}\n    {row.verdict}: {row.reason}")
    if not isinstance(exclusions, NotAvailable):
        print_table(exclusions.hypotheses, title="Hypotheses with and without exclusions")


def report(study: StudyFile, out: Out = None) -> None:
    """Write the report from the saved records."""
    from coprod_measure.report.write import write_report
    from coprod_measure.study.pipeline import load_results

    read = study_of(study, out)
    for path in write_report(load_results(read), read.out_folder, formats=read.formats):
        typer.echo(str(path))


def study_of(path: Path, out: Path | None) -> Study:
    """Read the study, its output folder the one that was asked for."""
    from coprod_measure.study.definition import read_study
    from coprod_measure.study.pipeline import with_out

    return with_out(read_study(path), out)
