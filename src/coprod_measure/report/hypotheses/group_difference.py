"""Groups: their means with intervals, and the pairs that differ."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd

from coprod_measure.report.document import Block, Column
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.means import means_figure
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.structure.design import have_an_order, sorting_item
from coprod_measure.structure.evidence import COHENS_D, Context
from coprod_measure.structure.group_contrasts import ONE
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.theory.definition import Hypothesis


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for id_, own in tests.tables.items():
        if "group_paths" in own:
            blocks += _paths(id_, own["group_paths"], own["path_estimates"], own["path_pairs"], labels)
        if "across_tests" in own:
            blocks += _across(id_, own, labels)
        if "latent_pairs" in own:
            blocks.append(_latent(id_, own["latent_pairs"], labels))
        if "groups" not in own:
            continue
        if "group_contrasts" in own:
            blocks.append(
                _group_contrasts(
                    id_, own["group_contrasts"], labels, adjusted="groups_adjusted" in _codes(tests, id_)
                )
            )
        if "latent_contrasts" in own:
            blocks.append(_latent_planned(id_, own["latent_contrasts"], labels))
        for number, (target, part) in enumerate(own["groups"].groupby("target", sort=False), start=1):
            title = f"{id_}: {labels.construct(str(target))} by group"
            blocks.append(means_figure(f"groups-{id_}-{number}", title, part, "group"))
        fields = (
            Field("first", Column("Group")),
            Field("second", Column("Other group")),
            Field("difference", Column("Difference", "decimal")),
            Field("t", Column("t", "decimal", italic=True)),
            Field("df", Column("df", "decimal")),
            Field("pvalue", Column("p", "p", italic=True)),
            Field("g", Column("g", "decimal", italic=True)),
        )
        notes = (
            "All pairs by Games and Howell, each group with its own variance; g: Hedges' standardised "
            "difference.",
        )
        blocks.append(
            frame_table(
                f"pairs-{id_}", f"{id_}: pairs of groups", own["group_pairs"], fields, notes=notes,
                group="target", heading=labels.construct,
            )
        )  # fmt: skip
    return blocks


def _codes(tests: HypothesisTests, id_: str) -> set[str]:
    return {one.code for one in tests.reasons[id_]}


def _named(frame: pd.DataFrame) -> tuple[Field, ...]:
    """Name contrasts where there are several."""
    return (Field("contrast", Column("Contrast")),) if (frame["contrast"] != ONE).any() else ()


def _group_contrasts(id_: str, frame: pd.DataFrame, labels: Labels, *, adjusted: bool) -> Block:
    fields = (
        *_named(frame),
        Field("higher", Column("Expected higher")),
        Field("lower", Column("Expected lower")),
        Field("estimate", Column("Difference", "decimal")),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "decimal")),
        Field("t", Column("t", "decimal", italic=True)),
        Field("df", Column("df", "decimal", italic=True)),
        Field("pvalue", Column("p", "p", italic=True)),
        Field("pvalue_adjusted", Column("Holm", "p")),
        Field("d", Column("d", "decimal", italic=True)),
        Field("g", Column("g", "decimal", italic=True)),
    )
    variance = (
        "controls held constant, errors HC2" if adjusted else "each group with its own variance (Welch)"
    )
    notes = (
        "Mean of the groups on the one side less that of those on the other, every group counting by its "
        f"weight, {variance}; d in pooled standard deviations within groups, g with Hedges' correction.",
    )
    return frame_table(
        f"group-contrasts-{id_}", f"{id_}: planned contrasts of groups", frame, fields, notes=notes,
        group="target", heading=labels.construct,
    )  # fmt: skip


def _latent_planned(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    fields = (
        *_named(frame),
        Field("estimate", Column("Difference", "decimal")),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "decimal")),
        Field("z", Column("z", "decimal", italic=True)),
        Field("pvalue", Column("p", "p", italic=True)),
        Field("pvalue_adjusted", Column("Holm", "p")),
        Field("d", Column("d", "decimal", italic=True)),
    )
    notes = ("The same contrast of means of the factor; d in its standard deviations in the first group.",)
    return frame_table(
        f"latent-contrasts-{id_}", f"{id_}: planned contrasts of latent means", frame, fields, notes=notes,
        group="target", heading=labels.construct,
    )  # fmt: skip


def _latent(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    fields = (
        Field("first", Column("Group")),
        Field("second", Column("Other group")),
        Field("estimate", Column("Difference", "decimal")),
        Field("se", Column("SE", "decimal")),
        Field("z", Column("z", "decimal", italic=True)),
        Field("pvalue", Column("p", "p", italic=True)),
        Field("pvalue_adjusted", Column("Holm", "p")),
        Field("d", Column("d", "decimal", italic=True)),
    )
    notes = (
        "Means of the factor, equal loadings and intercepts but for those that differ; d in its standard "
        "deviations in the first group.",
    )
    return frame_table(
        f"latent-{id_}", f"{id_}: latent means", frame, fields, notes=notes, group="target",
        heading=labels.construct,
    )  # fmt: skip


_EQUAL = (
    Field("path", Column("Path")),
    Field("lr", Column("Δχ²", "decimal")),
    Field("df", Column("df", "count", italic=True)),
    Field("lr_pvalue", Column("p", "p", italic=True)),
    Field("wald", Column("Wald", "decimal")),
    Field("wald_pvalue", Column("p", "p", italic=True)),
)
_UNIT = (
    "Loadings equal over groups as far as they are. In {first} factors and scores have variance 1, of a "
    "factor that has causes what they leave of it, so that its b is larger than β. Other causes than the "
    "claim names are not held constant here."
)
_PICTURES = 4
"""Paths that get a picture each; of more the table is enough."""


def _tests_of(tests: pd.DataFrame) -> tuple[Field, ...]:
    """Leave out likelihood ratios where rows of one person lie in several groups."""
    without = () if tests["lr"].notna().any() else ("lr", "lr_pvalue")
    return tuple(one for one in _EQUAL if one.source not in without)


def _arrow(frame: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    return frame.assign(
        path=[
            f"{labels.construct(one.source)} to {labels.construct(one.target)}" if one.source else "all"
            for one in frame.itertuples()
        ]
    )


def _paths(
    id_: str, tests: pd.DataFrame, estimates: pd.DataFrame, pairs: pd.DataFrame, labels: Labels
) -> list[Block]:
    own = (
        Field("group", Column("Group")),
        Field("est", Column("b", "decimal", italic=True)),
        Field("se", Column("SE", "decimal")),
    )
    apart = (
        Field("first", Column("Group")),
        Field("second", Column("Other group")),
        Field("estimate", Column("Difference of b", "decimal")),
        Field("se", Column("SE", "decimal")),
        Field("pvalue_adjusted", Column("Holm", "p")),
    )
    notes = (
        "Loadings equal over groups; in the first factors have variance 1, of those that have causes what "
        "these leave.",
    )
    shown = [_arrow(frame, labels) for frame in (tests, estimates, pairs)]
    title = f"{id_}: are paths equal over groups?"
    return [
        frame_table(f"equal-paths-{id_}", title, shown[0], _tests_of(tests), notes=notes),
        frame_table(f"paths-by-group-{id_}", f"{id_}: paths by group", shown[1], own, group="path"),
        frame_table(f"path-pairs-{id_}", f"{id_}: pairs of groups", shown[2], apart, group="path"),
    ]


def _across(id_: str, own: Mapping[str, pd.DataFrame], labels: Labels) -> list[Block]:
    """Show the paths of a claim of another kind by group, beside its verdict."""
    blocks: list[Block] = []
    for number, (sorting, tests) in enumerate(own["across_tests"].groupby("sorting", sort=False), start=1):
        place, by = f"{id_}-{number}", labels.construct(str(sorting)).lower()
        paths = own["across_paths"]
        paths = _arrow(paths[paths["sorting"] == sorting], labels)
        paths = paths.assign(mean=paths["est"])
        for k, (path, part) in enumerate(list(paths.groupby("path", sort=False))[:_PICTURES], start=1):
            title = f"{id_}: {path}, by {by}"
            picture = means_figure(f"across-{place}-{k}", title, part, "group", effect="Path")
            blocks.append(picture)
        fields = (
            Field("group", Column("Group")),
            Field("n", Column("n", "count", italic=True)),
            Field("est", Column("b", "decimal", italic=True)),
            Field("se", Column("SE", "decimal")),
            Field(("ci_lower", "ci_upper"), Column("95% CI", "decimal")),
        )
        notes = (_UNIT.format(first=paths["group"].iloc[0]),)
        title = f"{id_}: paths by {by}, beside its verdict"
        blocks.append(frame_table(f"across-paths-{place}", title, paths, fields, notes=notes, group="path"))
        title = f"{id_}: are its paths equal over {by}?"
        blocks.append(frame_table(f"across-equal-{place}", title, _arrow(tests, labels), _tests_of(tests)))
        if "across_contrasts" in own:
            planned = own["across_contrasts"]
            planned = planned[planned["sorting"] == sorting]
            blocks += [_planned(place, id_, _arrow(planned, labels))] if len(planned) else []
    return blocks


def _planned(place: str, id_: str, frame: pd.DataFrame) -> Block:
    several = len(set(frame["contrast"])) > 1
    sides = (Field("higher", Column("Expected stronger")), Field("lower", Column("Expected weaker")))
    fields = (
        Field("path", Column("Path")),
        *(sides if several else ()),
        Field("estimate", Column("Difference of b", "decimal")),
        Field("se", Column("SE", "decimal")),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "decimal")),
        Field("z", Column("z", "decimal", italic=True)),
        Field("pvalue", Column("p", "p", italic=True)),
        *([Field("pvalue_adjusted", Column("Holm", "p"))] if len(frame) > 1 else []),
    )
    row = frame.iloc[0]
    what = (
        "the one side, less that on the other" if several else f"{row['higher']}, less that in {row['lower']}"
    )
    notes = (
        f"Mean of the paths in {what}; errors from the covariance of all paths in the model of all groups.",
    )
    return frame_table(
        f"across-planned-{place}", f"{id_}: planned contrast of its paths", frame, fields, notes=notes
    )


def _method(claim: Mapping[Hashable, Any], told: Collection[str], _: TestingOptions) -> str:
    if "groups_adjusted" in told and claim["measure"] == COHENS_D:
        return "planned contrasts of the scale means of groups at the means of the controls (HC2 errors)"
    return {
        COHENS_D: "planned contrasts of the scale means of groups, each with its own variance (Welch)",
        "path_difference": "structural equation models of several groups, paths free and held equal "
        "(likelihood-ratio and Wald tests)",
        "eta_squared": "Welch's analysis of variance of scale means",
        "concordance": "Jonckheere's test of the order of groups in scale means",
    }[str(claim["measure"])]


def _planned_of(one: Hypothesis, context: Context) -> str:
    if one.moderators:
        return "paths compared over groups after metric invariance (likelihood-ratio and Wald tests)"
    beside = "with contrasts of pairs, and means of factors after scalar invariance beside"
    if one.contrast:
        return f"a planned contrast of scale means, each group with its own variance, {beside}"
    item = sorting_item(one.sources[0], context)
    scale = context.clean.instrument.scale_of(item) if item else None
    if scale is None:
        return ""
    ordered = have_an_order(one.sources[0], context) or len(scale.codes) == 2
    test = "Jonckheere's test" if ordered and one.sign != "unsigned" else "Welch's analysis of variance"
    return f"{test} of scale means, {beside}"


PAGE = Page(
    kind="group_difference",
    planned="paths compared over groups after metric invariance, or scale means by Welch's analysis of "
    "variance (where a sign is claimed of two groups or ordered ones, by Jonckheere's test), with contrasts "
    "of pairs, and means of factors after scalar invariance beside them",
    planned_of=_planned_of,
    method=_method,
    blocks=_blocks,
    table="across_tests",
    measures={
        "path_difference": ("Δb", "the largest difference of a path between groups"),
        "eta_squared": ("η²", "the share of variance that groups explain"),
        COHENS_D: ("d", "the contrast of means in standard deviations within arms or groups"),
        "concordance": ("concordance", "the share of pairs of people from two groups in the expected order"),
    },
)
