"""``coprod offers``: choice tasks for a conjoint study, as a questionnaire."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coprod_measure.cli.printing import say


def offers(
    file: Annotated[
        Path, typer.Argument(help="YAML file: attributes with their levels, tasks, alternatives.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the questionnaire and the design.")] = Path(),
) -> None:
    """Design choice tasks that tell most about part-worths, and write them as an instrument to export."""
    from coprod_measure.study.offers import write_offers

    written = write_offers(file, out)
    gain = 1 - written.made.d_error / written.made.random_d_error
    say(f"Questionnaire: {written.instrument}; design: {written.design}")
    say(f"D error {written.made.d_error:.3f}, {gain:.0%} below that of random tasks.")
    counts = written.made.counts()
    for name, own in counts.groupby("attribute", sort=False):
        shown = ", ".join(f"{row.level} {row.n}" for row in own.itertuples())
        say(f"{name}, times shown: {shown}")
    say(f"Next: coprod export {written.instrument} --to PLATFORM --out FOLDER")
