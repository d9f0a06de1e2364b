"""`coprod efa`: exploratory factors of any table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from coprod_measure.cli.model import table_of
from coprod_measure.cli.options import Design, Json, Table, names_in, unfolded
from coprod_measure.cli.printing import say


class Extraction(StrEnum):
    """Ways to extract factors."""

    minres = "minres"
    ml = "ml"
    principal_axis = "principal_axis"


class Correlation(StrEnum):
    """What the factors are extracted from."""

    pearson = "pearson"
    polychoric = "polychoric"


@dataclass(frozen=True, slots=True)
class Factoring:
    """How factors are found."""

    rotation: Annotated[str, typer.Option(help="oblimin, varimax, promax ...")] = "oblimin"
    extraction: Annotated[Extraction, typer.Option(help="How factors are extracted.")] = Extraction.minres
    correlation: Annotated[
        Correlation, typer.Option(help="polychoric takes answers as ordered categories.")
    ] = Correlation.pearson


@unfolded
def efa(
    table: Table,
    n_factors: Annotated[int, typer.Option(min=1, help="Factors to extract.")],
    items: Annotated[
        list[str] | None,
        typer.Option(
            help="Columns to use, with commas between them; may be repeated. By default all, of a study the "
            "items of its constructs."
        ),
    ] = None,
    *,
    how: Factoring,
    people: Design,
    as_json: Json = False,
) -> None:
    """Extract and rotate exploratory factors."""
    from coprod_measure.cli.printing import print_json, print_table
    from coprod_measure.measurement.factors.exploratory import efa as explore
    from coprod_measure.measurement.sampling import with_design

    chosen = names_in(items)
    design = [name for name in (people.weights, people.cluster) if name and name not in chosen]
    result = explore(
        with_design(table_of(table, chosen, design, measured=True), people.weights, people.cluster),
        n_factors=n_factors,
        rotation=how.rotation,
        extraction=how.extraction.value,
        correlation=how.correlation.value,
    )
    if as_json:
        parts = ("variance", "phi", "fit_measures", "n", "messages")
        print_json({"loadings": result.table(), **{name: getattr(result, name) for name in parts}})
        return
    said = [how.extraction.value, how.rotation]
    said += [] if how.correlation is Correlation.pearson else [how.correlation.value]
    print_table(result.table(), title=f"Loadings ({', '.join(said)}, n = {result.n})")
    print_table(result.variance, title="Variance of the factors")
    if n_factors > 1:
        print_table(result.phi, title="Factor correlations", index=True)
    print_table(result.fit_measures.rename("value").to_frame(), title="Fit", index=True)
    for why in dict.fromkeys(result.why_missing.values()):
        names = ", ".join(name for name, reason in result.why_missing.items() if reason == why)
        say(f"note: no {names}: {why}", err=True)
    for message in result.messages:
        say(f"note: {message}", err=True)
