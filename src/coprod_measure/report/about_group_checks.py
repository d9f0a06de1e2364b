"""Further looks at groups: shuffled groups instead of rules of thumb, and means without exact invariance."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.invariance.alignment import Alignment
from coprod_measure.measurement.invariance.permutation import PermutationTest
from coprod_measure.measurement.invariance.result import Invariance
from coprod_measure.report.about_groups import SMALL
from coprod_measure.report.document import Block, Bullets, Column, Paragraph
from coprod_measure.report.from_frames import Field, frame_table, shown_or_why
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import bounded, count, p_phrase

_SHOWN = {"chisq": "Δχ²", "cfi": "ΔCFI", "rmsea": "ΔRMSEA"}


def show_effects(groups: Mapping[str, Invariance | NotAvailable], labels: Labels) -> list[Block]:
    """Show how large the items' differences between groups are."""
    return [
        block
        for group, ladder in groups.items()
        if isinstance(ladder, Invariance) and len(ladder.effects)
        for block in _effects(group, ladder, labels)
    ]


def _effects(group: str, ladder: Invariance, labels: Labels) -> list[Block]:
    sizes = ladder.effects.sort_values("dmacs", ascending=False)
    large = sizes[sizes["dmacs"].map(SMALL.met)]
    first = labels.answer(group, ladder.reference)
    words = (
        f"Over {group}, the answers to each item were compared with those of {first} at the same "
        "standing: of "
        f"{count(len(sizes))} differences {count(len(large)) if len(large) else 'none'} "
        f"{'are' if len(large) > 1 else 'is'} at least small (dMACS of {bounded(SMALL.limit)}; .40 medium, "
        ".70 large; Nye et al., 2019)."
    )
    if large.empty:
        return [Paragraph(words)]
    fields = (
        Field(("construct",), Column("Construct"), labels.construct),
        Field(("item",), Column("Item"), labels.short_item),
        Field(("label",), Column("Group"), lambda label: labels.answer(group, label)),
        Field(("dmacs",), Column("dMACS", "decimal")),
        Field(("delta_loading",), Column("Δ loading", "decimal")),
        Field(("delta_intercept",), Column("Δ intercept", "decimal")),
    )
    notes = (
        f"Against {first}. Each construct is modelled alone, {_respondents(sizes, ladder.missing)}; one item "
        "at a time has its loading and intercept freed while the others hold the scale. dMACS is in standard "
        "deviations of the item (Nye & Drasgow, 2011).",
    )
    title = f"Items that differ between groups of {group}"
    return [Paragraph(words), frame_table(f"effects-{group}", title, large.head(15), fields, notes=notes)]


def _respondents(effects: pd.DataFrame, missing: str) -> str:
    """Say which respondents of two groups a construct's own model rests on."""
    low, high = count(effects["n"].min()), count(effects["n"].max())
    who = "by full information" if missing in ("fiml", "ml") else "of those who answered all its items"
    return f"{who} (n = {low if low == high else f'{low} to {high}'} in the two groups)"


def show_permutation(found: Mapping[str, PermutationTest | NotAvailable]) -> list[Block]:
    """Show levels of invariance with groups shuffled."""
    title = "Shuffled groups"
    return [b for name, one in found.items() for b in shown_or_why(one, f"{title}, {name}", _shuffled)]


def show_alignment(found: Mapping[str, Alignment | NotAvailable], labels: Labels) -> list[Block]:
    """Show aligned means of groups."""
    blocks: list[Block] = []
    for name, one in found.items():
        blocks += shown_or_why(one, f"Alignment, {name}", partial(_aligned, name, labels=labels))
    return blocks


def _shuffled(found: PermutationTest) -> list[Block]:
    p = float(found.statistics.set_index("statistic").loc["chisq", "pvalue"])
    worse = "fits worse than" if p < 0.05 else "fits no worse than"
    words = (
        f"The {found.level} level over {found.group} {worse} it does when groups are shuffled "
        f"({p_phrase(p)} by change of χ²; Jorgensen et al., 2018)."
    )
    fields = (
        Field(("statistic",), Column("Change"), lambda name: _SHOWN.get(name, name)),
        Field(("observed",), Column("Observed", "decimal", digits=3)),
        Field(("critical",), Column("5% of shuffles beyond", "decimal", digits=3)),
        Field(("pvalue",), Column("p", "p", italic=True)),
    )
    notes = [f"{count(found.draws)} shuffles, seed {found.seed}; models by {found.estimator}."]
    if found.failed:
        notes.append(f"{count(found.failed)} that could not be fitted left out.")
    id_ = f"permutation-{found.group}-{found.level}"
    title = f"The {found.level} level with groups of {found.group} shuffled"
    return [Paragraph(words), frame_table(id_, title, found.statistics, fields, notes=tuple(notes))]


def _aligned(group: str, found: Alignment, labels: Labels) -> list[Block]:
    means = (
        Field(("construct",), Column("Construct"), labels.construct),
        Field(("label",), Column("Group"), lambda label: labels.answer(group, label)),
        Field(("n",), Column("n", "count", italic=True)),
        Field(("mean",), Column("Mean", "decimal")),
        Field(("sd",), Column("SD", "decimal")),
        Field(("rank",), Column("Rank", "count")),
    )
    shares = (
        Field(("construct",), Column("Construct"), labels.construct),
        Field(("parameters",), Column("Parameters")),
        Field(("r_squared",), Column("R²", "bounded", italic=True)),
    )
    notes = (
        "Mean 0 and standard deviation 1 in the reference group, the first one shown; few large differences "
        "of items are preferred to many small ones (Asparouhov & Muthén, 2014).",
    )
    explained = (
        "Share of the differences of unaligned loadings and intercepts that the groups' means and variances "
        "explain: 1 is full invariance. Means of constructs with low shares should not be compared.",
    )
    blocks: list[Block] = [
        frame_table(f"aligned-{group}", f"Aligned means over {group}", found.means, means, notes=notes),
        frame_table(
            f"alignment-{group}",
            f"How well {group} can be aligned",
            found.invariance,
            shares,
            notes=explained,
        ),
    ]
    gone = [f"{labels.construct(str(r.construct))}: {r.reason}." for r in found.unavailable.itertuples()]
    return [*blocks, Bullets(tuple(gone))] if gone else blocks
