"""The door to power by drawing, for studies and for models."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypedDict, Unpack

import pandas as pd

from coprod_measure.arguments import options_of, spelled
from coprod_measure.errors import InputError
from coprod_measure.fitting.request import Kind
from coprod_measure.planning.monte_carlo import ALL, Asked, PowerResult, draw_power
from coprod_measure.planning.of_model import ModelWork
from coprod_measure.planning.of_study import StudyWork, study_work
from coprod_measure.provenance import sha256_of_bytes, versions
from coprod_measure.simulation.claims import can_be_left_out, has_effect, with_smallest_effect
from coprod_measure.simulation.population import Population
from coprod_measure.simulation.population_file import read_population
from coprod_measure.simulation.switched_off import without
from coprod_measure.study.definition import Study, read_study
from coprod_measure.workers import Workers

PIECES = "power-pieces"
"""Folder, in that of a study's outputs, of what an interrupted run left."""


class PowerKeywords(TypedDict, total=False):
    """Keywords of :func:`power`; see :class:`PowerOptions`."""

    n: Sequence[int] | int
    draws: int
    power: float
    between: tuple[int, int]
    forms: Sequence[str]
    reliability: Sequence[float]
    effects: Sequence[float]
    smallest_effect: bool
    false_positives: bool
    null: Sequence[str]
    claims: Sequence[str]
    tolerance: float
    price: float
    processes: int
    scheduler: str
    level: float
    kind: Kind
    options: Mapping[str, Any]
    lacking: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class PowerOptions:
    """What is drawn.

    Attributes
    ----------
    n : sequence of int, or int
        Samples to draw; when left out, the smallest of the wanted power is searched.
    draws : int
        Of each cell of the grid, or of the whole search.
    power : float
        Wanted.
    between : (int, int)
        Where the smallest sample is searched.
    forms, reliability, effects : sequence
        Forms of the questionnaire, reliabilities of every scale, and what paths are multiplied by: they span
        the grid.
    smallest_effect : bool
        No claimed path is larger than the study's smallest effect of interest.
    false_positives : bool
        Draw also where all hypotheses are false.
    null : sequence of str
        Hypotheses that are false in the population.
    claims : sequence of str
        Hypotheses, or labels of a model (``"a & b"``: both).
    tolerance : float
        Width of the interval of n that is narrow enough, as a share of n.
    price : float
        Of a respondent.
    processes, scheduler
        See :class:`coprod_measure.workers.Workers`.
    level, kind, options
        Of the fit of a model.
    lacking : mapping
        Of a model: variable to the share of respondents who lack it, completely at random;
        ``options={"missing": "fiml"}`` takes the others' answers along.
    """

    n: Sequence[int] | int = ()
    draws: int = 500
    power: float = 0.80
    between: tuple[int, int] = (100, 2000)
    forms: Sequence[str] = ()
    reliability: Sequence[float] = ()
    effects: Sequence[float] = ()
    smallest_effect: bool = False
    false_positives: bool = False
    null: Sequence[str] = ()
    claims: Sequence[str] = ()
    tolerance: float = 0.10
    price: float = 0.0
    processes: int = 1
    scheduler: str = ""
    level: float = 0.05
    kind: Kind = "sem"
    options: Mapping[str, Any] = field(default_factory=dict)
    lacking: Mapping[str, float] = field(default_factory=dict)

    @property
    def grid(self) -> Asked:
        """The cells to draw."""
        return Asked(
            n=(self.n,) if isinstance(self.n, int) else tuple(self.n),
            draws=self.draws,
            wanted=self.power,
            least=self.between[0],
            most=self.between[1],
            forms=tuple(self.forms) or ("",),
            reliability=tuple(self.reliability) or (0.0,),
            effects=tuple(self.effects) or (1.0,),
            null=self.false_positives,
            tolerance=self.tolerance,
        )


@spelled(PowerKeywords, PowerOptions)
def power(
    study: str | Path | Study | None = None,
    population: str | Path | Population | None = None,
    *,
    model: str = "",
    seed: int = 1,
    out: str | Path | None = None,
    resume: bool = False,
    progress: Callable[[int, int], None] | None = None,
    **how: Unpack[PowerKeywords],
) -> PowerResult:
    r"""Draw samples from a population, test them as they will be tested, and count what is found.

    Parameters
    ----------
    study : str, pathlib.Path or Study, optional
        Its hypotheses are tested by its own cleaning, kinds of test and adjustment.
    population : str, pathlib.Path or Population
        Of a study: a population file. With ``model``: the text of a model with a value for every parameter.
    model : str
        A model text to fit instead of a study; ``claims`` names labels in it.
    seed : int
        Each draw has a seed of its own made from it, the same wherever it is drawn.
    out : str or pathlib.Path, optional
        Folder whose subfolder ``power-pieces`` keeps finished pieces; nothing is kept when left out.
    resume : bool
        Go on with the pieces that an interrupted run left.
    progress : callable, optional
        Called with the draws done and wanted by now.
    **how
        See :class:`PowerOptions`.

    Raises
    ------
    InputError, SimulationError
        If something cannot be drawn; nothing was.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> found = cm.power(population="y ~ .3*x", model="y ~ b*x", claims=["b"], n=[50, 90], draws=40)
    >>> found.table.query("claim == 'b'")[["n", "draws"]].values.tolist()
    [[50, 40], [90, 40]]
    """
    asked = options_of(PowerOptions, how)
    if (study is None) == (not model):
        raise InputError("give either a study or a model", place="power", cure="Name one of the two")
    if population is None:
        raise InputError(
            "there is no population to draw from", place="power", cure="`coprod population STUDY` drafts one"
        )
    work: StudyWork | ModelWork
    refused: dict[str, str] = {}
    empty: tuple[str, ...] = ()
    if study is None:
        work = _model_work(str(population), model, asked)
    else:
        work, refused, empty = _study_work(study, population, asked)
    folder = None if out is None else Path(out) / PIECES / _key(work, seed)
    workers = Workers(asked.processes, asked.scheduler)
    table, smallest, curves = draw_power(
        work, asked.grid, seed=seed, folder=folder, workers=workers, resume=resume, progress=progress
    )
    table = _without_what_stays_true(table, work)
    if len(work.claims) == 1:
        table = table[table["claim"] != ALL].reset_index(drop=True)
        smallest.pop(ALL), curves.pop(ALL)
    return PowerResult(
        table=table,
        smallest=smallest,
        curves=curves,
        wanted=asked.power,
        seed=seed,
        price=asked.price,
        without_effect=empty,
        refused=refused,
        population=work.population.id if isinstance(work, StudyWork) else "",
        expected=isinstance(work, StudyWork) and bool(work.population.uncertain),
    )


def _without_what_stays_true(table: pd.DataFrame, work: StudyWork | ModelWork) -> pd.DataFrame:
    """Leave out null rows of claims that no term carries: finding them there is no false positive."""
    if isinstance(work, ModelWork):
        return table
    hypotheses = work.study.instrument.theory.hypotheses
    fixed = [id_ for id_ in work.claims if not can_be_left_out(hypotheses[id_])]
    return table[~(table["null"] & table["claim"].isin(fixed))].reset_index(drop=True)


def _study_work(
    given: str | Path | Study, population: str | Path | Population, asked: PowerOptions
) -> tuple[StudyWork, dict[str, str], tuple[str, ...]]:
    if asked.lacking:
        cause, cure = (
            "what people lack is stated in a population file",
            "Write habits: {missing: .1}, or waves",
        )
        raise InputError(cause, place="lacking", cure=cure)
    study = given if isinstance(given, Study) else read_study(given, answers_needed=False)
    drawn = population if isinstance(population, Population) else read_population(population)
    if study.form:
        drawn = replace(drawn, form=study.form)
    # The study's own file of the instrument counts: it may have been adapted.
    drawn = replace(drawn, instrument=study.instrument)
    work, refused = study_work(study, drawn, tuple(asked.claims))
    found = without(drawn, asked.null)
    if asked.smallest_effect:
        size = study.structure.smallest_effect if study.structure else None
        if size is None:
            raise InputError(
                "the study names no smallest effect of interest",
                place=study.path,
                cure="Write structure: smallest_effect: 0.1",
                code="no-smallest-effect",
            )
        found = with_smallest_effect(found, work.claims, size)
    hypotheses = study.instrument.theory.hypotheses
    empty = tuple(id_ for id_ in work.claims if not has_effect(found, hypotheses[id_]))
    return replace(work, population=found), refused, empty


def _model_work(population: str, model: str, asked: PowerOptions) -> ModelWork:
    if not asked.claims:
        raise InputError(
            "no parameter of the model is named",
            place="claims",
            cure="Label one in the text and give its label",
        )
    return ModelWork(
        population, model, tuple(asked.claims), asked.level, asked.kind, asked.options, asked.lacking
    )


def _key(work: StudyWork | ModelWork, seed: int) -> str:
    """Name everything that changes a draw, so that pieces of another run are never taken for this one's."""
    if isinstance(work, StudyWork):
        study, population = work.study, work.population
        parts: list[object] = [
            *(getattr(population, one.name) for one in fields(population) if one.name != "instrument"),
            study.options, work.claims, study.instrument.sha256, study.instrument.theory.sha256, work.rules,
        ]  # fmt: skip
    else:
        parts = [work]
    text = json.dumps([seed, versions(), *map(repr, parts)])
    return sha256_of_bytes(text.encode())[:16]
