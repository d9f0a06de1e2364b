"""Kinds of people: how many, how sure, and what they are like."""

from __future__ import annotations

import pandas as pd

from coprod_measure.report.document import Block, Column
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
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
            blocks.append(_numbers(id_, own["class_numbers"]))
            blocks.append(_profiles(id_, own["class_profiles"], labels))
    return blocks


def _numbers(id_: str, frame: pd.DataFrame) -> Block:
    fields = [
        Field("structure", Column("Structure"), lambda name: _STRUCTURES.get(name, name)),
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
        "same solution, of the better half of "
        "all; a solution that one start found may be a local one.",
    )
    return frame_table(f"class-numbers-{id_}", f"{id_}: how many kinds of people", frame, fields, notes=notes)


def _profiles(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    heads = frame["class"].astype(str) + " (" + (100 * frame["share"]).round().astype(int).astype(str) + "%)"
    shown = frame.assign(group="Class " + heads)
    fields = [Field("item", Column("Construct"), labels.construct)]
    if "mean" in frame:
        fields += [
            Field("mean", Column("M", "decimal", italic=True), missing=""),
            Field("sd", Column("SD", "decimal", italic=True), missing=""),
        ]
    if "category" in frame:
        fields += [
            Field("category", Column("Answer", "decimal"), missing=""),
            Field("probability", Column("Share", "percent", 0), missing=""),
        ]
    title = f"{id_}: what they are like"
    return frame_table(f"class-profiles-{id_}", title, shown, fields, group="group")


PAGE = Page(
    kind="segmentation",
    blocks=_blocks,
    measures={"classes": ("k", "the number of kinds of people")},
)
