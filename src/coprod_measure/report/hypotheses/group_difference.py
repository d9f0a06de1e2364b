"""Groups: their means with intervals, and the pairs that differ."""

from __future__ import annotations

import pandas as pd

from coprod_measure.report.document import Block, Column, Figure
from coprod_measure.report.figures.forest import Estimate, draw_forest
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import decimal
from coprod_measure.structure.results import HypothesisTests


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for id_, own in tests.tables.items():
        if "groups" not in own:
            continue
        for number, (target, part) in enumerate(own["groups"].groupby("target", sort=False), start=1):
            blocks.append(_picture(f"groups-{id_}-{number}", id_, labels.construct(str(target)), part))
        fields = (
            Field("first", Column("Group")),
            Field("second", Column("Other group")),
            Field("difference", Column("Difference", "decimal")),
            Field("t", Column("t", "decimal", italic=True)),
            Field("df", Column("df", "decimal")),
            Field("pvalue", Column("p", "p", italic=True)),
            Field("g", Column("g", "decimal", italic=True)),
        )
        notes = (
            "All pairs by Games and Howell, each group with its own variance; g: Hedges' standardised "
            "difference.",
        )
        blocks.append(
            frame_table(
                f"pairs-{id_}", f"{id_}: pairs of groups", own["group_pairs"], fields, notes=notes,
                group="target", heading=labels.construct,
            )
        )  # fmt: skip
    return blocks


def _picture(place: str, id_: str, target: str, part: pd.DataFrame) -> Figure:
    rows = [
        Estimate(
            f"{row.group} (n = {row.n})", row.mean, row.mean - 1.96 * row.se, row.mean + 1.96 * row.se, ""
        )
        for row in part.itertuples()
    ]
    return Figure(
        place,
        f"{id_}: {target} by group",
        draw_forest(rows, "Mean with 95% interval", zero=False),
        "; ".join(f"{one.label} {decimal(one.value)}" for one in rows) + ".",
    )


PAGE = Page(
    kind="group_difference",
    blocks=_blocks,
    measures={
        "eta_squared": ("η²", "the share of variance that groups explain"),
        "concordance": ("concordance", "the share of pairs of people from two groups in the expected order"),
    },
)
