"""How much of the answers is how the questions were asked: shown only when the study asks for it."""

from __future__ import annotations

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.extras import Extras
from coprod_measure.measurement.method.bias import VIF_LIMIT, MethodBias
from coprod_measure.measurement.method.marker import MarkerLadder
from coprod_measure.measurement.method.path_changes import NOT_ASKED
from coprod_measure.report.document import Block, Bullets, Callout, Column, Paragraph, Row, Section, Table
from coprod_measure.report.from_frames import Field, cell, frame_table
from coprod_measure.report.labels import Labels, counted
from coprod_measure.report.model_fit import STEP_COLUMNS
from coprod_measure.report.numbers import chi_square, p_phrase, percent

LEVEL = 0.05
_MODELS = {
    "cfa": "All correlated",
    "baseline": "Baseline",
    "constrained": "Constrained",
    "unconstrained": "Unequal",
    "restricted": "Restricted",
}
_STEPS = {
    "constrained": "Equal method loadings",
    "unconstrained": "Free method loadings",
    "restricted": "Restricted",
}


def about_method(extras: Extras, labels: Labels) -> tuple[Section, ...]:
    """Show signs of method variance and the marker ladder."""
    blocks: list[Block] = []
    if isinstance(extras.method_bias, NotAvailable):
        blocks.append(Callout(f"{extras.method_bias.reason}.", "Without a marker: not available.", "note"))
    elif extras.method_bias is not None:
        blocks += _without_marker(extras.method_bias, labels)
    if isinstance(extras.marker, NotAvailable):
        blocks.append(Callout(f"{extras.marker.reason}.", "Marker: not available.", "note"))
    elif extras.marker is not None:
        blocks += _with_marker(extras.marker, labels)
    return (Section("method", "Method variance", tuple(blocks)),) if blocks else ()


def _without_marker(found: MethodBias, labels: Labels) -> list[Block]:
    blocks: list[Block] = [
        Callout(
            f"The first unrotated component holds {percent(found.harman)} of the variance of the items. "
            "Reviewers ask for this number; it is no evidence for or against method variance (Podsakoff et "
            "al., 2003).",
            "Harman's single factor.",
            "note",
        )
    ]
    if isinstance(found.collinearity, NotAvailable):
        blocks.append(Callout(f"No full collinearity: {found.collinearity.reason}.", "", "note"))
    else:
        low = int((~found.collinearity["above_3_3"].astype(bool)).sum())
        words = f"Full collinearity stays at or below {VIF_LIMIT} for {low} of {len(found.collinearity)}"
        blocks.append(Paragraph(f"{words} constructs (Kock, 2015)."))
        blocks.append(_collinearity_table(found, found.collinearity, labels))
    if isinstance(found.method_factor, NotAvailable):
        reason = f"No unmeasured method factor: {found.method_factor.reason}."
        blocks.append(Callout(reason, "", "note"))
    else:
        blocks.append(Paragraph(_factor_in_words(found)))
    blocks += _paths(
        found.paths, "method-paths", {"method": "With method factor"}, "with method factor", labels
    )
    if found.messages:
        blocks.append(Bullets(tuple(map(labels.named, found.messages))))
    return blocks


def _factor_in_words(found: MethodBias) -> str:
    """Say what the method factor adds, and how far its part in the paths can be told."""
    words = "Adding an uncorrelated factor of all items"
    if pd.isna(found.pvalue):
        words += " leaves nothing to test"
    else:
        words += f" changes fit by Δ{chi_square(found.delta_chisq, found.delta_df, found.pvalue)}"
        words += ": no evidence of a common method factor" if found.pvalue >= LEVEL else ""
    known = found.paths if isinstance(found.paths, pd.DataFrame) else pd.DataFrame()
    known = known.dropna()
    if known.empty:
        return f"{words}."
    inside = known["baseline"].between(known["method_ci_lower"], known["method_ci_upper"])
    words += (
        f". Beside it, the interval of {int(inside.sum())} of {counted(len(known), 'structural path')} holds "
        "the value without it"
    )
    if inside.any():
        words += ": there the method factor is weakly determined, and the change is no finding"
    return f"{words}."


def _paths(
    paths: pd.DataFrame | NotAvailable, id_: str, steps: dict[str, str], beside: str, labels: Labels
) -> list[Block]:
    """Show structural paths without and with the method; nothing when no paths were named."""
    if isinstance(paths, NotAvailable):
        return [] if paths == NOT_ASKED else [Callout(f"{paths.reason}.", "No structural paths.", "note")]
    fields = (
        Field(("rhs",), Column("Path from"), labels.construct),
        Field(("lhs",), Column("to"), labels.construct),
        Field(("baseline",), Column("Without method", "bounded")),
        *(Field((name,), Column(words, "bounded")) for name, words in steps.items()),
        Field(("method_ci_lower", "method_ci_upper"), Column("95% CI", "bounded")),
        Field(("change",), Column("Change", "bounded")),
    )
    frame = paths.assign(change=paths["method"] - paths["baseline"])
    title = "What method variance does to the structural paths"
    notes = (
        "Standardised paths of all hypotheses that relate two factors, in one model. The interval belongs to "
        f"the path {beside}.",
    )
    reason = "the model with this method factor gave no estimates"
    return [frame_table(id_, title, frame, fields, notes=notes, reason=reason)]


def _collinearity_table(found: MethodBias, collinearity: pd.DataFrame, labels: Labels) -> Table:
    columns = [Column("Construct"), Column("VIF", "decimal", italic=True)]
    notes = ["VIF: collinearity of each latent variable with all others."]
    shares = pd.DataFrame()
    if not isinstance(found.method_factor, NotAvailable):
        shares = found.method_factor.set_index("construct")
        columns += [
            Column("Construct's share", "bounded"),
            Column("Method's share", "bounded"),
            Column("SE", "bounded", digits=3, italic=True),
        ]
        notes.append(
            "Shares: mean of the items' variance that the construct and an uncorrelated factor of all items "
            "explain; SE belongs to the method's share (delta method)."
        )
    rows = []
    for record in collinearity.itertuples():
        name = str(record.construct)
        parts = (
            (cell(shares.loc[name, part]) for part in ("trait", "method", "method_se")) if len(shares) else ()
        )
        rows.append(Row((labels.construct(name), cell(record.vif), *parts)))
    return Table("method-signs", "Signs of method variance", tuple(columns), tuple(rows), tuple(notes))


def _with_marker(found: MarkerLadder, labels: Labels) -> list[Block]:
    steps = (("baseline", "constrained"), ("constrained", "unconstrained"), (found.chosen, "restricted"))
    said = [
        f"{_MODELS[before]} against {_MODELS[after].lower()} ({p_phrase(row.pvalue)}): {row.says}"
        for (before, after), row in zip(steps, found.comparisons.itertuples(), strict=True)
    ]
    blocks: list[Block] = [
        Paragraph(f"The marker ladder (Williams et al., 2010) with {', '.join(found.marker)} gives:"),
        Bullets(tuple(said)),
        Paragraph(_steps_together(found)),
        _models_table(found),
        _shares_table(found, labels),
        _correlations_table(found, labels),
        *_paths(_with_reasons(found), "marker-paths", _STEPS, f"with {_STEPS[found.chosen].lower()}", labels),
    ]
    if found.messages:
        blocks.append(Bullets(tuple(map(labels.named, found.messages))))
    return blocks


def _with_reasons(found: MarkerLadder) -> pd.DataFrame | NotAvailable:
    """Put the reason in the cells of a step that has no paths."""
    if isinstance(found.paths, NotAvailable):
        return found.paths
    empty = {name: [why] * len(found.paths) for name, why in found.unavailable.items()}
    return found.paths.assign(**empty)


def _steps_together(found: MarkerLadder) -> str:
    """Reconcile the three steps in one sentence."""
    shared, unequal, biased = found.comparisons["pvalue"] < found.level
    if shared or unequal:
        words = "Taken together, the marker shows method variance"
        if not shared:
            words += ", though not in equal parts: free method loadings fit better than equal ones"
        elif unequal:
            words += " that weighs on the items unequally"
        return words + (
            "; it changes how the constructs correlate, so read the estimates with method below."
            if biased
            else "; there is no evidence that it changes how the constructs correlate."
        )
    if biased:
        return (
            "Taken together, the steps do not agree: no evidence of method variance, yet correlations differ "
            "from the baseline's; take the bias as unclear."
        )
    return (
        "Taken together, no evidence of method variance that this marker could show; a marker that has "
        "little to do with how the items were answered would miss it."
    )


def _models_table(found: MarkerLadder) -> Table:
    columns = (Column("Model"), *STEP_COLUMNS)
    steps = dict(
        zip(
            ("constrained", "unconstrained", "restricted"),
            found.comparisons.to_dict("records"),
            strict=True,
        )
    )
    rows = []
    for record in found.models.to_dict("records"):
        step = steps.get(str(record["model"]), {})
        change = (step.get(name) for name in ("delta_chisq", "delta_df", "pvalue"))
        own = (cell(record[name]) for name in ("chisq", "df", "cfi", "rmsea", "srmr"))
        rows.append(
            Row(
                (
                    _MODELS[str(record["model"])],
                    *own,
                    *(None if value is None else cell(value) for value in change),
                )
            )
        )
    notes = (
        "Baseline: the marker apart from the constructs; constrained: equal method loadings; unequal: free "
        "ones; restricted: the better of these two with the baseline's correlations (Williams et "
        "al., 2010).",
        f"Each is compared with the one before it, restricted with {_MODELS[found.chosen].lower()}.",
    )
    return Table("marker-models", "The marker ladder", columns, tuple(rows), notes)


def _shares_table(found: MarkerLadder, labels: Labels) -> Table:
    columns = (
        Column("Construct"),
        Column("Reliability", "bounded"),
        Column("Of the construct", "bounded"),
        Column("Of the method", "bounded"),
    )
    rows = tuple(
        Row(
            (labels.construct(str(row.construct)), *map(cell, (row.reliability, row.substantive, row.method)))
        )
        for row in found.shares.itertuples()
    )
    return Table("marker-shares", "What the reliability of each scale is made of", columns, rows)


def _correlations_table(found: MarkerLadder, labels: Labels) -> Table:
    columns = (
        Column("Construct"),
        Column("with"),
        Column("Without method", "bounded"),
        Column("With method", "bounded"),
        Column("Change", "bounded"),
    )
    frame = found.correlations.assign(change=found.correlations["method"] - found.correlations["baseline"])
    frame = frame.reindex(frame["change"].abs().sort_values(ascending=False).index)
    rows = tuple(
        Row(
            (
                labels.construct(str(row.construct_1)),
                labels.construct(str(row.construct_2)),
                *map(cell, (row.baseline, row.method, row.change)),
            )
        )
        for row in frame.itertuples()
    )
    title = "What the method does to the correlations of constructs"
    return Table("marker-correlations", title, columns, rows, ("Largest change first.",))
