"""Direct, mediated and stage-to-stage claims: the structural models behind them."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.report.about_effects import about_effects
from coprod_measure.report.about_indices import about_indices, about_residuals
from coprod_measure.report.about_omitted_paths import about_omitted_paths
from coprod_measure.report.document import Block, Bullets, Callout, Column, Row, Table
from coprod_measure.report.from_frames import Field, frame_table
from coprod_measure.report.hypotheses.page import Page
from coprod_measure.report.hypotheses.yes_no import about_yes_no
from coprod_measure.report.labels import Labels, phrase, sentence_case
from coprod_measure.report.model_fit import ModelFit, callouts, distance_table, fit_table
from coprod_measure.report.path_diagram import path_figure
from coprod_measure.structure.evidence import BETA, Context
from coprod_measure.structure.options import TestingOptions
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.structure.structural_fit import NOT_ASKED, StructuralFit
from coprod_measure.structure.structural_paths import LOGISTIC
from coprod_measure.theory.definition import Hypothesis, TestedBy


class Which(NamedTuple):
    """How one of several structural models is told from the others; the only one by nothing."""

    number: int
    who: str

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.number or ""), self.who and f"of respondents {self.who}")))


def which_models(models: Sequence[StructuralFit], labels: Labels) -> tuple[Which, ...]:
    """Tell structural models apart: by respondents, and by number where several have the same."""
    told = ["" if one.who == "all" else labels.respondents(one.who) for one in models]
    return tuple(
        Which(told[:number].count(who) if told.count(who) > 1 else 0, who)
        for number, who in enumerate(told, start=1)
    )


def _named(which: Which) -> str:
    return f"structural model {which}".strip()


def _fits(tests: HypothesisTests, labels: Labels) -> list[ModelFit]:
    return [
        ModelFit(f"The {_named(which)}", one.n, one.fit_measures, one.converged, one.admissible, one.messages)
        for which, one in zip(which_models(tests.models, labels), tests.models, strict=True)
    ]


def _warnings(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    for fit, model in zip(_fits(tests, labels), tests.models, strict=True):
        blocks += callouts(fit)
        blocks += about_omitted_paths(fit.name, model, labels, tests.options.level)
    return blocks


def _blocks(tests: HypothesisTests, labels: Labels) -> list[Block]:
    blocks: list[Block] = []
    fits, which = _fits(tests, labels), which_models(tests.models, labels)
    for number, (model, one) in enumerate(zip(tests.models, which, strict=True), start=1):
        # Correlations and ranks are other claims about the same two constructs.
        slopes = tests.claims[tests.claims["measure"] == BETA]
        own = slopes[slopes["respondents"] == model.who]
        figure = path_figure(model, number, tests.options.level, labels, _named(one), own)
        blocks += [figure] if figure else []
    if fits:
        blocks += [
            _together(tests, which, labels),
            fit_table("structural-fit", "Fit of the structural models", fits)
            if any(model.estimator != "PLSc" for model in tests.models)
            else distance_table("structural-fit", "Distances from the structural models", fits),
        ]
    checked = {id_: own["selection"] for id_, own in tests.tables.items() if "selection" in own}
    blocks += [_selection(id_, found, labels) for id_, found in checked.items()]
    blocks += [block for id_, own in tests.tables.items() for block in about_yes_no(id_, own, labels)]
    blocks += about_effects(tests, list(map(str, which)), labels)
    for number, model in enumerate(tests.models, start=1):
        blocks += _side_by_side(number, fits[number - 1].name, model, labels)
    for number, (model, one) in enumerate(zip(tests.models, which, strict=True), start=1):
        told = f"the {_named(one)}"
        blocks += about_residuals(f"residuals-{number}", told, model.residuals, labels)
        blocks += about_indices(f"indices-{number}", told, model.indices, labels)
    messages = tuple(f"{fit.name}: {message}" for fit in fits for message in fit.messages)
    return [*blocks, *([Bullets(messages)] if messages else [])]


_METHODS = {
    "naive": "Those who decided so, alone",
    "ml": "Decision modelled, at once",
    "two_step": "Decision modelled, in two steps",
    "weighted": "Weighted by 1 / P(decided)",
}


def _selection(id_: str, found: pd.DataFrame, labels: Labels) -> Table:
    fields = (
        Field("source", Column("Cause"), labels.construct),
        Field("method", Column("Estimated"), lambda name: _METHODS[name]),
        Field("estimate", Column("b", "decimal", italic=True)),
        Field("se", Column("SE", "decimal", italic=True)),
        Field("pvalue", Column("p", "p", italic=True)),
        Field("n", Column("n", "count", italic=True)),
        Field("selected", Column("Of them decided so", "count")),
    )
    notes = (
        "On scale means. Only those who decided to take part could answer about the outcome: the model of "
        "Heckman (1979) estimates the decision along with it, by what the theory says to act on it; "
        "weights let those who were unlikely to decide so count for the others. Close numbers: no sign of "
        "selection.",
    )
    return frame_table(
        f"selection-{id_}", f"{id_}: does it rest on who decided to take part?", found, fields, notes=notes,
        group="target", heading=labels.construct,
    )  # fmt: skip


def _side_by_side(number: int, name: str, model: StructuralFit, labels: Labels) -> list[Block]:
    """Show the paths of a PLS model beside those of a structural equation model of the same claims."""
    if isinstance(model.beside, NotAvailable):
        if model.beside == NOT_ASKED:
            return []
        text = f"The same paths by a structural equation model are not available: {model.beside.reason}"
        return [Callout(text, "Beside PLS.", "note")]
    fields = (
        Field("from", Column("Cause"), labels.construct),
        Field("to", Column("Outcome"), labels.construct),
        Field("std_pls", Column("PLS", "bounded")),
        Field("std_sem", Column("SEM", "bounded")),
    )
    notes = (
        "Standardised paths. PLS: reflective constructs corrected for attenuation, composites weighted so "
        "that they serve the model best. SEM: reflective constructs are common factors fitted by likelihood, "
        "composites are plain means of their items. Reflective constructs ask the same question in both; "
        "where a composite is involved, PLS asks what its best combination does, SEM what its mean does.",
    )
    title = f"{name}: paths by partial least squares and by a structural equation model"
    return [frame_table(f"pls-beside-{number}", title, model.beside, fields, notes=notes)]


def _together(tests: HypothesisTests, which: Sequence[Which], labels: Labels) -> Table:
    """Say which claims were estimated together: each effect holds with the others of its model in it."""
    rows = [
        Row((sentence_case(_named(one)), model.n, ", ".join(model.hypotheses)))
        for one, model in zip(which, tests.models, strict=True)
    ]
    decisions = tests.claims[tests.claims["model"] == LOGISTIC]
    rows += [
        Row(
            (
                f"Logistic regression of {labels.construct(str(target))}"
                + (f" of respondents {labels.respondents(str(who))}" if who != "all" else ""),
                int(own["n"].iloc[0]),
                ", ".join(dict.fromkeys(own["hypothesis"])),
            )
        )
        for (target, who), own in decisions.groupby(["target", "respondents"], sort=False)
    ]
    columns = (Column("Model"), Column("n", "count", italic=True), Column("Hypotheses"))
    notes = (
        "An effect is that of its cause with the other causes of the model held constant. Claims that cannot "
        "be true of one occasion together (a circle), or that share items, have models of their own.",
    )
    return Table(
        "estimated-together", "Which hypotheses were estimated together", columns, tuple(rows), notes
    )


def _method(claim: Mapping[Hashable, Any], told: Collection[str], how: TestingOptions) -> str:
    """Models are described apart: several claims of several hypotheses may stand in one."""
    if claim["model"] == LOGISTIC:
        mended = (
            ", unreliability of causes taken off as structural after measurement does (Rosseel & Loh, 2024)"
        )
        last = f"logistic regression of a yes/no answer on scale means{mended * ('decision_mended' in told)}"
        own = f"{_paths(how)}, times the last step by {last}" if claim["via"] else last
    else:
        own = _paths(how)
    beside = [words for codes, words in _BESIDE.items() if set(codes) & set(told)]
    return f"{own} ({phrase(beside)} beside)" if beside else own


_BESIDE = {
    ("first_only", "no_first_only"): "latent classes of yes/no answers",
    ("tetrachoric",): "tetrachoric paths (Muthén, 1984)",
}
"""Codes of reasons to what stands beside a path."""
_ASKED: Mapping[TestedBy, str] = {
    "selection": "models of who decided (Heckman, 1979)",
    "latent_classes": "latent classes of yes/no answers",
    "tetrachoric": "tetrachoric paths (Muthén, 1984)",
}


def _planned_of(one: Hypothesis, _: Context) -> str:
    beside = [words for name, words in _ASKED.items() if name in one.tested_by]
    return f"{PAGE.planned}; beside them {phrase(beside)}" if beside else ""


def _paths(how: TestingOptions) -> str:
    return f"paths of a {'PLS path' if how.method == 'pls' else 'structural equation'} model"


PAGE = Page(
    kind="paths",
    planned="paths of structural equation models; logistic regressions of yes/no decisions, causes "
    "freed from unreliability where it is known; indirect effects with percentile intervals",
    planned_of=_planned_of,
    method=_method,
    blocks=_blocks,
    warnings=_warnings,
    measures={
        "beta": ("β", "the standardised effect, its sign as estimated"),
        "path_contrast": (
            "Δβ",
            "a standardised path less the mean of those to the other parts of a structure",
        ),
    },
)
