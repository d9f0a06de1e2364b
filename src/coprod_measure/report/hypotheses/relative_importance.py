"""Which cause weighs most: dominance, with intervals and the chance to rank first."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd

from coprod_measure.report.document import Block, Column, Figure, Table
from coprod_measure.report.figures.importance import draw_importance
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import bounded, interval
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests

_CHECKS = ("relative_weight", "on_scores")
_KINDS = {"complete": "Completely", "conditional": "Conditionally", "general": "In general"}
_MOST_SIZES = 8
"""Causes up to which the gains beside each number of others fit into a table."""


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for id_, own in tests.tables.items():
        if "importance" not in own:
            continue
        blocks += [_equal_slopes(id_, own["equal_slopes"], labels)] if "equal_slopes" in own else []
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
                Field("on_scores", Column("On scale means", "bounded"), missing=""),
            )
            shown = [one for one in fields if one.source not in _CHECKS or part[one.source].notna().any()]
            title = f"{id_}: what each cause explains of {labels.construct(str(target))}"
            notes = (
                "General dominance is the mean gain over all subsets of the other causes (Azen & Budescu, "
                "2003); the values add up to the explained share, "
                f"{bounded(float(part['total'].iloc[0]))}"
                f"{' (McFadden)' if part['measure'].iloc[0] == 'mcfadden' else ''}. Alone: without the "
                "others; last: with all of them. P(first): share of the draws in which it ranks first.",
                *_checks(part),
            )
            blocks.append(frame_table(f"importance-{id_}-{number}", title, part, shown, notes=notes))
            blocks.append(_patterns(f"dominance-{id_}-{number}", id_, str(target), own["dominance"], labels))
            if "facets" in own and (own["facets"]["target"] == target).any():
                blocks.append(_facets(f"facets-{id_}-{number}", id_, str(target), own["facets"], labels))
    return blocks


def _checks(part: pd.DataFrame) -> tuple[str, ...]:
    told = []
    if part["relative_weight"].notna().any():
        told.append("Relative weight: Johnson (2000), as a check.")
    if part["on_scores"].notna().any():
        told.append("On scale means: general dominance with unreliability left in, as a check.")
    return (" ".join(told),) if told else ()


def _equal_slopes(id_: str, found: pd.DataFrame, labels: Labels) -> Table:
    fields = (
        Field("source", Column("Cause"), labels.construct),
        Field("wald", Column("Wald \u03c7\u00b2", "decimal")),
        Field("df", Column("df", "count", italic=True)),
        Field("pvalue", Column("p", "p", italic=True)),
    )
    notes = (
        f"Test that the standardised paths of a cause to {labels.constructs(found['targets'].iloc[0])} are "
        "all the same, every cause in one regression of all of them.",
    )
    title = f"{id_}: does each cause act on all outcomes alike?"
    return frame_table(f"equal-slopes-{id_}", title, found, fields, notes=notes)


def _patterns(place: str, id_: str, target: str, every: pd.DataFrame, labels: Labels) -> Table:
    """Show who dominates whom, and where it fits the gains beside 0, 1, ... other causes."""
    rows = every[every["target"] == target]
    fields = [
        Field("rank", Column("Rank", "count")),
        Field("predictor", Column("Cause"), labels.construct),
        *(Field(kind, Column(head), _ranks) for kind, head in _KINDS.items()),
    ]
    told = (
        "Ranks of the causes that one dominates: completely (its gain is larger in every subset of the "
        "others), else conditionally (in the mean over the subsets of each size), else in general (in the "
        "mean of these)"
    )
    if len(rows) <= _MOST_SIZES:
        fields += [
            Field(lambda row, k=k: float(row["contributions"][k]), Column(f"+{k}", "bounded"))  # type: ignore[misc]
            for k in range(len(rows))
        ]
        told += ". +0, +1, ...: its mean gain beside so many others"
    title = f"{id_}: which cause dominates which for {labels.construct(target)}"
    return frame_table(place, title, rows, fields, notes=(f"{told}.",))


def _ranks(ranks: tuple[int, ...]) -> str:
    return ", ".join(map(str, ranks)) or "\u2013"


def _facets(place: str, id_: str, target: str, every: pd.DataFrame, labels: Labels) -> Table:
    rows = every[every["target"] == target]
    fields = (
        Field("predictor", Column("Part"), labels.construct),
        Field("general", Column("General", "bounded")),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "bounded")),
        Field("share", Column("Share", "bounded")),
        Field("p_first", Column("P(first)", "bounded")),
    )
    notes = (
        "Each structure by itself, without the others: general dominance among what stands directly below "
        "it; the values of its parts add up to what it explains alone.",
    )
    title = f"{id_}: the parts of each cause for {labels.construct(target)}"
    return frame_table(place, title, rows, fields, notes=notes, group="block", heading=labels.construct)


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
    table="importance",
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
