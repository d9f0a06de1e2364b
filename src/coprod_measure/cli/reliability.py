"""`coprod reliability`: alpha, omega and item statistics of scales in any table."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from coprod_measure.cli.model import table_of
from coprod_measure.cli.options import Design, Json, Table, names_in, unfolded
from coprod_measure.cli.printing import say


class Pairs(StrEnum):
    """Whose answers a covariance rests on."""

    pairwise = "pairwise"
    listwise = "listwise"


@unfolded
def reliability(
    table: Table,
    scale: Annotated[
        list[str],
        typer.Option(
            help="Columns of a scale, with commas between them, a name before: fun=a1,a2,a3; -a2 counts "
            "reversed. May be repeated."
        ),
    ],
    missing: Annotated[
        Pairs, typer.Option(help="pairwise: each pair of items on those who answered both.")
    ] = Pairs.pairwise,
    bootstrap: Annotated[
        int, typer.Option(min=0, help="Draws for intervals; 0: Feldt's and the delta method's.")
    ] = 0,
    *,
    people: Design,
    as_json: Json = False,
) -> None:
    """Give alpha and omega of scales with intervals, and what each item adds."""
    from coprod_measure.cli.printing import print_json, print_table
    from coprod_measure.measurement.items import item_analysis
    from coprod_measure.measurement.reliability.coefficients import reliability as coefficients
    from coprod_measure.measurement.sampling import with_design

    named = _scales(scale)
    scales = {name: tuple(item.removeprefix("-") for item in own) for name, own in named.items()}
    items = tuple(dict.fromkeys(item for own in scales.values() for item in own))
    design = [name for name in (people.weights, people.cluster) if name and name not in items]
    # Neither coefficient hangs on where a reversed answer has its zero.
    turned = {item[1:]: -1.0 for own in named.values() for item in own if item.startswith("-")}
    frame = table_of(table, items, design)
    data = with_design(
        frame.assign(**{item: sign * frame[item] for item, sign in turned.items()}),
        people.weights,
        people.cluster,
    )
    found = coefficients(data, scales, missing=missing.value, bootstrap=bootstrap)
    within = item_analysis(data, scales).table()[["construct", "item", "n", "r_drop", "alpha_if_dropped"]]
    if as_json:
        print_json(
            {"reliability": found.table(), "sizes": found.sizes, "items": within, "notes": found.unavailable}
        )
        return
    print_table(found.table().rename(columns={"construct": "scale"}), title="Reliability")
    print_table(found.sizes.rename(columns={"construct": "scale"}), title="Respondents")
    print_table(within.rename(columns={"construct": "scale"}), title="Items")
    for (name, why), rows in found.unavailable.groupby(["construct", "reason"], sort=False):
        say(f"note: {name}: no {', '.join(rows['statistic'])}: {why}", err=True)


def _scales(given: list[str]) -> dict[str, tuple[str, ...]]:
    """Take apart ``name=a,b,c``; scales without a name are numbered."""
    found: dict[str, tuple[str, ...]] = {}
    for number, entry in enumerate(given, start=1):
        name, named, columns = entry.rpartition("=")
        name = name.strip() if named else f"scale {number}"
        items = names_in([columns])
        if name in found or len(items) < 2:
            why = (
                f"the name {name!r} is used twice"
                if name in found
                else f"{name!r} has fewer than two columns"
            )
            raise typer.BadParameter(f"{why}; write --scale fun=a1,a2,a3, once for each scale")
        found[name] = items
    every = {item for items in found.values() for item in items}
    if both := sorted(item for item in every if f"-{item}" in every):
        raise typer.BadParameter(f"{both[0]} counts as it is and reversed; give one scale a command")
    return found
