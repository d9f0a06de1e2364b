"""Direct, mediated and stage-to-stage claims: the structural models behind them."""

from __future__ import annotations

from collections.abc import Sequence

from coprod_measure.report.about_omitted_paths import about_omitted_paths
from coprod_measure.report.document import Block, Bullets, Column, Row, Table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.labels import Labels
from coprod_measure.report.model_fit import ModelFit, callouts, fit_table
from coprod_measure.report.path_diagram import path_figure
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.structure.structural_fit import StructuralFit
from coprod_measure.structure.structural_paths import LOGISTIC


def model_names(models: Sequence[StructuralFit], labels: Labels) -> tuple[str, ...]:
    """Name structural models by their respondents, and by number where several have the same."""
    told = [
        "" if one.respondents == "all" else f" of respondents {labels.respondents(one.respondents)}"
        for one in models
    ]
    return tuple(
        f"The structural model {told[:number].count(who)}{who}"
        if told.count(who) > 1
        else f"The structural model{who}"
        for number, who in enumerate(told, start=1)
    )


def _fits(tests: HypothesisTests, labels: Labels) -> list[ModelFit]:
    return [
        ModelFit(name, one.n, one.fit_measures, one.converged, one.admissible, one.messages)
        for name, one in zip(model_names(tests.models, labels), tests.models, strict=True)
    ]


def _warnings(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for fit, model in zip(_fits(tests, labels), tests.models, strict=True):
        blocks += callouts(fit)
        blocks += about_omitted_paths(fit.name, model, labels, tests.options.level)
    return blocks


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    fits = _fits(tests, labels)
    for number, (model, fit) in enumerate(zip(tests.models, fits, strict=True), start=1):
        figure = path_figure(model, number, tests.options.level, labels, fit.name.removeprefix("The "))
        blocks += [figure] if figure else []
    if fits:
        blocks += [
            _together(tests, fits, labels),
            fit_table("structural-fit", "Fit of the structural models", fits),
        ]
    messages = tuple(f"{fit.name}: {message}" for fit in fits for message in fit.messages)
    return [*blocks, *([Bullets(messages)] if messages else [])]


def _together(tests: HypothesisTests, fits: Sequence[ModelFit], labels: Labels) -> Table:
    """Say which claims were estimated together: each effect holds with the others of its model in it."""
    rows = [
        Row((fit.name.removeprefix("The ").capitalize(), fit.n, ", ".join(model.hypotheses)))
        for fit, model in zip(fits, tests.models, strict=True)
    ]
    decisions = tests.claims[tests.claims["model"] == LOGISTIC]
    rows += [
        Row(
            (
                f"Logistic regression of {labels.construct(str(target))}",
                int(own["n"].iloc[0]),
                ", ".join(dict.fromkeys(own["hypothesis"])),
            )
        )
        for target, own in decisions.groupby("target", sort=False)
    ]
    columns = (Column("Model"), Column("n", "count", italic=True), Column("Hypotheses"))
    notes = (
        "An effect is that of its cause with the other causes of the model held constant. Claims that cannot "
        "be true of one occasion together (a circle), or that share items, have models of their own.",
    )
    return Table(
        "estimated-together", "Which hypotheses were estimated together", columns, tuple(rows), notes
    )


PAGE = Page(
    kind="paths",
    blocks=_blocks,
    warnings=_warnings,
    measures={"beta": ("β", "the standardised effect, its sign as estimated")},
)
