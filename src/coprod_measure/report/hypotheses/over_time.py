"""Lagged effects: who answered when, what works on what later, and who left."""

from __future__ import annotations

import pandas as pd

from coprod_measure.report.document import Block, Column
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.structure.results import HypothesisTests

MODELS = {
    "riclpm": "random intercepts",
    "riclpm_equal": "random intercepts, equal over time",
    "clpm": "plain",
    "clpm_equal": "plain, equal over time",
}


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    return [*_who(tests), *_effects(tests, labels), *_fit(tests, labels), *_leaving(tests, labels)]


def _own(tests: HypothesisTests, name: str) -> pd.DataFrame:
    found = [own[name].assign(hypothesis=id_) for id_, own in tests.tables.items() if name in own]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _who(tests: HypothesisTests) -> list[Block]:
    frame = _own(tests, "attendance")
    if frame.empty:
        return []
    fields = (
        Field("wave", Column("Wave"), str),
        Field("n", Column("Answered", "count")),
        Field("share_of_first", Column("Of the first wave", "percent", 0)),
        Field("left", Column("Last seen here", "count")),
        Field("returned", Column("Came back", "count")),
    )
    once = frame[frame["hypothesis"] == frame["hypothesis"].iloc[0]]
    return [frame_table("attendance", "Who answered when", once, fields)]


def _effects(tests: HypothesisTests, labels: Labels) -> list[Block]:
    frame = _own(tests, "lagged")
    if frame.empty:
        return []
    # An effect that is equal over time stands once; its standardised value is that of the first step.
    equal = frame["model"].str.endswith("_equal")
    repeated = frame.duplicated(["hypothesis", "model", "outcome", "predictor"]) & equal
    frame = frame[~repeated].assign(step=frame["wave"].astype(str).mask(equal, "every"))
    fields = (
        Field("model", Column("Model"), MODELS.__getitem__),
        Field("predictor", Column("Earlier"), labels.construct),
        Field("outcome", Column("Later"), labels.construct),
        Field("step", Column("Wave"), str),
        Field("std_all", Column("β", "bounded", italic=True)),
        Field("est", Column("b", "decimal", italic=True)),
        Field(("ci_lower", "ci_upper"), Column("95% CI of b", "decimal")),
        Field("pvalue", Column("p", "p", italic=True)),
    )
    notes = (
        "Every variable is regressed on all variables of the wave before, itself included. Random intercepts "
        "take out what differs between people for good, so that effects are those within a person (Hamaker "
        "et al., 2015); the plain model mixes both and is shown for comparison. Variables are scale means: "
        "their measurement error makes effects smaller.",
    )
    title = "Effects from one wave to the next"
    return [frame_table("lagged-effects", title, frame, fields, notes=notes, group="hypothesis")]


def _fit(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    fits, alike = _own(tests, "panel_fit"), _own(tests, "waves_alike")
    measures = (
        Field("chisq", Column("χ²", "decimal")),
        Field("df", Column("df", "count", italic=True)),
        Field("cfi", Column("CFI", "bounded")),
        Field("rmsea", Column("RMSEA", "bounded")),
    )
    if len(fits):
        fields = (
            Field("model", Column("Model"), MODELS.__getitem__),
            *measures,
            Field("bic", Column("BIC", "decimal")),
        )
        title = "Fit of the models over time"
        blocks.append(frame_table("panel-fit", title, fits, fields, group="hypothesis"))
    if len(alike):
        alike = alike.drop_duplicates(["construct", "level"])
        ladder = (
            Field("construct", Column("Construct"), labels.construct),
            Field("level", Column("Level"), str),
            *measures,
            Field("delta_cfi", Column("ΔCFI", "bounded"), missing=""),
        )
        title = "Whether the waves measure alike"
        blocks.append(frame_table("waves-alike", title, alike, ladder))
    return blocks


def _leaving(tests: HypothesisTests, labels: Labels) -> list[Block]:
    frame = _own(tests, "leaving")
    if frame.empty:
        return []
    fields = (
        Field("name", Column("Known before"), labels.construct),
        Field("ratio", Column("Odds ratio", "decimal")),
        Field("z", Column("z", "decimal", italic=True)),
        Field("pvalue", Column("p", "p", italic=True)),
    )
    notes = (
        "Odds of being gone for good after a wave, by what was answered in it, waves held constant. Full "
        "information allows for leaving that depends on what is in the model.",
    )
    title = "Who left"
    return [frame_table("leaving", title, frame, fields, notes=notes, group="hypothesis")]


PAGE = Page(kind="over_time", blocks=_blocks)
