"""Rules of judging: how well each predicts those who state it, and classes that weigh otherwise."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd

from coprod_measure.report.document import Block, Column, Figure
from coprod_measure.report.figures.profiles import draw_profiles
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import bounded
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.kinds.judgement import CLASSES, GAIN, RULES, STRONG
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.theory.definition import Hypothesis

_RULES = {
    "additive": "Additive (sum by importance)",
    "lexical": "Lexical (most important first)",
    "conjunctive": "Conjunctive (the worst point)",
    "disjunctive": "Disjunctive (the best point)",
    "slopes": "Regression on all points",
}


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for id_, own in tests.tables.items():
        if "rule_fit" in own:
            for number, (target, part) in enumerate(own["rule_fit"].groupby("target", sort=False), start=1):
                blocks.append(_picture(id_, number, part, labels.construct(str(target))))
            blocks += [_fit(id_, own["rule_fit"], labels), _gains(id_, own["rule_gains"], labels)]
        if "rule_classes" in own:
            blocks += [
                _numbers(id_, own["rule_class_numbers"], labels),
                _classes(id_, own["rule_classes"], labels),
            ]
        if "rule_agreement" in own:
            blocks.append(_agreement(id_, own["rule_agreement"], labels))
    return blocks


def _group(name: str) -> str:
    return "Everybody" if name == "all" else f"State the {name} rule"


def _picture(id_: str, number: int, fit: pd.DataFrame, target: str) -> Figure:
    shown = fit[fit["rule"] != "slopes"]
    table = shown.pivot_table(index="group", columns="rule", values="r2")
    table = table.loc[shown["group"].unique(), shown["rule"].unique()]
    groups = [
        f"{_group(name)} (n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{n})"
        for name, n in shown.groupby("group", sort=False)["n"].first().items()
    ]
    text = "; ".join(
        f"{group}: " + ", ".join(f"{rule} {bounded(r2)}" for rule, r2 in zip(table.columns, own, strict=True))
        for group, own in zip(groups, table.to_numpy(), strict=True)
    )
    rules = [_RULES[name].partition(" (")[0] for name in table.columns]
    drawing = draw_profiles(table.to_numpy(float), groups, rules, "Cross-validated R²")
    title = f"{id_}: how well each rule predicts {target}"
    return Figure(f"rules-{id_}-{number}", title, drawing, f"{text}.")


def _fit(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    told = frame.assign(who=labels_of(frame, labels))
    fields = (
        Field("rule", Column("Rule"), lambda name: _RULES[name]),
        Field("n", Column("n", "count", italic=True)),
        Field("rmse", Column("RMSE", "decimal")),
        Field("r2", Column("R²", "bounded")),
    )
    notes = (
        "Predictions of people who were left out of the estimation (10 folds, repeated), within those who "
        "state a rule by estimates of them alone. Each rule makes one number of what was judged; the "
        "regression on all points has a slope for each and stands beside. Below zero: worse than the mean.",
    )
    return frame_table(
        f"rule-fit-{id_}", f"{id_}: cross-validated fit of the rules", told, fields, group="who", notes=notes
    )


def labels_of(frame: pd.DataFrame, labels: Labels) -> pd.Series:
    """Head the lines of a table by who they are about, and by the verdict where there are several."""
    several = len(set(frame["target"])) > 1
    after = frame["target"].map(lambda name: f": {labels.construct(name)}" if several else "")
    return frame["group"].map(_group) + after


def _gains(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    told = frame.assign(who=labels_of(frame, labels))
    fields = (
        Field("rule", Column("Rule"), lambda name: name.capitalize()),
        Field("rival", Column("less"), lambda name: name.capitalize()),
        Field("gain", Column("ΔR²", "bounded")),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "bounded")),
        Field("pvalue", Column("p", "p", italic=True)),
    )
    notes = (
        "Paired differences of squared errors, as shares of the variance; intervals over people (Bayle et "
        "al., 2020). The verdict asks those who state a rule for a gain of it over the other.",
    )
    return frame_table(
        f"rule-gains-{id_}", f"{id_}: gain of one rule over another", told, fields, group="who", notes=notes
    )


def _numbers(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    fields = (
        Field("classes", Column("Classes", "count")),
        Field("loglik", Column("log L", "decimal")),
        Field("n_parameters", Column("Parameters", "count")),
        Field("aic", Column("AIC", "decimal")),
        Field("bic", Column("BIC", "decimal")),
        Field("entropy", Column("Entropy", "bounded")),
    )
    notes = (
        "Regressions of the verdict on what it is judged by, with slopes and a residual variance for each "
        "class; the smallest BIC decides. A class of more spread can be answers at the end of the scale.",
    )
    return frame_table(
        f"rule-class-numbers-{id_}", f"{id_}: how many classes judge otherwise", frame, fields,
        group="target",
        heading=labels.construct, notes=notes,
    )  # fmt: skip


def _classes(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    def named(row: Mapping[Hashable, Any]) -> str:
        name = str(row["name"])
        if name == "intercept":
            return "Intercept"
        item = labels.instrument.items.get(name)
        if item is None:
            return labels.construct(name)
        first, *more = item.weighs or (name,)  # points are told by what they weigh
        several = not item.label and len(labels.instrument.items_of(item.construct_id or "")) > 1
        told = labels.item(first) if several and not item.weighs else labels.question(first)
        return told + (f" and {len(more)} more" if more else "")

    heads = [f"Class {one['class']} ({one.share:.0%})" for _, one in frame.iterrows()]
    fields = (
        Field(named, Column("Judged by")),
        Field("est", Column("β", "decimal", italic=True)),
        Field("se", Column("SE", "decimal", italic=True)),
        Field("pvalue", Column("p", "p", italic=True)),
        Field("sigma", Column("Residual SD", "decimal")),
    )
    notes = ("In standard deviations of everybody; errors from the observed information.",)
    return frame_table(
        f"rule-classes-{id_}", f"{id_}: slopes by class", frame.assign(who=heads), fields, group="who",
        notes=notes,
    )  # fmt: skip


def _agreement(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    heads = "Class " + frame["class"].astype(str)
    shares = frame["n"] / frame.groupby(["target", "stated"])["n"].transform("sum")
    fields = (
        Field("stated", Column("Stated rule"), lambda name: name.capitalize()),
        Field("n", Column("n", "count", italic=True)),
        Field("share", Column("of those who state it", "percent", 0)),
    )
    return frame_table(
        f"rule-agreement-{id_}", f"{id_}: classes and stated rules", frame.assign(who=heads, share=shares),
        fields, group="who", notes=("People in their most probable class.",),
    )  # fmt: skip


def _method(claim: Mapping[Hashable, Any], _: Collection[str], __: TestingOptions) -> str:
    if claim["measure"] != GAIN:
        return _MIXTURE
    return (
        "predictions of the verdict by rules of judging (additive, lexical, conjunctive, disjunctive), each "
        "the verdict's line in one number made of what is judged: among those who state a rule, its "
        "cross-validated fit must exceed that of the rule that it is set against"
    )


_MIXTURE = (
    "mixture regression with different numbers of classes; the smallest BIC decides, and classes count as "
    f"shown where it is {STRONG:g} or more below that of one class (Kass & Raftery, 1995)"
)


def _planned_of(one: Hypothesis, _: Context) -> str:
    if RULES not in one.tested_by:
        return _MIXTURE
    beside = ", a mixture regression beside" if CLASSES in one.tested_by else ""
    return PAGE.planned + beside


PAGE = Page(
    kind="judgement",
    planned="rules of judging compared by their cross-validated fit (10 folds, 10 times) among those who "
    "state them",
    planned_of=_planned_of,
    method=_method,
    blocks=_blocks,
    measures={
        GAIN: (
            "ΔR²",
            "the gain in cross-validated R² of the rule that people state over the one it is set against",
        )
    },
)
