"""The same questions with answers taken as ordered categories: shown only when the study asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from coprod_measure.errors import Message, NotAvailable, counted
from coprod_measure.fitting.weighted_sample import EMPTY_CELLS
from coprod_measure.measurement.factors.confirmatory import Confirmatory
from coprod_measure.measurement.invariance.result import Invariance
from coprod_measure.measurement.reliability.item_information import ItemInformation
from coprod_measure.measurement.validity.discriminant_tests import DiscriminantTests
from coprod_measure.measurement.validity.htmt import Htmt
from coprod_measure.report.about_groups import about_groups
from coprod_measure.report.about_measurement_model import model_fit
from coprod_measure.report.document import Block, Bullets, Column, Figure, Paragraph, Table
from coprod_measure.report.figures.information import MOST_LINES, draw_information
from coprod_measure.report.from_frames import Field, frame_table, shown_or_why
from coprod_measure.report.labels import Labels, phrase, sentence_case
from coprod_measure.report.model_fit import fit_table
from coprod_measure.report.numbers import bounded, percent

_KINDS = {"pearson": "Pearson", "polychoric": "polychoric"}
_LIMITS = {"below_85": "Below .85", "below_90": "Below .90", "below_1": "Below 1"}


def empty_cells_once(blocks: list[Block]) -> list[Block]:
    """Keep the first warning of empty cells: groups leave more of them empty than all answers together."""
    found: list[Block] = []
    warned = False
    for block in blocks:
        if not isinstance(block, Bullets):
            found.append(block)
            continue
        kept = []
        for line in block.items:
            empty = isinstance(line, Message) and line.code == EMPTY_CELLS
            if not (empty and warned):
                kept.append(line)
            warned = warned or empty
        found += [Bullets(tuple(kept))] if kept else []
    return found


def show_variants(found: Mapping[str, Htmt | NotAvailable], labels: Labels) -> list[Block]:
    """Show HTMT2 and ratios of polychoric correlations."""
    return [block for name, ratios in found.items() for block in _ratios(name, ratios, labels)]


def show_ordered_ladders(found: Mapping[str, Invariance | NotAvailable], labels: Labels) -> list[Block]:
    """Show the ladder of ordered answers for each grouping."""
    words = (
        "Invariance of ordered answers, level by level in the order of Wu and Estabrook (2016): thresholds "
        "before loadings. A freed parameter that ends in |t stands for all thresholds of the item."
    )
    # The same groups have tables of the plain ladder already.
    return [
        Paragraph(words),
        *(
            _of_ordered(block) if isinstance(block, Table) else block
            for block in about_groups(found, labels).blocks
        ),
    ]


def _of_ordered(table: Table) -> Table:
    return replace(table, id=f"ordinal-{table.id}", title=f"{table.title}, ordered answers")


def show_ordinal_model(
    ordered: Confirmatory, plain: Confirmatory | NotAvailable, labels: Labels
) -> list[Block]:
    """Show the model of ordered answers beside the one that takes them for quantities."""
    fits = [replace(model_fit(ordered), name=f"Ordered ({_how(ordered)})")]
    table = ordered.loadings[["construct", "item", "std"]].rename(columns={"std": "ordered"})
    fields = [
        Field(("construct",), Column("Construct"), labels.construct),
        Field(("item",), Column("Item"), labels.short_item),
    ]
    if not isinstance(plain, NotAvailable):
        fits.insert(0, replace(model_fit(plain), name=f"Quantities ({_how(plain)})"))
        both = plain.loadings[["construct", "item", "std"]].rename(columns={"std": "plain"})
        table = both.merge(table, on=["construct", "item"], how="outer", sort=False)
        fields.append(Field(("plain",), Column("λ as quantities", "bounded", italic=True)))
    fields.append(Field(("ordered",), Column("λ as ordered", "bounded", italic=True)))
    notes = (
        "Ordered: polychoric correlations, DWLS estimates with robust errors and test (WLSMV). Guides for "
        "CFI and RMSEA were made for the other model and are too kind to this one (Xia & Yang, 2019).",
    )
    title = "Loadings of answers taken as quantities and as ordered categories"
    blocks: list[Block] = [
        fit_table("ordinal-fit", "Fit of both models", fits),
        frame_table("ordinal-loadings", title, table, fields, notes=notes),
    ]
    if ordered.messages:
        blocks.append(Bullets(tuple(map(labels.named, ordered.messages))))
    return blocks


def _how(model: Confirmatory) -> str:
    return f"{model.estimator}, {'FIML' if model.missing == 'fiml' else model.missing}"


def _ratios(name: str, found: Htmt | NotAvailable, labels: Labels) -> list[Block]:
    title = sentence_case(name)
    if isinstance(found, NotAvailable):
        return shown_or_why(found, title, lambda _: [])
    fields = [
        Field(("construct_1",), Column("Construct"), labels.construct),
        Field(("construct_2",), Column("and construct"), labels.construct),
        Field(("htmt",), Column("HTMT2" if found.mean == "geometric" else "HTMT", "bounded")),
        Field(("ci_lower", "ci_upper"), Column(f"{percent(found.confidence)} CI", "bounded")),
        *(Field((name,), Column(words)) for name, words in _LIMITS.items()),
    ]
    pairs = found.pairs.sort_values("htmt", ascending=False)
    kind = "Geometric" if found.mean == "geometric" else "Arithmetic"
    notes = [
        f"{kind} means of {_KINDS[found.correlation]} correlations; {found.draws} bootstrap draws, seed "
        f"{found.seed}.",
        "The limits are judged by the upper end of the interval where there is one.",
    ]
    if len(pairs) > 30:
        pairs = pairs.head(30)
        notes.append("The thirty closest pairs.")
    if found.failed_draws:
        notes.append(f"{counted(found.failed_draws, 'draw')} in which an item did not vary left out.")
    id_ = name.lower().replace(" ", "-")
    return [frame_table(id_, title, pairs, fields, notes=tuple(notes), reason="no bootstrap was asked for")]


def show_tests(found: DiscriminantTests, labels: Labels) -> list[Block]:
    """Show tests that pairs of constructs correlate less than a cutoff."""
    fields = (
        Field(("construct_1",), Column("Construct"), labels.construct),
        Field(("construct_2",), Column("and construct"), labels.construct),
        Field(("correlation",), Column("r", "bounded", italic=True)),
        Field(("ci_lower", "ci_upper"), Column("95% CI", "bounded")),
        Field(("delta_chisq",), Column("Δχ²", "decimal", italic=True)),
        Field(("pvalue",), Column("p", "p", italic=True)),
        Field(("distinct",), Column(f"Below {bounded(found.cutoff)}")),
    )
    notes = [
        "Δχ² of one degree of freedom: what it costs to hold the latent correlation at "
        f"{bounded(found.cutoff)} (Rönkkö & Cho, 2022)."
    ]
    notes += [
        f"{labels.constructs([str(row.construct_1), str(row.construct_2)])}: {row.reason}."
        for row in found.unavailable.itertuples()
    ]
    if found.left_out:
        left = counted(found.left_out, "pair that correlates less was", "pairs that correlate less were")
        notes.append(f"{left} not tested.")
    pairs = found.tests.sort_values("correlation", key=abs, ascending=False)
    title = f"Whether pairs of constructs correlate less than {bounded(found.cutoff)}"
    return [frame_table("discriminant-tests", title, pairs, fields, notes=notes)]


def show_information(found: ItemInformation, labels: Labels) -> list[Block]:
    """Show where on its construct each item measures."""
    blocks: list[Block] = []
    if len(found.items):
        fields = (
            Field(("construct",), Column("Construct"), labels.construct),
            Field(("item",), Column("Item"), labels.short_item),
            Field(("discrimination",), Column("a", "decimal", italic=True)),
            Field(("most",), Column("Most information", "decimal")),
            Field(("most_at",), Column("at level", "decimal", digits=1)),
        )
        notes = (
            "Graded response model of each construct by itself. a: discrimination in the normal metric. "
            "Levels are in standard deviations of the construct.",
        )
        blocks += _information_figures(found, labels)
        title = "Information of the items"
        blocks.append(frame_table("item-information", title, found.items, fields, notes=notes))
    gone = _reasons(found.unavailable, labels)
    return [*blocks, Bullets(gone)] if gone else blocks


def _information_figures(found: ItemInformation, labels: Labels) -> Iterator[Figure]:
    names = [str(name) for name in found.scales]
    for number, start in enumerate(range(0, len(names), MOST_LINES), start=1):
        part = {labels.construct(name): found.scales[name] for name in names[start : start + MOST_LINES]}
        yield Figure(
            f"information-{number}",
            "Where on the construct each scale measures" + (f", part {number}" if number > 1 else ""),
            draw_information(part),
            f"Information of {phrase(list(part))} over levels of their constructs; a table has the items.",
            "Sum of the items' information. Where it is 4, a person's level has a standard error of .50.",
        )


def _reasons(unavailable: pd.DataFrame, labels: Labels) -> tuple[str, ...]:
    return tuple(f"{labels.construct(str(r.construct))}: {r.reason}." for r in unavailable.itertuples())
