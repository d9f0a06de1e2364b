"""`coprod sem`, `coprod cfa` and `coprod sam`: any model on any data, no study needed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coprod_measure.cli.printing import say
from coprod_measure.cli.table_files import keep_table

if TYPE_CHECKING:
    import pandas as pd

    from coprod_measure.fitting.result import Fit

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
Group = Annotated[str | None, typer.Option(help="Column whose values are the groups.")]
GroupEqual = Annotated[
    list[str] | None,
    typer.Option(help="loadings,intercepts,residuals ..., with commas between them; may be repeated."),
]
Ordered = Annotated[
    list[str] | None, typer.Option(help="Ordinal variables, with commas between them; may be repeated.")
]
StdLv = Annotated[bool, typer.Option("--std-lv", help="Fix latent variances instead of first loadings.")]
Cluster = Annotated[
    str | None, typer.Option(help="Column with clusters: people with several rows, classes, firms.")
]
Weight = Annotated[str | None, typer.Option(help="Column with sampling weights.")]
Json = Annotated[
    Path | None, typer.Option("--json", help="Also write the whole result as JSON to this file.")
]
CrossCheck = Annotated[
    bool, typer.Option("--cross-check", help="Fit with semopy too and print the largest difference.")
]


def _command(kind: str, description: str) -> Callable[..., None]:
    """Make a command; the two differ only in the defaults of the model they fit."""

    def command(
        model: Model,
        data: Data,
        estimator: Estimator = "ML",
        missing: Missing = "listwise",
        group: Group = None,
        group_equal: GroupEqual = None,
        ordered: Ordered = None,
        std_lv: StdLv = False,
        cluster: Cluster = None,
        weight: Weight = None,
        json: Json = None,
        cross_check: CrossCheck = False,
    ) -> None:
        _require_groups(names_in(group_equal), group)
        options = {
            "estimator": estimator,
            "missing": missing,
            "group": group,
            "group_equal": names_in(group_equal),
            "ordered": names_in(ordered),
            "std_lv": std_lv,
            "cluster": cluster,
            "weights": weight,
        }
        _fit(kind, model, data, options, json, cross_check)

    command.__name__, command.__doc__ = kind, description
    return command


def sam(
    model: Model,
    data: Data,
    missing: Missing = "listwise",
    group: Group = None,
    group_equal: GroupEqual = None,
    cluster: Annotated[str | None, typer.Option(help="Column with the clusters of the respondents.")] = None,
    se: Annotated[str, typer.Option(help="twostep, twostep_robust, local or none.")] = "twostep",
    mapping: Annotated[str, typer.Option(help="ML, GLS or ULS.")] = "ML",
    std_lv: StdLv = False,
    json: Json = None,
) -> None:
    """Measure block by block, then relate the latent variables (structural after measurement)."""
    _require_groups(names_in(group_equal), group)
    options = {
        "missing": missing,
        "group": group,
        "group_equal": names_in(group_equal),
        "cluster": cluster,
        "se": se,
        "mapping": mapping,
        "std_lv": std_lv,
    }
    _fit("sam", model, data, options, json, cross_check=False)


sem = _command("sem", "Fit a structural equation model.")
cfa = _command("cfa", "Fit a confirmatory factor model.")


def names_in(given: list[str] | None) -> tuple[str, ...]:
    """Take apart an option that holds names with commas between them, may be repeated, or is left out."""
    return tuple(name.strip() for entry in given or () for name in entry.split(",") if name.strip())


def _require_groups(group_equal: tuple[str, ...], group: str | None) -> None:
    """Refuse here what the library refuses too: its cure names a keyword, and here there are options."""
    from coprod_measure.errors import ModelError

    if group_equal and group is None:
        raise ModelError(
            "equality over groups needs groups",
            place="option --group-equal",
            cure="Name the grouping column with --group",
            code="unsupported-combination",
        )


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
    data: Path, columns: Sequence[str] = (), further: Sequence[str] = (), *, measured: bool = False
) -> pd.DataFrame:
    """Read a table of numbers, or take the cleaned answers of a study.

    ``columns``: those to keep, with the ``further`` ones; all when empty. ``measured``: of a study then only
    the items of constructs.
    """
    from coprod_measure.responses.numbers_table import chosen_columns, read_numbers

    if data.suffix.lower() not in {".yaml", ".yml"}:
        return read_numbers(data, [*columns, *further] if columns else None)
    from coprod_measure.study.clean_files import clean_columns, clean_table
    from coprod_measure.study.pipeline import cleaned_answers

    answers = cleaned_answers(data, lambda words: say(words, err=True))
    table, items = clean_table(answers), answers.instrument.items
    if measured and not columns:
        told = {one.name: one.of for one in clean_columns(answers)}
        columns = [name for name, of in told.items() if of in items and items[of].construct_id]
    return table[chosen_columns(tuple(table), [*columns, *further], data.name)] if columns else table


def _fit(
    kind: str, model: str, data: Path, options: dict[str, Any], json: Path | None, cross_check: bool
) -> None:
    import coprod_measure
    from coprod_measure.measurement.invariance.group_names import named_groups

    text, frame = read_model(model), table_of(data)
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
