"""How the report shows each kind of hypothesis test: one page a kind."""

from __future__ import annotations

from coprod_measure.report.hypotheses import (
    choice,
    conjoint,
    discrepancy,
    experiments,
    group_difference,
    incremental,
    levels,
    measurement,
    moderated,
    necessity,
    nomological,
    over_time,
    paths,
    relative_importance,
    rivals,
    segmentation,
    transitions,
)
from coprod_measure.report.hypotheses.page import Page

PAGES: dict[str, Page] = {
    page.kind: page
    for page in (
        paths.PAGE,
        over_time.PAGE,
        transitions.PAGE,
        experiments.PAGE,
        incremental.PAGE,
        measurement.PAGE,
        relative_importance.PAGE,
        discrepancy.PAGE,
        necessity.PAGE,
        segmentation.PAGE,
        conjoint.PAGE,
        choice.PAGE,
        group_difference.PAGE,
        rivals.PAGE,
        levels.PAGE,
        nomological.PAGE,
        moderated.PAGE,
    )
}  # fmt: skip
"""Page by the name of its kind (:data:`coprod_measure.structure.kinds.KINDS`), in the order of the report."""
