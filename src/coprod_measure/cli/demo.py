"""`coprod demo`: the three sample studies end to end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from coprod_measure.cli.printing import say

SAMPLES = ("bfi", "coproduction", "panel")


def _titled(title: str, show: Callable[[str], None]) -> Callable[[str], None]:
    from coprod_measure.report.labels import inside

    return lambda step: show(f"{title}: {inside(step)}")


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the reports.")] = Path("coprod-demo"),
) -> None:
    """Run the sample studies: real personality answers, a synthetic survey, a synthetic panel."""
    from coprod_measure.cli.printing import progress
    from coprod_measure.cli.rooms import to_stderr
    from coprod_measure.report.write import write_report
    from coprod_measure.shipped import shipped_folder
    from coprod_measure.study.definition import read_study
    from coprod_measure.study.outputs import with_out
    from coprod_measure.study.run import run_study

    written: list[Path] = []
    with progress() as show:
        for sample in SAMPLES:
            study = with_out(read_study(shipped_folder("data/sample") / sample / "study.yaml"), out)
            results = run_study(study, progress=_titled(study.title, show), tell=to_stderr)
            show(f"{study.title}: writing the report")
            written += write_report(results, study.out_folder, formats=study.formats)
    say("Reports, to be opened in a browser:")
    for path in written:
        say(f"  {path}")
