"""`coprod population`: a population file drafted from the theory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coprod_measure.cli.options import names_in, unfolded
from coprod_measure.cli.printing import say

if TYPE_CHECKING:
    from coprod_measure.instrument.definition import Instrument
    from coprod_measure.simulation.draft import Draft
    from coprod_measure.study.definition import Study


@dataclass(frozen=True, slots=True)
class Drafting:
    """What is drafted, and from what."""

    form: Annotated[str, typer.Option(help="Form of the questionnaire; the study's own by default.")] = ""
    waves: Annotated[
        bool, typer.Option("--waves", help="The same people again; so where the study names the wave.")
    ] = False
    country: Annotated[
        str,
        typer.Option(help="Column with the country, whose facts claims are about; the study's by default."),
    ] = ""
    from_fit: Annotated[
        bool, typer.Option("--from-fit", help="From the estimates of a pilot study that was run, shrunk.")
    ] = False
    safeguard: Annotated[
        bool, typer.Option("--safeguard", help="With --from-fit: the weaker ends of 60 % intervals.")
    ] = False


@unfolded
def population(
    study: Annotated[Path, typer.Argument(help="A study file, or the name or file of an instrument.")],
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("population.yaml"),
    *,
    how: Drafting,
    null: Annotated[
        list[str] | None, typer.Option(help="Hypotheses that are false in it, with commas.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Draft a population in which the theory's hypotheses hold, each size with its source."""
    from coprod_measure.errors import InputError, OutputError
    from coprod_measure.instrument.read import read_instrument
    from coprod_measure.output_files import write_text
    from coprod_measure.planning.pilot import population_from_fit
    from coprod_measure.simulation.draft_file import population_text
    from coprod_measure.simulation.switched_off import without
    from coprod_measure.study.definition import read_study

    if out.exists() and not force:
        raise OutputError("is there already", place=str(out), cure="Name another --out, or --force")
    asked = read_study(study, answers_needed=False) if study.suffix and _is_study(study) else None
    if how.from_fit and asked is None:
        raise InputError("only a study has estimates", place="--from-fit", cure="Name its study file")
    if how.safeguard and not how.from_fit:
        raise InputError("a draft has no intervals", place="--safeguard", cure="Add --from-fit")
    if asked and how.from_fit:
        draft = population_from_fit(asked, safeguard=how.safeguard)
    else:
        draft = _drafted(how, asked, asked.instrument if asked else read_instrument(str(study)))
    draft.population = without(draft.population, names_in(null))
    write_text(out, population_text(draft, _named(asked, out) if asked else ""))
    held = sum(len(own) for own in draft.population.paths.values())
    sizes = "estimates, shrunk" if how.from_fit else "every size is an assumption"
    say(f"{out}: {len(draft.population.constructs)} constructs, {held} paths; {sizes}")


def _drafted(how: Drafting, study: Study | None, instrument: Instrument) -> Draft:
    """Draft from the theory: in waves and countries where the study names them, or the options do."""
    from coprod_measure.errors import InputError
    from coprod_measure.simulation.draft import draft_population

    form = how.form or (study.form if study and study.form else next(iter(instrument.forms)))
    if form not in instrument.forms:
        raise InputError(
            f"{instrument.id!r} has no form {form!r}",
            place="--form",
            cure=f"It has {', '.join(instrument.forms)}",
        )
    over = how.waves or bool(study and study.responses.wave)
    country = how.country or (study.responses.country if study else None) or ""
    return draft_population(instrument, form, waves=over, country=country)


def _named(study: Study, out: Path) -> str:
    """Name a study's instrument as seen from the file of the population: a shipped one keeps its name."""
    name = str(study.options["instrument"])
    file = study.folder / name
    return Path(os.path.relpath(file, out.absolute().parent)).as_posix() if file.is_file() else name


def _is_study(path: Path) -> bool:
    from coprod_measure.errors import StudyError
    from coprod_measure.yaml_files import read_yaml

    return "responses" in read_yaml(path, error=StudyError).data
