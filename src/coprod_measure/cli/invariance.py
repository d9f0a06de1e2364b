"""`coprod invariance`: whether a scale measures the same in every group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from coprod_measure.cli.model import Data, Estimator, Missing, Model, names_in, read_model

if TYPE_CHECKING:
    from coprod_measure.measurement.invariance import Invariance


Level = Annotated[
    list[str] | None,
    typer.Option(help="configural,metric,scalar,strict (or thresholds); may be repeated. All by default."),
]
Ordered = Annotated[
    bool, typer.Option("--ordered", help="Answers are ordered categories: thresholds first, by WLSMV.")
]
Partial = Annotated[
    bool, typer.Option("--partial", help="Free parameters one at a time where a level fails, and name them.")
]
Collapse = Annotated[
    bool,
    typer.Option(
        "--collapse-empty-categories",
        help="With --ordered: join a category that a group never used with its neighbour, in all groups.",
    ),
]


def invariance(
    model: Model,
    data: Data,
    group: Annotated[str, typer.Option(help="Column whose values are the groups.")],
    estimator: Estimator = "ML",
    missing: Missing = "listwise",
    level: Level = None,
    ordered: Ordered = False,
    partial: Partial = False,
    collapse: Collapse = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Test measurement invariance step by step."""
    from coprod_measure.cli.printing import print_json
    from coprod_measure.measurement.invariance import invariance as test_levels
    from coprod_measure.responses.numbers_table import read_numbers

    levels = names_in(level) or (() if ordered else ("configural", "metric", "scalar", "strict"))
    steps = test_levels(
        read_model(model),
        read_numbers(data),
        group=group,
        levels=levels,
        estimator="" if ordered else estimator,
        missing=missing,
        ordered=ordered,
        partial=partial,
        collapse_empty_categories=collapse,
    )
    _require_levels(steps, group)
    if as_json:
        parts = ("freed", "effects", "means", "left_out", "joined", "messages")
        print_json({"levels": steps.table(), **{name: getattr(steps, name) for name in parts}})
        return
    _print(steps, group)
    if ordered or estimator.upper() not in ("ML", "GLS", "ULS"):
        typer.echo("chisq is scaled; cfi, rmsea and the differences take the robust or scaled forms.")
    for message in (*steps.messages, *map(str, steps.unavailable.values())):
        typer.echo(f"note: {message}", err=True)


def _require_levels(steps: Invariance, group: str) -> None:
    from coprod_measure.errors import AnalysisError

    if steps.table().empty:
        reasons = "; ".join(dict.fromkeys([*steps.messages, *map(str, steps.unavailable.values())]))
        raise AnalysisError(
            f"no level could be fitted: {reasons}",
            place=f"groups of {group}",
            cure="Name a column with a few large groups, or a smaller model",
            code="no-invariance",
        )


def _print(steps: Invariance, group: str) -> None:
    from coprod_measure.cli.printing import print_table

    print_table(steps.table(), title=f"Measurement invariance over {group}")
    further = {"Freed parameters": steps.freed, "Effect sizes": steps.effects, "Latent means": steps.means}
    for title, table in further.items():
        if len(table):
            print_table(table, title=title)
