"""Gaps: the response surface, its rivals, and how many respondents have a gap at all."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd

from coprod_measure.report.document import Block, Column, Figure
from coprod_measure.report.figures.surface import draw_surface
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import bounded
from coprod_measure.structure.methods.surface_models import SURFACES
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests

_SHOWN = ("b1", "b2", "b3", "b4", "b5", "a1", "a2", "a3", "a4", "a5", "X0", "Y0", "p10", "p11")


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for id_, own in tests.tables.items():
        if "surface" not in own:
            continue
        pairs = own["surface"].groupby(["x", "y", "target"], sort=False)
        for number, ((x, y, target), part) in enumerate(pairs, start=1):
            names = (labels.construct(str(x)), labels.construct(str(y)), labels.construct(str(target)))
            same = (own["points"]["x"] == x) & (own["points"]["y"] == y) & (own["points"]["target"] == target)
            blocks.append(_picture(f"surface-{id_}-{number}", id_, part, own["points"][same], names))
            blocks.append(_parameters(f"surface-table-{id_}-{number}", id_, part, names))
            if "latent" in own:
                same = (
                    (own["latent"]["x"] == x)
                    & (own["latent"]["y"] == y)
                    & (own["latent"]["target"] == target)
                )
                blocks += _among_factors(f"latent-{id_}-{number}", id_, own["latent"][same], names)
            same = (own["rivals"]["x"] == x) & (own["rivals"]["y"] == y) & (own["rivals"]["target"] == target)
            blocks.append(_rivals(f"rivals-{id_}-{number}", id_, own["rivals"][same], names))
    return blocks


def _picture(
    place: str, id_: str, part: pd.DataFrame, points: pd.DataFrame, names: tuple[str, str, str]
) -> Figure:
    values = part.set_index("parameter")["estimate"]
    first = part.iloc[0]
    x, y, z = names
    return Figure(
        place,
        f"{id_}: {z} by {x} and {y}",
        draw_surface([float(values[f"b{k}"]) for k in range(6)], points, f"{x} (x)", f"{y} (y)", z),
        "Slope and curvature along x = y: "
        f"{bounded(float(values['a1']))} and {bounded(float(values['a2']))}; "
        f"along x = -y: {bounded(float(values['a3']))} and {bounded(float(values['a4']))}.",
        f"Strong colours: where respondents are (dots by number). {first['x_above']:.0%} have x above y by "
        f"half a standard deviation or more, {first['y_above']:.0%} y above x.",
    )


def _parameters(place: str, id_: str, part: pd.DataFrame, names: tuple[str, str, str]) -> Block:
    fields = (
        Field("parameter", Column("Parameter")),
        Field("estimate", Column("Estimate", "decimal")),
        Field("se", Column("SE", "decimal", italic=True)),
        Field(("boot_lower", "boot_upper"), Column("95% CI", "decimal")),
        Field("pvalue", Column("p", "p", italic=True)),
    )
    known = (
        ""
        if part["determined"].iloc[0]
        else " The stationary point (X0, Y0) is not determined by these data."
    )
    notes = (
        f"x: {names[0]}; y: {names[1]}. Robust errors, percentile bootstrap intervals.{known} a1, a2: slope "
        "and curvature along x = y; a3, a4: along x = -y; y = p10 + p11 x: first principal axis (Edwards & "
        "Parry, 1993).",
    )
    shown = part[part["parameter"].isin(_SHOWN)]
    return frame_table(place, f"{id_}: the surface of {names[2]}", shown, fields, notes=notes)


def _among_factors(place: str, id_: str, part: pd.DataFrame, names: tuple[str, str, str]) -> list[Block]:
    fields = (
        Field("parameter", Column("Parameter")),
        Field("estimate", Column("Estimate", "decimal")),
        Field("se", Column("SE", "decimal", italic=True)),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "decimal")),
        Field("pvalue", Column("p", "p", italic=True)),
    )
    notes = (
        "Structural after measurement, with products of factors: unreliability is taken off. Factors have "
        "the unit of their first item and are centred where the scale means are.",
    )
    title = f"{id_}: the surface of {names[2]} among factors"
    return [frame_table(place, title, part, fields, notes=notes)] if len(part) else []


def _rivals(place: str, id_: str, rivals: pd.DataFrame, names: tuple[str, str, str]) -> Block:
    fields = (
        Field("model", Column("Surface"), lambda name: f"{SURFACES[name]} ({name})"),
        Field("r2", Column("R²", "bounded")),
        Field("chisq", Column("χ²", "decimal")),
        Field("df", Column("df", "count", italic=True)),
        Field("delta_aicc", Column("ΔAICc", "decimal")),
        Field("weight", Column("Weight", "bounded")),
    )
    notes = (
        "Each is the whole polynomial under constraints, named as by Schönbrodt (2016). Shifted: the best "
        "fit lies beside x = y; rotated: at another angle. χ² against the whole polynomial; weight: how much "
        "of the evidence for any of them it has (AICc).",
    )
    return frame_table(place, f"{id_}: rival surfaces of {names[2]}", rivals.head(8), fields, notes=notes)


def _method(claim: Mapping[Hashable, Any], _: Collection[str], __: TestingOptions) -> str:
    return (
        "polynomial regression of scale means with robust errors (Edwards & Parry, 1993), unreliability not "
        "taken off, with percentiles of bootstrap draws as intervals"
    )


PAGE = Page(
    kind="discrepancy",
    planned="polynomial regression with the coefficients of its surface; raw gaps are not used",
    method=_method,
    blocks=_blocks,
    measures={
        "a3": ("a3", "the slope of the surface along x = -y"),
        "a4": ("a4", "the curvature of the surface along x = -y"),
    },
)
