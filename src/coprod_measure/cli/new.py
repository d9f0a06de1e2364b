"""`coprod new`: a study folder to start from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coprod_measure.cli.printing import say

if TYPE_CHECKING:
    from coprod_measure.drafting.draft import Draft


def new(
    folder: Annotated[Path, typer.Argument(help="Folder to create.")],
    instrument: Annotated[
        str | None, typer.Option(help="Shipped instrument to start from (etgar2007), or a file of your own.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(help="Form of the instrument that is fielded; core, or its first, when left out."),
    ] = None,
    name_all: Annotated[
        bool, typer.Option("--all", help="Name every hypothesis that the form can test, not only a few.")
    ] = False,
    from_file: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="What you have: a questionnaire of Qualtrics, LimeSurvey, REDCap, XLSForm, SurveyJS, Google "
            "or Microsoft Forms, Word or text (one item a line), or a file of answers (SPSS, Stata, CSV, "
            "Excel).",
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
        paths = create_study(folder, instrument or "etgar2007", form, name_all)
        for path in paths:
            say(str(path))
        _say_what_can_be_tested(folder / "study.yaml")
        return
    if instrument is not None or form is not None or name_all:
        raise typer.BadParameter(
            "the instrument is drafted from --from; leave --instrument, --form and --all out"
        )
    _say_draft(folder, *create_study_from(folder, from_file, encoding))


def _say_draft(folder: Path, paths: tuple[Path, ...], draft: Draft) -> None:
    for path in paths:
        say(str(path))
    for note in draft.notes:
        say(f"Not taken over: {note}")
    items, constructs = draft.instrument.items.values(), draft.theory.constructs
    measuring = sum(one.construct_id is not None for one in items)
    drafted = next(path for path in paths if path.read_bytes() == draft.text.encode())
    say(
        f"Drafted: {measuring} items for {', '.join(constructs) or 'no construct'}; further questions: "
        f"{len(items) - measuring}. Guesses are marked in {drafted}"
    )
    turned = [one.id for one in items if one.reverse]
    if draft.answers and turned:
        say(f"Reversed, as the answers suggest: {', '.join(turned)}")
    first = "" if draft.answers else f"put the platform's answers into {folder} as responses.csv, then "
    say(f"Next: {first}coprod clean {folder}/study.yaml, coprod measure {folder}/study.yaml")


def _say_what_can_be_tested(study_file: Path) -> None:
    from coprod_measure.study.checks import nobody_of
    from coprod_measure.study.definition import parts_of_study, study_of_parts
    from coprod_measure.study.needs import by_kind_of_test, needs_of

    study = study_of_parts(*parts_of_study(study_file))
    kinds = by_kind_of_test(needs_of(nobody_of(study)))
    counts = ", ".join(f"{kind.replace('_', ' ')} {len(ids)}" for kind, ids in kinds.items())
    found, known = sum(map(len, kinds.values())), len(study.instrument.theory.hypotheses)
    if not known:
        return
    named = len(study.structure.hypotheses) if study.structure else 0
    say(f"Its questions can test {found} of {known} hypotheses: {counts or 'none'}.")
    if found > named:
        say(f"study.yaml tests {named} of them and lists the others; --all names every one.")
    if others := [name for name in study.instrument.forms if name != study.form]:
        say(f"This is the form {study.form}; there are also {', '.join(others)} (--form).")
