"""Which cause weighs most: dominance, with intervals and the chance to rank first."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

from coprod_measure.report.document import Block, Column, Figure
from coprod_measure.report.figures.importance import draw_importance
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import bounded, interval
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for id_, own in tests.tables.items():
        if "importance" not in own:
            continue
        for number, (target, part) in enumerate(own["importance"].groupby("target", sort=False), start=1):
            blocks.append(_picture(f"{id_}-{number}", id_, str(target), part.to_dict("records"), labels))
            fields = (
                Field("predictor", Column("Cause"), labels.construct),
                Field("general", Column("General", "bounded")),
                Field(("ci_lower", "ci_upper"), Column("95% CI", "bounded")),
                Field("share", Column("Share", "bounded")),
                Field("p_first", Column("P(first)", "bounded")),
                Field("alone", Column("Alone", "bounded")),
                Field("last", Column("Last", "bounded")),
                Field("relative_weight", Column("Relative weight", "bounded"), missing=""),
            )
            title = f"{id_}: what each cause explains of {labels.construct(str(target))}"
            notes = (
                "General dominance is the mean gain over all subsets of the other causes (Azen & Budescu, "
                "2003); the values add up to the explained share, "
                f"{bounded(float(part['total'].iloc[0]))}"
                f"{' (McFadden)' if part['measure'].iloc[0] == 'mcfadden' else ''}. Alone: without the "
                "others; last: with all of them. P(first): share of the draws in which it ranks first.",
            )
            blocks.append(frame_table(f"importance-{id_}-{number}", title, part, fields, notes=notes))
    return blocks


def _picture(place: str, id_: str, target: str, rows: list[dict[str, object]], labels: Labels) -> Figure:
    names = [labels.construct(str(row["predictor"])) for row in rows]
    values, lows, highs = (
        [float(str(row[name])) for row in rows] for name in ("general", "ci_lower", "ci_upper")
    )
    told = "; ".join(
        f"{name} {bounded(value)} {interval(low, high, 'bounded')}"
        for name, value, low, high in zip(names, values, lows, highs, strict=True)
    )
    return Figure(
        f"importance-figure-{place}",
        f"{id_}: importance for {labels.construct(target)}",
        draw_importance(names, values, lows, highs, "General dominance with 95% interval"),
        f"{told}.",
    )


def _method(claim: Mapping[Hashable, Any], _: Collection[str], __: TestingOptions) -> str:
    by_rank = claim["pvalue"] != claim["pvalue"]
    ranks = "how often a cause ranks first among the draws, or another before it"
    return (
        "dominance analysis (Azen & Budescu, 2003) of a latent regression, of a yes/no outcome of a logistic "
        f"one: {ranks if by_rank else 'Wald tests of the slopes'}"
    )


PAGE = Page(
    kind="relative_importance",
    planned="dominance analysis, with intervals and rank probabilities by draws; which cause comes first by "
    "its rank probability, that it does not by that of one rival to explain more, what else is claimed by "
    "Wald tests of the slopes",
    method=_method,
    blocks=_blocks,
    measures={
        "general_dominance": ("general dominance", "the mean gain in explained variance over all subsets"),
        "p_first": ("P(first)", "the share of the draws in which it ranks first"),
    },
)
