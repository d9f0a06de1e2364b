"""Moderated claims: simple slopes, where the effect differs from zero, and its picture."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd

from coprod_measure.report.document import Block, Column, Figure
from coprod_measure.report.figures.moderation import draw_moderation
from coprod_measure.report.from_frames import Field, Record, frame_table
from coprod_measure.report.hypotheses.bent_effects import bent_effects
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import count
from coprod_measure.structure.conditional_indirect import INDEX
from coprod_measure.structure.design import country_facts, groups_of
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.regression import variables_of
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.structure.variables import weighed_by
from coprod_measure.theory.definition import Hypothesis


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    moderated = {id_: own for id_, own in tests.tables.items() if "slopes" in own and "regions" in own}
    bent = {id_: own["bent_indirect"] for id_, own in tests.tables.items() if "bent_indirect" in own}
    blocks: list[Block] = [bent_effects(id_, frame, labels) for id_, frame in bent.items()]
    blocks += [_slopes(moderated, labels)] if moderated else []
    for id_, own in moderated.items():
        triples = own["lines"].groupby(["source", "moderator", "target"], sort=False)
        for number, (names, line) in enumerate(triples, start=1):
            blocks.append(_picture(f"moderation-{id_}-{number}", id_, names, line, own["regions"], labels))
    return blocks


def _moderators(row: Record, labels: Labels) -> str:
    """Name a moderator, and the condition under which it is looked at."""
    return " given ".join(labels.construct(name) for name in (row["moderator"], row["condition"]) if name)


_STANDARD = {-1.0: "1 SD below the mean", 0.0: "at the mean", 1.0: "1 SD above the mean"}


def _where(row: Record, labels: Labels) -> str:
    """Name a group, or a value of the moderator or of the condition."""
    if row["in_sd"] or row["group"]:
        return str(row["group"]) or _STANDARD[row["at"]]
    return (f"{labels.construct(row['condition'])} = " if row["condition"] else "") + f"{row['at']:.2f}"


def _slopes(moderated: Mapping[str, Mapping[str, pd.DataFrame]], labels: Labels) -> Block:
    rows = [own["slopes"].assign(hypothesis=id_) for id_, own in moderated.items()]
    fields = (
        Field("source", Column("Effect of"), labels.construct),
        Field("target", Column("On"), labels.construct),
        Field(lambda row: _moderators(row, labels), Column("Moderator")),
        Field(lambda row: _where(row, labels), Column("Where")),
        Field("slope", Column("Effect", "decimal")),
        Field("se", Column("SE", "decimal", italic=True)),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "decimal")),
        Field("pvalue", Column("p", "p", italic=True)),
    )
    notes = (
        "Effects in the units of the variables: at chosen values of an amount, or in each group. For two "
        "moderators, how the second bends the effect, given the first; of values that are weighed, the mean "
        "effect of one where it is less, as, and more important than on average.",
    )
    table = pd.concat(rows, ignore_index=True)
    return frame_table(
        "simple-slopes",
        "Effects at values of their moderators",
        table,
        fields,
        notes=notes,
        group="hypothesis",
    )


def _picture(
    place: str, id_: str, names: object, line: pd.DataFrame, regions: pd.DataFrame, labels: Labels
) -> Figure:
    source, moderator, target = (labels.construct(str(one)) for one in names)  # type: ignore[attr-defined]
    differs = (line["ci_lower"] > 0) | (line["ci_upper"] < 0)
    where = line.loc[differs, "at"]
    told = (
        "nowhere differs from zero"
        if where.empty
        else f"differs from zero between {where.min():.1f} and {where.max():.1f} SD, or in a part of that"
    )
    same = (regions[["source", "moderator", "target"]] == list(names)).all(axis=1)  # type: ignore[call-overload]
    shares = regions.loc[same, "share"]
    share = f" About {shares.iloc[0]:.0%} of the respondents are there." if len(shares) else ""
    return Figure(
        place,
        f"{id_}: effect of {source} on {target}, by {moderator}",
        draw_moderation(line, f"Effect on {target}", f"{moderator} (SD from the mean)"),
        f"The effect is {line['slope'].iloc[0]:.2f} at {line['at'].iloc[0]:.1f} SD and "
        f"{line['slope'].iloc[-1]:.2f} at {line['at'].iloc[-1]:.1f} SD; it {told}.",
        f"Blue: the 95% band leaves out zero (Johnson & Neyman, 1936).{share}",
    )


def _method(claim: Mapping[Hashable, Any], told: Collection[str], how: TestingOptions) -> str:
    if claim["measure"] == INDEX:
        return (
            "the index of moderated mediation (Hayes, 2015) from regressions of scale means, unreliability "
            f"not taken off, with percentiles of {count(how.draws)} bootstrap draws of those who answered "
            "all of it"
        )
    if claim["model"] == "sam":
        beside = ", with product indicators (Marsh et al., 2004) beside it" * ("second_opinion" in told)
        return (
            "a latent interaction, structural after measurement (Rosseel & Loh, 2024), with Wald tests and "
            f"intervals{beside}; where the effect differs from zero follows Johnson and Neyman (1936)"
        )
    return _METHODS.get(str(claim["measure"]), "") or _METHODS[str(claim["model"])]


_METHODS = {
    "interaction": "least squares on scale means with all products of two moderators and HC3 errors, the "
    "effect "
    "taken where the first moderator is low",
    "groups": "a structural equation model of several groups with equal loadings of factors: the path in "
    "each, "
    "its trend over two or ordered groups or else all at once by Wald tests",
    "arms": "Welch's contrast of cell means, each cell with its own variance, among those who answered all "
    "of it",
    "arms_adjusted": "the contrast of cell means at the means of the controls (analysis of covariance with "
    "HC2 errors), among those who answered all of it",
    "facets": "least squares with HC3 errors, the values of facets multiplied by their weights, among those "
    "who "
    "answered all of it",
    "scores": "the product of two scale means in a least-squares regression with HC3 errors, unreliability "
    "not "
    "taken off; where the effect differs from zero follows Johnson and Neyman (1936)",
}
"""By measure or model of the claim."""


def _planned_of(one: Hypothesis, context: Context) -> str:
    facts = country_facts(context.theory, context.clean)
    if one.via:
        return "the index of moderated mediation from regressions of scale means, with bootstrap intervals"
    if len(one.moderators) != 1 or weighed_by(one.moderators, context.clean) or one.moderators[0] in facts:
        return ""
    if groups_of(one.moderators[0], context) is not None:
        if groups_of(one.sources[0], context) is not None:
            return "Welch's contrast of cell means (beside controls an analysis of covariance)"
        return (
            "a structural equation model of several groups with equal loadings of factors: the path in each, "
            "its trend over two or ordered groups, else all at once by Wald tests"
        )
    if not any(variable.latent for variable in variables_of([*one.sources, *one.moderators], context)):
        return "the product of two scale means in a least-squares regression with HC3 errors"
    return "a latent interaction, structural after measurement, with product indicators as a second opinion"


PAGE = Page(
    kind="moderated",
    planned="a latent interaction (structural after measurement), paths by group, contrasts of arms, or "
    "the index of moderated mediation, as the moderator and the claim ask",
    planned_of=_planned_of,
    method=_method,
    blocks=_blocks,
    measures={
        "slope_difference": (
            "Δb",
            "the difference of the effect between the last and the first group, or the halves of countries",
        ),
        "contrast": ("ψ", "the contrast of effects between the last and the first arm"),
        "weighting": ("b", "how much more a facet's value counts with ten points more of importance"),
        "interaction": ("b", "how the second moderator bends the effect where the first is low"),
    },
)
