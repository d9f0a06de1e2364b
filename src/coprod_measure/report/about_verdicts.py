"""A verdict on every scale, with the rule that gave it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.guides import CLOSE_CFI
from coprod_measure.report.document import Block, Bullets, Column, Paragraph, Row, Section, Table, Value
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import bounded

_SIGNS = {"yes": "✓ yes", "no": "✗ no"}
_DIGITS = {"cfi": CLOSE_CFI.digits}
"""Of a measure where they are not two."""


def about_verdicts(verdicts: pd.DataFrame, labels: Labels) -> Section:
    """Show the verdicts, one line a construct, one column a question, and the rules below.

    ``verdicts``: :data:`~coprod_measure.measurement.verdicts.VERDICT_COLUMNS`, one row a construct and
    question.
    """
    asked = verdicts[verdicts["construct"].isin(list(labels.instrument.theory.constructs))]
    judged = asked[asked["verdict"] != "unknown"]
    names = list(dict.fromkeys(judged["construct"]))
    if not names:
        why = Bullets(_not_judged(asked, labels))
        return _section([Paragraph("No scale could be judged."), *([why] if why.items else [])])
    questions = list(dict.fromkeys(asked["question"]))
    by_place = {(row.construct, row.question): row for row in asked.itertuples()}
    rows = tuple(
        Row((labels.construct(name), *(_shown(by_place.get((name, question))) for question in questions)))
        for name in names
    )
    columns = (Column("Construct"), *(Column(question.capitalize()) for question in questions))
    failing = judged.loc[judged["verdict"] == "no", "construct"].nunique()
    words = (
        f"{_failing_in_words(failing, len(names))} The rules are conventions: a scale just below one is not "
        "bad, one just above it not good. Values are held against the rules as they are printed, rounded."
    )
    blocks: list[Block] = [
        Paragraph(words),
        Table("verdicts", "Verdicts on the scales", columns, rows),
        Bullets(_rules(judged, questions)),
    ]
    others = _not_judged(asked[~asked["construct"].isin(names)], labels)
    if others:
        blocks += [Paragraph("These constructs have no scale to be judged:"), Bullets(others)]
    return _section(blocks)


def _section(blocks: list[Block]) -> Section:
    return Section("verdicts", "Verdicts on the scales", tuple(blocks))


def _failing_in_words(failing: int, judged: int) -> str:
    if judged == 1:
        return (
            f"The one construct that could be judged {'fails a rule' if failing else 'keeps to every rule'}."
        )
    if failing in (0, judged):
        every = "Both constructs" if judged == 2 else f"All {judged} constructs"
        return f"{every} {'fail at least one rule' if failing else 'keep to every rule'}."
    kept = judged - failing
    words = f"{kept} of {judged} constructs {'keeps' if kept == 1 else 'keep'} to every rule"
    return f"{words}; {failing} {'fails' if failing == 1 else 'fail'} at least one."


def _shown(one: Any) -> Value:
    if one is None:
        return None
    if one.verdict not in _SIGNS:
        return NotAvailable(str(one.rule).rstrip("."))
    told = f"freed: {one.freed}" if one.freed else ""
    if pd.notna(one.value):
        told = bounded(float(one.value), _DIGITS.get(one.measure, 2))
    return f"{_SIGNS[one.verdict]} ({told})" if told else _SIGNS[one.verdict]


def _rules(judged: pd.DataFrame, questions: list[str]) -> tuple[str, ...]:
    lines = []
    for question in questions:
        own = judged.loc[judged["question"] == question, "rule"]
        rules = dict.fromkeys(own.astype(str))
        if rules:
            lines.append(f"{question.capitalize()}: {'; or '.join(rules)}.")
    return tuple(lines)


def _not_judged(asked: pd.DataFrame, labels: Labels) -> tuple[str, ...]:
    """Say why a construct is not judged by the first reason given for it; same reasons on one line."""
    first = asked.drop_duplicates("construct")
    reasons = {str(row.construct): NotAvailable(str(row.rule).rstrip(".")) for row in first.itertuples()}
    return labels.reasons(reasons)
