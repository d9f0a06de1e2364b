"""Necessary conditions: the empty corner, its size and what it asks."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd

from coprod_measure.report.document import Block, Column, Figure
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
            Field("accuracy", Column("Below, %", "decimal")),
        )
        notes = (
            "d is the empty corner as a share of the observed range; p is the share of permutations of the "
            "outcome with a corner at least as large (Dul, 2016), of which 95% lie below the value named.",
        )
        blocks += [
            frame_table(
                f"{name}-{id_}", title, table, fields, notes=notes, group="target", heading=labels.construct
            )
            for name, title, table in shown
        ]
        blocks += [
            _bottleneck(id_, str(target), part, labels)
            for target, part in own["bottleneck"].groupby("target")
        ]
    return blocks


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


def _bottleneck(id_: str, target: str, part: pd.DataFrame, labels: Labels) -> Block:
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
    notes = ("In percent of the observed range, by the line.",)
    title = f"{id_}: what each level of {labels.construct(target)} needs"
    return frame_table(f"bottleneck-{id_}-{target}", title, part, fields, notes=notes)


def _method(claim: Mapping[Hashable, Any], _: Collection[str], __: TestingOptions) -> str:
    return (
        "necessary condition analysis of scale means (Dul, 2016): the size of the empty corner above the "
        "ceiling CE-FDH, its p value by permutations"
    )


PAGE = Page(
    kind="necessity",
    planned="necessary condition analysis: ceilings with their effect size and permutation test",
    method=_method,
    table="ceilings",
    blocks=_blocks,
    measures={"necessity_d": ("d", "the empty corner of the least certain condition")},
)
