"""Necessary conditions: the empty corner, its size and what it asks."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd

from coprod_measure.report.document import Block, Column, Figure, Paragraph
from coprod_measure.report.figures.ceilings import draw_ceilings
from coprod_measure.report.from_frames import Field, Record, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import bounded
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests

_CEILINGS = {"ce_fdh": "Steps (CE-FDH)", "cr_fdh": "Line (CR-FDH)"}


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for id_, own in tests.tables.items():
        if "ceilings" not in own:
            continue
        blocks += _pictures(id_, own["ceilings"], own["points"], labels)
        shown = [("ceilings", f"{id_}: necessary conditions", own["ceilings"])]
        if "factor_ceilings" in own:
            shown.append(("factor-ceilings", f"{id_}: the same on factor scores", own["factor_ceilings"]))
        fields = (
            Field("condition", Column("Condition"), labels.construct),
            Field("ceiling", Column("Ceiling"), lambda name: _CEILINGS.get(name, name)),
            Field("effect", Column("d", "bounded", italic=True)),
            Field("pvalue", Column("p", "p", italic=True)),
            Field("chance_95", Column("d of chance, 95%", "bounded")),
            Field("accuracy", Column("Accuracy, %", "decimal")),
        )
        note = (
            "p is the share of permutations of the outcome with a corner at least as large (Dul, 2016), of "
            "which 95% lie below the value named. Accuracy is the share of people on or below the ceiling."
        )
        blocks += [
            frame_table(
                f"{name}-{id_}",
                title,
                table,
                fields,
                notes=(f"d is the empty corner as a share of {_range(table)}; {note}",),
                group="target",
                heading=labels.construct,
            )
            for name, title, table in shown
        ]
        blocks += [
            _bottleneck(id_, str(target), part, _range(own["ceilings"]), labels)
            for target, part in own["bottleneck"].groupby("target")
        ]
        if "ceiling_outliers" in own:
            blocks.append(_outliers(id_, own["ceiling_outliers"], labels))
        if "necessity_regression" in own:
            blocks.append(_regression(id_, own["necessity_regression"], labels))
    return blocks


def _range(table: pd.DataFrame) -> str:
    stated = "stated" in table and bool(table["stated"].all())
    return "the whole answer scale" if stated else "the observed range"


def _outliers(id_: str, table: pd.DataFrame, labels: Labels) -> Block:
    if table.empty:
        return Paragraph(
            f"{id_}: no ceiling rests on one person alone; without any of them each d is the same."
        )
    part = {(True, False): "ceiling", (False, True): "range", (True, True): "ceiling and range"}
    fields = (
        Field("condition", Column("Condition"), labels.construct),
        Field("x", Column("Stands at", "decimal")),
        Field("y", Column("Outcome", "decimal")),
        Field(lambda row: part[bool(row["peer"]), bool(row["scope"])], Column("Carries")),
        Field("effect_without", Column("d without", "bounded", italic=True)),
        Field("relative", Column("Change, %", "decimal")),
    )
    notes = (
        "One person at a time left out, by the steps (CE-FDH): up to five on whom d rests most. One answer "
        "given by mistake can fill an empty corner, or stretch the range.",
    )
    return frame_table(
        f"outliers-{id_}", f"{id_}: on whom the ceilings rest", table, fields, notes=notes, group="target",
        heading=labels.construct,
    )  # fmt: skip


def _regression(id_: str, table: pd.DataFrame, labels: Labels) -> Block:
    fields = (
        Field("condition", Column("Condition"), labels.construct),
        Field("n", Column("n", "count", italic=True)),
        Field("std", Column("β", "bounded", italic=True)),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "bounded")),
        Field("pvalue", Column("p", "p", italic=True)),
    )
    notes = (
        "What the conditions do on average, all in one model: a condition can be necessary without a slope, "
        "and raise the outcome without being necessary. It decides nothing here.",
    )
    return frame_table(
        f"necessity-regression-{id_}", f"{id_}: the same conditions in a regression", table, fields,
        notes=notes, group="target", heading=labels.construct,
    )  # fmt: skip


def _pictures(id_: str, ceilings: pd.DataFrame, points: pd.DataFrame, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for number, ((target, condition), part) in enumerate(
        points.groupby(["target", "condition"], sort=False), start=1
    ):
        own = ceilings[(ceilings["target"] == target) & (ceilings["condition"] == condition)].set_index(
            "ceiling"
        )
        line = own.loc["cr_fdh"]
        x, y = labels.construct(str(condition)), labels.construct(str(target))
        blocks.append(
            Figure(
                f"ceiling-{id_}-{number}",
                f"{id_}: {y} by {x}",
                draw_ceilings(part, float(line["slope"]), float(line["intercept"]), x, y),
                f"Empty corner d = {bounded(float(own.loc['ce_fdh', 'effect']))} under the steps, "
                f"{bounded(float(line['effect']))} over the line.",
                "Larger dots: more respondents at this pair of scale means.",
            )
        )
    return blocks


def _bottleneck(id_: str, target: str, part: pd.DataFrame, scope: str, labels: Labels) -> Block:
    conditions = [name for name in part if name not in ("level", "target")]

    def need(name: str) -> Field:
        def shown(record: Record) -> str:
            value = float(record[name])
            return (
                "not necessary"
                if value == float("-inf")
                else "none suffices"
                if value != value
                else f"{value:.0f}"
            )

        return Field(shown, Column(labels.construct(name)))

    fields = (Field("level", Column("Outcome, %", "count")), *(need(str(name)) for name in conditions))
    notes = (f"In percent of {scope}, by the line (CR-FDH).",)
    title = f"{id_}: what each level of {labels.construct(target)} needs"
    return frame_table(f"bottleneck-{id_}-{target}", title, part, fields, notes=notes)


def _method(claim: Mapping[Hashable, Any], _: Collection[str], options: TestingOptions) -> str:
    whole = options.kinds.get("necessity", {}).get("scope") == "scale"
    return (
        "necessary condition analysis of scale means (Dul, 2016): the size of the empty corner above the "
        f"ceiling CE-FDH within {'the answer scale' if whole else 'the observed range'}, its p value by "
        "permutations"
    )


PAGE = Page(
    kind="necessity",
    planned="necessary condition analysis: ceilings with their effect size and permutation test",
    method=_method,
    table="ceilings",
    blocks=_blocks,
    measures={"necessity_d": ("d", "the empty corner of the least certain condition")},
)
