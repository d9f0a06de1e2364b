"""Whether constructs that shall differ do differ in the answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.measurement.guides import DISTINCT
from coprod_measure.measurement.parts import BY_NAME
from coprod_measure.measurement.validity.constructs import Validity
from coprod_measure.measurement.validity.htmt import Htmt
from coprod_measure.measurement.validity.merging import Merges
from coprod_measure.report.document import (
    Block,
    Bullets,
    Callout,
    Column,
    Figure,
    Paragraph,
    Section,
    Table,
)
from coprod_measure.report.figures.heat import draw_heat
from coprod_measure.report.from_frames import Field, bullets, frame_table, shown_or_why
from coprod_measure.report.labels import Labels, phrase
from coprod_measure.report.numbers import bounded, count, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


def about_validity(
    validity: Validity | NotAvailable,
    htmt: Htmt | NotAvailable,
    merges: Merges | NotAvailable,
    labels: Labels,
) -> Section:
    """Show what each construct shares with its items and with other constructs.

    Parameters
    ----------
    validity : Validity or NotAvailable
        From the measurement model: composite reliability, AVE, latent correlations.
    merges : Merges or NotAvailable
        The theory's rules and whether they were carried out.
    """
    blocks: list[Block] = []
    if isinstance(validity, NotAvailable):
        blocks.append(Callout(f"No validity from the measurement model: {validity.reason}.", "", "note"))
    else:
        blocks.append(_constructs_table(validity, labels))
        if len(validity.matrix) > 1:
            blocks.append(_correlations_figure(validity, labels))
        blocks += _refused(validity.unavailable, "No such numbers exist for these constructs:", labels)
    if isinstance(htmt, NotAvailable):
        blocks.append(Callout(f"No heterotrait-monotrait ratios: {htmt.reason}.", "", "note"))
    else:
        blocks += [Paragraph(_in_words(htmt, labels)), _htmt_figure(htmt, labels)]
        close = close_pairs(htmt)
        shown = close if len(htmt.pairs) > 30 else htmt.pairs
        if len(close) or (htmt.draws and len(shown)):
            blocks.append(_table(htmt, shown, labels))
        blocks += _refused(htmt.unavailable, "No ratio exists for these constructs:", labels)
        blocks += bullets(htmt.messages)
    blocks += shown_or_why(merges, BY_NAME["merges"].title, lambda one: _merges(one, labels))
    return Section("validity", "Validity", tuple(blocks))


def _refused(unavailable: Mapping[str, NotAvailable], words: str, labels: Labels) -> list[Block]:
    found = bullets(labels.reasons(unavailable))
    return [Paragraph(words), *found] if found else []


def _merges(merges: Merges, labels: Labels) -> list[Block]:
    lines = []
    for row in merges.rules.itertuples():
        pair = f"{labels.construct(row.construct)} with {labels.construct(row.merge_with)}"
        ratio = bounded(row.htmt) if pd.notna(row.htmt) else "unknown"
        done = "merged in the models" if row.merged else "kept apart"
        lines.append(f"{pair}: merge above {bounded(row.limit)}; HTMT {ratio}; {done}.")
    if not lines:
        return []
    return [Paragraph("The theory's rules for constructs that cannot be told apart:"), Bullets(tuple(lines))]


def _constructs_table(validity: Validity, labels: Labels) -> Table:
    alone = "there is no other construct"
    fields = (
        Field("construct", Column("Construct"), labels.construct),
        Field("items", Column("Items", "count")),
        Field("cr", Column("CR", "bounded")),
        Field("ave", Column("AVE", "bounded")),
        Field("sqrt_ave", Column("√AVE", "bounded")),
        Field("largest_correlation", Column("Largest r", "bounded"), missing=alone),
        Field("with_construct", Column("with"), labels.construct),
        Field(lambda row: bool(row["fornell_larcker"]), Column("AVE above shared variance")),
    )
    notes = (
        "Composite reliability (CR) and average variance extracted (AVE) from the standardised loadings of "
        "the whole measurement model. The last column is the criterion of Fornell and Larcker (1981): AVE "
        "above the largest squared correlation with another construct.",
    )
    title = "Convergent and discriminant validity"
    return frame_table("validity-table", title, validity.table(), fields, notes=notes)


def _correlations_figure(validity: Validity, labels: Labels) -> Figure:
    values = np.tril(validity.matrix.to_numpy(dtype=float), -1)
    values[np.triu_indices(len(values))] = np.nan
    ids = [str(name) for name in validity.matrix.columns]
    return Figure(
        "latent-correlations",
        "Correlations of the constructs in the measurement model",
        _triangle(values, ids, DISTINCT.limit, labels),
        f"Lower triangle of the correlations of {counted(len(ids), 'construct')}.",
        f"Construct 1 is {labels.construct(ids[0])}. Correlations of at least "
        f"{bounded(DISTINCT.limit)} in bold.",
    )


def _triangle(values: np.ndarray, ids: list[str], strong: float, labels: Labels) -> Drawing:
    names = [f"{k}. {labels.construct(id_)}" for k, id_ in enumerate(ids, start=1)]
    heads = [str(k) for k in range(1, len(names))]
    return draw_heat(values[1:, :-1], names[1:], heads, strong=strong, label_width=36)


def close_pairs(htmt: Htmt) -> pd.DataFrame:
    """Pairs whose ratio, or the upper end of its interval, reaches the guide; the closest first."""
    return htmt.pairs[~htmt.pairs["below_85"].astype(bool)].sort_values("htmt", ascending=False)


def _in_words(htmt: Htmt, labels: Labels) -> str:
    close = close_pairs(htmt)
    judged = "the upper end of its interval" if htmt.draws else "the ratio"
    n, apart = len(htmt.pairs), len(htmt.pairs) - len(close)
    guide = f"by the usual guide: {judged} lies below {bounded(DISTINCT.limit)}"
    if n == 0:
        return "No two constructs could be compared by their ratios."
    if n == 1:
        words = f"The one pair of constructs {'is' if apart else 'is not'} told apart {guide}."
    elif apart in (0, n):
        words = f"{'All' if apart else 'None of the'} {count(n)} pairs of constructs are told apart {guide}."
    else:
        are = "is" if apart == 1 else "are"
        words = f"Of {counted(n, 'pair')} of constructs, {count(apart)} {are} told apart {guide}."
    if len(close):
        pairs = [
            f"{labels.construct(p.construct_1)} with {labels.construct(p.construct_2)} ({bounded(p.htmt)})"
            for p in close.head(8).itertuples()
        ]
        words += f" Hard to tell apart: {phrase(pairs)}"
        words += f" and {len(close) - 8} more pairs." if len(close) > 8 else "."
    return words


def _htmt_figure(htmt: Htmt, labels: Labels) -> Figure:
    values = htmt.ratios.to_numpy(dtype=float).copy()
    values[np.triu_indices(len(values))] = np.nan
    ids = [str(name) for name in htmt.ratios.columns]
    return Figure(
        "htmt",
        "Heterotrait-monotrait ratios",
        _triangle(values, ids, DISTINCT.limit, labels),
        f"Lower triangle of the ratios of {counted(len(ids), 'construct')}.",
        f"Construct 1 is {labels.construct(ids[0])}. Ratios of at least {bounded(DISTINCT.limit)} in bold. "
        f"{htmt.correlation.capitalize()} correlations, {_sizes(htmt)}.",
    )


def _sizes(htmt: Htmt) -> str:
    """Say how many respondents a correlation of two items rests on."""
    low, high = htmt.n_pairs or (htmt.n, htmt.n)
    if low == high:
        return f"n = {count(low)}"
    return f"each of the respondents who answered both items, n from {count(low)} to {count(high)}"


def _table(htmt: Htmt, pairs: pd.DataFrame, labels: Labels) -> Table:
    notes = ["The limits are judged by the upper end of the interval where there is one."]
    if htmt.draws:
        notes.append(f"Percentile intervals from {count(htmt.draws)} bootstrap draws, seed {htmt.seed}.")
    if htmt.failed_draws:
        notes.append(f"{counted(htmt.failed_draws, 'draw')} in which an item did not vary left out.")
    if len(pairs) < len(htmt.pairs):
        notes.append("Only pairs that reach the guide.")
    closest = pairs.sort_values("htmt", ascending=False)
    title = "Pairs of constructs, the closest first"
    return frame_table("htmt-table", title, closest, ratio_fields(htmt, labels), notes=notes)


def ratio_fields(htmt: Htmt, labels: Labels) -> tuple[Field, ...]:
    """Columns of a table of ratios: the pair, its ratio with the interval, and the limits it stays below."""
    limits = {"below_85": "Below .85", "below_90": "Below .90", "below_1": "Below 1"}
    return (
        Field("construct_1", Column("Construct"), labels.construct),
        Field("construct_2", Column("and construct"), labels.construct),
        Field("htmt", Column("HTMT2" if htmt.mean == "geometric" else "HTMT", "bounded")),
        Field(
            ("ci_lower", "ci_upper"),
            Column(f"{percent(htmt.confidence)} CI", "bounded"),
            missing="no bootstrap was asked for",
        ),
        *(Field(name, Column(words)) for name, words in limits.items()),
    )
