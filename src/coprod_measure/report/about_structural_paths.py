"""All structural paths behind the hypotheses and what they explain, for the reader who wants every number."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.report.about_effects import kind_of_draws
from coprod_measure.report.document import Column, Paragraph, Row, Section, Table, Value
from coprod_measure.report.from_frames import cell, grouped_rows, span
from coprod_measure.report.hypotheses.paths import Which, which_models
from coprod_measure.report.labels import Labels
from coprod_measure.structure.effect_tables import PREDICTOR_COLUMNS
from coprod_measure.structure.results import HypothesisTests
from coprod_measure.structure.structural_paths import LOGISTIC

_NEGATIVE = (
    "the residual variance of the outcome is negative, so that nothing can be said of what is explained"
)
_NO_ERROR = "the model gave no standard error"
_NO_INTERVAL = "no draws were made of it"
_NO_SIZE = "a logistic regression has none"
_OUTCOME = "outcome and model"


def about_structural_paths(tests: HypothesisTests | NotAvailable, labels: Labels) -> tuple[Section, ...]:
    """Show every structural regression by outcome, and the R² of each outcome.

    Returns one section, or none where nothing structural was estimated.
    """
    if isinstance(tests, NotAvailable) or tests.paths.empty:
        return ()
    which = which_models(tests.models, labels)
    told = [_told(row, which, labels) for row in tests.paths.to_dict("records")]
    paths = tests.paths.assign(**{_OUTCOME: told})
    claimed = _claimed_by(tests.claims)
    among = sum((row.predictor, row.outcome) in claimed for row in paths.itertuples())
    all_of = "the one path that was" if len(paths) == 1 else f"all {len(paths)} paths that were"
    words = (
        f"For completeness, {all_of} estimated. Claimed by a hypothesis as it stands: {among}. Others are "
        "steps of indirect effects or direct paths beside them. No verdict rests on this section."
    )
    blocks = (
        Paragraph(words),
        _explained_table(paths, tests),
        _paths_table(_with_sizes(paths, tests), claimed, labels),
    )
    return (Section("structural-paths", "All structural paths", blocks),)


def _told(row: Mapping[Hashable, Any], models: Sequence[Which], labels: Labels) -> str:
    """Name an outcome, and its model where there are several."""
    name = labels.construct(str(row["outcome"]))
    if row["kind"] == LOGISTIC:
        return f"{name} (logistic regression)"
    model = models[int(row["model"]) - 1]
    if model.number:
        return f"{name}, model {model}"
    return f"{name}, respondents {model.who}" if model.who else name


def _claimed_by(claims: pd.DataFrame) -> dict[tuple[str, str], list[str]]:
    """Hypotheses that claim a path as it stands, by cause and effect."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in claims[~claims["via"].astype(bool)].itertuples():
        ids = found.setdefault((str(row.source), str(row.target)), [])
        if row.hypothesis not in ids:
            ids.append(str(row.hypothesis))
    return found


def _with_sizes(paths: pd.DataFrame, tests: HypothesisTests) -> pd.DataFrame:
    """Add what each predictor adds to its equation; nothing is known of those of logistic regressions."""
    parts = [
        one.predictors.assign(model=k) for k, one in enumerate(tests.models, start=1) if len(one.predictors)
    ]
    sizes = pd.concat(parts) if parts else pd.DataFrame(columns=[*PREDICTOR_COLUMNS, "model"])
    return paths.merge(sizes, on=["model", "outcome", "predictor"], how="left")


def _explained_table(paths: pd.DataFrame, tests: HypothesisTests) -> Table:
    columns = (
        Column("Outcome"),
        Column("n", "count", italic=True),
        Column("Predictors", "count"),
        Column("R²", "bounded", italic=True),
        Column("95% CI", "bounded"),
    )
    ends = {
        (number, row.outcome): (row.ci_lower, row.ci_upper)
        for number, model in enumerate(tests.models, start=1)
        for row in model.explained.itertuples()
    }
    rows = []
    for outcome, own in paths.groupby(_OUTCOME, sort=False):
        first = own.iloc[0]
        interval = ends.get((int(first["model"]), first["outcome"]), (None, None))
        share = cell(first["r_squared"], _NEGATIVE)
        rows.append(Row((str(outcome), cell(first["n"]), len(own), share, span(*interval, _NO_INTERVAL))))
    notes = [
        "R² is the share of the outcome's variance that its predictors explain; intervals are percentiles of "
        f"{kind_of_draws(tests.options)}."
    ]
    if (paths["kind"] == LOGISTIC).any():
        notes.append(
            "Of a yes/no outcome it is the share of the continuous propensity behind it (McKelvey & "
            "Zavoina, 1975)."
        )
    return Table(
        "explained-variance", "Explained variance of the outcomes", columns, tuple(rows), tuple(notes)
    )


def _paths_table(paths: pd.DataFrame, claimed: Mapping[tuple[str, str], list[str]], labels: Labels) -> Table:
    columns = (
        Column("Predictor"),
        Column("b", "decimal", italic=True),
        Column("SE", "decimal", italic=True),
        Column("95% CI of b", "decimal"),
        Column("p", "p", italic=True),
        Column("β", "bounded", italic=True),
        Column("f²", "decimal", digits=3, italic=True),
        Column("ΔR²", "bounded", digits=3, italic=True),
        Column("VIF", "decimal"),
        Column("Claimed by"),
    )

    def values(row: Mapping[Hashable, Any]) -> tuple[Value, ...]:
        return (
            labels.construct(str(row["predictor"])),
            cell(row["estimate"]),
            cell(row["se"], _NO_ERROR),
            span(row["ci_lower"], row["ci_upper"], _NO_ERROR),
            cell(row["pvalue"], _NO_ERROR),
            cell(row["std"]),
            *(cell(row[name], _NO_SIZE) for name in ("f2", "delta_r2", "vif")),
            ", ".join(claimed.get((str(row["predictor"]), str(row["outcome"])), ())),
        )

    rows = grouped_rows(paths, _OUTCOME, str, values, len(columns))
    notes = [
        "By outcome. Wald tests and intervals of b; p is not adjusted here. β is b fully standardised. "
        "ΔR² is what R² loses without the predictor, f² that over the unexplained share (Cohen, 1988), VIF "
        "the variance inflation by the other predictors, all as the model implies them."
    ]
    if (paths["kind"] == LOGISTIC).any():
        notes.append("In a logistic regression b is in log odds for one standard deviation of the predictor.")
    return Table("structural-paths-table", "All structural paths by outcome", columns, rows, tuple(notes))
