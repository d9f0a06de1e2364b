"""`coprod measure`: the verdicts at a glance, then every part of the measurement, or one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from coprod_measure.cli.faults import leave_with_faults
from coprod_measure.cli.options import Frozen, Json, Out, Outside, StudyFile, names_in
from coprod_measure.cli.printing import say
from coprod_measure.cli.rooms import rooms_of, study_of

if TYPE_CHECKING:
    import pandas as pd

    from coprod_measure.measurement.all_tables import Tables
    from coprod_measure.measurement.battery import MeasurementResults
    from coprod_measure.responses.dataset import Responses
    from coprod_measure.study.definition import Study

CrossCheck = Annotated[
    bool,
    typer.Option("--cross-check", help="Also compute by pingouin and factor_analyzer, and test normality."),
]
Part = Annotated[
    list[str] | None,
    typer.Option(
        help="Print this part only (reliability, efa, groups ...), from the saved record where there is one; "
        "commas between several, may be repeated."
    ),
]


def measure(
    study: StudyFile,
    out: Out = None,
    part: Part = None,
    as_json: Json = False,
    cross_check: CrossCheck = False,
    frozen: Frozen = False,
    allow_outside: Outside = False,
) -> None:
    """Examine items, reliability, dimensions and validity; print a verdict on every construct."""
    from coprod_measure.cli.printing import print_json, progress
    from coprod_measure.measurement.all_tables import tables_by_part
    from coprod_measure.report.people_and_rows import not_taken_in_words
    from coprod_measure.study.score_file import scores_file

    read, asked = study_of(study, out, outside=allow_outside), names_in(part)
    _require_parts(read, asked)
    with progress() as show, rooms_of(read, progress=show, frozen=frozen) as rooms:
        results = rooms.measured() if asked else rooms.make("measure")
        rooms.name_outdated()
        answers, failures = rooms.answers, {"measure": rooms.failures.get("measure", {})}
    parts = tables_by_part(results)
    shown = {name: tables for name, tables in parts.items() if name in asked or not asked}
    if as_json:
        print_json({title: table for tables in shown.values() for title, table in tables.items()})
        leave_with_faults(read, failures)
        return
    if not asked:
        _print_overview(results)
    for name, tables in shown.items():
        _print_part(tables)
        if words := not_taken_in_words(name, results):
            say(words)
    for name in asked:
        if name not in shown:
            say(f"{name}: nothing to show")
    if (not asked or "scores" in asked) and (path := scores_file(read, results)) is not None:
        say(f"\nScores of the respondents: {path}")
    if not asked:
        say(f"\nParts: {', '.join(parts)}\nOne of them: coprod measure {study} --part NAME")
    if cross_check:
        _print_second_opinion(answers)
    leave_with_faults(read, failures)


def _require_parts(study: Study, asked: tuple[str, ...]) -> None:
    """Refuse a part that does not exist, or that the study does not ask for, before anything is computed."""
    from coprod_measure.errors import InputError
    from coprod_measure.measurement.parts import BY_NAME, ON_REQUEST
    from coprod_measure.yaml_reading import did_you_mean

    for name in asked:
        if name not in BY_NAME:
            raise typer.BadParameter(f"there is no part {name!r}. {did_you_mean(name, BY_NAME)}")
        needed = f"extras: [{name}] under measurement" if name in ON_REQUEST else "groups: [COLUMN]"
        if (name in ON_REQUEST and name not in study.measurement.extras) or (
            name == "groups" and not study.groups
        ):
            raise InputError(
                f"the study does not ask for the part {name!r}",
                place=study.path,
                cure=f"Write {needed} in the study file",
                code="part-not-asked",
            )


def _print_overview(results: MeasurementResults) -> None:
    from coprod_measure.cli.printing import print_table
    from coprod_measure.measurement.verdicts import ALL, overview

    verdicts = results.table()
    glance = overview(verdicts)
    if len(glance):
        print_table(glance, title="At a glance (rules and values stand at the end, under Verdicts)")
    silent = [
        name for name in dict.fromkeys(verdicts["construct"]) if name not in {ALL, *glance["construct"]}
    ]
    if silent:
        say(f"not judged: {', '.join(silent)}")
    for row in verdicts[verdicts["construct"] == ALL].itertuples():
        say(f"{ALL}: {row.question}: {row.verdict} ({row.rule})")


def _print_part(tables: Tables) -> None:
    from coprod_measure.cli.printing import print_table
    from coprod_measure.errors import NotAvailable

    for title, table in tables.items():
        if isinstance(table, NotAvailable):
            say(f"\n{title}: {table}")
        elif list(table.columns) == ["note"]:
            say("\n".join([f"\n{title}", *(f"  - {note}" for note in table["note"])]))
        elif title.endswith("not available"):
            say("\n".join([f"\n{title}", *_reasons(table)]))
        elif "verdict" in table and "rule" in table:
            silent = table["verdict"] == "unknown"
            print_table(table[~silent], title=title)
            why = table.loc[silent, ["construct", "question", "rule"]].rename(columns={"rule": "reason"})
            say("\n".join(["\nNot judged", *_reasons(why)]) if len(why) else "")
        elif not table.drop(columns="construct", errors="ignore").isna().all(axis=None):
            print_table(table, title=title)


def _reasons(table: pd.DataFrame) -> list[str]:
    """Say every reason once, with all that it holds of: one composite is like another."""
    lines = []
    for reason, rows in table.groupby("reason", sort=False):
        names, *details = (
            ", ".join(dict.fromkeys(map(str, rows[name]))) for name in rows if name != "reason"
        )
        what = f" ({'; '.join(details)})" if details and details != ["all"] else ""
        lines.append(f"  - {names}{what}: {reason}")
    return lines


def _print_second_opinion(answers: Responses) -> None:
    from coprod_measure.cli.printing import print_table
    from coprod_measure.measurement.reliability.second_opinion import second_opinion

    plain = answers.without("weight", "cluster")
    if len(plain.about.columns) < len(answers.about.columns):
        say("\nThe other libraries take no weights and no clusters: both sides are without them.")
    opinion = second_opinion(plain.one_row_a_person()[0])
    print_table(opinion.table(), title="Second opinion of pingouin and factor_analyzer", decimals=4)
    normality = opinion.normality
    text = f"HZ {normality[0]:.3f}, p {normality[1]:.3f}" if isinstance(normality, tuple) else str(normality)
    say(f"Multivariate normality (Henze-Zirkler, n = {opinion.n}): {text}")
