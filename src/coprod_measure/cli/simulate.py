"""`coprod simulate`: respondents from a population file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coprod_measure.cli.printing import say


def simulate(
    population: Annotated[Path, typer.Argument(help="A population file (YAML).")],
    out: Annotated[Path, typer.Option(help="Folder for responses.csv.")],
    n: Annotated[
        int | None, typer.Option(min=1, help="Respondents; the population's own number by default.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed; the population's own by default.")] = None,
    like: Annotated[
        str, typer.Option(help="Shape of the file: table, or qualtrics (three header rows).")
    ] = "table",
) -> None:
    """Draw respondents whose true parameters are known."""
    from coprod_measure.errors import InputError
    from coprod_measure.output_files import csv_of_frame, write_text
    from coprod_measure.simulation.answers import simulate as draw
    from coprod_measure.simulation.population_file import read_population
    from coprod_measure.simulation.qualtrics_file import as_qualtrics_csv

    shapes = {
        "table": lambda sample: csv_of_frame(sample.answers, float_format="%g"),
        "qualtrics": as_qualtrics_csv,
    }
    if like not in shapes:
        raise InputError(
            f"there is no shape {like!r}", place="--like", cure=f"Known are: {', '.join(shapes)}"
        )
    drawn = read_population(population)
    sample = draw(drawn, n, seed)
    path = out / "responses.csv"
    write_text(path, shapes[like](sample))
    say(f"{path}: {len(sample.answers)} simulated rows, seed {sample.seed}")
    if noise := drawn.noise:
        few = f"{', '.join(noise[:4])} and {len(noise) - 4} more" if len(noise) > 5 else ", ".join(noise)
        say(
            f"Of {len(noise)} constructs of form {drawn.form} the population says nothing: answers to them "
            f"are noise: {few}. `coprod population` drafts one that holds all of them.",
            err=True,
        )
