"""Run each kind of test on its hypotheses, on whom these are about and what it knows of the design."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from coprod_measure.errors import CoprodError
from coprod_measure.responses.dataset import Responses
from coprod_measure.structure.controls import NO_CONTROLS
from coprod_measure.structure.evidence import Beside, Context, Evidence, Kind, KindResult, Reason
from coprod_measure.structure.kinds import KINDS
from coprod_measure.structure.within_groups import populations
from coprod_measure.theory.definition import Hypothesis

_IN_ABOUT = {"weights": "weight", "cluster": "cluster"}
"""Options of a fit that say how people were drawn, and their columns about the answers."""


def _seen_by(kind: Kind, context: Context) -> Context:
    """Give one row a person to kinds that do not know that rows of one person are not independent.

    Weights, clusters and controls that a kind does not take are taken away, so that none is half used.
    """
    clean = context.clean.without(*(_IN_ABOUT[name] for name in _IN_ABOUT if name not in kind.design))
    if not (kind.takes_clusters or kind.over_waves):
        clean = clean.one_row_a_person()[0]
    controls = context.controls if kind.takes_controls else NO_CONTROLS
    return replace(context, clean=clean, controls=controls)


def not_taken(
    testable: Sequence[tuple[Kind, Sequence[Hypothesis]]], clean: Responses
) -> dict[str, tuple[str, ...]]:
    """Name the weights and clusters of the study that kinds do not take."""
    named = [name for name, column in _IN_ABOUT.items() if column in clean.about]
    found = {kind.name: tuple(name for name in named if name not in kind.design) for kind, _ in testable}
    return {kind: names for kind, names in found.items() if names}


def run_kinds(
    testable: Sequence[tuple[Kind, Sequence[Hypothesis]]], context: Context
) -> tuple[list[KindResult], dict[str, str]]:
    """Run each kind; a fault of the program in one must not cost the others: its traceback is kept."""
    results: list[KindResult] = []
    failures: dict[str, str] = {}
    parts = [(kind, who) for kind, every in testable for who in populations(every, context)]
    for kind, who in parts:
        own = who.hypotheses
        if who.too_few:
            results.append(KindResult(evidence=(), failed={one.id: who.too_few for one in own}))
            continue
        ids = ", ".join(one.id for one in own)
        context.progress(f"Hypotheses tested by {kind.name.replace('_', ' ')}: {ids}")
        seen = _seen_by(kind, who.context)
        try:
            found = kind.run(own, seen)
        except Exception as error:
            failures[kind.name] = traceback.format_exc()
            several = len(own) > 1
            found = (
                _each_alone(kind, own, seen) if several else KindResult(evidence=(), failed=_why(own, error))
            )
        results.append(who.of(found))
    return results, failures


def _each_alone(kind: Kind, own: Sequence[Hypothesis], context: Context) -> KindResult:
    """Test hypotheses one by one: only those that fail by themselves are lost."""
    found: list[KindResult] = []
    for one in own:
        try:
            found.append(kind.run([one], context))
        except Exception as error:
            found.append(KindResult(evidence=(), failed=_why([one], error)))
    return KindResult(
        evidence=tuple(e for one in found for e in one.evidence),
        failed={id_: why for one in found for id_, why in one.failed.items()},
        models=tuple(model for one in found for model in one.models),
        paths=tuple(frame for one in found for frame in one.paths),
    )


def _why(own: Sequence[Hypothesis], error: Exception) -> dict[str, Reason]:
    why = error.in_one_line if isinstance(error, CoprodError) else f"{type(error).__name__}: {error}"
    return {one.id: Reason("failed", {"error": why}) for one in own}


def with_beside(
    results: Sequence[KindResult], chosen: Sequence[Hypothesis], context: Context
) -> list[KindResult]:
    """Add what kinds say of hypotheses that others test."""
    added: dict[str, list[Beside]] = {}
    tested = {one.hypothesis for result in results for one in result.evidence}
    chosen = [one for one in chosen if one.id in tested]
    for who in () if context.verdicts_only else populations(chosen, context):
        for kind in KINDS.values():
            if kind.beside is not None:
                for id_, found in kind.beside(who.hypotheses, _seen_by(kind, who.context)).items():
                    added.setdefault(id_, []).append(found)

    def more(one: Evidence) -> Evidence:
        for tables, reasons in added.get(one.hypothesis, ()):
            one = replace(one, tables={**one.tables, **tables}, reasons=(*one.reasons, *reasons))
        return one

    return [replace(result, evidence=tuple(map(more, result.evidence))) for result in results]


def numbered_paths(results: Sequence[KindResult]) -> list[pd.DataFrame]:
    """Give the paths of all results, their models numbered through; regressions of decisions have none."""
    frames, before = [], 0
    for result in results:
        frames += [
            own.assign(model=own["model"].where(own["model"] == 0, own["model"] + before))
            for own in result.paths
        ]
        before += len(result.models)
    return frames
