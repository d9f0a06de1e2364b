"""How probable each rank of each cause is: a table of all, and a heat map where there are many."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from coprod_measure.report.document import Block, Column, Figure, Table, Value
from coprod_measure.report.figures.heat import draw_heat
from coprod_measure.report.from_frames import Field, Record, cell, frame_table
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import bounded
from coprod_measure.structure.kinds.relative_importance import BLOCKS

_MOST_COLUMNS = 14
_FEWEST_IN_A_PICTURE = 4
_STRONG, _LEAST = 0.5, 0.005


def block_name(labels: Labels) -> Callable[[str], str]:
    """Name a block: a cause or structure, a stage, the domain of a stage, or as its claim calls it."""

    def named(id_: str) -> str:
        stage, slash, domain = id_.partition("/")
        if not slash or stage not in labels.instrument.theory.stages:
            return labels.construct(id_)
        words = domain.replace("/", ", ").replace("_", " ")
        return f"{labels.stage(stage)}: {words}" if words else labels.stage(stage)

    return named


def ranks_table(id_: str, ranks: pd.DataFrame, labels: Labels) -> Table:
    """Show the probability of every rank, of all outcomes, blocks and what is in them."""
    named = block_name(labels)
    most = min(_MOST_COLUMNS, max(map(len, ranks["probabilities"])))
    several = len(ranks[["target", "of"]].drop_duplicates()) > 1

    def heading(row: pd.Series) -> str:
        within = {"": "", BLOCKS: ", blocks of causes"}.get(row["of"], f", within {named(row['of'])}")
        return f"{labels.construct(row['target'])}{within}"

    rows = ranks.assign(heading=ranks.apply(heading, axis=1))
    beyond = any(len(one) > most for one in ranks["probabilities"])
    fields = [
        Field("predictor", Column("Cause"), named),
        Field("expected", Column("Expected rank", "decimal")),
        *(_of_rank(k) for k in range(most)),
    ]
    if beyond:
        fields.append(
            Field(lambda row: cell(sum(row["probabilities"][most:])), Column(f"{most + 1}+", "bounded"))
        )
    draws = sorted({int(one) for one in ranks["draws"]})
    counts = f"{draws[0]:,}" if len(draws) == 1 else f"{draws[0]:,} to {draws[-1]:,}"
    notes = (f"Share of {counts} draws in which each takes the rank; expected rank: their mean.",)
    title = f"{id_}: probability of each rank"
    return frame_table(f"ranks-{id_}", title, rows, fields, notes=notes, group="heading" if several else None)


def _of_rank(k: int) -> Field:
    def share(row: Record) -> Value:
        return cell(row["probabilities"][k]) if k < len(row["probabilities"]) else None

    return Field(share, Column(str(k + 1), "bounded"))


def ranks_picture(place: str, id_: str, target: str, ranks: pd.DataFrame, labels: Labels) -> Iterator[Block]:
    """Draw the probabilities of the causes' ranks, where there are so many that a picture helps."""
    rows = ranks[ranks["of"] == ""]
    shares = np.array(rows["probabilities"].tolist(), dtype=float)
    if len(rows) < _FEWEST_IN_A_PICTURE or np.isnan(shares).any():
        return
    names = [labels.construct(str(name)) for name in rows["predictor"]]
    likeliest = "; ".join(
        f"{name} {int(own.argmax()) + 1} ({bounded(float(own.max()))})"
        for name, own in zip(names, shares, strict=True)
    )
    yield Figure(
        f"ranks-figure-{place}",
        f"{id_}: probability of each rank for {labels.construct(target)}",
        draw_heat(shares, names, [str(k + 1) for k in range(len(names))], strong=_STRONG, least=_LEAST),
        f"Likeliest rank of each cause and its probability: {likeliest}.",
    )
