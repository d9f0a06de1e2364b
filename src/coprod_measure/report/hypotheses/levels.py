"""Categories and countries: what differs between them and within, with their means as a picture."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any

import pandas as pd

from coprod_measure.report.document import Block, Column, Figure
from coprod_measure.report.figures.heat import draw_heat
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.means import means_figure
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import decimal
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.regression import LOG_ODDS
from coprod_measure.structure.results import HypothesisTests

_PARTS = {
    "within": "within categories",
    "between": "between categories",
    "difference": "between less within",
}
_P = Field("pvalue", Column("p", "p", italic=True))
_SE, _DF = Field("se", Column("SE", "decimal")), Field("df", Column("df", "decimal", italic=True))


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    kinds = tests.verdicts.set_index("id")["kind"]
    return [
        block
        for id_, own in tests.tables.items()
        if kinds[id_] == PAGE.kind
        for name, show in _SHOWN.items()
        if name in own
        for block in show(id_, own[name], labels)
    ]


def _slopes(id_: str, frame: pd.DataFrame, labels: Labels) -> list[Block]:
    shown = frame.assign(part=frame["part"].map(_PARTS), path=_arrows(frame, "predictor", labels))
    fields = [
        Field("part", Column("Slope")),
        Field("est", Column("b", "decimal", italic=True)),
        _SE,
        _DF,
        Field("t", Column("t", "decimal", italic=True)),
        _P,
    ]
    notes = (
        "Crossed random intercepts of people and categories, REML, degrees of freedom by Satterthwaite. "
        "Between: the means of categories; within: what differs from them (Mundlak, 1978)."
        + " Yes/no outcomes: log odds of a logistic model, tested by z."
        * bool(frame["yes_no"].any()),
    )
    return [frame_table(f"slopes-{id_}", f"{id_}: slopes by level", shown, fields, group="path", notes=notes)]


def _variation(id_: str, frame: pd.DataFrame, labels: Labels) -> list[Block]:
    if frame.empty:
        return []
    shown = frame.assign(
        path=_arrows(frame, "source", labels), used=frame["used"].map({True: "yes", False: ""})
    )
    fields = [
        Field("path", Column("Slope")),
        Field("sd", Column("SD over categories", "decimal")),
        Field("statistic", Column("LR", "decimal")),
        _P,
        Field("used", Column("Allowed for")),
    ]
    notes = (
        "Likelihood-ratio test of a variance at its boundary (Stram & Lee, 1994). Slopes with p below .20 "
        "may vary in the model that is judged (Matuschek et al., 2017), unless that has no solution.",
    )
    return [frame_table(f"variation-{id_}", f"{id_}: whether slopes vary", shown, fields, notes=notes)]


def _robust(id_: str, frame: pd.DataFrame, labels: Labels) -> list[Block]:
    shown = frame.assign(part=frame["part"].map(_PARTS), path=_arrows(frame, "source", labels))
    fields = [
        Field("part", Column("Slope")),
        Field("est", Column("b", "decimal", italic=True)),
        _SE,
        _P,
        Field("clusters", Column("Clusters", "count")),
        Field("clustered_by", Column("of")),
    ]
    notes = (
        "Least squares, errors robust to clusters: no assumption about the random intercepts. CR1, and where "
        "the clusters are those that are compared, CR2 (Bell & McCaffrey, 2002).",
    )
    title = f"{id_}: the same with cluster-robust errors"
    return [frame_table(f"robust-{id_}", title, shown, fields, group="path", notes=notes)]


def _means(id_: str, frame: pd.DataFrame, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for number, ((sorting, target), part) in enumerate(
        frame.groupby(["sorting", "target"], sort=False), start=1
    ):
        ranked = part.sort_values("mean", ascending=False)
        title = f"{id_}: {labels.construct(str(target))} by {labels.construct(str(sorting)).lower()}"
        blocks.append(means_figure(f"levels-{id_}-{number}", title, ranked, "group"))
        if ranked["best"].notna().any():
            fields = [
                Field("group", Column("Group")),
                Field("n", Column("n", "count", italic=True)),
                Field("mean", Column("M", "decimal", italic=True)),
                Field("effect", Column("Effect", "decimal")),
                Field("best", Column("Best", "percent", 0)),
            ]
            notes = (
                "Effect: predicted difference from the mean of all, drawn towards it where a group is little "
                "known. Best: probability that no other group is higher.",
            )
            blocks.append(frame_table(f"best-{id_}-{number}", title, ranked, fields, notes=notes))
    return blocks


def _profiles(id_: str, frame: pd.DataFrame, labels: Labels) -> list[Block]:
    apart, means = (
        frame.pivot_table(index="group", columns="target", values=name, sort=False)
        for name in ("apart", "mean")
    )
    outcomes = [labels.construct(str(name)) for name in apart.columns]
    picture = draw_heat(apart.to_numpy(), [str(name) for name in apart.index], outcomes, strong=0.3)
    text = "; ".join(
        f"{group}: " + ", ".join(f"{name} {decimal(v)}" for name, v in zip(outcomes, row, strict=True))
        for group, row in zip(means.index, means.to_numpy(), strict=True)
    )
    title = f"{id_}: profiles, each category's outcomes apart from its own mean, in standard deviations"
    return [Figure(f"profiles-{id_}", title, picture, f"Means: {text}.")]


def _gap(id_: str, frame: pd.DataFrame, labels: Labels) -> list[Block]:
    fields = [
        Field("group", Column("Group")),
        Field("n", Column("n", "count", italic=True)),
        Field("mean", Column("M", "decimal", italic=True)),
        Field("adjusted", Column("Adjusted M", "decimal")),
    ]
    notes = (
        "Adjusted: with the characteristics held at their mean over categories, slopes within categories, "
        "freed from the scales' error by coefficient alpha. "
        "The share is of the variance among means, less what sampling adds; people drawn with replacement.",
    )
    title = f"{id_}: what is left of the gap"
    return [
        frame_table(f"gap-{id_}", title, frame, fields, group="target", heading=labels.construct, notes=notes)
    ]


def _countries(id_: str, frame: pd.DataFrame, labels: Labels) -> list[Block]:
    halves = "higher" in frame
    of_slopes = "moderator" in frame
    what = "Slopes within" if of_slopes else "Means of"
    shown = frame.assign(path=_arrows(frame, "source", labels))
    if of_slopes:
        shown = shown.assign(by=frame["moderator"].map(labels.construct))
    fields = [
        Field("path", Column("Claim")),
        *([Field("by", Column("Moderator"))] if of_slopes else []),
        Field("countries", Column("Countries", "count")),
        Field("people", Column("People", "count")),
        Field("estimate", Column("Difference" if halves else "b", "decimal", italic=not halves)),
        _SE,
        _DF,
        _P,
    ]
    if halves:
        fields += [
            Field("fixed_se", Column("SE, fixed", "decimal")),
            Field("fixed_pvalue", Column("p, fixed", "p")),
            Field("higher", Column("Upper half")),
            Field("lower", Column("Lower half")),
        ]
        note = (
            f"{what} the countries above the middle one less those below, each country counting the same. "
            "Fixed: error of the people in these countries alone."
        )
    else:
        fields += [
            Field("robust_se", Column("robust SE", "decimal")),
            Field("robust_pvalue", Column("robust p", "p")),
            Field("icc", Column("ICC", "bounded")),
        ]
        note = (
            "Random intercepts of countries, REML, degrees of freedom by Satterthwaite; facts side by side. "
            "Robust: least squares with errors robust to countries (CR2; Bell & McCaffrey, 2002)."
        )
    return [frame_table(f"countries-{id_}", f"{id_}: countries", shown, fields, notes=(note,))]


def _slope_of_slopes(id_: str, frame: pd.DataFrame, labels: Labels) -> list[Block]:
    if "higher" in frame:
        return _countries(id_, frame, labels)
    shown = frame.assign(path=_arrows(frame, "source", labels), by=frame["moderator"].map(labels.construct))
    fields = [
        Field("path", Column("Claim")),
        Field("by", Column("Moderator")),
        Field("countries", Column("Countries", "count")),
        Field("slope", Column("Slope", "decimal")),
        Field("estimate", Column("Change of slope", "decimal")),
        _SE,
        _DF,
        _P,
    ]
    note = (
        "Slope: within countries, where the moderator has its mean; change of slope: with one standard "
        "deviation more of it. Intercepts and slopes vary over countries, REML, degrees of freedom by "
        "Satterthwaite."
    )
    return [frame_table(f"slopes-{id_}", f"{id_}: slopes over countries", shown, fields, notes=(note,))]


def _two_levels(id_: str, frame: pd.DataFrame, labels: Labels) -> list[Block]:
    words = {
        "a": "cause on mediator",
        "b": "mediator on outcome, between",
        "b_within": "mediator on outcome, within",
        "direct": "direct",
        "indirect": "indirect",
    }
    name = frame["mediator"].map(lambda one: labels.construct(one) if one else "")
    shown = frame.assign(
        effect=frame["effect"].map(words) + [f" ({one})" if one else "" for one in name],
        path=_arrows(frame, "source", labels) + ", " + frame["design"],
    )
    fields = [
        Field("effect", Column("Effect")),
        Field("est", Column("b", "decimal", italic=True)),
        _SE,
        _DF,
        Field("ci_lower", Column("from", "decimal")),
        Field("ci_upper", Column("to", "decimal")),
        _P,
    ]
    notes = (
        "Means of countries are latent (maximum likelihood); only what differs between countries can carry "
        "the effect of a fact about them (Preacher et al., 2010). Errors and t as of a regression over "
        "countries; intervals of indirect effects Monte Carlo.",
    )
    title = f"{id_}: mediation between countries"
    return [frame_table(f"levels-mediation-{id_}", title, shown, fields, group="path", notes=notes)]


_AMONG_PEOPLE = {"person": "Person", "residual": "What is left"}
"""What varies within the groups that are compared."""


def _shares(id_: str, frame: pd.DataFrame, labels: Labels) -> list[Block]:
    if not len(frame):
        return []
    fields = [
        Field("factor", Column("Level")),
        Field("levels", Column("Number", "count")),
        Field("variance", Column("Variance", "decimal")),
        Field("icc", Column("ICC", "bounded")),
    ]
    if "sorting" in frame:
        among_people = frame["factor"].isin(list(_AMONG_PEOPLE))
        sorted_by = frame["sorting"].map(labels.construct)
        frame = frame.assign(factor=frame["factor"].map(_AMONG_PEOPLE).where(among_people, sorted_by))
    once = frame.drop_duplicates([name for name in ("target", "sorting", "factor") if name in frame])
    title = f"{id_}: variance by level"
    return [frame_table(f"shares-{id_}", title, once, fields, group="target", heading=labels.construct)]


def _arrows(frame: pd.DataFrame, source: str, labels: Labels) -> pd.Series:
    cause, outcome = frame[source].map(labels.construct), frame["target"].map(labels.construct)
    return cause + " to " + outcome


_SHOWN: Mapping[str, Callable[[str, pd.DataFrame, Labels], list[Block]]] = {
    "level_slopes": _slopes,
    "slope_variation": _variation,
    "robust": _robust,
    "category_means": _means,
    "profiles": _profiles,
    "gap_means": _gap,
    "countries": _countries,
    "slope_of_slopes": _slope_of_slopes,
    "two_levels": _two_levels,
    "shares": _shares,
}


def _method(claim: Mapping[Hashable, Any], told: Collection[str], _: TestingOptions) -> str:
    model = str(claim["model"])
    if model in _OF_COUNTRIES:
        return f"{_OF_COUNTRIES[model]} (n counts rows, one a person and country)"
    words = _OF_CATEGORIES[model]
    if words == _SPLIT and "no_slope_between" in told:
        words = (
            "a mixed model with an intercept a category: the slope within categories, too few for one between"
        )
    sorting = "group" if model in ("contrast", "all") else "category"
    log_odds = "log odds in " * (claim["measure"] == LOG_ODDS)
    return f"{log_odds}{words} (n counts rows, one a person and {sorting})"


_SPLIT = "a mixed model with random intercepts: the whole slope, split into between and within categories"
_OF_CATEGORIES = {
    "between": _SPLIT,
    "within": _SPLIT,
    "": _SPLIT,
    "contrast": "a planned contrast of groups, people held apart by random intercepts where they have "
    "several rows",
    "all": "a test of equal means of all groups, its errors robust to people",
    "profile": "a test of parallel profiles of categories, its errors robust to people",
    "gap": "the share of a gap between categories that goes through what they are like, its interval by "
    "bootstrap",
}
_THROUGH = "an indirect effect of people within countries, its interval by draws"
_OF_COUNTRIES = {
    "slope": "a mixed model of people within countries: the slope over countries",
    "slope_of_slopes": "a mixed model of people within countries: how a slope changes over countries",
    "halves": "a t test of the means of the upper half of countries against the lower",
    "halves_of_slopes": "a t test of the slopes within the upper half of countries against the lower",
    "2-1-1": _THROUGH,
    "2-2-1": _THROUGH,
    "mixed": _THROUGH,
}
"""By model of the claim."""


PAGE = Page(
    kind="levels",
    planned="mixed models or contrasts with errors robust to people: rows of people in categories, "
    "partners, episodes or countries",
    method=_method,
    blocks=_blocks,
    measures={
        "mean_gap": ("Δ", "a difference of means"),
        "share_explained": ("share", "the share of the gap between categories that is explained"),
        "eta_squared": ("η²", "the share of variance that groups explain"),
    },
)
