"""Choices among offers: part-worths as a picture, importance, willingness to pay, shares."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd

from coprod_measure.report.document import Block, Column, Figure
from coprod_measure.report.figures.forest import Estimate, draw_forest
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import decimal
from coprod_measure.structure.offers import NONE
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests

_P = Field("pvalue", Column("p", "p", italic=True), missing="")


def _blocks(tests: HypothesisTests, _: Labels) -> list[Block]:
    blocks: list[Block] = []
    for id_, own in tests.tables.items():
        if "part_worths" not in own:
            continue
        blocks += [_picture(id_, own["part_worths"]), _part_worths(id_, own["part_worths"])]
        blocks.append(_shares(f"importance-{id_}", f"{id_}: importance of attributes", own["importance"],
                              ("attribute", "Attribute"), "importance"))  # fmt: skip
        if "values" in own:
            title = f"{id_}: which value counts"
            blocks.append(_shares(f"values-{id_}", title, own["values"], ("value", "Value"), "share"))
        if "willingness" in own:
            blocks.append(_willingness(id_, own["willingness"]))
        if "offers" in own:
            blocks.append(_offers(id_, own["offers"]))
    return blocks


_SIZES = ("est", "se", "ci_lower", "ci_upper", "sd", "shared", "shared_se")


def _name(frame: pd.DataFrame) -> pd.Series:
    return frame["attribute"] + frame["level"].fillna("").map(lambda level: f": {level}" if level else "")


def _from_end_to_end(frame: pd.DataFrame) -> pd.DataFrame:
    """Name each level; tell a number from the lowest to the highest value: of one euro it would be .00."""
    number = (frame["highest"] > frame["lowest"]) & (frame["attribute"] != NONE)
    ends = [f": {one.highest:g} instead of {one.lowest:g}" for one in frame.itertuples()]
    name = (
        _name(frame).mask(number, frame["attribute"] + ends).mask(frame["attribute"] == NONE, "None of them")
    )
    unit = (frame["highest"] - frame["lowest"]).where(number, 1.0)
    return frame.assign(name=name, **{one: unit * frame[one] for one in _SIZES})


def _picture(id_: str, frame: pd.DataFrame) -> Figure:
    """Draw what each level is worth against the one it is compared with."""
    shown = _from_end_to_end(frame[frame["se"].notna()])
    rows = [Estimate(one.name, one.est, one.ci_lower, one.ci_upper, "") for one in shown.itertuples()]
    told = "; ".join(f"{one.label} {decimal(one.value)}" for one in rows)
    drawing = draw_forest(rows, "Part-worth (log odds of being chosen) with 95% interval")
    title = f"{id_}: what attributes of an offer are worth"
    return Figure(f"part-worths-figure-{id_}", title, drawing, f"{told}.")


_DIFFER = {
    "mixed": "Mixed logit: part-worths differ between people, normal, simulated likelihood (Train, 2009).",
    "bayes": "Hierarchical Bayes: each person has part-worths of his own, multivariate normal over people; "
    "means, standard deviations and 95% intervals of the posterior (Allenby & Rossi, 1999). Importance and "
    "shares are those of people, averaged.",
}


def _part_worths(id_: str, frame: pd.DataFrame) -> Block:
    model = str(frame["model"].iloc[0])
    fields = [
        Field("name", Column("Attribute and level")),
        Field("est", Column("b", "decimal", italic=True)),
        Field("se", Column("SE", "decimal"), missing=""),
        _P,
    ]
    notes = [
        "A level without a standard error is the one that others of its attribute are compared with; numbers "
        "are told from the lowest to the highest that was shown."
    ]
    if model in _DIFFER:
        fields += [
            Field("sd", Column("SD of people", "decimal"), missing=""),
            Field("shared", Column("b, all alike", "decimal")),
            Field("shared_se", Column("SE, all alike", "decimal"), missing=""),
        ]
        notes.append(
            f"{_DIFFER[model]} All alike: conditional logit (McFadden, 1974), errors robust to people."
        )
    else:
        notes.append("Conditional logit (McFadden, 1974), errors robust to people.")
    return frame_table(
        f"part-worths-{id_}", f"{id_}: part-worths", _from_end_to_end(frame), fields, notes=notes
    )


def _shares(place: str, title: str, frame: pd.DataFrame, head: tuple[str, str], share: str) -> Block:
    fields = [Field(head[0], Column(head[1])), Field(share, Column("Share", "percent", 0))]
    notes = ("Range of an attribute's part-worths as a share of all ranges: it depends on the levels shown.",)
    return frame_table(place, title, frame, fields, notes=notes)


def _willingness(id_: str, frame: pd.DataFrame) -> Block:
    price = str(frame["price"].iloc[0])
    fields = [
        Field("name", Column("Attribute and level")),
        Field("wtp", Column("Worth", "decimal")),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "decimal")),
    ]
    notes = (
        f"In units of {price}: what a level may cost more to be as good as the one it is compared with.",
    )
    shown = frame.assign(name=_name(frame))
    return frame_table(f"willingness-{id_}", f"{id_}: willingness to pay", shown, fields, notes=notes)


def _offers(id_: str, frame: pd.DataFrame) -> Block:
    names = [name for name in frame.columns if name != "share"]
    words = [
        ", ".join(
            f"{name} {row[name]:g}" if isinstance(row[name], float) else f"{name} {row[name]}"
            for name in names
        )
        for row in frame.to_dict("records")
    ]
    fields = [Field("offer", Column("Offer")), Field("share", Column("Share of choices", "percent", 0))]
    note = f"Predicted where these {len(frame)} are on sale together."
    return frame_table(
        f"offers-{id_}",
        f"{id_}: which offer would be chosen",
        frame.assign(offer=words),
        fields,
        notes=(note,),
    )


def _method(claim: Mapping[Hashable, Any], _: Collection[str], __: TestingOptions) -> str:
    model = {
        "mixed": "a mixed logit model of choices among offers by simulated likelihood (Train, 2009)",
        "bayes": "a hierarchical Bayes logit model of choices among offers (Allenby & Rossi, 1999)",
        "conditional": "a conditional logit model of choices among offers (McFadden, 1974)",
    }[str(claim["model"])]
    return (
        model
        if claim["model"] == "conditional"
        else f"{model}; p values are Wald tests of the conditional one"
    )


PAGE = Page(
    kind="conjoint",
    planned="a conditional or mixed logit of the choices among offers, with part-worths and shares",
    method=_method,
    blocks=_blocks,
    measures={
        "pseudo_r2": ("pseudo R²", "McFadden's share of the log likelihood"),
        "attribute_importance": ("importance", "an attribute's share of all ranges of part-worths"),
    },
)
