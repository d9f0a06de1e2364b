"""``coprod plan``: the preregistration of a study."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from coprod_measure.cli.printing import say


class PlanForm(StrEnum):
    """Whose questions are answered."""

    osf = "osf"
    aspredicted = "aspredicted"


class PlanFormat(StrEnum):
    """What it is written as."""

    md = "md"
    docx = "docx"
    html = "html"


def plan(
    study: Annotated[Path, typer.Argument(help="The study file (study.yaml); no answers are needed.")],
    form: Annotated[PlanForm, typer.Option("--as", help="Whose questions are answered.")] = PlanForm.osf,
    format_: Annotated[PlanFormat, typer.Option("--format", help="What it is written as.")] = PlanFormat.md,
) -> None:
    """Write the analysis plan from the study file, and keep it: the report says where the study departs."""
    from importlib import import_module

    from coprod_measure.report.plan import plan_document
    from coprod_measure.study.definition import read_study
    from coprod_measure.study.plan_file import save_plan

    read = read_study(study, answers_needed=False)
    kept = save_plan(read)
    writer = import_module(f"coprod_measure.report.formats.{format_.value}")
    path = read.folder / f"{read.id}-plan-{form.value}.{format_.value}"
    writer.write(plan_document(read, form.value), path)
    say(str(path))
    say(str(kept))
