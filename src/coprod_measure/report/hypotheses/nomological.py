"""Correlations with constructs of the nomological net."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd

from coprod_measure.report.document import Block, Column
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import count
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    frames = [
        own["nomological"].assign(hypothesis=id_) for id_, own in tests.tables.items() if "nomological" in own
    ]
    if not frames:
        return []
    fields = (
        Field("source", Column("Construct"), labels.construct),
        Field("target", Column("With"), labels.construct),
        Field("n", Column("n", "count", italic=True)),
        Field("correlation", Column("r", "bounded", italic=True)),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "bounded")),
        Field("pvalue", Column("p", "p", italic=True)),
    )
    notes = ("Correlations of factors, unreliability taken off; of scores where a construct has no factor.",)
    table = pd.concat(frames, ignore_index=True)
    title = "Correlations in the nomological net"
    return [frame_table("nomological", title, table, fields, notes=notes, group="hypothesis")]


def _method(claim: Mapping[Hashable, Any], _: Collection[str], how: TestingOptions) -> str:
    return (
        "correlations of factors, and of scores where there are none: Wald tests, and intervals of "
        f"{count(how.draws)} Monte Carlo draws"
    )


PAGE = Page(
    kind="nomological",
    planned="correlations of factors",
    method=_method,
    blocks=_blocks,
    measures={"correlation": ("r", "the correlation of the factors")},
)
