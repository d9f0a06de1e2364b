"""Whether groups understand the questions alike, which any comparison between them needs."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.fitting.options import FitOptions
from coprod_measure.measurement.guides import Guide
from coprod_measure.measurement.invariance.result import Invariance
from coprod_measure.report.document import Block, Bullets, Callout, Column, Paragraph, Row, Section, Table
from coprod_measure.report.from_frames import cell
from coprod_measure.report.labels import Labels, phrase
from coprod_measure.report.model_fit import STEP_COLUMNS, in_words, judge
from coprod_measure.report.numbers import chi_square, count, decimal

MEANS = {
    "configural": "the same items belong to the same constructs, and no more can be said",
    "metric": "the items weigh alike, so relations can be compared, but not means",
    "scalar": "equal standing gives equal answers, so latent means can be compared",
    "strict": "the answers are equally precise too, so scale scores can be compared",
    "means": "even the means are equal",
}

LEVEL = 0.05
SMALL = Guide(0.20, "at least")
"""dMACS from which a difference is at least small (Nye et al. 2019)."""

_TWO_THOUSAND = "the scaled difference (Satorra, 2000)"
_DIFFERENCES = {
    "satorra_bentler": "the scaled difference (Satorra & Bentler, 2001)",
    "yuan_bentler": "the scaled difference (Satorra & Bentler, 2001)",
    "yuan_bentler_mplus": "the scaled difference (Satorra & Bentler, 2001)",
    "scaled_shifted": _TWO_THOUSAND,
    "mean_var_adjusted": _TWO_THOUSAND,
}
"""By the test that an estimator asks for; those without correction are compared as they are."""
_COLUMNS = (
    Column("Level"),
    *STEP_COLUMNS,
    Column("ΔCFI", "bounded", digits=3),
    Column("ΔRMSEA", "bounded", digits=3),
)


def about_groups(found: Mapping[str, Invariance | NotAvailable], labels: Labels) -> Section:
    """Show the ladder of measurement invariance for each grouping.

    ``found``: grouping variable to its ladder, or the reason why there is none.
    """
    blocks: list[Block] = []
    for group, ladder in found.items():
        if isinstance(ladder, NotAvailable):
            blocks.append(Callout(f"Groups of {group}: {ladder.reason}.", "Not compared.", "note"))
        else:
            blocks += _about_ladder(group, ladder, labels)
    if not blocks:
        blocks.append(Paragraph("No groups were compared."))
    return Section("groups", "Groups", tuple(blocks))


def highest_in_words(ladder: Invariance) -> str:
    """Say which level holds and what that allows: ``partial`` levels mean what their whole level means."""
    if ladder.highest == "none":
        return "not even the configural model could be fitted"
    first = ladder.table().iloc[0]
    if judge(first) == "poor":
        return (
            f"invariance would hold up to the {ladder.highest} level, but the model fits badly even where "
            f"nothing is held equal ({in_words(first)}): mend the model before groups are compared"
        )
    words = f"invariance holds up to the {ladder.highest} level: {MEANS.get(ladder.level, ladder.level)}"
    freed = len(ladder.freed)
    words = f"{words}, apart from {counted(freed, 'freed parameter')}" if freed else words
    return f"{words}{_but_rejected(ladder)}"


def _but_rejected(ladder: Invariance) -> str:
    """Name levels that hold by their change of fit though the test of the difference rejects them."""
    steps = ladder.table()
    levels = steps["level"].tolist()
    failed = {name.removeprefix("partial ") for name in levels if name.startswith("partial ")}
    held = levels[1 : levels.index(ladder.highest) + 1] if ladder.highest in levels else []
    kept = steps[steps["level"].isin(set(held) - failed)]
    rejected = kept[kept["delta_pvalue"].astype(float) < LEVEL]
    if not judged_by_fit(ladder) or rejected.empty:
        return ""
    told = [
        f"{row.level} (Δ{chi_square(row.delta_chisq, row.delta_df, row.delta_pvalue)})"
        for row in rejected.itertuples()
    ]
    words = f". This rests on the change of CFI and RMSEA; the test of exact equality rejects {phrase(told)}"
    apart = ladder.effects[ladder.effects["dmacs"].map(SMALL.met)] if len(ladder.effects) else ladder.effects
    if apart.empty:
        return words
    items = list(dict.fromkeys(apart.sort_values("dmacs", ascending=False)["item"].astype(str)))[:3]
    most = apart.loc[apart["dmacs"].idxmax()]
    return (
        f"{words}, and what differs most is {phrase(items)} (dMACS up to {decimal(float(most['dmacs']))}): "
        "look at these items before scale scores are compared"
    )


def judged_by(ladder: Invariance) -> str:
    """Say what decided about the levels: CFI and RMSEA, or tests where incomplete answers leave neither."""
    if judged_by_fit(ladder):
        return "change of fit"
    return "tests of the difference, as no measure of fit exists"


def judged_by_fit(ladder: Invariance) -> bool:
    """Whether CFI and RMSEA decided about the levels."""
    return not len(ladder.steps) or bool(ladder.steps["cfi"].notna().any())


def _about_ladder(group: str, ladder: Invariance, labels: Labels) -> list[Block]:
    sizes = ", ".join(
        f"{labels.answer(group, row.label)} (n = {count(row.n)}{', the reference' if row.group == 1 else ''})"
        for row in ladder.sizes.itertuples()
    )
    blocks: list[Block] = [
        Paragraph(f"Groups of {group}: {sizes}. By {judged_by(ladder)}, {highest_in_words(ladder)}.")
    ]
    if len(ladder.left_out):
        blocks.append(Callout(_too_small(group, ladder.left_out, labels), "Groups left out.", "note"))
    if len(ladder.steps):
        blocks.append(_ladder_table(group, ladder))
    missing = [f"{level}: {why.reason}" for level, why in ladder.unavailable.items()]
    if missing or ladder.messages:
        blocks.append(Bullets((*missing, *ladder.messages)))
    if len(ladder.freed):
        blocks.append(_freed_table(group, ladder.freed, labels))
    if len(ladder.means):
        blocks.append(_means_table(group, ladder, labels))
    return blocks


def _too_small(group: str, left_out: pd.DataFrame, labels: Labels) -> str:
    told = [f"{labels.answer(group, row.label)} (n = {count(row.n)})" for row in left_out.itertuples()]
    return (
        f"{phrase(told)}: a group needs at least {count(left_out['needed'].iloc[0])} respondents, one more "
        "than the model has items, because its covariance matrix is singular otherwise."
    )


def _ladder_table(group: str, ladder: Invariance) -> Table:
    fields = ("chisq", "df", "cfi", "rmsea", "srmr")
    steps = ("delta_chisq", "delta_df", "delta_pvalue", "delta_cfi", "delta_rmsea")
    rows = []
    for position, record in enumerate(ladder.table().to_dict("records")):
        own = tuple(cell(record[field]) for field in fields)
        change = tuple(None if position == 0 else cell(record[step]) for step in steps)
        rows.append(Row((str(record["level"]), *own, *change)))
    rule = (
        "CFI falls by at most .010 and RMSEA rises by at most .015 (Chen, 2007); p belongs to Δχ²."
        if ladder.steps["cfi"].notna().any()
        else "Δχ² is not significant at .05: incomplete answers leave no saturated model, and so no χ², CFI "
        "or RMSEA."
    )
    notes = (
        "Each level is compared with the one above it, a partial level with the one that the failed level "
        f"was compared with. A level holds when {rule}",
        f"{ladder.estimator} estimation. Δχ² is {difference_in_words(ladder.estimator)}.",
    )
    return Table(f"invariance-{group}", f"Measurement invariance over {group}", _COLUMNS, tuple(rows), notes)


def scaled_difference(estimator: str) -> str:
    """Name the chi-square difference of an estimator that scales its test; empty for others."""
    return _DIFFERENCES.get(FitOptions(estimator=estimator).test_statistic, "")  # type: ignore[arg-type]


def difference_in_words(estimator: str) -> str:
    """Say which chi-square difference goes with an estimator: scaled values cannot be subtracted as shown."""
    scaled = scaled_difference(estimator)
    if not scaled:
        return "the difference of the χ² shown"
    return f"{scaled}, not the difference of the χ² shown, which are scaled one by one"


def _freed_table(group: str, freed: pd.DataFrame, labels: Labels) -> Table:
    columns = (
        Column("Level"),
        Column("Construct"),
        Column("Item"),
        Column("Parameter"),
        Column("Δχ²", "decimal", italic=True),
    )
    rows = tuple(
        Row(
            (
                str(row.level),
                labels.construct(str(row.construct)),
                labels.short_item(str(row.item)),
                str(row.parameter),
                cell(row.delta_chisq),
            )
        )
        for row in freed.itertuples()
    )
    title = f"What differs between groups of {group}: {counted(len(freed), 'freed parameter')}"
    return Table(f"freed-{group}", title, columns, rows, ("Freed one at a time, the largest gain first.",))


def _means_table(group: str, ladder: Invariance, labels: Labels) -> Table:
    columns = (
        Column("Construct"),
        Column("Group"),
        Column("Difference", "decimal"),
        Column("SE", "decimal", italic=True),
        Column("p", "p", italic=True),
    )
    rows = tuple(
        Row(
            (
                labels.construct(str(row.construct)),
                labels.answer(group, row.label),
                cell(row.est),
                cell(row.se),
                cell(row.pvalue),
            )
        )
        for row in ladder.means.itertuples()
    )
    first = labels.answer(group, ladder.reference)
    notes = (f"Latent means against the reference group ({first}), in {ladder.means_unit}.",)
    return Table(f"means-{group}", f"Latent means over {group}", columns, rows, notes)
