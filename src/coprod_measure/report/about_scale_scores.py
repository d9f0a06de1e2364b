"""The first table of a paper: distribution, reliability and correlations of the scale scores."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.scores.scale_scores import CONSTANT, ScaleScores
from coprod_measure.report.document import (
    Block,
    Bullets,
    Callout,
    Column,
    Paragraph,
    Row,
    Section,
    Starred,
    Table,
    Value,
)
from coprod_measure.report.from_frames import cell
from coprod_measure.report.labels import Labels, phrase
from coprod_measure.report.numbers import STARS_IN_WORDS, bounded, count, percent

MOST_IN_ONE = 8
"""Constructs up to which descriptions and correlations share one table; more do not fit on a page."""
PART = 10
"""Most columns of correlations in one table, where there are more than fit on a page."""
_DESCRIBED = (
    Column("M", "decimal", italic=True),
    Column("SD", "decimal", italic=True),
    Column("n", "count", italic=True),
    Column("Reliability", "bounded"),
)
_FEW = "fewer than two respondents have this score"

Correlations = Mapping[tuple[int, int], Value]


def about_scale_scores(found: ScaleScores | NotAvailable, labels: Labels) -> Section:
    """Show means, standard deviations, reliabilities and correlations of the scale scores."""
    title = "Scale scores"
    if isinstance(found, NotAvailable):
        return Section("scale-scores", title, (Callout(f"{found.reason}.", "Not available.", "note"),))
    names = [f"{k}. {labels.construct(str(id_))}" for k, id_ in enumerate(found.scales["construct"], start=1)]
    blocks: list[Block] = [Paragraph(_in_words(found, labels))]
    if len(names) <= MOST_IN_ONE:
        blocks.append(_one_table(found, names, labels))
    else:
        blocks += [_descriptions(found, names, labels), *_correlations(found, names)]
    refused = labels.reasons(found.unavailable)
    if refused:
        blocks += [Paragraph("No score exists for these constructs:"), Bullets(refused)]
    return Section("scale-scores", title, tuple(blocks))


def _in_words(found: ScaleScores, labels: Labels) -> str:
    share = "half" if found.answered == 0.5 else percent(found.answered)
    words = (
        "A respondent's score on a construct is the mean of the answered items, keyed so that high means "
        f"high, where at least {share} of them are answered."
    )
    known = found.correlations.dropna(subset="r")
    if known.empty:
        return words
    closest = known.loc[known["r"].abs().idxmax()]
    pair = (labels.construct(str(closest["construct_1"])), labels.construct(str(closest["construct_2"])))
    return f"{words} The strongest correlation is {bounded(closest['r'])}, between {phrase(pair)}."


def _one_table(found: ScaleScores, names: list[str], labels: Labels) -> Table:
    part = range(len(names) - 1)
    pairs = _pairs(found)
    rows = tuple(
        Row((names[i], *_described(record, found), *_row(i, part, pairs)))
        for i, record in enumerate(found.scales.to_dict("records"))
    )
    title = "Means, standard deviations, reliabilities and correlations of the scale scores"
    notes = (_note_on_reliability(found, labels), *((_note_on_pairs(found),) if pairs else ()))
    return Table("scale-scores-table", title, (Column("Construct"), *_DESCRIBED, *_heads(part)), rows, notes)


def _descriptions(found: ScaleScores, names: list[str], labels: Labels) -> Table:
    rows = tuple(
        Row((names[i], cell(record["items"]), *_described(record, found)))
        for i, record in enumerate(found.scales.to_dict("records"))
    )
    columns = (Column("Construct"), Column("Items", "count"), *_DESCRIBED)
    title = "Means, standard deviations and reliabilities of the scale scores"
    return Table("scale-scores-table", title, columns, rows, (_note_on_reliability(found, labels),))


def _correlations(found: ScaleScores, names: list[str]) -> list[Table]:
    """Show the lower triangle of the correlations in parts of equal width that fit on a page."""
    pairs, last = _pairs(found), len(names) - 1
    tables = []
    width = -(-last // -(-last // PART))
    for first in range(0, last, width):
        part = range(first, min(first + width, last))
        rows = tuple(Row((names[i], *_row(i, part, pairs))) for i in range(first + 1, len(names)))
        title = f"Correlations of the scale scores: with constructs {first + 1} to {part[-1] + 1}"
        columns = (Column("Construct"), *_heads(part))
        tables.append(
            Table(f"scale-correlations-{first + 1}", title, columns, rows, (_note_on_pairs(found),))
        )
    return tables


def _heads(part: range) -> tuple[Column, ...]:
    return tuple(Column(str(j + 1), "bounded") for j in part)


def _described(record: Mapping[Hashable, Any], found: ScaleScores) -> tuple[Value, ...]:
    why = found.no_reliability.get(str(record["construct"]), NotAvailable(""))
    mean, sd = cell(record["mean"], _FEW), cell(record["sd"], _FEW)
    return (mean, sd, cell(record["n"]), cell(record["reliability"], why.reason))


def _pairs(found: ScaleScores) -> Correlations:
    place = {name: i for i, name in enumerate(found.scales["construct"])}
    return {
        (place[row.construct_2], place[row.construct_1]): Starred(float(row.r), float(row.pvalue))
        if row.r == row.r
        else NotAvailable(CONSTANT)
        for row in found.correlations.itertuples()
    }


def _row(i: int, part: range, pairs: Correlations) -> tuple[Value, ...]:
    return tuple(pairs.get((i, j)) for j in part)


def _note_on_reliability(found: ScaleScores, labels: Labels) -> str:
    by_alpha = found.scales.loc[found.scales["coefficient"] == "alpha", "construct"]
    words = "Reliability is ω"
    if len(by_alpha):
        words += f", and α for {labels.constructs(list(map(str, by_alpha)))}, of which no ω exists"
    return f"M, SD: mean and standard deviation on the scale of the answers. {words}."


def _note_on_pairs(found: ScaleScores) -> str:
    sizes = found.correlations["n"]
    low, high = count(sizes.min()), count(sizes.max())
    respondents = f"n = {low}" if low == high else f"n of a pair from {low} to {high}"
    return (
        f"Pearson correlations of the respondents who have both scores, {respondents}. {STARS_IN_WORDS}; "
        "two-sided, each test by itself."
    )
