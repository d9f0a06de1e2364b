"""Choices by one amount: where the choice turns, and what the parts of the amount weigh."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from coprod_measure.report.document import Block, Column, Figure
from coprod_measure.report.figures.turning_point import Turn, draw_turning_point
from coprod_measure.report.from_frames import Field, Record, frame_table
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import bounded, decimal, interval

_ENDLESS = "the slope is too small for the amount to be told"


def cause_of(row: Record, labels: Labels) -> str:
    """Name a cause, and of an amount for how much more its effect is told."""
    unit = float(row.get("unit", 1.0))
    named = labels.construct(str(row["term"]))
    return named if unit == 1.0 else f"{named}, {unit:g} more"


def turning_point(place: str, title: str, tables: Mapping[str, pd.DataFrame], labels: Labels) -> list[Block]:
    """Show who chooses along the amount, where half do, and the parts that it is made of.

    ``title`` has braces for what is shown; ``tables``: those of one choice.
    """
    row = tables["switch"].iloc[0]
    chosen = tables["effects"].iloc[0]
    amount, option = labels.construct(str(chosen["term"])), str(chosen["chosen"])
    turn = Turn(float(row["half"]), float(row["low"]), float(row["high"]))
    fields = (
        Field("half", Column("Half choose it at", "decimal"), missing=_ENDLESS),
        Field(("low", "high"), Column("95% CI", "decimal"), missing=_ENDLESS),
        Field("at_zero", Column("Share at zero", "bounded")),
        Field(("zero_low", "zero_high"), Column("95% CI", "bounded")),
        Field("above", Column("Share above zero", "bounded"), missing="nobody is there"),
        Field("n_above", Column("n", "count", italic=True)),
        Field("below", Column("Share of the others", "bounded"), missing="nobody is there"),
        Field("n_below", Column("n", "count", italic=True)),
    )
    notes = (
        f"Of {amount}, in its own unit, and of those who choose “{option}”. Where gains and costs in it "
        "decide alone, half choose it at zero. The interval of the amount follows Fieller (1954); shares are "
        "counted, by their weights where there are such.",
    )
    blocks: list[Block] = [
        Figure(
            f"turn-figure-{place}",
            title.format(f"share that chooses “{option}” by {amount}"),
            draw_turning_point(tables["curve"], turn, amount, f"Share that chooses “{option}”"),
            f"At zero {bounded(row['at_zero'])} {interval(row['zero_low'], row['zero_high'], 'bounded')}; "
            f"half at {decimal(turn.half)}.",
        ),
        frame_table(
            f"turn-{place}", title.format("where the choice turns"), tables["switch"], fields, notes=notes
        ),
    ]
    if len(tables.get("parts", ())):
        unit = float(tables["parts"]["unit"].iloc[0])
        parts = (
            Field("part", Column("Part"), lambda text: labels.named(text).replace(" * ", " × ")),
            Field("sign", Column("In the formula"), lambda sign: "plus" if int(float(sign)) > 0 else "minus"),
            Field("estimate", Column("b", "decimal", italic=True)),
            Field("se", Column("SE", "decimal", italic=True)),
            Field("pvalue", Column("p", "p", italic=True)),
        )
        told = (
            f"Slopes for {unit:g} more of each part, all in one model. Where all count as the same money "
            "they differ by their signs alone.",
        )
        moves = title.format(f"what the parts of {amount} weigh")
        blocks.append(frame_table(f"parts-{place}", moves, tables["parts"], parts, notes=told))
    return blocks
