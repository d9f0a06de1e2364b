"""Do the items run the right way, and what is missing: the audit before any model."""

from __future__ import annotations

import numpy as np

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.report.document import Block, Bullets, Callout, Column, KeyValues, Paragraph
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.numbers import chi_square, percent
from coprod_measure.responses.keying import KeyingAudit
from coprod_measure.responses.missing import MissingAnswers
from coprod_measure.responses.quality import AnswerQuality
from coprod_measure.study.results import NOT_EXAMINED

_MOST_RATES = 10


def about_answers(quality: AnswerQuality | NotAvailable, unit: str = "respondent") -> tuple[Block, ...]:
    """Tell of the keying audit and of missing answers; ``unit``: what a row of answers is."""
    if isinstance(quality, NotAvailable):
        asked = quality != NOT_EXAMINED
        return (Callout(f"{quality.reason}.", "Keying and missing answers: not available."),) if asked else ()
    missing = quality.missing
    return (
        *_keying(quality.keying),
        KeyValues(
            (
                ("Little’s test of missing completely at random", _little(missing, unit)),
                *_coverage(missing, unit),
            )
        ),
        *_rates(missing),
    )


def _keying(keying: KeyingAudit) -> tuple[Block, ...]:
    if keying.warnings:
        return (
            Callout(
                "Nothing was flipped; look at wording and coding first.", "Items against their construct."
            ),
            Bullets(keying.warnings),
            *_not_judged(keying),
        )
    if keying.items.empty:
        return (Paragraph("The keying of no item could be judged."), *_not_judged(keying))
    constant = int((keying.items["verdict"] == "constant").sum())
    unclear = list(keying.items.loc[keying.items["verdict"] == "unclear", "item"])
    words = f"Of {counted(len(keying.items), 'item')} in the keying audit none runs against its construct"
    words += f"; the signs of {', '.join(unclear)} are unclear" if unclear else ""
    words += f"; {counted(constant, 'item')} did not vary" if constant else ""
    return (Paragraph(f"{words}."), *_not_judged(keying))


def _not_judged(keying: KeyingAudit) -> tuple[Block, ...]:
    reasons = [f"{counted(len(ids), 'item')} {why}" for why, ids in keying.not_judged.items()]
    return (Paragraph(f"Not judged: {'; '.join(reasons)}."),) if reasons else ()


def _little(missing: MissingAnswers, unit: str) -> str:
    test = missing.little
    if isinstance(test, NotAvailable):
        return f"not available: {test.reason}"
    words = f"{chi_square(test.statistic, test.df, test.pvalue)}, {counted(test.n_patterns, 'pattern')}"
    if missing.little_sets > 1:
        words += f", inside {missing.little_sets} groups of people who were shown the same questions"
    if missing.little_people < missing.n:
        words += (
            f"; {counted(missing.n - missing.little_people, unit)} left out, as too few others were "
            "shown the same questions or they answered all of them"
        )
    return words if test.converged else f"{words}; the search for the means did not settle"


def _coverage(missing: MissingAnswers, unit: str) -> tuple[tuple[str, str], ...]:
    facts = []
    for label, frame in (
        (f"Lowest share of {unit}s with answers to both items of a pair", missing.coverage),
        ("The same among those to whom both were shown", missing.coverage_shown),
    ):
        shares = frame.to_numpy(dtype=float, copy=True)
        np.fill_diagonal(shares, np.nan)
        if shares.size and not np.isnan(shares).all():
            row, column = np.unravel_index(np.nanargmin(shares), shares.shape)
            lowest = float(shares[row, column])
            pair = "every pair" if lowest == 1.0 else f"{frame.index[row]} and {frame.columns[column]}"
            facts.append((label, f"{percent(lowest, 1)} ({pair})"))
    return tuple(facts)


def _rates(missing: MissingAnswers) -> tuple[Block, ...]:
    most = missing.rates[missing.rates["unanswered"] > 0].nlargest(_MOST_RATES, "rate")
    if most.empty:
        return ()
    fields = (
        Field("item", Column("Item")),
        Field("answered", Column("Answered", "count")),
        Field("unanswered", Column("Not answered", "count")),
        Field("not_shown", Column("Not shown", "count")),
        Field("not_applicable", Column("Does not apply", "count")),
        Field("rate", Column("Rate", "percent", digits=1)),
    )
    note = (
        "Rate: not answered among those to whom the item was shown, so that planned missing does not count."
    )
    title = "Items most often left unanswered"
    return (frame_table("missing-rates", title, most, fields, notes=(note,)),)
