"""Options that several commands take, each said once; and records of options that belong together.

A field of such a record is an option of the command whose parameter it is: ``@unfolded`` tells typer so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

StudyFile = Annotated[Path, typer.Argument(help="The study file (study.yaml).")]
InstrumentName = Annotated[str, typer.Argument(help="Name of a shipped instrument, or path of a YAML file.")]
Out = Annotated[Path | None, typer.Option(help="Folder for records and reports; the study's own by default.")]
OwnFolder = Annotated[Path | None, typer.Option(help="Folder; the study's own by default.")]
Outside = Annotated[
    bool,
    typer.Option("--allow-outside", help="Write where the study says, also outside the study's own folder."),
]
Frozen = Annotated[
    bool,
    typer.Option("--frozen", help="Refuse saved records that no longer fit, instead of making them anew."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Model = Annotated[
    str,
    typer.Option(
        "--model", help="The model in lavaan syntax, a text file that holds it, or - (standard input)."
    ),
]
Data = Annotated[
    Path,
    typer.Option(
        "--data",
        help="Table with a header row (CSV, XLSX, Parquet, SPSS, Stata), or a study file: its answers.",
    ),
]
Estimator = Annotated[str, typer.Option(help="ML, MLR, MLM, MLMV, GLS, ULS, WLS, DWLS, WLSMV or ULSMV.")]
Missing = Annotated[str, typer.Option(help="listwise, fiml or pairwise.")]
Cluster = Annotated[
    str | None, typer.Option(help="Column with clusters: people with several rows, classes, firms.")
]
Weights = Annotated[str | None, typer.Option("--weight", help="Column with sampling weights.")]


@dataclass(frozen=True, slots=True)
class Table:
    """What is analysed."""

    data: Data
    missing_codes: Annotated[
        list[str] | None,
        typer.Option(help="Numbers that stand for no answer, with commas between them: -99,999."),
    ] = None


@dataclass(frozen=True, slots=True)
class Design:
    """How the people were drawn."""

    cluster: Cluster = None
    weights: Weights = None


@dataclass(frozen=True, slots=True)
class Running:
    """Where many pieces are computed, and whether those of an interrupted run count."""

    processes: Annotated[int, typer.Option(min=0, help="Of this machine; 0: as many as it has.")] = 0
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler instead.")] = ""
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False


def names_in(given: list[str] | None) -> tuple[str, ...]:
    """Take apart an option that holds names with commas between them, may be repeated, or is left out."""
    return tuple(name.strip() for entry in given or () for name in entry.split(",") if name.strip())


def unfolded(command: Callable[..., None]) -> Callable[..., None]:
    """Make an option of every field of the records that a command takes."""
    records: dict[str, type] = {}
    options: list[Parameter] = []
    for one in signature(command, eval_str=True).parameters.values():
        kind = one.annotation
        if isinstance(kind, type) and is_dataclass(kind):
            records[one.name] = kind
            options += _fields(kind)
        else:
            options.append(one.replace(kind=Parameter.KEYWORD_ONLY))

    @wraps(command)
    def wrapped(**given: Any) -> None:
        for name, kind in records.items():
            given[name] = kind(**{one.name: given.pop(one.name) for one in fields(kind)})
        command(**given)

    return with_options(wrapped, options)


def with_options(command: Callable[..., None], options: list[Parameter]) -> Callable[..., None]:
    """Say to typer what a function that takes ``**given`` is to be given."""
    command.__signature__ = Signature(options)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in options}
    return command


def _fields(kind: type) -> list[Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        Parameter(
            one.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if one.default is MISSING else one.default,
            annotation=hints[one.name],
        )
        for one in fields(kind)
    ]
