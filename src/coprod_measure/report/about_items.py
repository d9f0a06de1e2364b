"""What each item looks like."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import groupby
from typing import Any

import pandas as pd

from coprod_measure.errors import counted
from coprod_measure.measurement.items import ItemAnalysis
from coprod_measure.report.document import (
    Block,
    Bullets,
    Callout,
    Column,
    Figure,
    Paragraph,
    Section,
    Table,
    Value,
)
from coprod_measure.report.figures.answers import ItemAnswers, draw_answers
from coprod_measure.report.from_frames import cell, grouped_rows
from coprod_measure.report.labels import Labels, phrase

_LINES_A_FIGURE = 34
_MOST_OPTIONS = 11
_COLUMNS = (
    Column("Item"),
    Column("n", "count", italic=True),
    Column("Missing", "percent", digits=1),
    Column("M", italic=True, kind="decimal"),
    Column("SD", italic=True, kind="decimal"),
    Column("Skew", "decimal"),
    Column("Kurtosis", "decimal"),
    Column("Floor", "percent", digits=0),
    Column("Ceiling", "percent", digits=0),
    Column("r with rest", "bounded"),
    Column("α without", "bounded"),
)
_NOTES = (
    "Answers to reversed items (R) are mirrored, so that high always means high. Kurtosis is excess "
    "kurtosis. Floor and ceiling are the shares of answers on the lowest and the highest option. "
    "r with rest is the correlation of an item with the sum of the other items of its scale; α without is "
    "alpha of the scale when the item is dropped.",
)


def about_items(items: ItemAnalysis, labels: Labels, set_aside: object = None) -> Section:
    """Show the answers to every item, what they are worth within their scales, and which no model can use."""
    blocks: list[Block] = []
    if isinstance(set_aside, pd.DataFrame) and len(set_aside):
        told = [f"{labels.short_item(str(row.item))} ({row.reason})" for row in set_aside.itertuples()]
        blocks.append(Callout(f"{phrase(told)}.", "Left out of every model."))
    if items.warnings:
        blocks += [Paragraph("These items need a look:"), Bullets(items.warnings)]
    named = items.distribution["item"].isin(items.nominal)
    blocks += _figures(*_with_options(items.distribution[~named]), labels)
    described = items.table()[~items.items["item"].isin(items.nominal)]
    blocks += [_table(described, labels)] if len(described) else []
    if items.nominal:
        blocks.append(_nominal_table(items.distribution[named], labels))
    return Section("items", "The items", tuple(blocks))


def _nominal_table(distribution: pd.DataFrame, labels: Labels) -> Table:
    def values(row: Mapping[Hashable, Any]) -> tuple[Value, ...]:
        answer = labels.answer(str(row["item"]), f"{row['code']:g}")
        return answer, cell(row["count"]), cell(row["share"])

    columns = (Column("Answer"), Column("n", "count", italic=True), Column("Share", "percent", digits=1))
    rows = grouped_rows(distribution, "item", labels.short_item, values, len(columns))
    title = "Questions whose answers have no order"
    notes = ("Share: of those who answered. Codes of such answers are names, so that they have no mean.",)
    return Table("items-nominal", title, columns, rows, notes)


def _with_options(distribution: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Keep what bars can show, and name the items that were answered with a number of one's own."""
    codes = distribution.groupby("item", sort=False)["code"].nunique()
    numbers = [str(item) for item in codes.index[codes > _MOST_OPTIONS]]
    return distribution[~distribution["item"].isin(numbers)], numbers


def _figures(distribution: pd.DataFrame, numbers: list[str], labels: Labels) -> list[Figure]:
    figures: list[Figure] = []
    undrawn = f" Not drawn, because a number was asked for: {phrase(numbers)}." if numbers else ""
    sets = list(distribution.groupby("construct", sort=False))
    for (code_labels, _), chunk in groupby(_paged(sets, labels), key=lambda entry: (entry[0], entry[1])):
        parts = [
            (labels.construct(str(name)), _answers(str(name), part, labels)) for _, _, name, part in chunk
        ]
        many = sum(len(answers) for _, answers in parts)
        number = len(figures) + 1
        figures.append(
            Figure(
                f"answers-{number}",
                "How the items were answered" + (f", part {number}" if number > 1 else ""),
                draw_answers(parts, code_labels, "Share of answers below and above the middle of the scale"),
                f"Stacked bars of the answers to {counted(many, 'item')} of "
                f"{', '.join(name for name, _ in parts)}; the shares are in the data files of this report.",
                "Percentages left and right: answers below and above the middle. Reversed items (R) are "
                f"mirrored.{undrawn if number == 1 else ''}",
            )
        )
    return figures


def _paged(
    sets: list[tuple[Hashable, pd.DataFrame]], labels: Labels
) -> list[tuple[tuple[str, ...], int, str, pd.DataFrame]]:
    """Answer options, page, construct and its answers; a page is not too long and holds one kind of scale."""
    pages: list[tuple[tuple[str, ...], int, str, pd.DataFrame]] = []
    page, lines, before = 0, 0, None
    for name, part in sets:
        codes = part["code"].unique()
        shown = labels.codes(str(part["item"].iloc[0]))
        options = shown if len(shown) == len(codes) else tuple(f"{code:g}" for code in codes)
        length = part["item"].nunique() + 1
        if lines and (options != before or lines + length > _LINES_A_FIGURE):
            page, lines = page + 1, 0
        lines, before = lines + length, options
        pages.append((options, page, str(name), part))
    return pages


def _answers(construct: str, part: pd.DataFrame, labels: Labels) -> list[ItemAnswers]:
    return [
        ItemAnswers(labels.item_of(construct, str(item)), tuple(answers["share"]))
        for item, answers in part.groupby("item", sort=False)
    ]


def _table(frame: pd.DataFrame, labels: Labels) -> Table:
    def values(row: Mapping[Hashable, Any]) -> tuple[Value, ...]:
        constant = "everybody answered alike"
        alone = "it takes at least three items that vary"
        return (
            labels.short_item(row["item"]),
            cell(row["n"]),
            cell(row["missing"]),
            *(cell(row[name], constant) for name in ("mean", "sd", "skew", "kurtosis", "floor", "ceiling")),
            cell(row["r_drop"], constant if row["sd"] == 0 else "it takes at least two items that vary"),
            cell(row["alpha_if_dropped"], constant if row["sd"] == 0 else alone),
        )

    rows = grouped_rows(frame, "construct", labels.construct, values, len(_COLUMNS))
    return Table("items-statistics", "Item statistics", _COLUMNS, rows, _NOTES)
