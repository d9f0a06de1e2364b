"""Beside paths among yes/no answers: classes of people who do the first thing only, and tetrachoric paths."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from coprod_measure.report.document import Block, Column, Figure
from coprod_measure.report.figures.profiles import draw_profiles
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.segmentation import numbers_table
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import percent


def about_yes_no(id_: str, tables: Mapping[str, pd.DataFrame], labels: Labels) -> list[Block]:
    """Show what :mod:`coprod_measure.structure.yes_no_answers` found for a hypothesis, where it was asked."""
    blocks: list[Block] = []
    if "yes_no_numbers" in tables:
        blocks += [
            numbers_table(id_, tables["yes_no_numbers"]),
            *_classes(id_, tables["yes_no_classes"], labels),
        ]
    if "tetrachoric" in tables:
        blocks.append(_tetrachoric(id_, tables["tetrachoric"], labels))
    return blocks


def _classes(id_: str, frame: pd.DataFrame, labels: Labels) -> list[Block]:
    each = frame.drop_duplicates("class")
    heads = [
        f"Class {one['class']} ({one.share:.0%})" + ", the first only" * bool(one.first_only)
        for _, one in each.iterrows()
    ]
    wide = frame.pivot_table(index="item", columns="class", values="yes", sort=False)
    items = [labels.construct(str(name)) for name in wide.index]
    text = "; ".join(
        f"{head}: " + ", ".join(f"{item} {percent(p)}" for item, p in zip(items, wide[k], strict=True))
        for head, k in zip(heads, wide, strict=True)
    )
    title = f"{id_}: who says yes to what"
    drawing = draw_profiles(wide.to_numpy(float), items, heads, "Share who say yes")
    shown = frame.assign(who=frame["class"].map(dict(zip(each["class"], heads, strict=True))))
    fields = (
        Field("item", Column("Answered"), labels.construct),
        Field("yes", Column("Yes", "percent", 0)),
        Field("among", Column("Of all who say yes", "percent", 0)),
    )
    notes = (
        "Latent classes of whether any question on each was answered by yes; “the first only”: a yes is the "
        "likely answer to what comes first, a no to everything else. Of all who say yes: the "
        "share of them in the class. One row a person, without weights.",
    )
    return [
        Figure(f"yes-no-picture-{id_}", title, drawing, f"{text}."),
        frame_table(f"yes-no-classes-{id_}", title, shown, fields, group="who", notes=notes),
    ]


def _tetrachoric(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    fields = (
        Field("source", Column("Cause"), labels.construct),
        Field("target", Column("Effect"), labels.construct),
        Field("est", Column("β", "bounded", italic=True)),
        Field("se", Column("SE", "bounded")),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "bounded")),
        Field("pvalue", Column("p", "p", italic=True)),
        Field("pvalue_adjusted", Column("Holm", "p")),
        Field("n", Column("n", "count", italic=True)),
    )
    notes = (
        "Between what lies behind the answers, normal and of variance one (Muthén, 1984); of several "
        "questions the number of yes. One row a person, without weights.",
    )
    return frame_table(f"tetrachoric-{id_}", f"{id_}: tetrachoric paths", frame, fields, notes=notes)
