"""How free of error the scales are."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.guides import CONVERGENT, RELIABLE, Guide
from coprod_measure.measurement.parts import BY_NAME
from coprod_measure.measurement.reliability.coefficients import Reliability
from coprod_measure.measurement.reliability.consistency import Consistency
from coprod_measure.report.document import Block, Bullets, Column, Paragraph, Section
from coprod_measure.report.from_frames import Field, Record, bullets, frame_table, reasons_of, shown_or_why
from coprod_measure.report.labels import Labels, phrase
from coprod_measure.report.numbers import percent

_UNKNOWN = "it could not be computed"


def about_reliability(
    reliability: Reliability, consistency: Consistency | NotAvailable, labels: Labels
) -> Section:
    """Show alpha, omega, composite reliability and AVE of every construct, and further coefficients."""
    blocks: list[Block] = [
        Paragraph(_in_words(reliability, labels)),
        *_table(reliability, labels),
        *_without(reliability, labels),
        *shown_or_why(consistency, BY_NAME["consistency"].title, lambda one: _further_table(one, labels)),
    ]
    return Section("reliability", "Reliability", (*blocks, *bullets(reliability.warnings)))


def below(reliability: Reliability, statistic: str, guide: Guide, labels: Labels) -> list[str]:
    """Name the constructs whose value does not reach a guide."""
    table = reliability.table().dropna(subset=[statistic])
    values = zip(table["construct"].astype(str), table[statistic].astype(float), strict=True)
    return [labels.construct(name) for name, value in values if not guide.met(value)]


def _in_words(reliability: Reliability, labels: Labels) -> str:
    known = int(reliability.table()["alpha"].notna().sum())
    low = below(reliability, "alpha", RELIABLE, labels)
    if not known:
        words = "No construct has a scale whose internal consistency can be judged."
    elif not low:
        words = f"Alpha reaches the usual guide of .70 for {'every scale' if known > 1 else 'the one scale'}."
    elif len(low) == known:
        words = f"Alpha reaches the usual guide of .70 for no scale: it stays below for {phrase(low)}."
    else:
        words = f"Alpha reaches the usual guide of .70 for {known - len(low)} of {known} scales. "
        words += f"It stays below for {phrase(low)}."
    weak = below(reliability, "ave", CONVERGENT, labels)
    if weak:
        words += (
            " The items of these constructs share less than half of their variance with the construct "
            f"(AVE of the scale alone below .50, a guide, not a test): {phrase(weak)}."
        )
    return words


def _table(reliability: Reliability, labels: Labels) -> list[Block]:
    if not (known := _known(reliability)):
        return []
    level = percent(reliability.confidence)
    why = _reasons(reliability.unavailable)
    fields = (
        Field("construct", Column("Construct"), labels.construct),
        Field("items", Column("Items", "count")),
        Field("n_used", Column("n", "count", italic=True)),
        Field("alpha", Column("α", "bounded", italic=True), missing=why("alpha")),
        Field(("alpha_ci_lower", "alpha_ci_upper"), Column(f"{level} CI", "bounded"), missing=why("alpha")),
        Field("omega", Column("ω", "bounded", italic=True), missing=why("omega")),
        Field(("omega_ci_lower", "omega_ci_upper"), Column(f"{level} CI", "bounded"), missing=why("omega")),
        Field("cr", Column("CR", "bounded"), missing=why("cr")),
        Field("ave", Column("AVE", "bounded"), missing=why("ave")),
    )
    frame = reliability.table().merge(reliability.sizes[["construct", "items", "n_used"]], how="left")
    frame = frame[frame["construct"].isin(known)]
    treated = (
        "each pair of items on the respondents who answered both; n is the fewest behind a pair"
        if reliability.missing == "pairwise"
        else "the n respondents who answered the whole scale"
    )
    of_alpha, of_omega = "Feldt's", "a delta-method"
    if reliability.draws:
        of_alpha = of_omega = "a percentile bootstrap"
    elif reliability.sampling:
        of_alpha = of_omega = "a linearised"
    notes = (
        f"All coefficients rest on {treated}. α is Cronbach's alpha with {of_alpha} interval, ω omega total "
        f"of a one-factor model with {of_omega} interval; CR and AVE come from the same model's standardised "
        "loadings.",
    )
    return [frame_table("reliability-table", "Reliability of the scales", frame, fields, notes=notes)]


def _reasons(unavailable: pd.DataFrame) -> Callable[[str], Callable[[Record], str]]:
    """Find the reason of a missing coefficient of a line."""
    known = reasons_of(unavailable, "construct")
    return lambda what: lambda row: known.get((row["construct"], what), _UNKNOWN)


def _known(reliability: Reliability) -> set[str]:
    """Find the constructs with at least one coefficient."""
    table = reliability.table().set_index("construct")[["alpha", "omega", "cr", "ave"]]
    return {str(name) for name in table.index[table.notna().any(axis=1)]}


def _without(reliability: Reliability, labels: Labels) -> list[Block]:
    """Name the constructs without any coefficient, which the table leaves out, and why."""
    known, reasons = _known(reliability), reasons_of(reliability.unavailable, "construct")
    names = [str(name) for name in reliability.table()["construct"] if str(name) not in known]
    if not names:
        return []
    why = {name: NotAvailable(reasons.get((name, "alpha"), _UNKNOWN)) for name in names}
    return [Paragraph("No such coefficients exist for these constructs:"), Bullets(labels.reasons(why))]


def _further_table(consistency: Consistency, labels: Labels) -> list[Block]:
    shown = {
        "alpha_standardized": "α standardised",
        "mean_correlation": "Mean r",
        "lambda2": "λ2",
        "lambda6": "λ6",
        "glb": "GLB",
        "h": "H",
    }
    why = _reasons(consistency.unavailable)
    fields = (
        Field("construct", Column("Construct"), labels.construct),
        *(Field(name, Column(label, "bounded"), missing=why(name)) for name, label in shown.items()),
        Field(
            ("split_minimum", "split_maximum"),
            Column("Split halves", "bounded"),
            missing=why("split_minimum"),
        ),
    )
    frame = consistency.table().dropna(subset=list(shown), how="all")
    if frame.empty:
        return []
    notes = (
        "λ2 and λ6 are Guttman's, GLB is the greatest lower bound, H the reliability of the best weighted "
        "sum. Split halves: the lowest and the highest reliability over all ways to halve the scale. "
        "Composites and single items are left out: they have no internal consistency.",
    )
    return [frame_table("consistency-table", "Further coefficients", frame, fields, notes=notes)]
