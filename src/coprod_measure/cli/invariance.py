"""`coprod invariance`: whether a scale measures the same in every group."""

from __future__ import annotations

from typing import Annotated

import typer

from coprod_measure.cli.model import Data, Estimator, Missing, Model, read_model


def invariance(
    model: Model,
    data: Data,
    group: Annotated[str, typer.Option(help="Column whose values are the groups.")],
    estimator: Estimator = "ML",
    missing: Missing = "listwise",
    level: Annotated[
        list[str] | None,
        typer.Option(help="configural, metric, scalar, strict; may be repeated. All by default."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Test measurement invariance step by step."""
    from coprod_measure.cli.printing import print_json, print_table
    from coprod_measure.errors import AnalysisError
    from coprod_measure.measurement.invariance import invariance as test_levels
    from coprod_measure.responses.numbers_table import read_numbers

    levels = tuple(level or ("configural", "metric", "scalar", "strict"))
    steps = test_levels(
        read_model(model),
        read_numbers(data),
        group=group,
        levels=levels,
        estimator=estimator,
        missing=missing,
    )
    if steps.table().empty:
        reasons = "; ".join(dict.fromkeys([*steps.messages, *map(str, steps.unavailable.values())]))
        raise AnalysisError(
            f"no level could be fitted: {reasons}",
            place=f"groups of {group}",
            cure="Name a column with a few large groups, or a smaller model",
            code="no-invariance",
        )
    if as_json:
        print_json({"levels": steps.table(), "left_out": steps.left_out, "messages": steps.messages})
        return
    print_table(steps.table(), title=f"Measurement invariance over {group}")
    if estimator.upper() not in ("ML", "GLS", "ULS"):
        typer.echo("chisq is scaled; cfi, rmsea and the differences take the robust or scaled forms.")
    for message in (*steps.messages, *map(str, steps.unavailable.values())):
        typer.echo(f"note: {message}", err=True)
