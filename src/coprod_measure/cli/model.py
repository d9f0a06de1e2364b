"""`coprod sem`, `coprod cfa` and `coprod sam`: any model on any data, no study needed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coprod_measure.cli.options import Cluster, Estimator, Missing, Model, Table, Weights, names_in, unfolded
from coprod_measure.cli.printing import say
from coprod_measure.cli.table_files import keep_table

if TYPE_CHECKING:
    import pandas as pd

    from coprod_measure.fitting.result import Fit

Group = Annotated[str | None, typer.Option(help="Column whose values are the groups.")]
GroupEqual = Annotated[
    list[str] | None,
    typer.Option(help="loadings,intercepts,residuals ..., with commas between them; may be repeated."),
]
StdLv = Annotated[bool, typer.Option("--std-lv", help="Fix latent variances instead of first loadings.")]
JsonFile = Annotated[
    Path | None, typer.Option("--json", help="Also write the whole result as JSON to this file.")
]
CrossCheck = Annotated[
    bool, typer.Option("--cross-check", help="Fit with semopy too and print the largest difference.")
]


@dataclass(frozen=True, slots=True)
class Fitting:
    """How a model is fitted."""

    estimator: Estimator = "ML"
    missing: Missing = "listwise"
    group: Group = None
    group_equal: GroupEqual = None
    ordered: Annotated[
        list[str] | None, typer.Option(help="Ordinal variables, with commas between them; may be repeated.")
    ] = None
    std_lv: StdLv = False
    cluster: Cluster = None
    weights: Weights = None


@dataclass(frozen=True, slots=True)
class FittingInSteps:
    """How a model is fitted in two steps."""

    missing: Missing = "listwise"
    group: Group = None
    group_equal: GroupEqual = None
    cluster: Cluster = None
    se: Annotated[str, typer.Option(help="twostep, twostep_robust, local or none.")] = "twostep"
    mapping: Annotated[str, typer.Option(help="ML, GLS or ULS.")] = "ML"
    std_lv: StdLv = False


def _command(kind: str, description: str) -> Callable[..., None]:
    """Make a command; the two differ only in the defaults of the model they fit."""

    def command(
        model: Model, table: Table, how: Fitting, json: JsonFile = None, cross_check: CrossCheck = False
    ) -> None:
        _fit(kind, model, table, how, json, cross_check)

    command.__name__, command.__doc__ = kind, description
    return unfolded(command)


@unfolded
def sam(model: Model, table: Table, how: FittingInSteps, json: JsonFile = None) -> None:
    """Measure block by block, then relate the latent variables (structural after measurement)."""
    _fit("sam", model, table, how, json)


sem = _command("sem", "Fit a structural equation model.")
cfa = _command("cfa", "Fit a confirmatory factor model.")


def _keywords(how: Fitting | FittingInSteps) -> dict[str, Any]:
    """Give what the library calls the same; refuse here what it refuses with a keyword for cure."""
    from coprod_measure.errors import ModelError

    options = asdict(how)
    options |= {name: names_in(options[name]) for name in ("group_equal", "ordered") if name in options}
    if options["group_equal"] and how.group is None:
        raise ModelError(
            "equality over groups needs groups",
            place="option --group-equal",
            cure="Name the grouping column with --group",
            code="unsupported-combination",
        )
    return options


def read_model(model: str) -> str:
    """Read the text of a model: a file's, what standard input says for ``-``, or the text itself."""
    from coprod_measure.errors import ModelError

    if model == "-":
        return sys.stdin.read()
    path = Path(model)
    try:
        found = path.is_file()
    except OSError:  # a text is longer than a name may be
        found = False
    if not found and "~" in model[1:]:
        return model
    if not found:
        cure = 'Check the path after --model, or write the model itself: "y ~ x"'
        raise ModelError("there is no such file", place=model, cure=cure)
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError("cannot be read as text", place=model, cure="Save it as UTF-8 text") from error


def table_of(
    asked: Table, columns: Sequence[str] = (), further: Sequence[str] = (), *, measured: bool = False
) -> pd.DataFrame:
    """Read a table of numbers, or take the cleaned answers of a study.

    ``columns``: those to keep, with the ``further`` ones; all when empty. ``measured``: of a study then only
    the items of constructs.
    """
    from coprod_measure.errors import InputError
    from coprod_measure.responses.numbers_table import chosen_columns, read_numbers

    data, codes = asked.data, _numbers_in(asked.missing_codes)
    if data.suffix.lower() not in {".yaml", ".yml"}:
        return read_numbers(data, [*columns, *further] if columns else None, codes)
    if codes:
        raise InputError(
            "the answers of a study are coded by its instrument",
            place="option --missing-codes",
            cure="Leave it out, or write missing_codes under responses in the study file",
            code="unsupported-combination",
        )
    from coprod_measure.study.clean_files import clean_columns, clean_table
    from coprod_measure.study.pipeline import cleaned_answers

    answers = cleaned_answers(data, lambda words: say(words, err=True))
    table, items = clean_table(answers), answers.instrument.items
    if measured and not columns:
        told = {one.name: one.of for one in clean_columns(answers)}
        columns = [name for name, of in told.items() if of in items and items[of].construct_id]
    return table[chosen_columns(tuple(table), [*columns, *further], data.name)] if columns else table


def _numbers_in(codes: list[str] | None) -> tuple[float, ...]:
    from coprod_measure.errors import InputError

    try:
        return tuple(float(code) for code in names_in(codes))
    except ValueError as error:
        raise InputError(
            f"{', '.join(names_in(codes))} are not numbers",
            place="option --missing-codes",
            cure="Write numbers with commas between them: -99,999",
            code="not-a-number",
        ) from error


def _fit(
    kind: str,
    model: str,
    table: Table,
    how: Fitting | FittingInSteps,
    json: Path | None,
    cross_check: bool = False,
) -> None:
    import coprod_measure
    from coprod_measure.measurement.invariance.group_names import named_groups

    options = _keywords(how)
    text, frame = read_model(model), table_of(table)
    if (group := options["group"]) in frame:
        frame = frame.assign(**{group: named_groups(frame[group])})
    fit: Fit = getattr(coprod_measure, kind)(text, frame, **options)
    say(fit.summary())
    keep_table(fit.parameters, "parameters")
    keep_table(fit.fit_measures.rename_axis("measure").rename("value").reset_index(), "fit measures")
    if cross_check:
        _print_cross_check(kind, text, frame, options["std_lv"])
    if json is not None:
        import json as json_format

        from coprod_measure.cli.printing import plain
        from coprod_measure.output_files import write_text

        write_text(json, json_format.dumps(plain(fit.to_dict()), indent=2, ensure_ascii=False) + "\n")
        say(f"\nWritten: {json}")


def _print_cross_check(kind: Any, text: str, frame: Any, std_lv: bool) -> None:
    from coprod_measure.cli.printing import print_table
    from coprod_measure.fitting.cross_check import cross_check

    check = cross_check(text, frame, kind, std_lv=std_lv)
    print_table(check.estimates, title="Second opinion: the same model by semopy", decimals=4)
    say(
        f"Largest difference: {check.largest_difference:.1g} between estimates, "
        f"{check.largest_error_difference:.1g} between standard errors"
    )
