"""Kinds of people: how many, how sure, and what they are like."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from coprod_measure.instrument.definition import Item
from coprod_measure.report.document import Block, Column, Figure, Value
from coprod_measure.report.figures.profiles import draw_profiles
from coprod_measure.report.from_frames import Field, Record, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import decimal
from coprod_measure.structure.kinds.segmentation import STRONG
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests

_STRUCTURES = {
    "LCA": "latent classes",
    "EEI": "profiles, equal variances",
    "VVI": "profiles, own variances",
    "T1": "by degree, one trait",
    "T2": "by degree, two traits",
}


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for id_, own in tests.tables.items():
        if "class_numbers" in own:
            blocks.append(numbers_table(id_, own["class_numbers"]))
            profiles = own["class_profiles"]
            if profiles["class"].max() > 1 and not all(_unordered(labels, one) for one in profiles["item"]):
                blocks.append(_picture(id_, profiles, labels))
            blocks.append(_profiles(id_, profiles, labels))
            if "class_outcomes" in own:
                blocks.append(_outcomes(id_, own["class_outcomes"], labels))
            if "class_predictors" in own:
                blocks.append(_predictors(id_, own["class_predictors"], labels))
    return blocks


def _indicator(labels: Labels, name: str) -> str:
    """Name of a construct, of one of several choices, or of points that were given to something."""
    if _unordered(labels, name) and name in labels.instrument.items:
        return f"{labels.question(name)} ({name})"
    return labels.question(name) if name in labels.instrument.items else labels.construct(name)


def _only_item(labels: Labels, name: str) -> Item | None:
    if name in labels.instrument.items:
        return labels.instrument.items[name]
    items = labels.instrument.items_of(name)
    return items[0] if len(items) == 1 else None


def _unordered(labels: Labels, name: str) -> bool:
    """Whether answers are options by name, which lie in no order."""
    item = _only_item(labels, name)
    return (
        item is not None and item.kind == "single_choice" and labels.instrument.scale_of(item.id) is not None
    )


def _answer(labels: Labels, record: Record) -> Value:
    """Words of an answer to a single question, the code of a sum; nothing of an amount."""
    if pd.isna(record["category"]):
        return None
    item, code = _only_item(labels, str(record["item"])), f"{record['category']:g}"
    return labels.answer(item.id, code) if item is not None else code


def _outcomes(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    fields = [
        Field("class", Column("Class", "count")),
        Field("mean", Column("M", "decimal", italic=True)),
        Field("se", Column("SE", "decimal")),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "decimal")),
        Field("naive", Column("M as sorted", "decimal")),
    ]
    notes = (
        "Corrected for people whose class is uncertain (BCH; Bakk and Vermunt 2016). As sorted: of people "
        "put into their most probable class, which makes classes look more alike.",
    )
    title = f"{id_}: what the kinds differ in"
    return frame_table(
        f"class-outcomes-{id_}", title, frame, fields, group="target", heading=labels.construct, notes=notes
    )


def _predictors(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    fields = [
        Field("name", Column("Control"), labels.construct),
        Field("odds_ratio", Column("Odds ratio", "decimal")),
        Field("est", Column("b", "decimal", italic=True)),
        Field("se", Column("SE", "decimal")),
        Field("pvalue", Column("p", "p", italic=True)),
    ]
    notes = (
        "Multinomial regression of the classes, found without the controls, in a third step: sorting counts "
        "as a fallible indicator with known errors (Vermunt 2010). Odds to be in a "
        "class rather than in class 1.",
    )
    shown = frame[frame["name"] != "intercept"].assign(group="Class " + frame["class"].astype(str))
    title = f"{id_}: who is of which kind"
    return frame_table(f"class-predictors-{id_}", title, shown, fields, group="group", notes=notes)


def numbers_table(id_: str, frame: pd.DataFrame) -> Block:
    """Show how well each number of classes fits."""
    fields = [
        Field("classes", Column("Classes", "count")),
        Field("loglik", Column("log L", "decimal")),
        Field("aic", Column("AIC", "decimal")),
        Field("bic", Column("BIC", "decimal")),
        Field("sabic", Column("SABIC", "decimal")),
        Field("entropy", Column("Entropy", "bounded")),
        Field("smallest", Column("Smallest", "percent", 0)),
        Field("replicated", Column("Replicated", "count")),
    ]
    if frame["blrt_pvalue"].notna().any():
        fields.append(Field("blrt_pvalue", Column("BLRT p", "p"), missing=""))
    notes = (
        "The smallest BIC decides; by degree: people of one kind, whose answers go together by traits. "
        "Constructs with up to seven values are taken as categories. Replicated: starts that ended in the "
        "same solution, of the better half of all; a solution that one start found may be a local one. "
        "Points that are shared out enter as log ratios; several questions whose options have no order "
        "each by itself.",
    )
    frame = frame.assign(structure=frame["structure"].map(lambda name: _STRUCTURES.get(name, name)))
    title = f"{id_}: how many kinds of people"
    return frame_table(f"class-numbers-{id_}", title, frame, fields, group="structure", notes=notes)


def apart_from_all(profiles: pd.DataFrame) -> pd.DataFrame:
    """Say how far the classes are from all people, in standard deviations of all.

    ``profiles``: as of ``Classes.profile``; answers in categories count by their codes. One row an item, one
    column a class.
    """
    keys = ["item", "class"]
    moments = profiles[[*keys, "share"]].drop_duplicates(keys).set_index(keys)
    moments["mean"], moments["square"] = np.nan, np.nan
    if "category" in profiles:
        coded = profiles.dropna(subset=["category"])
        for name, power in (("mean", 1), ("square", 2)):
            weighed = coded["category"] ** power * coded["probability"]
            moments[name] = weighed.groupby([coded["item"], coded["class"]]).sum().reindex(moments.index)
    if "mean" in profiles:
        normal = profiles.dropna(subset=["mean"]).set_index(keys)
        moments["mean"] = moments["mean"].fillna(normal["mean"])
        moments["square"] = moments["square"].fillna(normal["mean"] ** 2 + normal["sd"] ** 2)
    mean, square, share = (
        moments.pivot_table(index="item", columns="class", values=name)
        for name in ("mean", "square", "share")
    )
    middle = (share * mean).sum(axis=1)
    spread = np.sqrt((share * square).sum(axis=1) - middle**2)
    order = profiles["item"].drop_duplicates()
    return mean.sub(middle, axis=0).div(spread, axis=0).loc[order]


def class_names(profiles: pd.DataFrame) -> list[str]:
    """Name the classes by number and share: ``Class 1 (40%)``."""
    shares = profiles.groupby("class")["share"].first()
    return [f"Class {name} ({share:.0%})" for name, share in shares.items()]


def _picture(id_: str, profiles: pd.DataFrame, labels: Labels) -> Block:
    named = [name for name in profiles["item"].unique() if _unordered(labels, name)]
    apart = apart_from_all(profiles).drop(index=named)
    names, kinds = [_indicator(labels, str(item)) for item in apart.index], class_names(profiles)
    text = "; ".join(
        f"{kind}: " + ", ".join(f"{name} {decimal(value)}" for name, value in zip(names, own, strict=True))
        for kind, own in zip(kinds, apart.to_numpy().T, strict=True)
    )
    drawing = draw_profiles(apart.to_numpy(), names, kinds)
    return Figure(f"class-picture-{id_}", f"{id_}: profiles of the kinds of people", drawing, f"{text}.")


def _profiles(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    numbers = frame["class"].drop_duplicates()
    shown = frame.assign(group=frame["class"].map(dict(zip(numbers, class_names(frame), strict=True))))
    fields = [Field("item", Column("Construct"), lambda name: _indicator(labels, name))]
    if "mean" in frame:
        fields += [
            Field("mean", Column("M", "decimal", italic=True), missing=""),
            Field("sd", Column("SD", "decimal", italic=True), missing=""),
        ]
    if "category" in frame:
        fields += [
            Field(lambda record: _answer(labels, record), Column("Answer")),
            Field("probability", Column("Share", "percent", 0), missing=""),
        ]
    title = f"{id_}: what they are like"
    return frame_table(f"class-profiles-{id_}", title, shown, fields, group="group")


def _method(claim: Mapping[Hashable, Any], _: Collection[str], __: TestingOptions) -> str:
    return (
        "mixture models with different numbers of classes and a model of people who differ by degree; the "
        f"smallest BIC decides, and kinds count as shown where it is {STRONG:g} or more below that of one "
        "kind (Kass & Raftery, 1995)"
    )


PAGE = Page(
    kind="segmentation",
    planned=f"latent classes or profiles, their number by BIC; they count as shown from {STRONG:g} points "
    "below one kind of people, who may differ by degree, on; differences between them by three steps",
    method=_method,
    blocks=_blocks,
    measures={"classes": ("k", "the number of kinds of people")},
)
