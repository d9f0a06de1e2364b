"""Who the respondents are: background, durations, dates, response rate, early against late respondents."""

from __future__ import annotations

import math

import pandas as pd

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.report.document import Block, Column, Paragraph, Row, Table, Value
from coprod_measure.report.from_frames import cell
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import count, decimal, number_text, percent
from coprod_measure.responses.profile import EarlyAndLate, Fielding, SampleProfile, Spread, Visit
from coprod_measure.responses.quality import AnswerQuality

LEVEL = 0.05
_MISSING = "no answer"


def about_sample(quality: AnswerQuality | NotAvailable, labels: Labels) -> tuple[Block, ...]:
    """Show the sample: what a reader must know of the people behind the numbers."""
    if isinstance(quality, NotAvailable):
        return ()
    profile = quality.profile
    words = sample_facts_in_words(profile)
    blocks: list[Block] = [Paragraph(words)] if words else []
    if len(profile.categories) or profile.amounts:
        blocks.append(_table(profile, labels))
    late = profile.early_and_late
    if isinstance(late, NotAvailable):
        return (*blocks, Paragraph(f"Early and late respondents were not compared: {late.reason}."))
    return (*blocks, Paragraph(early_and_late_in_words(late)), _comparison(late, labels))


def sample_facts_in_words(profile: SampleProfile) -> str:
    """Say when and how long people answered and how many of those invited did, as far as it is known."""
    turnout = profile.turnout
    sentences = []
    visits = profile.visits or {"": Visit(turnout.analysed, profile.fielded, profile.duration)}
    fielded = {wave: one.fielded for wave, one in visits.items() if not isinstance(one.fielded, NotAvailable)}
    duration = {
        wave: one.duration for wave, one in visits.items() if not isinstance(one.duration, NotAvailable)
    }
    if fielded:
        told = [
            f"{_in_wave(wave, visits[wave].n)}from {_fielded_in_words(one)}" for wave, one in fielded.items()
        ]
        sentences.append(f"Answers were given {'; '.join(told)}.")
    if duration:
        told = [f"{_duration_in_words(one)} {_in_wave(wave)}".strip() for wave, one in duration.items()]
        sentences.append(f"Half of the respondents took {'; '.join(told)}.")
    if turnout.invited:
        sentences.append(
            f"Of {count(turnout.invited)} people invited, {count(turnout.answered)} answered "
            f"({percent(turnout.answered / turnout.invited, 1)}) and {count(turnout.analysed)} are analysed "
            f"({percent(turnout.analysed / turnout.invited, 1)})."
        )
    return " ".join(sentences)


def early_and_late_in_words(found: EarlyAndLate) -> str:
    """Say in one sentence whether late respondents, who stand for those who never answered, are others."""
    own = found.comparisons
    differ = int((own["pvalue_adjusted"] < LEVEL).sum())
    result = "none differed" if not differ else f"{count(differ)} differed"
    return (
        f"The first and the last quarter of respondents{' of wave ' * bool(found.wave)}{found.wave} "
        f"({count(found.n_early)} each) were compared on "
        f"{counted(len(own), 'background variable and construct', 'background variables and constructs')} "
        f"(Armstrong & Overton, 1977): {result} after Holm's adjustment; the largest effect was "
        f"{decimal(float(own['effect'].abs().max()))}."
    )


def _in_wave(wave: str, n: int = 0) -> str:
    """Name the wave that numbers belong to, nothing where there is one only."""
    if not wave:
        return ""
    return f"in wave {wave}{f' (n = {count(n)})' if n else ''} "


def _fielded_in_words(fielded: Fielding) -> str:
    if fielded.first == fielded.last:
        return fielded.first
    return f"{fielded.first} to {fielded.last} ({counted(fielded.days, 'day')} with answers)"


def _duration_in_words(duration: Spread) -> str:
    median, lower, upper = (
        decimal(seconds / 60, 1)
        for seconds in (duration.median, duration.lower_quartile, duration.upper_quartile)
    )
    return f"{median} minutes or less (quartiles {lower} and {upper})"


def _table(profile: SampleProfile, labels: Labels) -> Table:
    rows: list[Row] = []
    for name, own in profile.categories.groupby("variable", sort=False):
        rows.append(Row((labels.question(str(name)), *[None] * 5), heading=True))
        for level, n, share in zip(own["level"], own["n"], own["share"], strict=True):
            shown = labels.answer(str(name), level) if level else _MISSING
            rows.append(Row((shown, n, None if math.isnan(share) else share, None, None, None)))
    if profile.amounts:
        rows.append(Row(("Amounts", *[None] * 5), heading=True))
    for name, spread in profile.amounts.items():
        rows.append(
            Row((labels.question(name), spread.n, None, cell(spread.mean), cell(spread.sd), _range(spread)))
        )
        if spread.missing:
            rows.append(Row((f"{labels.question(name)}: {_MISSING}", spread.missing, None, None, None, None)))
    columns = (
        Column("Characteristic"),
        Column("n", "count", italic=True),
        Column("%", "percent", digits=1),
        Column("M", "decimal", italic=True),
        Column("SD", "decimal", italic=True),
        Column("Range"),
    )
    once = ", by first wave seen in and first answer to each question" if profile.visits else ""
    notes = (f"People, each counted once{once}. Shares are of those who answered the question.",)
    return Table("sample-profile", "Who the respondents are", columns, tuple(rows), notes)


def _range(spread: Spread) -> Value:
    if not spread.n:
        return None
    digits = 0 if float(spread.minimum).is_integer() and float(spread.maximum).is_integer() else 2
    return " to ".join(number_text(end, "decimal", digits) for end in (spread.minimum, spread.maximum))


def _comparison(found: EarlyAndLate, labels: Labels) -> Table:
    def name(row: pd.Series) -> str:
        return (
            labels.construct(row["variable"])
            if row["of"] == "construct"
            else labels.question(row["variable"])
        )

    columns = (
        Column("Compared"),
        Column("Early", "decimal"),
        Column("Late", "decimal"),
        Column("Test"),
        Column("p", "p", italic=True),
        Column("p adjusted", "p"),
        Column("Effect", "decimal"),
    )
    rows = []
    for _, row in found.comparisons.iterrows():
        symbol = "t" if row["test"] == "t" else "χ²"
        df = number_text(row["df"], "decimal", 1 if row["test"] == "t" else 0)
        means = (None, None) if row["test"] == "chi2" else (row["early"], row["late"])
        test = f"{symbol}({df}) = {decimal(row['statistic'])}"
        rows.append(Row((name(row), *means, test, row["pvalue"], row["pvalue_adjusted"], row["effect"])))
    notes = (
        "Means and Welch tests with Cohen’s d; of categories tests of equal shares with Cramér’s V. p is "
        "adjusted by Holm over all rows.",
    )
    return Table("early-and-late", "Early against late respondents", columns, tuple(rows), notes)
