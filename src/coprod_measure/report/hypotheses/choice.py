"""Choices: slopes, the naive ones beside, and what they mean for the shares that choose each option."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from coprod_measure.report.document import Block, Column, Figure
from coprod_measure.report.figures.forest import Estimate, draw_forest
from coprod_measure.report.from_frames import Field, Record, frame_table
from coprod_measure.report.hypotheses.balance import cause_of, turning_point
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import bounded, interval
from coprod_measure.structure.evidence import Context
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.regression import variables_of
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.theory.definition import Hypothesis

_UNIT = {"log_odds": "Log-odds", "probit": "Probit slopes"}


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for id_, own in tests.tables.items():
        if not {"slopes", "effects"} <= own.keys():  # moderated claims have slopes as well
            continue
        targets = list(dict.fromkeys(own["effects"]["target"]))
        for number, target in enumerate(targets, start=1):
            place = f"{id_}-{number}" if len(targets) > 1 else id_
            about = labels.construct(str(target))
            of = {name: frame[frame["target"] == target] for name, frame in own.items()}
            own_blocks = _of_one(place, f"{id_}: {{}} ({about})", of["slopes"], of["effects"], labels)
            if "switch" in of:  # along the amount it is seen better than at one point
                own_blocks = [*own_blocks[1:], *turning_point(place, f"{id_}: {{}} ({about})", of, labels)]
            blocks += own_blocks
            if "slopes_beside" in of:
                title = f"{id_}, by its causes: {{}} ({about})"
                beside = (of["slopes_beside"], of["effects_beside"])
                blocks += _of_one(f"{place}-causes", title, *beside, labels)[1:]
    return blocks


def _of_one(
    place: str, title: str, every: pd.DataFrame, effects: pd.DataFrame, labels: Labels
) -> list[Block]:
    """Show what moves one choice; ``title`` has braces for what is shown."""
    slopes = every[every["term"] != "(constant)"]
    constants = every[every["term"] == "(constant)"]
    fields = [
        Field(partial(cause_of, labels=labels), Column("Cause")),
        Field("estimate", Column("b", "decimal", italic=True)),
        Field("se", Column("SE", "decimal", italic=True)),
        Field("pvalue", Column("p", "p", italic=True)),
    ]
    mended = bool((slopes["naive"] != slopes["estimate"]).any())
    if mended:
        fields.append(Field("naive", Column("Naive b", "decimal")))
        fields.append(Field("naive_se", Column("Naive SE", "decimal")))
    base = str(slopes["base"].iloc[0])
    apart = constants.duplicated(["target", "equation"]).any()
    unit = _UNIT[str(slopes["measure"].iloc[0])]
    one = len(slopes["term"].unique()) == 1
    told = "" if one else ", each cause by itself" if apart else ", all causes together"
    without = (
        " b is without the error of measurement of the causes where it is known from their items, the "
        "naive b with it." * mended
    )
    notes = (f"{unit} of each option against “{base}”{told}.{without}",)
    shares = (
        Field(partial(cause_of, labels=labels), Column("Cause")),
        Field("effect", Column("Effect on the share", "bounded")),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "bounded")),
        Field("pvalue", Column("p", "p", italic=True)),
    )
    arms = {item.assigns for item in labels.instrument.items.values() if item.assigns}
    more = ["one point more on the scale of the cause"] if (effects["unit"] == 1.0).any() else []
    more += ["as much more as stands behind an amount"] if (effects["unit"] != 1.0).any() else []
    more += ["the next arm in place of the one before"] if arms & {*effects["term"]} else []
    marginal = (
        f"Mean change of the probability of an option with {', or '.join(more)}; the error of measurement "
        f"left in{', people counted by their sampling weights' * bool(effects['weighted'].any())}.",
    )
    moves, share = (
        title.format("what moves the choice"),
        title.format("effects on the shares that choose an option"),
    )
    rows = effects[effects["label"] == effects["chosen"]].to_dict("records")
    return [
        _picture(place, title, rows, labels),
        frame_table(f"choice-{place}", moves, slopes, fields, notes=notes, group="label"),
        frame_table(f"shares-{place}", share, effects, shares, notes=marginal, group="label"),
    ]


def _picture(place: str, title: str, rows: list[Record], labels: Labels) -> Figure:
    estimates = [
        Estimate(
            cause_of(row, labels), float(row["effect"]), float(row["ci_lower"]),
            float(row["ci_upper"]), "",
        )
        for row in rows
    ]  # fmt: skip
    told = "; ".join(
        f"{one.label} {bounded(one.value)} {interval(one.low, one.high, 'bounded')}" for one in estimates
    )
    return Figure(
        f"choice-figure-{place}",
        title.format(f"effects on choosing “{rows[0]['chosen']}”"),
        draw_forest(estimates, "Effect on the share that chooses it, with 95% interval"),
        f"{told}.",
    )


def _method(claim: Mapping[Hashable, Any], told: Collection[str], how: TestingOptions) -> str:
    mended = ", unreliability of causes taken off by simulation and extrapolation" * ("choice_mended" in told)
    each = "each cause by itself" if "choice_apart" in told else "all causes together"
    link = how.kinds.get("choice", {}).get("link", "logit")
    if "by_balance" in told:
        far = ", amounts far out set to the outer fences (Tukey, 1977)" * bool(
            {"far_out", "far_out_alone"} & {*told}
        )
        return (
            f"a {link} model of the choice on one amount, gains less costs{far}, with Wald tests and the "
            "interval of the amount at which half choose it (Fieller, 1954)"
        )
    return f"a {link} or multinomial model of the choice, {each}{mended}, with Wald tests"


def _planned_of(one: Hypothesis, context: Context) -> str:
    scales = [context.clean.instrument.scale_of(y.items[0]) for y in variables_of(one.targets, context)]
    two = {len(scale.codes) == 2 for scale in scales if scale is not None}
    if len(two) != 1:
        return ""
    if one.balance and variables_of((one.balance,), context):
        return (
            "logit (probit where the study says so) regression of the choice on one amount, gains less "
            "costs, amounts far out set to the outer fences (Tukey, 1977), with the interval of the amount "
            "at which half choose it (Fieller, 1954)"
        )
    model = "logit (probit where the study says so)" if two == {True} else "multinomial"
    return (
        f"{model} regression of the choice; causes freed from unreliability where it is known, with average "
        "marginal effects"
    )


PAGE = Page(
    kind="choice",
    table="effects",
    planned="logit (where that is asked for probit) or multinomial regression of the choice; causes freed "
    "from unreliability where it is known, with average marginal effects",
    planned_of=_planned_of,
    method=_method,
    blocks=_blocks,
    measures={
        "probit": ("b", "the probit slope of the claimed option against the base"),
        "log_odds": ("b", "the log-odds of the claimed option against the base"),
        "sum_of_log_odds": ("b1 + b2", "the sum of two slopes, zero where they are equal and opposite"),
    },
)
