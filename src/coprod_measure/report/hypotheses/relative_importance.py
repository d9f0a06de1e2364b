"""Which cause weighs most: dominance, with intervals and the chance to rank first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from coprod_measure.report.document import Block, Column, Figure, Table
from coprod_measure.report.figures.importance import draw_importance
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.hypotheses.rank_probabilities import block_name, ranks_picture, ranks_table
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import bounded, interval
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.kinds.relative_importance import ranked_by_weights
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.ranked_causes import WEIGHT
from coprod_measure.structure.regression import LOG_ODDS
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.theory.definition import Hypothesis

_MOSTLY_SMALL = 0.06
_KINDS = {"complete": "Completely", "conditional": "Conditionally", "general": "In general"}
_MOST_SIZES = 8
"""Causes up to which the gains beside each number of others fit into a table."""


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for id_, own in tests.tables.items():
        if "importance" not in own:
            continue
        blocks += [_paths(id_, own["paths"], labels)] if "paths" in own else []
        blocks += [_equal_slopes(id_, own["equal_slopes"], labels)] if "equal_slopes" in own else []
        for number, target in enumerate(dict.fromkeys(own["importance"]["target"]), start=1):
            of = {name: rows[rows["target"] == target] for name, rows in own.items() if "target" in rows}
            blocks += _of_target(f"{id_}-{number}", id_, str(target), of, labels)
        blocks.append(ranks_table(id_, own["ranks"], labels))
    return blocks


def _of_target(
    place: str, id_: str, target: str, of: Mapping[str, pd.DataFrame], labels: Labels
) -> Iterator[Block]:
    name, part = labels.construct(target), of["importance"]
    yield _picture(place, id_, target, part, labels)
    yield _importance(f"importance-{place}", f"{id_}: what each cause explains of {name}", part, labels)
    if "dominance" in of:
        title = f"{id_}: which cause dominates which for {name}"
        yield _patterns(f"dominance-{place}", title, of["dominance"], "Cause", labels.construct)
    if "blocks" in of and len(of["blocks"]):
        title = f"{id_}: what each block of causes explains of {name}"
        yield _importance(f"blocks-{place}", title, of["blocks"], labels, block_name(labels))
        title = f"{id_}: which block dominates which for {name}"
        yield _patterns(
            f"blocks-dominance-{place}", title, of["blocks_dominance"], "Block", block_name(labels)
        )
    if "facets" in of and len(of["facets"]):
        yield _facets(f"facets-{place}", id_, target, of["facets"], labels)
    yield from ranks_picture(place, id_, target, of["ranks"], labels)


def _importance(
    place: str, title: str, part: pd.DataFrame, labels: Labels, named: Callable[[str], str] | None = None
) -> Table:
    """Show what causes, or blocks of them, explain."""
    general = bool(part["general"].notna().all())
    value = "general" if general else "relative_weight"
    digits = _digits(part[value])
    fields = (
        Field("predictor", Column("Block" if named else "Cause"), named or labels.construct),
        Field(value, Column("General" if general else "Relative weight", "bounded", digits)),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "bounded", digits)),
        Field("share", Column("Share", "bounded")),
        Field("p_first", Column("P(first)", "bounded")),
        Field("expected_rank", Column("Expected rank", "decimal")),
        Field("alone", Column("Alone", "bounded", digits)),
        Field("last", Column("Last", "bounded", digits)),
        Field("relative_weight", Column("Relative weight", "bounded", digits), missing=""),
        Field("on_scores", Column("On scale means", "bounded", digits), missing=""),
    )
    shown = [
        one for k, one in enumerate(fields)
        if k < 6 or (one.source in part and part[one.source].notna().any() and one.source != value)
    ]  # fmt: skip
    first = part.iloc[0]
    mcfadden = " (McFadden)" if first["measure"] == "mcfadden" else ""
    what = (
        "General dominance is the mean gain over all subsets of the others (Azen & Budescu, 2003)"
        if general
        else "Relative weights (Johnson, 2000) rank any number of causes"
        + (", here of the log odds (Tonidandel & LeBreton, 2010)" if mcfadden else "")
    )
    sides = " Alone: without the others; last: with all of them." if general else ""
    note = (
        f"{what}; the values add up to the explained share, {bounded(float(first['total']))}{mcfadden}."
        f"{sides} "
        f"P(first): share of the {int(first['draws']):,} draws in which it ranks first."
    )
    return frame_table(place, title, part, shown, notes=(note, *_checks(part, general=general)))


def _digits(explained: pd.Series) -> int:
    """Give a third decimal where the first two would make many alike."""
    return 2 if explained.median() >= _MOSTLY_SMALL else 3


def _checks(part: pd.DataFrame, *, general: bool) -> tuple[str, ...]:
    told = []
    if general and part["relative_weight"].notna().any():
        told.append("Relative weight: Johnson (2000), as a check.")
    if "on_scores" in part and part["on_scores"].notna().any():
        told.append("On scale means: the same with unreliability left in, as a check.")
    return (" ".join(told),) if told else ()


def _equal_slopes(id_: str, found: pd.DataFrame, labels: Labels) -> Table:
    fields = (
        Field("source", Column("Cause"), lambda id_: labels.construct(id_) if id_ else "All causes at once"),
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


def _patterns(place: str, title: str, rows: pd.DataFrame, head: str, named: Callable[[str], str]) -> Table:
    """Show who dominates whom, and where it fits the gains beside 0, 1, ... others."""
    digits = _digits(rows["contributions"].map(max))
    fields = [
        Field("rank", Column("Rank", "count")),
        Field("predictor", Column(head), named),
        *(Field(kind, Column(head), _ranks) for kind, head in _KINDS.items()),
    ]
    told = (
        "Ranks of those that one dominates: completely (its gain is larger in every subset of the "
        "others), else conditionally (in the mean over the subsets of each size), else in general (in the "
        "mean of these)"
    )
    if len(rows) <= _MOST_SIZES:
        fields += [
            Field(lambda row, k=k: float(row["contributions"][k]), Column(f"+{k}", "bounded", digits))  # type: ignore[misc]
            for k in range(len(rows))
        ]
        told += ". +0, +1, ...: its mean gain beside so many others"
    return frame_table(place, title, rows, fields, notes=(f"{told}.",))


def _ranks(ranks: tuple[int, ...]) -> str:
    return ", ".join(map(str, ranks)) or "\u2013"


def _facets(place: str, id_: str, target: str, rows: pd.DataFrame, labels: Labels) -> Table:
    digits = _digits(rows["general"])
    fields = (
        Field("predictor", Column("Part"), labels.construct),
        Field("general", Column("General", "bounded", digits)),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "bounded", digits)),
        Field("share", Column("Share", "bounded")),
        Field("p_first", Column("P(first)", "bounded")),
        Field("expected_rank", Column("Expected rank", "decimal")),
    )
    notes = (
        "Each block or structure by itself, without the others: general dominance among what stands directly "
        "below it; the values of its parts add up to what it explains alone.",
    )
    title = f"{id_}: what is in each block or structure, for {labels.construct(target)}"
    return frame_table(place, title, rows, fields, notes=notes, group="block", heading=block_name(labels))


def _picture(place: str, id_: str, target: str, part: pd.DataFrame, labels: Labels) -> Figure:
    general = bool(part["general"].notna().all())
    names = [labels.construct(str(name)) for name in part["predictor"]]
    value = "general" if general else "relative_weight"
    values, lows, highs = (part[name].tolist() for name in (value, "ci_lower", "ci_upper"))
    digits = _digits(part[value])
    told = "; ".join(
        f"{name} {bounded(value, digits)} {interval(low, high, 'bounded', digits)}"
        for name, value, low, high in zip(names, values, lows, highs, strict=True)
    )
    what = "General dominance" if general else "Relative weight"
    return Figure(
        f"importance-figure-{place}",
        f"{id_}: importance for {labels.construct(target)}",
        draw_importance(names, values, lows, highs, f"{what} with 95% interval", digits),
        f"{told}.",
    )


def _paths(id_: str, found: pd.DataFrame, labels: Labels) -> Table:
    odds = found["measure"] == LOG_ODDS
    fields = (
        Field("predictor", Column("Cause"), labels.construct),
        Field("estimate", Column("Path", "decimal")),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "decimal")),
        Field("pvalue", Column("p", "p", italic=True)),
    )
    notes = ["All causes of an outcome in one regression; p by Wald."]
    if not odds.all():
        notes.append("Paths are standardised slopes, with percentile intervals of the draws.")
    if odds.any():
        notes.append(
            f"Of {labels.constructs(list(dict.fromkeys(found.loc[odds, 'target'])))}: log odds of a yes."
        )
    title = f"{id_}: the path of each cause"
    return frame_table(
        f"importance-paths-{id_}", title, found, fields, notes=(" ".join(notes),), group="target",
        heading=labels.construct,
    )  # fmt: skip


def _method(claim: Mapping[Hashable, Any], codes: Collection[str], __: TestingOptions) -> str:
    by_rank = claim["pvalue"] != claim["pvalue"]
    ranks = "how often a cause ranks first among the draws, or another before it"
    rested = ranks if by_rank else "Wald tests of the slopes"
    if claim["measure"] == WEIGHT:
        blocks = any(one.endswith("_blocks") and one != "no_blocks" for one in codes)
        beside = ", with dominance analysis (Azen & Budescu, 2003) of blocks of causes and within each"
        return f"{_WEIGHTS}: {rested}{beside if blocks else ''}"
    return f"{_DOMINANCE}: {rested}"


def _planned_of(one: Hypothesis, context: Context) -> str:
    if not ranked_by_weights(one, context):
        return ""
    asked = (
        _BY_RANK if one.sign == "unsigned" or "first_rank" in one.tested_by else "Wald tests of the slopes"
    )
    return (
        f"{_WEIGHTS}, its causes being too many for all their subsets, with intervals and rank "
        f"probabilities by draws, judged by {asked}; beside it dominance analysis of blocks of causes and "
        "within each, where the claim or the theory groups them"
    )


_DOMINANCE = (
    "dominance analysis (Azen & Budescu, 2003) of a latent regression, of a yes/no outcome of a logistic one"
)
_WEIGHTS = (
    "relative weights (Johnson, 2000) of a latent regression, of a yes/no outcome of the log odds "
    "(Tonidandel & LeBreton, 2010)"
)
_BY_RANK = "how often a cause ranks first, and that it does not by how often one rival explains more"


PAGE = Page(
    kind="relative_importance",
    table="importance",
    planned="dominance analysis, with intervals and rank probabilities by draws; which cause comes first by "
    "its rank probability, that it does not by that of one rival to explain more, what else is claimed by "
    "Wald tests of the slopes",
    planned_of=_planned_of,
    method=_method,
    blocks=_blocks,
    measures={
        "relative_weight": ("relative weight", "the share of explained variance by Johnson's weights"),
        "general_dominance": ("general dominance", "the mean gain in explained variance over all subsets"),
        "p_first": ("P(first)", "the share of the draws in which it ranks first"),
    },
)
