"""Stages: who is where when, the flow between waves, and when an event happens."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import pandas as pd

from coprod_measure.report.document import Block, Column, Figure
from coprod_measure.report.figures.stage_flow import draw_stage_flow
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import count
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for id_, own in tests.tables.items():
        if "order_over_time" in own:
            blocks += _order(id_, own, labels)
        if "steps" in own and "moves" in own:
            blocks += [_flow(id_, own["steps"], labels), _moves(id_, own["moves"], labels)]
        if "markov" in own:
            blocks.append(_markov(id_, own["markov"]))
        if "life_table" in own:
            blocks += [_life(id_, own["life_table"], labels), _hazard(id_, own["hazard"], labels)]
    return blocks


ORDERS = {
    "claimed": "As claimed",
    "reversed": "Reversed",
    "swapped": "Swapped",
    "direct": "The first acts on all",
    "forward": "Each acts on all later ones",
    "none": "None acts on another",
    "free": "All act on all",
}


def _order(id_: str, own: Mapping[str, pd.DataFrame], labels: Labels) -> list[Block]:
    steps = {
        step: ", ".join(map(labels.construct, holds))
        for step, holds in own["order_steps"].itertuples(index=False)
    }
    named = {
        step: step.replace("_", " ") if step.startswith("step_") else holds for step, holds in steps.items()
    }
    table = own["order_over_time"]
    moved = table["moved"].map(lambda names: " and ".join(named[one] for one in names))
    label = [f"{ORDERS[name]} {what}".strip() for name, what in zip(table["structure"], moved, strict=True)]
    fields = (
        Field("label", Column("Order over waves")),
        Field("npar", Column("Parameters", "count")),
        Field("bic", Column("BIC", "decimal")),
        Field("delta_bic", Column("ΔBIC", "decimal")),
        Field("against_free", Column("χ² against all", "decimal"), missing=""),
        Field("df_free", Column("df", "count", italic=True)),
        Field("p_free", Column("p", "p", italic=True), missing=""),
    )
    effects = own["order_effects"]
    read = "with random intercepts" if effects["stable"].all() else "without random intercepts"
    several = "; ".join(f"{named[step]}: {holds}" for step, holds in steps.items() if holds != named[step])
    notes = (
        f"Lagged effects between steps {read}, equal over time, the earlier state held constant; steps are "
        f"means of standardised scores{f' ({several})' if several else ''}. ΔBIC: positive where the "
        "claimed order is better. Each acts on all later ones, against all act on all: the constraint that "
        "nothing acts backwards.",
    )
    lagged = (
        Field("predictor", Column("Earlier"), named.__getitem__),
        Field("outcome", Column("Later"), named.__getitem__),
        Field("est", Column("b", "decimal", italic=True)),
        Field("se", Column("SE", "decimal")),
        Field("pvalue", Column("p", "p", italic=True)),
    )
    title = f"{id_}: the order of steps over waves"
    return [
        frame_table(f"order-{id_}", title, table.assign(label=label), fields, notes=notes),
        frame_table(f"order-effects-{id_}", f"{id_}: effects between steps, all free", effects, lagged),
    ]


def _stage(labels: Labels, name: str) -> str:
    return "Before the first" if name == "before" else labels.construct(name)


def _flow(id_: str, steps: pd.DataFrame, labels: Labels) -> Figure:
    stages = list(dict.fromkeys(steps["source"]))
    parts = [part for _, part in steps.groupby(["wave", "next"], sort=False)]
    moves = [
        {(stages.index(a), stages.index(b)): int(n) for a, b, n in part[["source", "target", "n"]].to_numpy()}
        for part in parts
    ]
    waves = [f"Wave {parts[0]['wave'].iloc[0]}", *(f"Wave {part['next'].iloc[0]}" for part in parts)]
    told = [
        f"{one.n} from {_stage(labels, one.source)} to {_stage(labels, one.target)}"
        for one in steps.groupby(["source", "target"], as_index=False, sort=False)["n"].sum().itertuples()
        if one.n and one.source != one.target
    ]
    return Figure(
        f"flow-{id_}",
        f"{id_}: who moved from stage to stage (blue: forward, vermilion: back, grey: stayed)",
        draw_stage_flow(waves, [_stage(labels, one) for one in stages], moves),
        "; ".join(told) + ".",
    )


def _moves(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    fields = (
        Field("target", Column("To"), lambda name: _stage(labels, name)),
        Field("n", Column("Moves", "count")),
        Field("probability", Column("Probability", "bounded")),
    )
    notes = (
        "A stage counts as reached where all before it were: yes said, or an answer above the middle. The "
        "verdict compares where people ended with where they began, so that each counts once.",
    )
    return frame_table(
        f"moves-{id_}", f"{id_}: moves from stage to stage", frame, fields, notes=notes, group="source",
        heading=lambda name: f"From {_stage(labels, name)}", reason="nobody was there",
    )  # fmt: skip


def _markov(id_: str, frame: pd.DataFrame) -> Block:
    fields = (
        Field("states", Column("States", "count")),
        Field("moves", Column("Moves"), {"free": "both ways", "forward": "forward only"}.__getitem__),
        Field("loglik", Column("Log-likelihood", "decimal")),
        Field("bic", Column("BIC", "decimal")),
        Field("entropy", Column("Entropy", "bounded"), missing=""),
    )
    notes = ("Stages inferred from answers that show them with error; the smallest BIC fits best.",)
    return frame_table(f"markov-{id_}", f"{id_}: latent stages", frame, fields, notes=notes)


def _life(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    fields = (
        Field("period", Column("Wave after the first", "count")),
        Field("at_risk", Column("At risk", "count")),
        Field("events", Column("Happened", "count")),
        Field("censored", Column("Lost", "count")),
        Field("hazard", Column("Hazard", "bounded")),
        Field("survival", Column("Still without", "bounded")),
    )
    return frame_table(
        f"life-{id_}", f"{id_}: when it happened", frame, fields, group="event", heading=labels.construct
    )


def _hazard(id_: str, frame: pd.DataFrame, labels: Labels) -> Block:
    fields = (
        Field("name", Column("Term"), labels.construct),
        Field("est", Column("Log odds", "decimal")),
        Field("se", Column("SE", "decimal")),
        Field("pvalue", Column("p", "p", italic=True)),
        Field("ratio", Column("Odds ratio", "decimal")),
    )
    notes = ("Discrete-time hazard: logistic regression of the event among those still at risk.",)
    return frame_table(
        f"hazard-{id_}", f"{id_}: what hastens it", frame, fields, notes=notes, group="event",
        heading=labels.construct,
    )  # fmt: skip


def _method(claim: Mapping[Hashable, Any], told: Collection[str], how: TestingOptions) -> str:
    if claim["model"] == "moves":
        return (
            "the share of people who ended in a later stage than they began in, among those who moved, those "
            "who left made up for by their stage"
        )
    words = (
        "a discrete-time model of the hazard of the event (logistic regression of persons by waves, each as "
        "long as seen without a gap, of those whose causes are known in the first)"
    )
    if len(claim["via"]):
        words += f", with {count(how.draws)} draws for what goes through the mediator"
    return words


PAGE = Page(
    kind="transitions",
    planned="transitions between stages from wave to wave, latent Markov models and hazards",
    method=_method,
    blocks=_blocks,
    table="order_over_time",
    measures={
        "share_forward": ("forward", "of those who changed stage, the share that ended further on"),
        "log_odds_of_the_event": ("log odds", "the change of the log odds of the event at each wave"),
    },
)
