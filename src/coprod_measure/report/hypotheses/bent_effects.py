"""Indirect effects that depend on something, of experiments and of answers alike."""

from __future__ import annotations

import pandas as pd

from coprod_measure.report.document import Block, Column
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.labels import Labels


def bent_effects(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    """Show the index and the indirect effect in each arm, or at values of what bends it."""
    frame = frame.assign(
        what=[
            "index" if row.effect == "index" else f"at {row.group or f'{row.at:.2f}'}"
            for row in frame.itertuples()
        ],
        by=[
            " → ".join(map(labels.construct, (row.source, row.mediator, row.target)))
            + f", the {row.step} step by {labels.construct(row.bent_by)}"
            for row in frame.itertuples()
        ],
    )
    fields = (
        Field("what", Column("Indirect effect"), str),
        Field("estimate", Column("Estimate", "decimal")),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "decimal")),
    )
    notes = (
        "Index of moderated mediation (Hayes, 2015): the change of the indirect effect with one step of what "
        "bends it; bootstrap intervals.",
    )
    return frame_table(
        f"indirect-{id_}",
        f"{id_}: indirect effects and what bends them",
        frame,
        fields,
        notes=notes,
        group="by",
    )
