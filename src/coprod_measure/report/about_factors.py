"""How many factors the items show by themselves, and which."""

from __future__ import annotations

from coprod_measure.measurement.dimensionality import ParallelAnalysis, SamplingAdequacy
from coprod_measure.measurement.exploratory import MARKED_LOADING, Efa
from coprod_measure.report.document import (
    Block,
    Bullets,
    Callout,
    Column,
    Figure,
    KeyValues,
    Paragraph,
    Row,
    Section,
    Table,
)
from coprod_measure.report.figures.heat import draw_heat
from coprod_measure.report.figures.scree import draw_scree
from coprod_measure.report.from_frames import cell
from coprod_measure.report.labels import Labels, counted
from coprod_measure.report.numbers import bounded, count, decimal, interval, p_phrase, percent


def about_factors(
    adequacy: SamplingAdequacy, parallel: ParallelAnalysis, efa: Efa, labels: Labels
) -> Section:
    """Show whether the items can be factored, how many factors chance would not give, and the solution."""
    blocks: list[Block] = [
        Paragraph(
            "Here nobody told the items which construct they belong to: the factors are those that the "
            "answers show by themselves."
        ),
        KeyValues(
            (
                ("Kaiser-Meyer-Olkin", f"{bounded(adequacy.kmo)} (below .50 the items cannot be factored)"),
                (
                    "Bartlett's test",
                    f"χ²({count(adequacy.df)}) = {decimal(adequacy.chisq)}, {p_phrase(adequacy.pvalue)}",
                ),
                ("Parallel analysis keeps", counted(parallel.n_factors, parallel.kind.removesuffix("s"))),
                ("Extracted here", counted(efa.loadings.shape[1], "factor")),
            )
        ),
        _scree(parallel),
        *_honesty(efa),
        _loadings_figure(efa, labels),
        _loadings_table(efa, labels),
        KeyValues(_fit(efa)),
    ]
    if efa.loadings.shape[1] > 1 and efa.rotation not in {"varimax", "none"}:
        blocks.append(_phi_table(efa))
    return Section("factors", "The factors that the answers show", tuple(blocks))


def _scree(parallel: ParallelAnalysis) -> Figure:
    table = parallel.table()
    label = f"Unrelated data, {parallel.percentile:g}th percentile"
    reference = "components" if parallel.kind == "components" else "factors of the reduced correlation matrix"
    return Figure(
        "scree",
        "Eigenvalues beside those of unrelated data",
        draw_scree(
            table["eigenvalue"].to_list(), table["random_percentile"].to_list(), parallel.n_factors, label
        ),
        f"Eigenvalues in descending order; the first {parallel.n_factors} exceed those of unrelated data.",
        f"Parallel analysis of {reference} with {count(parallel.draws)} random data sets, "
        f"seed {parallel.seed}, n = {count(parallel.n)}.",
    )


def _honesty(efa: Efa) -> list[Block]:
    blocks: list[Block] = []
    if not efa.converged:
        blocks.append(Callout("The search for factors did not settle.", "Not converged."))
    if not efa.admissible:
        blocks.append(
            Callout("At least one item is explained completely, which no real item is.", "Heywood case.")
        )
    if efa.messages:
        blocks.append(Bullets(tuple(efa.messages)))
    return blocks


def _loadings_figure(efa: Efa, labels: Labels) -> Figure:
    return Figure(
        "efa-loadings",
        "Pattern of the exploratory factors",
        draw_heat(
            efa.loadings.to_numpy(),
            [labels.item(str(item)) for item in efa.loadings.index],
            [str(name) for name in efa.loadings.columns],
            strong=MARKED_LOADING,
            label_width=52,
        ),
        f"Loadings of {len(efa.loadings)} items on {efa.loadings.shape[1]} factors; the numbers are in the "
        "next table.",
        f"Loadings of at least {bounded(MARKED_LOADING)} in bold.",
    )


def _loadings_table(efa: Efa, labels: Labels) -> Table:
    factors = [str(name) for name in efa.loadings.columns]
    columns = (
        Column("Item"),
        *(Column(name, "bounded") for name in factors),
        Column("h²", "bounded", italic=True),
        Column("Complexity", "decimal"),
        Column("Loads on several"),
    )
    rows = tuple(
        Row(
            (
                labels.short_item(str(record["item"])),
                *(cell(record[name]) for name in factors),
                cell(record["communality"]),
                cell(record["complexity"]),
                "yes" if record["cross_loading"] else "",
            )
        )
        for record in efa.table().to_dict("records")
    )
    notes = (
        f"{efa.extraction.replace('_', ' ').capitalize()} extraction, {efa.rotation} rotation, "
        f"{efa.correlation.capitalize()} correlations, n = {count(efa.n)}. h² is the communality. An item "
        f"loads on several factors when two or more loadings reach {bounded(MARKED_LOADING)}.",
    )
    return Table("efa-table", "Exploratory factor loadings", columns, rows, notes)


def _fit(efa: Efa) -> tuple[tuple[str, str], ...]:
    measures = efa.fit_measures
    facts = [("Root mean square residual", bounded(measures["rmsr"], 3))]
    if "chisq" in measures and "pvalue" in measures:
        test = f"χ²({count(measures['df'])}) = {decimal(measures['chisq'])}, {p_phrase(measures['pvalue'])}"
        facts.append(("Test of exact fit", test))
        ends = interval(measures["rmsea_ci_lower"], measures["rmsea_ci_upper"], "bounded", 3)
        facts.append(("RMSEA", f"{bounded(measures['rmsea'], 3)}, 90% CI {ends}"))
        facts.append(("TLI", bounded(measures["tli"], 3)))
    facts += [(name.upper(), f"not available: {reason}") for name, reason in efa.why_missing.items()]
    total = float(efa.variance["cumulative"].iloc[-1])
    return (*facts, ("Variance of the items explained", percent(total)))


def _phi_table(efa: Efa) -> Table:
    names = [str(name) for name in efa.phi.columns]
    matrix = efa.phi.to_numpy()
    rows = tuple(
        Row((name, *(float(matrix[i, j]) if j <= i else None for j in range(len(names)))))
        for i, name in enumerate(names)
    )
    columns = (Column("Factor"), *(Column(name, "bounded") for name in names))
    return Table("efa-correlations", "Correlations of the exploratory factors", columns, rows)
