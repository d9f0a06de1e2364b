"""`coprod content-validity`: what experts' ratings and pretests say of the items."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coprod_measure.cli.options import InstrumentName, Json
from coprod_measure.cli.printing import say

if TYPE_CHECKING:
    import pandas as pd


def content_validity(
    instrument: InstrumentName,
    ratings: Annotated[
        Path | None, typer.Option(help="CSV or XLSX: a column `item`, then one column of ratings an expert.")
    ] = None,
    lowest: Annotated[int, typer.Option(help="Lowest rating.")] = 1,
    highest: Annotated[int, typer.Option(help="Highest rating.")] = 4,
    essential: Annotated[
        bool,
        typer.Option("--essential", help="The highest rating says essential: Lawshe's ratio of each item."),
    ] = False,
    pretest: Annotated[
        Path | None,
        typer.Option(help="Log of cognitive interviews: item,respondent,probe,problem,decision,new_wording."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compute I-CVI, modified kappa and Aiken's V of every item, and S-CVI of the whole."""
    from coprod_measure.cli.printing import print_json, print_table
    from coprod_measure.instrument.content_validity import content_validity as judge
    from coprod_measure.instrument.content_validity import content_validity_ratios
    from coprod_measure.instrument.rating_files import pretest_counts, read_expert_ratings, read_pretest_log
    from coprod_measure.instrument.read import read_instrument

    if ratings is None and (pretest is None or essential):
        raise typer.BadParameter("name --ratings, --pretest or both")
    read = read_instrument(instrument)
    tables: dict[str, pd.DataFrame] = {}
    told: dict[str, float] = {}
    if ratings is not None and essential:
        rated = read_expert_ratings(ratings, read)
        tables["Content validity ratios"] = content_validity_ratios(rated, lowest=lowest, highest=highest)
    elif ratings is not None:
        result = judge(read_expert_ratings(ratings, read), lowest=lowest, highest=highest)
        tables["Content validity of the items"] = result.table()
        told = {"average": result.average, "universal": result.universal}
    if pretest is not None:
        tables["Cognitive interviews"] = pretest_counts(read_pretest_log(pretest, read))
    if as_json:
        names = {"Cognitive interviews": "pretest"}
        print_json({names.get(title, "items"): table for title, table in tables.items()} | told)
        return
    for title, table in tables.items():
        print_table(table, title=title)
    if told:
        say(f"\nS-CVI/Ave {told['average']:.2f}, S-CVI/UA {told['universal']:.2f}")
