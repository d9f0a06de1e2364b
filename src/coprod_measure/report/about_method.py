"""How much of the answers is how the questions were asked: shown only when the study asks for it."""

from __future__ import annotations

import pandas as pd

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.measurement.method.bias import VIF_LIMIT, MethodBias
from coprod_measure.measurement.method.marker import MarkerLadder
from coprod_measure.measurement.method.path_changes import NOT_ASKED
from coprod_measure.report.document import Block, Bullets, Callout, Column, Paragraph, Table
from coprod_measure.report.from_frames import UNKNOWN, Field, bullets, frame_table
from coprod_measure.report.labels import Labels
from coprod_measure.report.model_fit import STEP_COLUMNS
from coprod_measure.report.numbers import chi_square, p_phrase, percent

LEVEL = 0.05
_FIT = ("chisq", "df", "cfi", "rmsea", "srmr")
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


def show_method_bias(found: MethodBias, labels: Labels) -> list[Block]:
    """Show signs of method variance that need no marker."""
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
        of = counted(len(found.collinearity), "construct")
        words = f"Full collinearity stays at or below {VIF_LIMIT} for {low} of {of}"
        blocks.append(Paragraph(f"{words} (Kock, 2015)."))
        blocks.append(_collinearity_table(found, found.collinearity, labels))
    if isinstance(found.method_factor, NotAvailable):
        reason = f"No unmeasured method factor: {found.method_factor.reason}."
        blocks.append(Callout(reason, "", "note"))
    else:
        blocks.append(Paragraph(_factor_in_words(found)))
    blocks += _paths(
        found.paths, "method-paths", {"method": "With method factor"}, "with method factor", labels
    )
    return [*blocks, *bullets(map(labels.named, found.messages))]


def _factor_in_words(found: MethodBias) -> str:
    """Say what the method factor adds, and how far its part in the paths can be told."""
    words = "Adding an uncorrelated factor of all items"
    if isinstance(found.delta_chisq, NotAvailable) or isinstance(found.pvalue, NotAvailable):
        missing = next(x for x in (found.delta_chisq, found.pvalue) if isinstance(x, NotAvailable))
        words += f" leaves nothing to test ({missing.reason})"
    else:
        words += f" changes fit by Δ{chi_square(found.delta_chisq, found.delta_df, found.pvalue)}"
        words += ": no evidence of a common method factor" if found.pvalue >= LEVEL else ""
    known = found.paths if isinstance(found.paths, pd.DataFrame) else pd.DataFrame()
    known = known.dropna()
    if known.empty:
        return f"{words}."
    inside = known["baseline"].between(known["method_ci_lower"], known["method_ci_upper"])
    if not inside.any():
        return f"{words}. Beside it, no structural path has an interval that holds the value without it."
    words += (
        f". Beside it, the interval of {int(inside.sum())} of {counted(len(known), 'structural path')} holds "
        "the value without it: there the method factor is weakly determined, and the change is no finding"
    )
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
    fields = [
        Field("construct", Column("Construct"), labels.construct),
        Field("vif", Column("VIF", "decimal", italic=True)),
    ]
    notes = ["VIF: collinearity of each latent variable with all others."]
    if not isinstance(found.method_factor, NotAvailable):
        collinearity = collinearity.merge(found.method_factor, on="construct", how="left")
        fields += [
            Field("trait", Column("Construct's share", "bounded")),
            Field("method", Column("Method's share", "bounded")),
            Field("method_se", Column("SE", "bounded", digits=3, italic=True)),
        ]
        notes.append(
            "Shares: mean of the items' variance that the construct and an uncorrelated factor of all items "
            "explain; SE belongs to the method's share (delta method)."
        )
    return frame_table("method-signs", "Signs of method variance", collinearity, fields, notes=notes)


def show_marker(found: MarkerLadder, labels: Labels) -> list[Block]:
    """Show the marker ladder."""
    steps = (("baseline", "constrained"), ("constrained", "unconstrained"), (found.chosen, "restricted"))
    said = [
        f"{_MODELS[before]} against {_MODELS[after].lower()}"
        f"{'' if pd.isna(row.pvalue) else f' ({p_phrase(row.pvalue)})'}: {row.says}"
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
    return [*blocks, *bullets(map(labels.named, found.messages))]


def _with_reasons(found: MarkerLadder) -> pd.DataFrame | NotAvailable:
    """Put the reason in the cells of a step that has no paths."""
    if isinstance(found.paths, NotAvailable):
        return found.paths
    empty = {name: [why] * len(found.paths) for name, why in found.unavailable.items()}
    return found.paths.assign(**empty)


def _steps_together(found: MarkerLadder) -> str:
    """Reconcile the three steps in one sentence."""
    if found.comparisons["pvalue"].isna().any():
        return "A step has no test, so that the ladder says nothing of method variance as a whole."
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
    steps = found.comparisons.assign(model=["constrained", "unconstrained", "restricted"])
    changes = ("delta_chisq", "delta_df", "pvalue")
    frame = found.models[["model", *_FIT]].merge(steps[["model", *changes]], on="model", how="left")
    compared = set(steps["model"])
    fields = [
        Field("model", Column("Model"), lambda name: _MODELS[name]),
        *(Field(name, head) for name, head in zip(_FIT, STEP_COLUMNS[: len(_FIT)], strict=True)),
        *(
            Field(name, head, missing=lambda row: UNKNOWN if row["model"] in compared else "")
            for name, head in zip(changes, STEP_COLUMNS[len(_FIT) :], strict=True)
        ),
    ]
    notes = (
        "Baseline: the marker apart from the constructs; constrained: equal method loadings; unequal: free "
        "ones; restricted: the better of these two with the baseline's correlations (Williams et "
        "al., 2010).",
        f"Each is compared with the one before it, restricted with {_MODELS[found.chosen].lower()}.",
    )
    return frame_table("marker-models", "The marker ladder", frame, fields, notes=notes)


def _shares_table(found: MarkerLadder, labels: Labels) -> Table:
    fields = (
        Field("construct", Column("Construct"), labels.construct),
        Field("reliability", Column("Reliability", "bounded")),
        Field("substantive", Column("Of the construct", "bounded")),
        Field("method", Column("Of the method", "bounded")),
    )
    title = "What the reliability of each scale is made of"
    return frame_table("marker-shares", title, found.shares, fields)


def _correlations_table(found: MarkerLadder, labels: Labels) -> Table:
    fields = (
        Field("construct_1", Column("Construct"), labels.construct),
        Field("construct_2", Column("with"), labels.construct),
        Field("baseline", Column("Without method", "bounded")),
        Field("method", Column("With method", "bounded")),
        Field("change", Column("Change", "bounded")),
    )
    frame = found.correlations.assign(change=found.correlations["method"] - found.correlations["baseline"])
    frame = frame.sort_values("change", key=abs, ascending=False, kind="stable")
    title = "What the method does to the correlations of constructs"
    return frame_table("marker-correlations", title, frame, fields, notes=("Largest change first.",))
