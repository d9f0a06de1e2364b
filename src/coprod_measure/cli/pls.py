"""`coprod pls`: a PLS path model on any table."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from coprod_measure.cli.model import read_model, table_of
from coprod_measure.cli.options import Json, Model, Table, unfolded
from coprod_measure.cli.printing import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from coprod_measure.composites.result import Pls
    from coprod_measure.errors import NotAvailable


FIT_DRAWS = 1000
"""Of distances, which every draw asks for anew."""


@dataclass(frozen=True, slots=True)
class Estimating:
    """How the model is estimated: what the library calls the same."""

    consistent: Annotated[
        bool, typer.Option("--consistent", help="Constructs with =~ are common factors (PLSc).")
    ] = False
    scheme: Annotated[str, typer.Option(help="Inner weights: path, factor or centroid.")] = "path"
    missing: Annotated[str, typer.Option(help="listwise, mean or em.")] = "listwise"
    ordered: Annotated[
        bool, typer.Option("--ordered", help="Answers are ordered categories: polychoric correlations.")
    ] = False
    interactions: Annotated[
        str, typer.Option("--products", help="Of a:b: two_stage, product or orthogonal.")
    ] = "two_stage"
    higher: Annotated[str, typer.Option(help="Constructs of constructs: two_stage or repeated.")] = (
        "two_stage"
    )


@dataclass(frozen=True, slots=True)
class Drawing:
    """How intervals are made."""

    draws: Annotated[int, typer.Option(min=0, help="Bootstrap draws; 0 for none.")] = 10_000
    interval: Annotated[str, typer.Option(help="percentile or bca.")] = "percentile"
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1


@unfolded
def pls(model: Model, table: Table, how: Estimating, drawing: Drawing, as_json: Json = False) -> None:
    """Estimate a PLS path model: weights, reliability, validity, paths with bootstrap intervals."""
    from coprod_measure.cli.printing import print_json
    from coprod_measure.composites.pls import pls as estimate

    draws, interval = drawing.draws, drawing.interval
    result = estimate(read_model(model), table_of(table), **asdict(how))
    tables = _tables(result)
    if draws:
        drawn = result.bootstrap(draws, drawing.seed)
        tables[f"Paths in {draws} draws, seed {drawing.seed}"] = drawn.table("paths", interval=interval)
        if drawn.names["routes"]:
            tables["Indirect effects by route"] = drawn.table("routes", interval=interval)
            tables["Mediation"] = drawn.mediation(interval=interval)
        few = max(100, min(draws, FIT_DRAWS))
        del tables["Distance from the model"]
        title = "Distance from the model, and limits of the population's"
        tables[title] = result.fit_intervals(few, drawing.seed)
        tables["Exact fit"] = result.fit_test(few, drawing.seed)
    if as_json:
        print_json({"n": result.n, "dropped": result.dropped, "messages": result.messages, **tables})
        return
    kind = "consistent PLS" if how.consistent else "PLS"
    say(f"{kind}, n = {result.n} ({result.dropped} left out), scheme {how.scheme}")
    _show(tables)
    if draws:
        from coprod_measure.errors import counted

        say(f"{counted(drawn.unusable, 'draw')} without admissible solution, {drawn.turned} turned round")
    for message in result.messages:
        say(f"note: {message}", err=True)


def _tables(result: Pls) -> dict[str, pd.DataFrame | NotAvailable]:
    return {
        "Weights and loadings": result.items(),
        "Reliability of Mode A constructs": result.reliability(),
        "Heterotrait-monotrait ratios": result.htmt(),
        "Paths": result.paths(),
        "Explained variance": result.r2(),
        "Distance from the model": result.fit(),
    }


def _show(tables: Mapping[str, pd.DataFrame | NotAvailable]) -> None:
    from coprod_measure.cli.printing import print_table
    from coprod_measure.errors import NotAvailable

    for title, table in tables.items():
        if isinstance(table, NotAvailable):
            say(f"{title}: {table}")
        elif table.empty:
            say(f"{title}: none here\n")
        else:
            print_table(table, title=title)
