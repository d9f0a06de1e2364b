"""A verdict on every scale, with the rule that gave it."""

from __future__ import annotations

import pandas as pd

from coprod_measure.report.document import Column, Paragraph, Row, Section, Table
from coprod_measure.report.labels import Labels, counted
from coprod_measure.report.numbers import bounded

_SIGNS = {"yes": "✓ yes", "no": "✗ no", "unknown": "– unknown"}


def about_verdicts(verdicts: pd.DataFrame, labels: Labels) -> Section:
    """Show the verdicts, one line a construct, one column a question.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        ``construct question verdict value rule``, one row a construct and question.
    labels : Labels
        Names of constructs.
    """
    asked = verdicts[verdicts["construct"].isin(list(labels.instrument.theory.constructs))]
    questions = [str(question) for question in asked["question"].unique()]
    by_place = asked.set_index(["construct", "question"])
    rows = []
    failing = 0
    for construct in asked["construct"].unique():
        found = [
            by_place.loc[(construct, question)] if (construct, question) in by_place.index else None
            for question in questions
        ]
        failing += any(one is not None and one["verdict"] == "no" for one in found)
        rows.append(Row((labels.construct(str(construct)), *(_shown(one) for one in found))))
    columns = (Column("Construct"), *(Column(question.capitalize()) for question in questions))
    table = Table(
        "verdicts", "Verdicts on the scales", columns, tuple(rows), _rules(asked, questions, labels)
    )
    words = (
        f"{failing} of {counted(len(rows), 'construct')} {'fails' if failing == 1 else 'fail'} at least one "
        "rule. The rules are conventions: a scale just below one is not bad, one just above it not good."
    )
    return Section("verdicts", "Verdicts on the scales", (Paragraph(words), table))


def _shown(one: pd.Series | None) -> str:
    if one is None:
        return ""
    value = f" ({bounded(float(one['value']))})" if pd.notna(one["value"]) else ""
    return f"{_SIGNS.get(str(one['verdict']), str(one['verdict']))}{value}"


def _rules(asked: pd.DataFrame, questions: list[str], labels: Labels) -> tuple[str, ...]:
    notes = []
    for question in questions:
        own = asked[(asked["question"] == question) & (asked["verdict"] != "unknown")]
        rules = "; ".join(dict.fromkeys(map(str, own["rule"])))
        if rules:
            notes.append(f"{question.capitalize()}: {rules}.")
        notes += _unknown(asked, question, labels)
    return tuple(notes)


def _unknown(asked: pd.DataFrame, question: str, labels: Labels) -> list[str]:
    """Say of each reason why a verdict is unknown which constructs it holds for."""
    own = asked[(asked["question"] == question) & (asked["verdict"] == "unknown")]
    return [
        f"{question.capitalize()}, unknown for {labels.constructs([str(c) for c in part['construct']])}: "
        f"{str(reason).rstrip('.')}."
        for reason, part in own.groupby("rule", sort=False)
    ]
