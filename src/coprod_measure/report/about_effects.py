"""Direct, indirect and total effects of everything that a hypothesis relates by mediators."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from coprod_measure.errors import counted
from coprod_measure.report.document import Block, Column, Row, Table
from coprod_measure.report.from_frames import cell, span
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import bounded
from coprod_measure.structure.effect_tables import DIRECT, INDIRECT, MOST_ROUTES, TOTAL, TOTAL_INDIRECT
from coprod_measure.structure.results import HypothesisTests

_CALLED = {DIRECT: "direct", TOTAL_INDIRECT: "all indirect", TOTAL: "total"}
_MEDIATION = {
    "complementary": "complementary",
    "competitive": "competitive",
    "indirect-only": "indirect only",
    "direct-only": "direct only",
    "none": "no effect",
}


def about_effects(tests: HypothesisTests, which: Sequence[str], labels: Labels) -> list[Block]:
    """Show effects by each route, one table a structural model; pairs without mediators have no row.

    ``which``: how the models are told apart.
    """
    blocks: list[Block] = []
    for number, (model, told) in enumerate(zip(tests.models, which, strict=True), start=1):
        found = model.effects
        mediated = found[found["effect"] == TOTAL] if len(found) else found
        if mediated.empty:
            continue
        claimed = _claimed(tests.claims[tests.claims["respondents"] == model.respondents])
        rows: list[Row] = []
        for source, target in zip(mediated["source"], mediated["target"], strict=True):
            own = found[(found["source"] == source) & (found["target"] == target)]
            heading = f"{labels.construct(source)} → {labels.construct(target)}"
            rows.append(Row((heading, *[None] * 8), heading=True))
            rows += [_row(one, claimed, labels) for _, one in own.iterrows()]
        title = "Direct, indirect and total effects" + (f", model {told}" if told else "")
        blocks.append(
            Table(f"effects-{number}", title, _COLUMNS, tuple(rows), _notes(found, tests.options.level))
        )
    return blocks


_COLUMNS = (
    Column("Effect"),
    Column("b", "decimal", italic=True),
    Column("SE", "decimal", italic=True),
    Column("95% CI of b", "decimal"),
    Column("β", "bounded", italic=True),
    Column("95% CI of β", "bounded"),
    Column("p", "p", italic=True),
    Column("Mediation"),
    Column("Claimed by"),
)


def _row(one: pd.Series, claimed: dict[tuple[str, tuple[str, ...], str], list[str]], labels: Labels) -> Row:
    via = tuple(map(str, one["via"]))
    through = " → ".join(labels.construct(name) for name in via)
    name = _CALLED.get(one["effect"]) or f"through {through}"
    ids = claimed.get((one["source"], via, one["target"]), []) if one["effect"] in (DIRECT, INDIRECT) else []
    return Row(
        (
            name,
            cell(one["estimate"]),
            cell(one["se"]),
            span(one["ci_lower"], one["ci_upper"]),
            cell(one["std"]),
            span(one["std_ci_lower"], one["std_ci_upper"]),
            cell(one["pvalue"]),
            _MEDIATION.get(one["mediation"], ""),
            ", ".join(ids),
        ),
        hypotheses=tuple(ids),
    )


def _claimed(claims: pd.DataFrame) -> dict[tuple[str, tuple[str, ...], str], list[str]]:
    """Hypotheses by each route that they claim; mediators side by side are a route each."""
    found: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for row in claims.itertuples():
        routes: list[tuple[str, ...]] = [()]
        for step in row.via:
            routes = [(*route, str(name)) for route in routes for name in step]
        for route in routes:
            ids = found.setdefault((str(row.source), route, str(row.target)), [])
            if row.hypothesis not in ids:
                ids.append(str(row.hypothesis))
    return found


def _notes(found: pd.DataFrame, level: float) -> tuple[str, ...]:
    routes = found[found["effect"] == INDIRECT].groupby(["source", "target"]).size()
    notes = [
        "Intervals and p values of indirect and total effects are of Monte Carlo draws; p is not adjusted. "
        f"Mediation by Zhao et al. (2010), at {bounded(level)}: complementary and competitive are partial, "
        "indirect only is full mediation.",
    ]
    if (routes >= MOST_ROUTES).any():
        shown = counted(MOST_ROUTES, "route")
        notes.append(f"Of each pair at most the {shown} with the largest effects are told; totals hold all.")
    return tuple(notes)
