"""Large and layered models: blocks by stage, structures above constructs, cross-loadings; when asked for."""

from __future__ import annotations

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.measurement.factors.esem import Esem
from coprod_measure.measurement.factors.higher_order import HigherOrderModel
from coprod_measure.measurement.factors.rivals import Rivals
from coprod_measure.measurement.factors.stage_blocks import StageBlocks
from coprod_measure.measurement.validity.composites import Composites
from coprod_measure.measurement.validity.theory_structures import TheoryStructures
from coprod_measure.report.about_measurement_model import rivals_table
from coprod_measure.report.document import Block, Callout, Column, Paragraph, Table
from coprod_measure.report.from_frames import Field, bullets, frame_table
from coprod_measure.report.labels import Labels
from coprod_measure.report.numbers import bounded, chi_square, percent

_FIT = (
    Field(("chisq",), Column("χ²", "decimal", italic=True)),
    Field(("df",), Column("df", "df", italic=True)),
    Field(("pvalue",), Column("p", "p", italic=True)),
    Field(("cfi",), Column("CFI", "bounded", digits=3)),
    Field(("rmsea",), Column("RMSEA", "bounded", digits=3)),
    Field(("srmr",), Column("SRMR", "bounded", digits=3)),
)


def show_composites(found: Composites, labels: Labels, of: str = "composites") -> list[Block]:
    """Show overlap and weights of what composites are made of."""
    blocks: list[Block] = []
    # One part without a weight says nothing: its VIF is 1 by definition.
    several = found.items[found.items.duplicated("construct", keep=False) | found.items["weight"].notna()]
    if len(several):
        weighed = bool(several["weight"].notna().any())
        fields = [
            Field(("construct",), Column("Composite"), labels.construct),
            Field(("item",), Column("Part"), lambda part: labels.construct(labels.short_item(part))),
            Field(("n",), Column("n", "count", italic=True)),
            Field(("vif",), Column("VIF", "decimal", italic=True)),
        ]
        if weighed:
            level = f"{percent(found.confidence)} CI"
            fields.append(Field(("weight",), Column("Weight", "bounded")))
            fields.append(Field(("ci_lower", "ci_upper"), Column(level, "bounded")))
        notes = [
            "The parts of a composite need not agree, so it has no reliability, AVE or HTMT. VIF above 3.3: "
            "a part says what the others say (Diamantopoulos & Siguaw, 2006)."
        ]
        if len(several) < len(found.items):
            notes.append("Composites of which one item was asked are left out.")
        if weighed:
            notes.append(
                f"Standardised weights on the item that asks for the whole, percentile intervals from "
                f"{found.draws} draws."
            )
        reason = "no item that asks for the whole was named"
        title = "What composites are made of"
        blocks.append(frame_table(of, title, several, fields, notes=tuple(notes), reason=reason))
    return [*blocks, *bullets(labels.why(found.unavailable))]


def show_blocks(found: StageBlocks, labels: Labels) -> list[Block]:
    """Show the measurement model of each stage."""
    fields = (
        Field(("block",), Column("Stage"), labels.stage),
        Field(("constructs",), Column("Constructs", "count")),
        Field(("items",), Column("Items", "count")),
        Field(("n",), Column("n", "count", italic=True)),
        *_FIT,
    )
    notes = (
        "One measurement model a stage. Constructs of different stages are in none of these models together, "
        "so that only their HTMT tells them apart.",
    )
    title = "The measurement model stage by stage"
    blocks: list[Block] = [frame_table("stage-blocks", title, found.models, fields, notes=notes)]
    missing = {name: one for name, one in found.blocks.items() if isinstance(one, NotAvailable)}
    return [*blocks, *bullets(f"{labels.stage(name)}: {one.reason}." for name, one in missing.items())]


def show_structures(found: TheoryStructures, labels: Labels) -> list[Block]:
    """Show hierarchies, their rivals, general factors and composites of constructs."""
    blocks: list[Block] = []
    for number, (tops, model) in enumerate(found.models.items(), start=1):
        named = labels.constructs(tops)
        if isinstance(model, NotAvailable):
            blocks.append(Callout(f"{named}: {labels.named(model.reason)}.", "No model.", "note"))
        else:
            blocks += _hierarchy(number, named, model, labels)
    for name, one in found.rivals.items():
        if isinstance(one, Rivals):
            title = f"Rival structures of {labels.construct(name)}"
            blocks.append(rivals_table(one, f"rivals-{name}", title))
    if len(found.saturation):
        fields = (
            Field(("structure",), Column("Structure"), labels.construct),
            Field(("items",), Column("Items", "count")),
            Field(("omega_hierarchical",), Column("ω hierarchical", "bounded")),
            Field(("omega_total",), Column("ω total", "bounded")),
        )
        notes = (
            "Share of the variance of the sum of all items that one general factor explains (Schmid & "
            "Leiman, 1957; Zinbarg et al., 2005), and all factors together.",
        )
        title = "How much one general factor holds"
        blocks.append(frame_table("general-factor", title, found.saturation, fields, notes=notes))
    if refused := bullets(labels.reasons(found.unavailable)):
        blocks += [Paragraph("These structures are no factors:"), *refused]
    return blocks + show_composites(found.composites, labels, "composite-structures")


def _hierarchy(number: int, named: str, model: HigherOrderModel, labels: Labels) -> list[Block]:
    keeps = f"it keeps {bounded(model.target)} of their fit (target coefficient)."
    if not model.delta_df > 0:
        cost = "It fits exactly as well as correlated constructs, so that these answers cannot test it."
    elif isinstance(model.delta_chisq, NotAvailable) or isinstance(model.pvalue, NotAvailable):
        cost = f"No test against correlated constructs: {labels.named(str(model.pvalue))}; {keeps}"
    else:
        test = chi_square(model.delta_chisq, model.delta_df, model.pvalue)
        cost = f"Against correlated constructs it costs Δ{test}; {keeps}"
    fields = (
        Field(("factor",), Column("Factor"), labels.construct),
        Field(("facet",), Column("Facet"), labels.construct),
        Field(("std",), Column("λ", "bounded", italic=True)),
        Field(("se",), Column("SE of b", "decimal", italic=True)),
        Field(("explained",), Column("Explained", "bounded")),
    )
    notes = (
        "λ is the standardised loading of the facet. A standard error of 0 marks the loading fixed at 1.",
    )
    blocks: list[Block] = [
        Paragraph(f"{named} above the constructs. {cost}"),
        frame_table(f"hierarchy-{number}", f"Loadings on {named}", model.loadings, fields, notes=notes),
    ]
    if not (model.converged and model.admissible):
        blocks.append(Callout("Its estimates are not admissible: a variance is negative.", "Heywood case."))
    return blocks


def show_esem(found: Esem, labels: Labels) -> list[Block]:
    """Show what changes when every cross-loading is free."""
    marked = found.loadings[found.loadings["marked"]]
    words = (
        f"With every cross-loading free ({counted(found.n, 'complete respondent')}), "
        f"{counted(len(marked), 'foreign loading')} {'reaches' if len(marked) == 1 else 'reach'} .30."
    )
    fit_fields = (
        Field(("model",), Column("Model"), lambda name: name.upper()),
        *_FIT,
    )
    notes = (
        "ESEM: maximum likelihood factors rotated to zeros outside each construct's own items (Asparouhov "
        "& Muthén, 2009).",
    )
    blocks: list[Block] = [
        Paragraph(words),
        frame_table("esem-fit", "With and without cross-loadings", found.fit, fit_fields, notes=notes),
    ]
    if len(marked):
        blocks.append(_marked(found, labels))
    pairs = (
        Field(("construct_1",), Column("Construct"), labels.construct),
        Field(("construct_2",), Column("with"), labels.construct),
        Field(("esem",), Column("r, ESEM", "bounded")),
        Field(("se",), Column("SE", "bounded", italic=True)),
        Field(("cfa",), Column("r, CFA", "bounded")),
    )
    title = "Correlations of constructs with and without cross-loadings"
    blocks.append(frame_table("esem-correlations", title, found.correlations, pairs))
    return [*blocks, *bullets(map(labels.named, found.messages))]


def _marked(found: Esem, labels: Labels) -> Table:
    fields = (
        Field(("item",), Column("Item"), labels.short_item),
        Field(("construct",), Column("Its construct"), labels.construct),
        Field(("factor",), Column("Loads also on"), labels.construct),
        Field(("std",), Column("λ", "bounded", italic=True)),
        Field(("se",), Column("SE", "bounded", italic=True)),
    )
    marked = found.loadings[found.loadings["marked"]]
    return frame_table("esem-cross", "Cross-loadings of at least .30", marked, fields)
