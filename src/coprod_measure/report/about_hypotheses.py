"""How the constructs relate, and what that says to each hypothesis."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.report.about_omitted_paths import about_omitted_paths
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
from coprod_measure.report.labels import Labels, counted, phrase
from coprod_measure.report.model_fit import ModelFit, callouts, fit_table
from coprod_measure.report.numbers import bounded, count, interval
from coprod_measure.report.path_diagram import path_figure
from coprod_measure.structure.results import EXPECTED, HypothesisTests, StructuralFit

VERDICTS = ("supported", "supported in part", "not supported", "contradicted", "not testable here")
_SIGNS = {
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
    blocks: list[Block] = [Paragraph(verdicts_in_words(table))]
    blocks += _without_direction(tests.claims, opposed or {}, labels)
    fits = [_model_fit(fit, labels) for fit in tests.models]
    for fit, model in zip(fits, tests.models, strict=True):
        blocks += callouts(fit)
        blocks += about_omitted_paths(fit.name, model, labels, tests.level)
    tested = table[table["std"].notna()]
    if len(tested):
        blocks.append(_forest(tested))
    blocks += [_table(table, tests, labels), *_reasons(tested, labels)]
    for number, model in enumerate(tests.models, start=1):
        figure = path_figure(model, number, tests.level, labels)
        blocks += [figure] if figure else []
    if fits:
        blocks.append(fit_table("structural-fit", "Fit of the structural models", fits))
    messages = tuple(f"{fit.name}: {message}" for fit in fits for message in fit.messages)
    if messages:
        blocks.append(Bullets(messages))
    if len(tests.claims):
        blocks.append(_claims_table(tests.claims, labels))
    return Section("hypotheses", title, tuple(blocks))


def _without_direction(claims: pd.DataFrame, opposed: Mapping[str, str], labels: Labels) -> list[Block]:
    """Warn of hypotheses about constructs whose items run against each other."""
    named: dict[str, set[str]] = {}
    for row in claims.itertuples():
        parts = set(re.split(r" (?:->|\+) ", f"{row.source} -> {row.via} -> {row.target}"))
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
    sentences = [
        f"{counted(len(table), 'hypothesis', 'hypotheses')} {_were(len(table))} put to these answers."
    ]
    for verdict in VERDICTS:
        ids = [str(id_) for id_ in table.loc[table["verdict"] == verdict, "id"]]
        if ids:
            sentences.append(f"{verdict.capitalize()}: {len(ids)} ({phrase(ids)}).")
    return " ".join(sentences)


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _model_fit(fit: StructuralFit, labels: Labels) -> ModelFit:
    name = "The structural model"
    if fit.respondents != "all":
        name += f" of respondents {labels.respondents(fit.respondents)}"
    return ModelFit(name, fit.n, fit.fit_measures, fit.converged, fit.admissible, fit.messages)


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


def _forest(tested: pd.DataFrame) -> Figure:
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
        "hypotheses-forest",
        "Standardised effects behind the hypotheses",
        draw_forest(estimates, "Standardised effect with 95% interval"),
        f"{told}.",
        f"Signs as estimated. Where a hypothesis claims several effects, their average.{_mixed(tested)} The "
        "verdict rests on the adjusted p value, so an interval that leaves out zero can belong to a "
        "hypothesis that is not supported.",
    )


def _table(table: pd.DataFrame, tests: HypothesisTests, labels: Labels) -> Table:
    columns = (
        Column("Id"),
        Column("Hypothesis"),
        Column("Verdict"),
        Column("Expected"),
        Column("β", "bounded", italic=True),
        Column("95% CI", "bounded"),
        Column("p", "p", italic=True),
        Column("p adjusted", "p"),
    )
    rows = []
    for row in table.itertuples():
        reason = labels.named(str(row.reason))
        untested = reason if pd.isna(row.std) else ""
        numbers: tuple[Value, ...] = (
            cell(row.std, untested),
            span(row.ci_lower, row.ci_upper, untested),
            cell(row.pvalue, untested),
            cell(row.pvalue_adjusted, untested),
        )
        verdict = f"{_SIGNS.get(row.verdict, '')}\N{NO-BREAK SPACE}{row.verdict}".strip()
        expected = "both signs" if row.expected == "both" else row.expected
        rows.append(Row((row.id, row.statement, verdict, expected, *numbers)))
    notes = (
        f"β is the standardised effect, its sign as estimated.{_mixed(table)}",
        *tests.notes,
        f"Significance level {bounded(tests.level)}; {count(tests.draws)} draws, seed {tests.seed}.",
    )
    return Table("hypotheses-table", "Hypotheses and verdicts", columns, tuple(rows), notes)


def _reasons(tested: pd.DataFrame, labels: Labels) -> list[Block]:
    """Say what each verdict rests on; why a hypothesis was not tested stands in the table's note."""
    lines = tuple(f"{row.id}: {labels.named(str(row.reason))}." for row in tested.itertuples() if row.reason)
    return [Paragraph("What the verdicts rest on:"), Bullets(lines)] if lines else []


def _claims_table(claims: pd.DataFrame, labels: Labels) -> Table:
    columns = (
        Column("Effect"),
        Column("Expected"),
        Column("n", "count", italic=True),
        Column("b", "decimal", italic=True),
        Column("SE", "decimal", italic=True),
        Column("β", "bounded", italic=True),
        Column("95% CI", "bounded"),
        Column("p", "p", italic=True),
        Column("p adjusted", "p"),
        Column("As expected"),
    )

    def values(row: Mapping[Hashable, Any]) -> tuple[Value, ...]:
        return (
            _effect(row, labels),
            EXPECTED.get(int(row["expected"]), ""),
            cell(row["n"]),
            cell(row["estimate"]),
            cell(row["se"]),
            cell(row["std"]),
            span(row["ci_lower"], row["ci_upper"]),
            cell(row["pvalue"]),
            cell(row["pvalue_adjusted"]),
            "yes" if row["as_expected"] else "no",
        )

    rows = grouped_rows(claims, "hypothesis", str, values, len(columns))
    notes = (
        "Signs as estimated. p is adjusted over the effects of one hypothesis (Holm). As expected: "
        "significant and of the claimed sign.",
    )
    return Table("effects-table", "Every effect that a hypothesis claims", columns, rows, notes)


def _effect(row: Mapping[Hashable, Any], labels: Labels) -> str:
    between = str(row["via"]).split(" -> ") if row["via"] else []
    steps = [
        " + ".join(map(labels.construct, step.split(" + ")))
        for step in (str(row["source"]), *between, str(row["target"]))
    ]
    return " → ".join(steps)
