"""`coprod pls`: a PLS path model on any table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from coprod_measure.cli.model import Data, Model, read_model, table_of
from coprod_measure.cli.printing import say

if TYPE_CHECKING:
    from coprod_measure.composites.result import Pls


def pls(
    model: Model,
    data: Data,
    consistent: Annotated[
        bool, typer.Option("--consistent", help="Constructs with =~ are common factors (PLSc).")
    ] = False,
    scheme: Annotated[str, typer.Option(help="Inner weights: path, factor or centroid.")] = "path",
    missing: Annotated[str, typer.Option(help="listwise, mean or em.")] = "listwise",
    ordered: Annotated[
        bool, typer.Option("--ordered", help="Answers are ordered categories: polychoric correlations.")
    ] = False,
    products: Annotated[str, typer.Option(help="Of a:b: two_stage, product or orthogonal.")] = "two_stage",
    higher: Annotated[
        str, typer.Option(help="Constructs of constructs: two_stage or repeated.")
    ] = "two_stage",
    draws: Annotated[int, typer.Option(min=0, help="Bootstrap draws; 0 for none.")] = 10_000,
    interval: Annotated[str, typer.Option(help="percentile or bca.")] = "percentile",
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
) -> None:
    """Estimate a PLS path model: weights, reliability, validity, paths with bootstrap intervals."""
    from coprod_measure.cli.printing import print_table
    from coprod_measure.composites.pls import pls as estimate

    result = estimate(
        read_model(model),
        table_of(data),
        consistent=consistent,
        scheme=scheme,
        missing=missing,
        ordered=ordered,
        interactions=products,
        higher=higher,
    )
    kind = "consistent PLS" if consistent else "PLS"
    say(f"{kind}, n = {result.n} ({result.dropped} left out), scheme {scheme}")
    _show(result)
    if draws:
        drawn = result.bootstrap(draws, seed)
        print_table(drawn.table("paths", interval=interval), title=f"Paths in {draws} draws, seed {seed}")
        if drawn.names["routes"]:
            print_table(drawn.table("routes", interval=interval), title="Indirect effects by route")
            print_table(drawn.mediation(interval=interval), title="Mediation")
        say(f"{drawn.unusable} draws without admissible solution, {drawn.turned} turned round")
    for message in result.messages:
        say(f"note: {message}", err=True)


def _show(result: Pls) -> None:
    from coprod_measure.cli.printing import print_table
    from coprod_measure.errors import NotAvailable

    for title, table in {
        "Weights and loadings": result.items(),
        "Reliability of Mode A constructs": result.reliability(),
        "Heterotrait-monotrait ratios": result.htmt(),
        "Paths": result.paths(),
        "Explained variance": result.r2(),
        "Distance from the model": result.fit(),
    }.items():
        if isinstance(table, NotAvailable):
            say(f"{title}: {table}")
        else:
            print_table(table, title=title)
