"""A verdict on every scale, with the rule that gave it."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.report.about_reliability import general
from coprod_measure.report.document import Block, Bullets, Column, Paragraph, Row, Section, Table, Value
from coprod_measure.report.labels import Labels, counted
from coprod_measure.report.numbers import bounded

_SIGNS = {"yes": "✓ yes", "no": "✗ no"}
_FREED = re.compile(r"; freed: (?P<parameters>[^;]+)")
"""What was freed belongs to one construct; the rest of the rule is the same for all."""

_GUIDE = re.compile(r"(?:at least|below) (\.\d+)")


def about_verdicts(verdicts: pd.DataFrame, labels: Labels) -> Section:
    """Show the verdicts, one line a construct, one column a question, and the rules below.

    ``verdicts``: ``construct question verdict value rule``, one row a construct and question.
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
        f"{failing} of {counted(len(names), 'construct')} {'fails' if failing == 1 else 'fail'} at least one "
        "rule. The rules are conventions: a scale just below one is not bad, one just above it not good."
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


def _shown(one: Any) -> Value:
    if one is None:
        return None
    verdict, rule = str(one.verdict), str(one.rule)
    if verdict not in _SIGNS:
        return NotAvailable(general(rule.rstrip("."), str(one.construct)))
    freed = _FREED.search(rule)
    told = _beside(float(one.value), rule) if pd.notna(one.value) else ""
    told = f"freed: {freed['parameters']}" if freed else told
    return f"{_SIGNS[verdict]} ({told})" if told else _SIGNS[verdict]


def _beside(value: float, rule: str) -> str:
    """Show a value with the digits that it takes to lie on its side of the guide: .497 beside .50."""
    found = _GUIDE.search(rule)
    guide = float(found[1]) if found else value
    for digits in range(2, 7):
        if (round(value, digits) >= guide) == (value >= guide):
            break
    return bounded(value, digits)


def _rules(judged: pd.DataFrame, questions: list[str]) -> tuple[str, ...]:
    lines = []
    for question in questions:
        own = judged.loc[judged["question"] == question, "rule"]
        rules = dict.fromkeys(_FREED.sub("", str(rule)) for rule in own)
        if rules:
            lines.append(f"{question.capitalize()}: {'; or '.join(rules)}.")
    return tuple(lines)


def _not_judged(asked: pd.DataFrame, labels: Labels) -> tuple[str, ...]:
    """Say why a construct is not judged by the first reason given for it; same reasons on one line."""
    first = asked.drop_duplicates("construct")
    reasons = {
        str(row.construct): NotAvailable(general(str(row.rule).rstrip("."), str(row.construct)))
        for row in first.itertuples()
    }
    return labels.reasons(reasons)
