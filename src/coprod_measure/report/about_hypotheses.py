"""How the constructs relate, and what that says to each hypothesis."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.report.about_controls import about_controls
from coprod_measure.report.about_effects import kind_of_draws
from coprod_measure.report.document import (
    Block,
    Bullets,
    Callout,
    Column,
    Figure,
    Paragraph,
    Row,
    Section,
    Table,
    Value,
)
from coprod_measure.report.figures.forest import Estimate, draw_forest
from coprod_measure.report.from_frames import cell, grouped_rows, span
from coprod_measure.report.guarded import blocks_or_fault
from coprod_measure.report.hypotheses import PAGES
from coprod_measure.report.labels import Labels, phrase
from coprod_measure.report.numbers import bounded, count, interval
from coprod_measure.structure.evidence import BETA, CORRELATION, Reason
from coprod_measure.structure.kinds.discrepancy import ASYMMETRY, CURVATURE
from coprod_measure.structure.kinds.judgement import GAIN
from coprod_measure.structure.kinds.segmentation import CLASSES
from coprod_measure.structure.results import EXPECTED, NOT_TESTABLE, HypothesisTests
from coprod_measure.structure.wording import in_words

VERDICTS = (
    "supported",
    "supported in part",
    "not supported",
    "shown to be negligible",
    "contradicted",
    "not testable here",
)
_EFFECTS_A_FIGURE = 25
_ADJUSTED = {"holm": "Holm", "benjamini_hochberg": "Benjamini & Hochberg"}
_CLAIMS = {"agrees": "holds", "against": "contradicted", "not shown": "not shown"}
_ROLES = {
    "source": "cause",
    "mediator": "mediator",
    "target": "outcome",
    "moderator": "moderator",
    "versus": "rival",
    "judged": "judged thing",
}
_SIGNS = {
    "shown to be negligible": "≈",
    "supported": "✓",
    "supported in part": "◐",
    "not supported": "○",
    "contradicted": "✗",
    "not testable here": "–",
}


def about_hypotheses(
    tests: HypothesisTests | NotAvailable, labels: Labels, opposed: Mapping[str, str] | None = None
) -> Section:
    """Show the verdict on every hypothesis, the models behind them and each single effect.

    Parameters
    ----------
    tests : HypothesisTests or NotAvailable
    labels : Labels
        Names of constructs.
    opposed : mapping of str to str, optional
        Constructs whose items run against each other, so that the sign of their effects means nothing.
    """
    title = "The hypotheses"
    if isinstance(tests, NotAvailable):
        return Section("hypotheses", title, (Paragraph(f"No hypotheses were tested: {tests.reason}."),))
    table = tests.table()
    kinds, tables = set(tests.tested["kind"]), {name for own in tests.tables.values() for name in own}
    pages = [page for page in PAGES.values() if page.kind in kinds or page.table in tables]
    of = {page.kind: tests.of_kind(page.kind, page.table) for page in pages}
    blocks: list[Block] = [Paragraph(verdicts_in_words(table))]
    blocks += _without_direction(tests.claims, opposed or {}, labels)
    for page in pages:
        blocks += blocks_or_fault(page.kind, partial(page.warnings, of[page.kind], labels))
    standardised = tests.tested[tests.tested["measure"] == BETA]
    if len(standardised):
        blocks += _forests(standardised)
    blocks += [_table(table, tests, labels), *_reasons(tests, labels), *about_controls(tests, labels)]
    for page in pages:
        blocks += blocks_or_fault(page.kind, partial(page.blocks, of[page.kind], labels))
    if len(tests.claims):
        blocks.append(_claims_table(tests.claims, labels))
    if len(tests.not_asked):
        blocks.append(_not_asked_table(tests, labels))
    return Section("hypotheses", title, tuple(blocks))


def _without_direction(claims: pd.DataFrame, opposed: Mapping[str, str], labels: Labels) -> list[Block]:
    """Warn of hypotheses about constructs whose items run against each other."""
    named: dict[str, set[str]] = {}
    for row in claims.itertuples():
        parts = {str(row.source), str(row.target), *(str(name) for step in row.via for name in step)}
        if parts & set(opposed):
            named.setdefault(str(row.hypothesis), set()).update(parts)
    if not named:
        return []
    own = [name for name in opposed if any(name in parts for parts in named.values())]
    told = "; ".join(f"{labels.construct(name)} ({opposed[name]})" for name in own)
    return [
        Callout(
            f"Items of these constructs run against each other: {told}. The verdicts on "
            f"{phrase(list(named))} say nothing before their keying is right.",
            "Look at the keying first.",
        )
    ]


def verdicts_in_words(table: pd.DataFrame) -> str:
    """Count the verdicts and name the hypotheses: one sentence a verdict."""
    number = counted(len(table), "hypothesis", "hypotheses")
    tested = table[table["verdict"] != NOT_TESTABLE]
    if len(tested) < len(table):
        number = f"{len(tested)} of {number}"
    sentences = [f"{number} {_were(len(tested))} tested with these answers."]
    for verdict in VERDICTS:
        ids = [str(id_) for id_ in table.loc[table["verdict"] == verdict, "id"]]
        if ids:
            sentences.append(f"{verdict.capitalize()}: {len(ids)} ({phrase(ids)}).")
    in_part = [str(id_) for id_ in tested.loc[tested["asked"] < tested["of"], "id"]]
    if in_part:
        sentences.append(
            f"The questionnaire asked only a part of what {phrase(in_part)} "
            f"{'names' if len(in_part) == 1 else 'name'}; the verdict is about that part."
        )
    return " ".join(sentences)


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _mixed(table: pd.DataFrame) -> str:
    """Name hypotheses of which no signed average exists; empty when there are none."""
    mixed = [str(id_) for id_ in table.loc[table["expected"] == "both", "id"]]
    if not mixed:
        return ""
    verb = "claims" if len(mixed) == 1 else "claim"
    return (
        f" {phrase(mixed)} {verb} effects of both signs: the average there is turned so that positive means "
        "as expected."
    )


def _forests(tested: pd.DataFrame) -> Iterator[Figure]:
    """Draw so many effects a picture as a page can show legibly."""
    for number, first in enumerate(range(0, len(tested), _EFFECTS_A_FIGURE), start=1):
        yield _forest(tested.iloc[first : first + _EFFECTS_A_FIGURE], number)


def _forest(tested: pd.DataFrame, number: int) -> Figure:
    estimates = [
        Estimate(
            f"{row.id}  {row.statement}",
            float(row.std),
            float(row.ci_lower),
            float(row.ci_upper),
            row.verdict,
        )
        for row in tested.itertuples()
    ]
    told = "; ".join(
        f"{row.id} {bounded(row.std)} {interval(row.ci_lower, row.ci_upper, 'bounded')}, {row.verdict}"
        for row in tested.itertuples()
    )
    return Figure(
        "hypotheses-forest" + (f"-{number}" if number > 1 else ""),
        "Standardised effects behind the hypotheses" + (f", part {number}" if number > 1 else ""),
        draw_forest(estimates, "Standardised effect with 95% interval"),
        f"{told}.",
        f"Signs as estimated. Where a hypothesis claims several effects, their average.{_mixed(tested)} The "
        "verdict rests on the adjusted p value, so an interval that leaves out zero can belong to a "
        "hypothesis that is not supported.",
    )


def _symbols() -> dict[str, tuple[str, str]]:
    return {measure: told for page in PAGES.values() for measure, told in page.measures.items()}


def _table(table: pd.DataFrame, tests: HypothesisTests, labels: Labels) -> Table:
    symbols = _symbols()
    measures = [name for name in symbols if name in set(table["measure"])]
    one = symbols[measures[0]][0] if len(measures) == 1 else ""
    columns = (
        Column("Id"),
        Column("Hypothesis"),
        Column("Verdict"),
        Column("Expected"),
        *(() if one else (Column("Measure"),)),
        Column(one or "Effect", "bounded", italic=bool(one)),
        Column("95% CI", "bounded"),
        Column("p", "p", italic=True),
        Column("p adjusted", "p"),
    )
    rows = []
    for row in table.to_dict("records"):
        untested = labels.named(str(row["reason"])) if row["verdict"] == NOT_TESTABLE else "it has none"
        numbers: tuple[Value, ...] = (
            _size(row, untested),
            span(row["ci_lower"], row["ci_upper"], untested),
            cell(row["pvalue"], untested),
            cell(row["pvalue_adjusted"], untested),
        )
        measure = () if one else (symbols[row["measure"]][0] if row["measure"] else "",)
        expected = "both signs" if row["expected"] == "both" else row["expected"]
        scope = "" if row["verdict"] == NOT_TESTABLE else _scope(tests.reasons[str(row["id"])], labels)
        verdict = f"{_SIGNS[row['verdict']]}\N{NO-BREAK SPACE}{row['verdict']} {scope}".strip()
        rows.append(Row((row["id"], row["statement"], verdict, expected, *measure, *numbers)))
    told = "; ".join(f"{symbols[name][0]} is {symbols[name][1]}" for name in measures)
    notes = (f"{told}.{_mixed(table)}", *_how_judged(tests)) if measures else ()
    return Table("hypotheses-table", "Hypotheses and verdicts", columns, tuple(rows), notes)


def _size(row: Mapping[Hashable, Any], untested: str) -> Value:
    if row["measure"] == CLASSES and row["estimate"] == row["estimate"]:  # a whole number, where there is one
        return f"{row['estimate']:.0f}"
    return cell(row["std"] if row["measure"] == BETA else row["estimate"], untested)


def _scope(reasons: Sequence[Reason], labels: Labels) -> str:
    """Say on how much of a hypothesis its verdict rests, and that an effect is beyond its range."""
    part = labels.named(in_words([one for one in reasons if one.code == "asked_in_part"]))
    caution = "(caution: an effect beyond ±1)" * any(one.code == "beyond_range" for one in reasons)
    return f"{part} {caution}".strip()


def _how_judged(tests: HypothesisTests) -> tuple[str, ...]:
    """Write the rules behind the verdicts as notes."""
    how = tests.options
    adjusted = "Adjusted p values are the raw ones, as the study asks for no adjustment."
    if how.adjust in _ADJUSTED:
        over = "all hypotheses of the table"
        if how.families:
            told = "; ".join(f"{name}: {', '.join(ids)}" for name, ids in how.families.items())
            over = f"the hypotheses of each family ({told}; the others are one more)"
        adjusted = f"Adjusted p values follow {_ADJUSTED[how.adjust]} over {over}."
    negligible = (
        f"Negligible: the {1 - 2 * how.level:.0%} interval of the standardised effect lies within "
        f"±{bounded(how.smallest_effect)}, the smallest effect of interest (two one-sided tests)."
        if how.smallest_effect is not None
        else ""
    )
    return (
        "A hypothesis that claims several paths is judged by their average, in the direction it expects; "
        "where it rests on several models, by the weakest of them.",
        "p values of paths are Wald tests; those of indirect effects, and all intervals of paths, come from "
        f"{kind_of_draws(how)}. {adjusted}",
        *([negligible] if negligible else []),
        f"Significance level {bounded(how.level)}; {count(how.draws)} draws, seed {how.seed}.",
    )


def _reasons(tests: HypothesisTests, labels: Labels) -> list[Block]:
    """Say what each verdict rests on; why a hypothesis was not tested stands in the table's note."""
    lines = []
    for row in tests.tested.itertuples():
        reasons = tests.reasons[str(row.id)]
        rest = labels.named(in_words([one for one in reasons if one.code != "asked_in_part"]))
        verdict = f"{row.verdict} {_scope(reasons, labels)}".strip()
        lines.append(f"{row.id}: {verdict}; {rest}.")
    return [Paragraph("What the verdicts rest on:"), Bullets(tuple(lines))] if lines else []


def _not_asked_table(tests: HypothesisTests, labels: Labels) -> Table:
    told = set(tests.tested["id"])
    shown = tests.not_asked[tests.not_asked["hypothesis"].isin(told)]
    rows = tuple(
        Row((str(id_), _ROLES[role], labels.constructs(list(own["construct"]))))
        for (id_, role), own in shown.groupby(["hypothesis", "role"], sort=False)
    )
    title = "Constructs that a tested hypothesis names and that were not asked"
    columns = (Column("Hypothesis"), Column("Role"), Column("Constructs"))
    notes = ("The verdict on a hypothesis is about its other constructs only.",)
    return Table("not-asked", title, columns, rows, notes)


def _claims_table(claims: pd.DataFrame, labels: Labels) -> Table:
    known = _symbols()
    symbols = [known[name][0] for name in dict.fromkeys(claims["measure"])]
    one = symbols[0] if len(symbols) == 1 else "Effect"
    measure = () if len(symbols) == 1 else (Column("Measure"),)
    columns = (
        Column("Effect"),
        Column("Expected"),
        *measure,
        Column("n", "count", italic=True),
        Column("b", "decimal", italic=True),
        Column("SE", "decimal", italic=True),
        Column(one, "bounded", italic=one != "Effect"),
        Column("95% CI", "bounded"),
        Column("p", "p", italic=True),
        Column("p adjusted", "p"),
        Column("The claim"),
    )

    def values(row: Mapping[Hashable, Any]) -> tuple[Value, ...]:
        return (
            _effect(row, labels),
            EXPECTED.get(int(row["expected"]), ""),
            *(known[row["measure"]][:1] if measure else ()),
            cell(row["n"]),
            *((cell(row["estimate"]), cell(row["se"])) if row["measure"] == BETA else ("", "")),
            _size(row, "it has none"),
            span(row["ci_lower"], row["ci_upper"], "it has none"),
            cell(row["pvalue"], "it has none"),
            cell(row["pvalue_adjusted"], "it has none"),
            _CLAIMS[row["agreement"]],
        )

    rows = grouped_rows(claims, "hypothesis", str, values, len(columns))
    notes = (
        "Signs as estimated. p is adjusted over the effects of one hypothesis (Holm). A claim holds where "
        "the effect is significant and of the claimed sign.",
    )
    return Table("effects-table", "Every effect that a hypothesis claims", columns, rows, notes)


def _effect(row: Mapping[Hashable, Any], labels: Labels) -> str:
    first = " + ".join(map(labels.construct, row["sources"])) or _product(str(row["source"]), labels)
    last = " + ".join(map(labels.construct, row["targets"] or (row["target"],)))
    steps = [_in_short(step, labels) for step in row["via"]]
    if row["measure"] in (ASYMMETRY, CURVATURE):
        return f"{' against '.join([first, *steps])} → {last}"
    if row["measure"] == GAIN:
        return f"{first} ({row['model']}) → {last}"
    return (" ↔ " if row["measure"] == CORRELATION else " → ").join(filter(None, (first, *steps, last)))


def _in_short(step: tuple[str, ...], labels: Labels) -> str:
    """Name a few mediators one by one, many of one stage by their number."""
    theory = labels.instrument.theory
    stages = {theory.stage_of(name) for name in step} if len(step) > 2 else set()
    if len(stages) == 1 and (stage := stages.pop()) in theory.stages:
        return f"{len(step)} constructs of stage {labels.stage(stage)}"
    return " + ".join(_product(name, labels) for name in step)


def _product(names: str, labels: Labels) -> str:
    return " × ".join(map(labels.construct, names.split(" x ")))
