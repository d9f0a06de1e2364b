"""``coprod export``: a questionnaire for a platform, with its name map."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from coprod_measure.cli.options import InstrumentName
from coprod_measure.cli.printing import print_json, say


class Layout(StrEnum):
    """How Qualtrics shows neighbours on the same scale."""

    single = "single"
    matrix = "matrix"


def export(
    instrument: InstrumentName,
    to: Annotated[
        str,
        typer.Option(
            help="Platform: qualtrics, qsf, limesurvey, xlsform, redcap, surveyjs, ddi, spss, word or html.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder to write into.")],
    form: Annotated[
        str | None, typer.Option(help="Form of the instrument ('core', or the first one).")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Only this language (all that are complete).")] = None,
    fill: Annotated[
        list[str] | None, typer.Option(help="Text for a placeholder, as category='a kitchen'; repeat it.")
    ] = None,
    layout: Annotated[
        Layout, typer.Option(help="Qualtrics: one question an item, or tables.")
    ] = Layout.single,
    json_output: Annotated[bool, typer.Option("--json", help="Print paths and remarks as JSON.")] = False,
) -> None:
    """Write a questionnaire for a platform and say aloud what the platform cannot express."""
    from coprod_measure.instrument.exports.write import write_export
    from coprod_measure.instrument.read import read_instrument

    fills = dict(_fill(text) for text in fill or ())
    written = write_export(
        read_instrument(instrument), to, out, form=form, language=language, fills=fills, layout=layout.value
    )
    if json_output:
        content = {"files": [str(path) for path in written.paths], "cannot_say": list(written.cannot_say)}
        print_json(content)
        return
    for path in written.paths:
        say(f"Written: {path}")
    for remark in written.cannot_say:
        say(f"Not in the export: {remark}")


def _fill(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"'{text}' is not of the form name=text", param_hint="--fill")
    return name.strip(), value.strip()
