"""Lagged effects: who answered when, what works on what later, and who left."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd

from coprod_measure.report.document import Block, Column
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels, phrase
from coprod_measure.report.numbers import count
from coprod_measure.structure.mean_change import TREND
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests

MODELS = {
    "riclpm": "random intercepts",
    "riclpm_equal": "random intercepts, equal over time",
    "clpm": "plain",
    "clpm_equal": "plain, equal over time",
}


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    shown = (_means, _effects, _fit, _change, _leaving)
    return [*_who(tests), *(block for show in shown for block in show(tests, labels))]


def _own(tests: HypothesisTests, name: str) -> pd.DataFrame:
    """Gather a table of all hypotheses; what several share stands once and names them all."""
    found: list[tuple[list[str], pd.DataFrame]] = []
    for id_, own in tests.tables.items():
        for part in _models_of(own[name]) if name in own else ():
            ids = next((ids for ids, known in found if known.equals(part)), None)
            if ids is None:
                found.append(([id_], part))
            elif id_ not in ids:
                ids.append(id_)
    parts = [part.assign(hypothesis=phrase(ids)) for ids, part in found]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _models_of(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Take the models of a table apart, where it says which variables each has."""
    if "variables" not in frame:
        return [frame.reset_index(drop=True)]
    which = frame["variables"].map(tuple)
    return [frame[which == one].reset_index(drop=True) for one in dict.fromkeys(which)]


def _of_models(tests: HypothesisTests, name: str, labels: Labels) -> pd.DataFrame:
    """Name the variables of each model: a claim with several outcomes has several."""
    frame = _own(tests, name)
    if frame.empty:
        return frame
    named = frame["variables"].map(lambda names: ", ".join(labels.construct(one) for one in names))
    return frame.assign(about=frame["hypothesis"] + ": " + named)


def _who(tests: HypothesisTests) -> list[Block]:
    frame = _own(tests, "attendance")
    if frame.empty:
        return []
    fields = (
        Field("wave", Column("Wave"), str),
        Field("n", Column("Answered", "count")),
        Field("share_of_first", Column("Of the first wave", "percent", 0)),
        Field("joined", Column("First seen here", "count")),
        Field("left", Column("Last seen here", "count")),
        Field("returned", Column("Came back", "count")),
    )
    once = frame[frame["hypothesis"] == frame["hypothesis"].iloc[0]]
    return [frame_table("attendance", "Who answered when", once, fields)]


def _effects(tests: HypothesisTests, labels: Labels) -> list[Block]:
    frame = _of_models(tests, "lagged", labels)
    if frame.empty:
        return []
    # An effect that is equal over time stands once; its standardised value is that of the first step.
    equal = frame["model"].str.endswith("_equal")
    repeated = frame.duplicated(["about", "model", "outcome", "predictor"]) & equal
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
        "et al., 2015); the plain model mixes both and is shown for comparison. Constructs of three items or "
        "more are measured by them, with equal loadings in every wave (Mulder & Hamaker, 2021), unless the "
        "reasons of a verdict say that scale means stand for them: their errors of measurement make effects "
        "smaller.",
    )
    title = "Effects from one wave to the next"
    return [frame_table("lagged-effects", title, frame, fields, notes=notes, group="about")]


def _fit(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    fits, alike = _of_models(tests, "panel_fit", labels), _own(tests, "waves_alike")
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
        blocks.append(frame_table("panel-fit", title, fits, fields, group="about"))
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


SHAPES = {
    "none": "no change",
    "linear": "straight line",
    "basis": "shape estimated",
    "quadratic": "bent line",
    "dual": "dual change",
}


def _change(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    growth, coupled = _own(tests, "growth_fit"), _of_models(tests, "dual_change", labels)
    if len(growth):
        growth = growth.drop_duplicates(["construct", "shape"])
        growth = growth.assign(used=growth["chosen"].map({True: "yes", False: ""}))
        fields = (
            Field("shape", Column("Shape"), SHAPES.__getitem__),
            Field("chisq", Column("χ²", "decimal")),
            Field("df", Column("df", "count", italic=True)),
            Field("cfi", Column("CFI", "bounded")),
            Field("rmsea", Column("RMSEA", "bounded")),
            Field("bic", Column("BIC", "decimal")),
            Field("used", Column("Smallest BIC"), str),
        )
        blocks.append(
            frame_table(
                "growth", "Shapes of change", growth, fields, group="construct", heading=labels.construct
            )
        )
        blocks += _growth(_own(tests, "growth"), labels)
    if len(coupled):
        brought = (
            Field("predictor", Column("State before"), labels.construct),
            Field("outcome", Column("Change of"), labels.construct),
            *_ESTIMATE,
        )
        notes = (
            "Dual change scores of scale means: change from wave to wave is a constant of each person, a "
            "share of the construct's own error-free state, and what the state of the other brings (McArdle, "
            "2001).",
        )
        title = "What the state of one brings to the change of the other"
        blocks.append(frame_table("dual-change", title, coupled, brought, notes=notes, group="about"))
    return blocks


_ESTIMATE = (
    Field("est", Column("b", "decimal", italic=True)),
    Field(("ci_lower", "ci_upper"), Column("95% CI", "decimal")),
    Field("pvalue", Column("p", "p", italic=True)),
)


def _growth(frame: pd.DataFrame, labels: Labels) -> list[Block]:
    named = {f"{factor} ~1": f"mean {factor}" for factor in ("level", "slope", "bend", "change")}
    named |= {
        f"{factor} ~~ {factor}": f"variance of {factor}" for factor in ("level", "slope", "bend", "change")
    }
    if frame.empty:
        return []
    frame = frame.drop_duplicates(["construct", "parameter"])
    frame = frame[frame["parameter"].isin(list(named))]
    fields = (Field("parameter", Column("Of people"), named.__getitem__), *_ESTIMATE)
    title = "Where people begin and how they change"
    return [
        frame_table("growth-estimates", title, frame, fields, group="construct", heading=labels.construct)
    ]


LEAVING_TESTS = {
    "known_before": "Nothing known at a wave tells who leaves after it",
    "mcar": "Missing completely at random (Little, 1988)",
    "mixture": "Those about to leave had changed as others did (pattern mixture)",
}


def _leaving(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    frame, tested, mixture = (
        _of_models(tests, name, labels) for name in ("leaving", "leaving_tests", "pattern_mixture")
    )
    if len(frame):
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
        blocks.append(frame_table("leaving", "Who left", frame, fields, notes=notes, group="about"))
    if len(tested):
        own = (
            Field("test", Column("Tested"), LEAVING_TESTS.__getitem__),
            Field("statistic", Column("χ²", "decimal"), missing=lambda row: str(row["reason"])),
            Field("df", Column("df", "count", italic=True), missing=""),
            Field("pvalue", Column("p", "p", italic=True), missing=""),
        )
        title = "Whether leaving may mislead"
        blocks.append(frame_table("leaving-tests", title, tested, own, group="about"))
    if len(mixture):
        both = (
            Field("predictor", Column("Earlier"), labels.construct),
            Field("outcome", Column("Later"), labels.construct),
            Field("stay", Column("Stayed", "decimal")),
            Field("leave", Column("Left next", "decimal")),
            Field("difference", Column("Difference", "decimal")),
            Field("pvalue", Column("p", "p", italic=True)),
        )
        notes = (
            "Lagged regressions of those who stayed and of those not seen again after the wave of the "
            "outcome, errors robust to people (pattern mixture; Hedeker & Gibbons, 1997). Where they differ, "
            "full information may not make up for those who left.",
        )
        title = "Whether those who left had changed alike"
        blocks.append(frame_table("pattern-mixture", title, mixture, both, notes=notes, group="about"))
    return blocks


def _means(tests: HypothesisTests, labels: Labels) -> list[Block]:
    frame = _own(tests, "wave_means")
    if frame.empty:
        return []
    frame = frame.assign(about=frame["hypothesis"] + ": " + frame["construct"].map(labels.construct))
    fields = (
        Field("wave", Column("Wave"), str),
        Field("mean", Column("M", "decimal", italic=True)),
        Field("se", Column("SE", "decimal", italic=True)),
        Field("n", Column("n", "count", italic=True)),
    )
    notes = ("Scale means; those who missed a wave count by full information.",)
    return [frame_table("wave-means", "Means over the waves", frame, fields, notes=notes, group="about")]


def _method(claim: Mapping[Hashable, Any], told: Collection[str], how: TestingOptions) -> str:
    if claim["measure"] == TREND:
        return (
            "the linear trend of the means of all waves, their covariances free, by full information with "
            "robust errors and a Wald test"
        )
    kind, _, equal = str(claim["model"]).partition("_")
    words = {
        "riclpm": "a cross-lagged panel model with random intercepts (Hamaker et al., 2015)",
        "clpm": "a plain cross-lagged panel model",
    }[kind]
    by_items = " of factors behind the items of every wave (scale means of what is no factor)"
    words += by_items if "measured_by_items" in told else " of scale means"
    words += (
        f", lagged effects {'equal' if equal else 'free'} over time, one row a person and missing waves by "
    )
    words += "full information; the mean of a lagged effect over the waves has a Wald test"
    if len(claim["via"]):
        words += (
            f", both steps are tested jointly, and the interval of their product is of {count(how.draws)} "
        )
        words += "Monte Carlo draws"
    return words


PAGE = Page(
    kind="over_time",
    planned="panel models: cross-lagged, with random intercepts from three waves on, after invariance "
    "over waves; of a change without causes the trend of the means; those who left count by full information",
    measures={
        "mean_trend": ("d", "the change of the mean from wave to wave in standard deviations of the first")
    },
    method=_method,
    blocks=_blocks,
)
