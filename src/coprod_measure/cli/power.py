"""`coprod power`: how many respondents the hypotheses of a study need."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coprod_measure.cli.options import Json, OwnFolder, Running, names_in, unfolded
from coprod_measure.cli.printing import say

if TYPE_CHECKING:
    from coprod_measure.planning.monte_carlo import PowerResult
    from coprod_measure.planning.power import PowerKeywords
    from coprod_measure.study.definition import Study

Several = list[str] | None


@dataclass(frozen=True, slots=True)
class Grid:
    """Which samples are drawn."""

    n: Annotated[Several, typer.Option(help="Samples, with commas; the smallest is searched by default.")] = (
        None
    )
    between: Annotated[str, typer.Option(help="Where it is searched.")] = "100,2000"
    draws: Annotated[int, typer.Option(min=1, help="Of each sample, or of the whole search.")] = 500
    power: Annotated[float, typer.Option(help="Wanted power.")] = 0.80
    forms: Annotated[Several, typer.Option(help="Forms of the questionnaire to compare.")] = None
    reliability: Annotated[Several, typer.Option(help="Reliabilities of every scale.")] = None
    effects: Annotated[Several, typer.Option(help="What every path is multiplied by.")] = None
    price: Annotated[float, typer.Option(min=0, help="Of a respondent.")] = 0.0

    def keywords(self) -> PowerKeywords:
        """Give what the library takes."""
        return {
            "n": _whole(names_in(self.n), "--n"),
            "between": _ends(self.between),
            "draws": self.draws,
            "power": self.power,
            "forms": names_in(self.forms),
            "reliability": _numbers(names_in(self.reliability), "--reliability"),
            "effects": _numbers(names_in(self.effects), "--effects"),
            "price": self.price,
        }


@dataclass(frozen=True, slots=True)
class Claims:
    """Which hypotheses are tested, and which of them hold."""

    only: Annotated[Several, typer.Option(help="Hypotheses, instead of all of the study's.")] = None
    null: Annotated[Several, typer.Option(help="Hypotheses that are false in the population.")] = None
    false_positives: Annotated[
        bool, typer.Option("--false-positives", help="Draw also where all hypotheses are false.")
    ] = False
    smallest_effect: Annotated[
        bool, typer.Option("--smallest-effect", help="No claimed path above the study's smallest effect.")
    ] = False

    def keywords(self) -> PowerKeywords:
        """Give what the library takes."""
        return {
            "claims": names_in(self.only),
            "null": names_in(self.null),
            "false_positives": self.false_positives,
            "smallest_effect": self.smallest_effect,
        }


@unfolded
def power(
    study: Annotated[Path, typer.Argument(help="The study file; its answers need not be there yet.")],
    population: Annotated[
        Path | None, typer.Option(help="Population file; drafted from the theory by default.")
    ] = None,
    *,
    grid: Grid,
    claims: Claims,
    running: Running,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed; the study's own by default.")] = None,
    out: OwnFolder = None,
    as_json: Json = False,
) -> None:
    """Draw from a population, test as the study will, and find the smallest sample of a wanted power."""
    from coprod_measure.study.definition import read_study
    from coprod_measure.study.outputs import with_out
    from coprod_measure.workers import cores

    how: PowerKeywords = {
        **grid.keywords(),
        **claims.keywords(),
        "processes": running.processes or cores(),
        "scheduler": running.scheduler,
    }
    asked = with_out(read_study(study, answers_needed=False), out)
    result, written = _drawn(asked, population, asked.seed if seed is None else seed, running.resume, how)
    _print(result, as_json=as_json)
    for path in written:
        say(str(path), err=as_json)


def _drawn(
    study: Study, population: Path | None, seed: int, resume: bool, how: PowerKeywords
) -> tuple[PowerResult, tuple[Path, ...]]:
    """Draw, and write the record and the page."""
    from coprod_measure.cli.printing import kept_when_interrupted, time_left
    from coprod_measure.output_files import only_writer
    from coprod_measure.planning.power import PIECES
    from coprod_measure.planning.power import power as draw
    from coprod_measure.report.about_power import power_document
    from coprod_measure.report.write import write_document
    from coprod_measure.simulation.draft import draft_population
    from coprod_measure.study.made_from import present
    from coprod_measure.study.outputs import claim, lock_of, record_path, replace_part
    from coprod_measure.study.records import save_record

    form = study.form or next(iter(study.instrument.forms))
    over, country = bool(study.responses.wave), study.responses.country or ""
    drawn = population or draft_population(study.instrument, form, waves=over, country=country).population
    with only_writer(lock_of(study)):
        claim(study, study.out_folder)
        with time_left("draws") as show, kept_when_interrupted(study.out_folder / PIECES):
            result = draw(study, drawn, seed=seed, out=study.out_folder, resume=resume, progress=show, **how)
        save_record(record_path(study, "power"), result, present(study, "power", {}))
        document = power_document(result, study)
        written = write_document(document, study.out_folder, f"{study.id}-power", study.formats)
        replace_part(study, study.out_folder, "power", written, {})
    return result, written


def _print(result: PowerResult, *, as_json: bool) -> None:
    from coprod_measure.cli.printing import print_json, print_table
    from coprod_measure.report.about_power import sentence

    if as_json:
        print_json(
            {
                "smallest": result.smallest_table(),
                "smallest_over_grid": result.smallest_over_grid(),
                "table": result.table,
                "detectable": result.detectable(),
                "without_effect": result.without_effect,
                "refused": dict(result.refused),
                "sentence": sentence(result),
            }
        )
        return
    table = result.smallest_table()
    if not result.price:
        table = table.drop(columns="cost")
    grid = [name for name in ("form", "reliability", "effects") if result.table[name].nunique() > 1]
    if grid and len(cells := result.smallest_over_grid()):
        cells = cells.astype(dict.fromkeys(grid, str))
        table = cells[[*grid, *table.columns]]
    print_table(table, title=f"Smallest samples of a power of {result.wanted:g}", decimals=0)
    shown = ["claim", "n", "draws", "power", "mcse", "against", "width", "failed", "inadmissible"]
    print_table(result.table.loc[~result.table["null"], [*grid, *shown]], title="Power by sample")
    if len(detectable := result.detectable()):
        told = [name for name in grid if name != "effects"]
        detectable = detectable[[*told, "n", "claim", "effects"]]
        print_table(detectable, title=f"Effects, times the population's, of a power of {result.wanted:g}")
    null = result.table[result.table["null"]]
    if len(null):
        print_table(null[["claim", "n", "draws", "power", "mcse"]], title="False positives")
        say("Effects that other hypotheses claim stay; models that leave them out may show them here.")
    for id_ in result.without_effect:
        say(f"{id_} has no effect in the population", err=True)
    for row in result.table[result.table["why_failed"] != ""].itertuples():
        say(
            f"{row.claim}, n = {row.n}: not tested in {row.failed:.0%} of the draws: {row.why_failed}",
            err=True,
        )
    for id_, why in result.refused.items():
        say(f"{id_} was not drawn for: {why}", err=True)
    say(f"\n{sentence(result)}")


def _numbers(names: Sequence[str], option: str, kind: Callable[[str], float] = float) -> list[Any]:
    from coprod_measure.errors import InputError

    try:
        found = [kind(one) for one in names]
    except ValueError:
        found = [math.nan]
    if all(map(math.isfinite, found)):
        return found
    words, cure = ("whole numbers", "Write 200,400") if kind is int else ("numbers", "Write .7,.8")
    raise InputError(f"{', '.join(names)} are not all {words}", place=option, cure=cure)


def _whole(names: Sequence[str], option: str) -> list[int]:
    return _numbers(names, option, int)


def _ends(text: str) -> tuple[int, int]:
    from coprod_measure.errors import InputError

    ends = _whole(text.split(","), "--between")
    if len(ends) != 2:
        raise InputError(f"{text!r} are not two samples", place="--between", cure="Write 100,2000")
    return ends[0], ends[1]
