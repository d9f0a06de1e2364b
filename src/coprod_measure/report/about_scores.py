"""How good scores are, and reliability of ordered answers: shown only when the study asks for them."""

from __future__ import annotations

from coprod_measure.measurement.reliability.intervals import ReliabilityIntervals
from coprod_measure.measurement.reliability.ordinal import OrdinalReliability
from coprod_measure.measurement.scores.respondents import ScoresByMethod
from coprod_measure.report.document import Block, Bullets, Callout, Column, Paragraph, Row, Table
from coprod_measure.report.from_frames import Field, cell, frame_table, reasons_of, span
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import percent

_COEFFICIENTS = {
    "alpha": "α",
    "omega": "ω",
    "cr": "CR",
    "ave": "AVE",
    "h": "H",
    "lambda2": "λ2",
    "lambda6": "λ6",
    "glb": "GLB",
}
_METHODS = {"mean": "Mean of items", "regression": "Regression", "bartlett": "Bartlett"}


def show_ordinal_reliability(found: OrdinalReliability, labels: Labels) -> list[Block]:
    """Show categorical omega and ordinal alpha."""
    reasons = reasons_of(found.unavailable, "construct")
    interval = (Column(f"{percent(found.confidence)} CI", "bounded"),) if found.draws else ()
    columns = (
        Column("Construct"),
        Column("n", "count", italic=True),
        Column("Categorical ω", "bounded"),
        *interval,
        Column("Ordinal α", "bounded"),
    )
    rows = []
    for row in found.table().itertuples():
        why = reasons.get((str(row.construct), "omega"), "it could not be computed")
        ends = (span(row.omega_ci_lower, row.omega_ci_upper, why),) if found.draws else ()
        values = (cell(row.n), cell(row.omega, why), *ends, cell(row.alpha_ordinal, why))
        rows.append(Row((labels.construct(str(row.construct)), *values)))
    notes = (
        "Categorical ω: reliability of the sum of the answers as given (Green & Yang, 2009). Ordinal α is "
        "that of the normal variables behind them, a sum that nobody sees.",
    )
    title = "Reliability of answers taken as ordered categories"
    return [Table("ordinal-reliability", title, columns, tuple(rows), notes)]


def show_intervals(found: ReliabilityIntervals, labels: Labels) -> list[Block]:
    """Show bootstrap intervals of every coefficient."""
    fields = (
        Field(("construct",), Column("Construct"), labels.construct),
        Field(("coefficient",), Column("Coefficient"), lambda name: _COEFFICIENTS.get(name, name)),
        Field(("est",), Column("Estimate", "bounded")),
        Field(("ci_lower", "ci_upper"), Column(f"{percent(found.confidence)} CI", "bounded")),
    )
    notes = [f"Percentile intervals from {found.draws} bootstrap draws, seed {found.seed}."]
    notes += [
        f"{labels.construct(str(row.construct))}: {row.reason}." for row in found.unavailable.itertuples()
    ]
    title = "Intervals of every coefficient of reliability"
    return [frame_table("reliability-intervals", title, found.intervals, fields, notes=notes)]


def show_scores(found: ScoresByMethod, labels: Labels) -> list[Block]:
    """Show how well each way of scoring stands for the constructs."""
    fields = (
        Field(("construct",), Column("Construct"), labels.construct),
        Field(("method",), Column("Scores"), lambda name: _METHODS[name]),
        Field(("n",), Column("n", "count", italic=True)),
        Field(("determinacy",), Column("Determinacy", "bounded")),
        Field(("reliability",), Column("Reliability", "bounded")),
    )
    notes = (
        "Means: of the answered items, where at least half were answered; their reliability is ω (α of two "
        "items). Determinacy: correlation of scores and construct, for those who answered every item (Grice, "
        "2001); scores below .90 should not stand for the construct in further analyses (Gorsuch, 1983).",
    )
    title = "How well scores stand for constructs"
    blocks: list[Block] = [
        Paragraph("The models above do not use these scores; a file ending in -scores.csv holds them."),
        frame_table("scores", title, found.table(), fields, notes=notes, reason="no reliability is known"),
    ]
    blocks += [
        Callout(f"{why.reason}.", f"{_METHODS[name]}: not available.", "note")
        for name, why in found.unavailable.items()
    ]
    if found.messages:
        blocks.append(Bullets(tuple(map(labels.named, found.messages))))
    return blocks
