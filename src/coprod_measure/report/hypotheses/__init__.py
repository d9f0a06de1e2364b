"""How the report shows each kind of hypothesis test: one page a kind."""

from __future__ import annotations

from importlib import import_module

from coprod_measure.report.hypotheses.page import Page

_IN_ORDER = (
    "paths", "over_time", "transitions", "experiments", "incremental", "measurement",
    "relative_importance", "discrepancy", "necessity", "segmentation", "conjoint", "choice",
    "judgement", "group_difference", "rivals", "levels", "nomological", "moderated",
)  # fmt: skip
PAGES: dict[str, Page] = {name: import_module(f"{__name__}.{name}").PAGE for name in _IN_ORDER}
"""Page by the name of its kind (:data:`coprod_measure.structure.kinds.KINDS`), in the order of the report."""
