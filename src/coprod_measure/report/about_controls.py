"""What was held constant, how it was coded, and what the effects are without it."""

from __future__ import annotations

from coprod_measure.report.document import Block, Column, Paragraph, Row, Table, Value
from coprod_measure.report.from_frames import cell, span
from coprod_measure.report.labels import Labels, phrase
from coprod_measure.structure.controls import ALL, FEWEST_OF_A_DUMMY, Control
from coprod_measure.structure.evidence import BETA
from coprod_measure.structure.results import NOT_TESTABLE, HypothesisTests


def about_controls(tests: HypothesisTests, labels: Labels) -> list[Block]:
    """Show the controls and the hypotheses with and without them; nothing where there are none."""
    without = tests.without_controls
    if without is None:
        return []
    words = f"Held constant in {_where(tests, labels)}: {coding_in_words(tests.controls, labels)}."
    before, after = (one.table().set_index("id") for one in (without, tests))
    others = [id_ for id_, told in tests.reasons.items() if any(one.code == "no_controls" for one in told)]
    rows = []
    for id_, row in after.iterrows():
        bare = before.loc[id_]
        if row["verdict"] == NOT_TESTABLE or id_ in others:
            continue
        values: list[Value] = [str(id_)]
        for one in (row, bare):
            effect = one["std"] if one["measure"] == BETA else one["estimate"]
            values += [cell(effect), span(one["ci_lower"], one["ci_upper"], "it has none"), one["verdict"]]
        rows.append(Row(tuple(values)))
    if not rows:
        return [Paragraph(f"{words} No hypothesis was tested by a test that takes controls.")]
    columns = (
        Column("Id"),
        Column("Effect with", "bounded"),
        Column("95% CI", "bounded"),
        Column("Verdict with"),
        Column("Effect without", "bounded"),
        Column("95% CI", "bounded"),
        Column("Verdict without"),
    )
    notes = [
        "Everything else is the same. What the verdicts of this report rest on are the results with controls."
    ]
    if others:
        notes.append(f"Without controls, by tests that take none: {phrase(others)}.")
    title = "Hypotheses with and without control variables"
    return [Paragraph(words), Table("with-and-without-controls", title, columns, tuple(rows), tuple(notes))]


def coding_in_words(controls: tuple[Control, ...], labels: Labels) -> str:
    """Say how each control enters: ``Age (as it is); Gender (Man, against Woman)``."""
    told = []
    for source in dict.fromkeys(one.source for one in controls):
        own = [one for one in controls if one.source == source]
        name = labels.question(source)
        if not own[0].level:
            told.append(f"{name} (as it is)")
            continue
        levels = phrase([labels.answer(source, one.level) for one in own])
        words = f"{levels}, against {labels.answer(source, own[0].reference)}"
        if own[0].joined:
            joined = phrase([labels.answer(source, one) for one in own[0].joined])
            words += f"; {joined}, fewer than {FEWEST_OF_A_DUMMY} respondents, counted with it"
        told.append(f"{name} ({words})")
    return "; ".join(told)


def _where(tests: HypothesisTests, labels: Labels) -> str:
    outcomes = [name for name in tests.options.controls if name != ALL]
    named = phrase([labels.construct(name) for name in outcomes])
    if ALL not in tests.options.controls:
        return f"the equations of {named}"
    return "every structural equation" + (f" (some only in those of {named})" if outcomes else "")
