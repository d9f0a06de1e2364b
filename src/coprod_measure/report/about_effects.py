"""Direct, indirect and total effects of everything that a hypothesis relates by mediators."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from coprod_measure.report.document import Block, Column, Row, Starred, Table, Value
from coprod_measure.report.from_frames import cell, span
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import STARS_IN_WORDS, bounded
from coprod_measure.structure.effect_tables import DIRECT, INDIRECT, TOTAL, TOTAL_INDIRECT
from coprod_measure.structure.evidence import BETA
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests

Claimed = dict[tuple[str, tuple[str, ...], str], list[str]]
"""Source, route and target to the hypotheses that claim it."""
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
    slopes = tests.claims[tests.claims["measure"] == BETA]
    for number, (model, told) in enumerate(zip(tests.models, which, strict=True), start=1):
        found = model.effects
        mediated = found[found["effect"] == TOTAL] if len(found) else found
        if mediated.empty:
            continue
        claimed = _claimed(slopes[slopes["respondents"] == model.who])
        rows: list[Row] = []
        short: list[Row] = []
        for source, target in zip(mediated["source"], mediated["target"], strict=True):
            own = found[(found["source"] == source) & (found["target"] == target)]
            heading = f"{labels.construct(source)} → {labels.construct(target)}"
            rows.append(Row((heading, *[None] * 8), heading=True))
            rows += [_row(one, claimed, labels) for _, one in _told(own).iterrows()]
            short += _in_short(heading, own, claimed, labels)
        title = "Direct, indirect and total effects" + (f", model {told}" if told else "")
        notes = _notes(found, tests.options)
        brief = Table(f"effects-{number}", title, _SHORT, tuple(short), (*_SHORT_NOTES, *notes))
        blocks.append(Table(f"effects-{number}", title, _COLUMNS, tuple(rows), notes, short=brief))
    return blocks


_DIGITS = 3
"""Products of small slopes vanish at two."""
_COLUMNS = (
    Column("Effect"),
    Column("b", "decimal", _DIGITS, italic=True),
    Column("SE", "decimal", _DIGITS, italic=True),
    Column("95% CI of b", "decimal", _DIGITS),
    Column("β", "bounded", _DIGITS, italic=True),
    Column("95% CI of β", "bounded", _DIGITS),
    Column("p", "p", italic=True),
    Column("Mediation"),
    Column("Claimed by"),
)


_MANY_ROUTES, _LARGEST = 5, 3
_FEW_ROUTES = 2
_SHORT = (
    Column("Effect"),
    Column("Through"),
    Column("Direct", "bounded", _DIGITS),
    Column("Indirect", "bounded", _DIGITS),
    Column("95% CI", "bounded", _DIGITS),
    Column("Total", "bounded", _DIGITS),
    Column("Mediation"),
    Column("Claimed by"),
)
_SHORT_NOTES = (
    f"Standardised. Of pairs with more than {_FEW_ROUTES} routes their sum; the full report has each.",
    STARS_IN_WORDS + ".",
)


def _told(pair: pd.DataFrame) -> pd.DataFrame:
    """Leave the largest of many routes: those of all causes by all drives filled forty pages."""
    routes = pair[pair["effect"] == INDIRECT]
    if len(routes) <= _MANY_ROUTES:
        return pair
    kept = routes["std"].astype(float).abs().nlargest(_LARGEST).index
    return pair[(pair["effect"] != INDIRECT) | pair.index.isin(kept)]


def _row(one: pd.Series, claimed: Claimed, labels: Labels) -> Row:
    return Row(
        (
            _CALLED.get(one["effect"]) or f"through {_through(one, labels)}",
            cell(one["estimate"]),
            cell(one["se"]),
            span(one["ci_lower"], one["ci_upper"]),
            cell(one["std"]),
            span(one["std_ci_lower"], one["std_ci_upper"]),
            cell(one["pvalue"]),
            _MEDIATION.get(one["mediation"], ""),
            ", ".join(_claiming(one, claimed)),
        )
    )


def _in_short(heading: str, pair: pd.DataFrame, claimed: Claimed, labels: Labels) -> list[Row]:
    """Tell a line for each route that a hypothesis claims; of many routes their sum."""
    effects = [one for _, one in pair.iterrows()]
    if not (ids := dict.fromkeys(id_ for one in effects for id_ in _claiming(one, claimed))):
        return []
    whole = {one["effect"]: one for one in effects if one["effect"] != INDIRECT}
    routes = [one for one in effects if one["effect"] == INDIRECT]
    few = len(routes) <= _FEW_ROUTES
    told = [one for one in routes if _claiming(one, claimed)] if few else [whole[TOTAL_INDIRECT]]
    direct, total = (_starred(whole[name]) if name in whole else None for name in (DIRECT, TOTAL))
    rows = []
    for one in told:
        through = _through(one, labels) if few else f"{len(routes)} routes"
        size = (cell(one["std"]), span(one["std_ci_lower"], one["std_ci_upper"]))
        who = ", ".join(_claiming(one, claimed) if few else ids)
        mediation = _MEDIATION.get(one["mediation"], "")
        rows.append(Row((heading, through, direct, *size, total, mediation, who)))
    if not told:
        one = whole[DIRECT]
        who, mediation = ", ".join(_claiming(one, claimed)), _MEDIATION.get(one["mediation"], "")
        rows.append(Row((heading, "", direct, None, None, total, mediation, who)))
    return rows


def _through(one: pd.Series, labels: Labels) -> str:
    return " → ".join(labels.construct(str(name)) for name in one["via"])


def _claiming(one: pd.Series, claimed: Claimed) -> list[str]:
    """Hypotheses that claim a route; sums of routes are nobody's claim."""
    route = (one["source"], tuple(map(str, one["via"])), one["target"])
    return claimed.get(route, []) if one["effect"] in (DIRECT, INDIRECT) else []


def _starred(one: pd.Series) -> Value:
    number, p = cell(one["std"]), cell(one["pvalue"])
    return Starred(number, p) if isinstance(number, float) and isinstance(p, float) else number


def _claimed(claims: pd.DataFrame) -> Claimed:
    """Hypotheses by each route that they claim; mediators side by side are a route each."""
    found: Claimed = {}
    for row in claims.itertuples():
        routes: list[tuple[str, ...]] = [()]
        for step in row.via:
            routes = [(*route, str(name)) for route in routes for name in step]
        for route in routes:
            ids = found.setdefault((str(row.source), route, str(row.target)), [])
            if row.hypothesis not in ids:
                ids.append(str(row.hypothesis))
    return found


def kind_of_draws(how: TestingOptions) -> str:
    """Name the draws that intervals of paths come from."""
    return "bootstrap draws" if how.intervals == "bootstrap" or how.method == "pls" else "Monte Carlo draws"


def _notes(found: pd.DataFrame, how: TestingOptions) -> tuple[str, ...]:
    routes = found[found["effect"] == INDIRECT].groupby(["source", "target"]).size()
    notes = [
        f"Intervals and p values of indirect and total effects are of {kind_of_draws(how)}; p is not "
        f"adjusted. Mediation by Zhao et al. (2010), at {bounded(how.level)}: complementary and competitive "
        "are partial, indirect only is full mediation.",
    ]
    if (routes > _MANY_ROUTES).any():
        notes.append(
            f"Of pairs with more than {_MANY_ROUTES} routes the {_LARGEST} with the largest effects are "
            "told; all indirect and total hold every one."
        )
    return tuple(notes)
