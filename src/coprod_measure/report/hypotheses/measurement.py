"""Claims about the measures: which constructs can be told apart, and what stands above them."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from coprod_measure.report.document import Block, Column
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels, phrase
from coprod_measure.report.numbers import bounded
from coprod_measure.structure.evidence import CORRELATION
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests

_NO_TARGET = "it is for models of the correlations of the facets"


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    pairs, models, units = (_own(tests, name) for name in ("pairs", "models", "units"))
    blocks: list[Block] = []
    if len(pairs):
        fields = (
            Field("construct_1", Column("Construct"), labels.construct),
            Field("construct_2", Column("Other construct"), labels.construct),
            Field("correlation", Column("r", "bounded", italic=True)),
            Field(("ci_lower", "ci_upper"), Column("95% CI", "bounded")),
            Field("delta_chisq", Column("Δχ²", "decimal")),
            Field("pvalue", Column("p", "p", italic=True)),
            Field("htmt", Column("HTMT", "bounded")),
            Field("ave_1", Column("AVE", "bounded")),
            Field("ave_2", Column("AVE of other", "bounded")),
            Field(lambda row: float(row["correlation"]) ** 2, Column("r²", "bounded", italic=True)),
        )
        held = bounded(float(pairs["cutoff"].iloc[0]))
        notes = (
            f"Δχ² compares the model with one in which the correlation is held at ±{held} (Rönkkö & Cho, "
            "2022). Factors of structures above the constructs stand behind the scale means of their facets. "
            "HTMT is a ratio of correlations (Henseler et al., 2015); the average variance extracted "
            "(AVE) of both should lie above the variance that they share, r² (Fornell & Larcker, 1981).",
        )
        title = "Whether constructs can be told apart"
        blocks.append(frame_table("told-apart", title, pairs, fields, notes=notes, group="hypothesis"))
    if len(units):
        blocks.append(_of_units(units, labels))
    if len(models):
        columns = (
            Field("model", Column("Model")),
            Field("chisq", Column("χ²", "decimal")),
            Field("df", Column("df", "count", italic=True)),
            Field("cfi", Column("CFI", "bounded", digits=3)),
            Field("rmsea", Column("RMSEA", "bounded", digits=3)),
            Field("bic", Column("BIC", "decimal")),
            Field(
                "target",
                Column("Target coefficient", "bounded"),
                missing=_NO_TARGET,
            ),
        )
        notes = (
            "Target coefficient: χ² of the correlated facets over that of the higher factor, 1 where it "
            "explains all of their correlations (Marsh & Hocevar, 1985).",
        )
        title = "A higher factor against correlated facets and other rivals"
        blocks.append(frame_table("higher-factor", title, models, columns, notes=notes, group="hypothesis"))
    return blocks


def _of_units(units: pd.DataFrame, labels: Labels) -> Block:
    def merged(names: Sequence[str]) -> str:
        return phrase(list(map(labels.construct, names))) if names else "all apart"

    fields = (
        Field("units", Column("Units", "count")),
        Field("merged", Column("Merged in this step"), merged),
        Field("cfi", Column("CFI", "bounded", digits=3)),
        Field("rmsea", Column("RMSEA", "bounded", digits=3)),
        Field("delta_chisq", Column("Δχ²", "decimal"), missing="the first row has nothing to differ from"),
        Field("delta_df", Column("Δdf", "count")),
        Field("pvalue", Column("p", "p", italic=True), missing="the first row has nothing to differ from"),
    )
    notes = (
        "In each step the two factors that correlate most become one; Δχ² is the difference to all factors "
        "apart. The pair is chosen by these answers, so that the test is lenient to mergers.",
    )
    return frame_table("units", "How many units there are", units, fields, notes=notes, group="hypothesis")


def _own(tests: HypothesisTests, name: str) -> pd.DataFrame:
    """Put the tables of one name under each other."""
    found = [own[name].assign(hypothesis=id_) for id_, own in tests.tables.items() if name in own]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _method(claim: Mapping[Hashable, Any], told: Collection[str], how: TestingOptions) -> str:
    if claim["measure"] != CORRELATION:
        return (
            "a model of one factor above the facets: Wald tests of its loadings, and its target coefficient "
            "where that can fall short (Marsh & Hocevar, 1985)"
        )
    if "no_factor_above" in told:
        return (
            "the mean correlation of each facet with the others, as no factor above them could be estimated"
        )
    how_held = "a Wald test" if "by_thresholds" in told else "the model that holds it there"
    return (
        "a confirmatory model, in which the correlation of each pair is compared with a cut-off by "
        f"{how_held} (Rönkkö & Cho, 2022)"
    )


PAGE = Page(
    kind="measurement",
    planned="confirmatory factor models of the constructs: whether they can be told apart, or share one "
    "factor above them",
    method=_method,
    blocks=_blocks,
    measures={
        "correlation": (
            "r",
            "the latent correlation that decides: of the closest pair, or of a facet with the others",
        ),
        "higher_order_loading": ("λ", "the weakest standardised loading on the higher factor"),
        "target_coefficient": (
            "target coefficient",
            "the share of the facets' correlations that is explained",
        ),
    },
)
