"""Whether constructs that shall differ do differ in the answers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coprod_measure.measurement.htmt import Htmt
from coprod_measure.report.document import (
    Block,
    Bullets,
    Column,
    Figure,
    Paragraph,
    Row,
    Section,
    Table,
    Value,
)
from coprod_measure.report.figures.heat import draw_heat
from coprod_measure.report.from_frames import cell, span
from coprod_measure.report.labels import Labels, counted, phrase
from coprod_measure.report.numbers import bounded, count, percent

DISTINCT = 0.85
"""Guide for the heterotrait-monotrait ratio (Henseler, Ringle & Sarstedt, 2015; Voorhees et al., 2016)."""


def about_validity(htmt: Htmt, labels: Labels) -> Section:
    """Show heterotrait-monotrait ratios, and name the pairs that the answers hardly tell apart."""
    blocks: list[Block] = [Paragraph(_in_words(htmt, labels)), _figure(htmt, labels)]
    close = close_pairs(htmt)
    if len(close) or htmt.draws:
        blocks.append(_table(htmt, close if len(htmt.pairs) > 30 else htmt.pairs, labels))
    refused = [f"{labels.construct(name)}: {why.reason}" for name, why in htmt.unavailable.items()]
    if refused:
        blocks += [Paragraph("No ratio exists for these constructs:"), Bullets(tuple(refused))]
    if htmt.messages:
        blocks.append(Bullets(htmt.messages))
    return Section("validity", "Discriminant validity", tuple(blocks))


def close_pairs(htmt: Htmt) -> pd.DataFrame:
    """Pairs whose ratio, or the upper end of its interval, reaches the guide; the closest first."""
    return htmt.pairs[~htmt.pairs["below_85"].astype(bool)].sort_values("htmt", ascending=False)


def _in_words(htmt: Htmt, labels: Labels) -> str:
    close = close_pairs(htmt)
    judged = "the upper end of its interval" if htmt.draws else "the ratio"
    words = (
        f"Of {counted(len(htmt.pairs), 'pair')} of constructs, {count(len(htmt.pairs) - len(close))} are "
        f"told apart by the usual guide: {judged} lies below {bounded(DISTINCT)}."
    )
    if len(close):
        pairs = [
            f"{labels.construct(p.construct_1)} with {labels.construct(p.construct_2)} ({bounded(p.htmt)})"
            for p in close.head(8).itertuples()
        ]
        words += f" Hard to tell apart: {phrase(pairs)}"
        words += f" and {len(close) - 8} more pairs." if len(close) > 8 else "."
    return words


def _figure(htmt: Htmt, labels: Labels) -> Figure:
    values = htmt.ratios.to_numpy(dtype=float).copy()
    values[np.triu_indices(len(values))] = np.nan
    names = [f"{k}. {labels.construct(str(name))}" for k, name in enumerate(htmt.ratios.columns, start=1)]
    return Figure(
        "htmt",
        "Heterotrait-monotrait ratios",
        draw_heat(
            values[1:, :-1],
            names[1:],
            [str(k) for k in range(1, len(names))],
            strong=DISTINCT,
            label_width=36,
        ),
        f"Lower triangle of the ratios of {len(names)} constructs; the closest pairs are in the next table.",
        f"The first construct is {names[0]}. Ratios of at least {bounded(DISTINCT)} in bold. "
        f"{htmt.correlation.capitalize()} correlations, n = {count(htmt.n)}.",
    )


def _table(htmt: Htmt, pairs: pd.DataFrame, labels: Labels) -> Table:
    columns = (
        Column("Construct"),
        Column("and construct"),
        Column("HTMT2" if htmt.mean == "geometric" else "HTMT", "bounded"),
        Column(f"{percent(htmt.confidence)} CI", "bounded"),
        Column("Below .85"),
        Column("Below .90"),
        Column("Below 1"),
    )
    rows = []
    for pair in pairs.sort_values("htmt", ascending=False).itertuples():
        ends: Value = span(pair.ci_lower, pair.ci_upper, "no bootstrap was asked for")
        limits = (bool(pair.below_85), bool(pair.below_90), bool(pair.below_1))
        names = (labels.construct(pair.construct_1), labels.construct(pair.construct_2))
        rows.append(Row((*names, cell(pair.htmt), ends, *limits)))
    notes = ["The limits are judged by the upper end of the interval where there is one."]
    if htmt.draws:
        notes.append(f"Percentile intervals from {count(htmt.draws)} bootstrap draws, seed {htmt.seed}.")
    if htmt.failed_draws:
        notes.append(f"{counted(htmt.failed_draws, 'draw')} in which an item did not vary left out.")
    if len(pairs) < len(htmt.pairs):
        notes.append("Only pairs that reach the guide.")
    return Table("htmt-table", "Pairs of constructs, the closest first", columns, tuple(rows), tuple(notes))
