"""`coprod content-validity`: what experts' ratings say of the items."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coprod_measure.cli.options import InstrumentName, Json
from coprod_measure.cli.printing import say


def content_validity(
    instrument: InstrumentName,
    ratings: Annotated[
        Path, typer.Option(help="CSV or XLSX: a column `item`, then one column of ratings an expert.")
    ],
    lowest: Annotated[int, typer.Option(help="Lowest rating.")] = 1,
    highest: Annotated[int, typer.Option(help="Highest rating.")] = 4,
    as_json: Json = False,
) -> None:
    """Compute I-CVI, modified kappa and Aiken's V of every item, and S-CVI of the whole."""
    from coprod_measure.cli.printing import print_json, print_table
    from coprod_measure.instrument.content_validity import content_validity as judge
    from coprod_measure.instrument.rating_files import read_expert_ratings
    from coprod_measure.instrument.read import read_instrument

    result = judge(read_expert_ratings(ratings, read_instrument(instrument)), lowest=lowest, highest=highest)
    if as_json:
        print_json({"items": result.table(), "average": result.average, "universal": result.universal})
        return
    print_table(result.table(), title="Content validity of the items")
    say(f"\nS-CVI/Ave {result.average:.2f}, S-CVI/UA {result.universal:.2f}")
