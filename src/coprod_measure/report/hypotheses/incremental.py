"""Incremental claims: what each block adds."""

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
        own["gains"].assign(hypothesis=id_) for id_, own in tests.tables.items() if "gains" in own
    ]  # fmt: skip

    fields = (
        Field("block", Column("Added"), lambda ids: " + ".join(map(labels.construct, ids))),
        Field("target", Column("Outcome"), labels.construct),
        Field("n", Column("n", "count", italic=True)),
        Field("r2_before", Column("R² before", "bounded")),
        Field("r2", Column("R² with it", "bounded")),
        Field("delta_r2", Column("ΔR²", "bounded")),
        Field(("ci_lower", "ci_upper"), Column("95% CI of ΔR²", "bounded")),
        Field("wald", Column("Wald χ²", "decimal")),
        Field("df", Column("df", "count", italic=True)),
        Field("pvalue", Column("p", "p", italic=True)),
    )
    notes = (
        "Latent regressions with all predictors; R² before is that of the same model without the block. The "
        "test is that all slopes of the block are zero. A gain cannot be negative, so its interval holds no "
        "values below zero: whether there is a gain is what the test says.",
    )
    table = pd.concat(frames, ignore_index=True)
    return [
        frame_table(
            "gains", "What each block adds to the explained variance", table, fields, notes=notes,
            group="hypothesis",
        )
    ]  # fmt: skip


def _method(claim: Mapping[Hashable, Any], _: Collection[str], how: TestingOptions) -> str:
    return (
        "the gain in R² in a latent regression on all predictors: a Wald test of the slopes of what is "
        f"added, and an interval of {count(how.draws)} Monte Carlo draws"
    )


PAGE = Page(
    kind="incremental",
    planned="the gain in R² of a block of predictors over what is in the equation before, with its test",
    method=_method,
    blocks=_blocks,
    measures={"delta_r2": ("ΔR²", "the gain in explained variance")},
)
