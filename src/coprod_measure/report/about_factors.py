"""How many factors the items show by themselves, and which."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.measurement.factors.dimensionality import ParallelAnalysis, SamplingAdequacy
from coprod_measure.measurement.factors.exploratory import MARKED_LOADING, Efa
from coprod_measure.measurement.factors.number import FactorNumber
from coprod_measure.measurement.sampling import WHY_NOT
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
from coprod_measure.report.labels import Labels, phrase
from coprod_measure.report.numbers import bounded, chi_square, count, interval, percent

_WRITTEN_LOADING = 0.10
_ITEMS_A_FIGURE = 40


def about_factors(
    adequacy: SamplingAdequacy | NotAvailable,
    parallel: ParallelAnalysis | NotAvailable,
    number: FactorNumber | NotAvailable,
    efa: Efa | NotAvailable,
    labels: Labels,
) -> Section:
    """Show whether the items can be factored, how many factors chance would not give, and the solution.

    ``adequacy``, ``parallel``, ``number``, ``efa``: a part that does not exist is told with its reason.
    """
    blocks: list[Block] = [
        Paragraph(
            "Here no item is assigned to a construct beforehand: the factors are those that the answers "
            "show by themselves."
        ),
    ]
    parts = (
        ("KMO and Bartlett's test", adequacy),
        ("Parallel analysis", parallel),
        ("Exploratory factors", efa),
    )
    missing = [f"{name}: {part.reason}." for name, part in parts if isinstance(part, NotAvailable)]
    if missing:
        blocks.append(Bullets(tuple(missing)))
    if not isinstance(adequacy, NotAvailable):
        blocks.append(KeyValues(_adequacy(adequacy)))
    if not isinstance(parallel, NotAvailable):
        blocks.append(_scree(parallel))
    if not isinstance(number, NotAvailable):
        blocks += _number(number)
    if not isinstance(efa, NotAvailable):
        blocks += _solution(efa, labels)
    return Section("factors", "The factors that the answers show", tuple(blocks))


_MEASURES = {"chisq": "Chi-square", "pvalue": "its p value"}


def _adequacy(adequacy: SamplingAdequacy) -> tuple[tuple[str, str], ...]:
    known = not np.isnan(adequacy.chisq)
    test = (
        chi_square(adequacy.chisq, adequacy.df, adequacy.pvalue)
        if known
        else f"not available: {WHY_NOT['closed-form']}"
    )
    kmo = f"{bounded(adequacy.kmo)} (below .50 the items cannot be factored)"
    return (("Kaiser-Meyer-Olkin", kmo), ("Bartlett's test", test))


def _number(number: FactorNumber) -> list[Block]:
    rows = tuple(
        Row((str(row.method), cell(row.n_factors, str(row.note)), str(row.note)))
        for row in number.methods.itertuples()
    )
    columns = (Column("Method"), Column("Factors", "count"), Column("Note"))
    if number.agreement > 0.5:
        agreement = f"Most methods ({percent(number.agreement)}) say {counted(number.agreed, 'factor')}."
    else:
        known = number.methods["n_factors"].dropna().astype(int)
        agreement = f"The methods do not agree: they say {known.min()} to {known.max()} factors."
    words = f"{agreement} No method is right alone."
    table = Table("factor-number", "How many factors, by several methods", columns, rows)
    return [Paragraph(words), table]


def _solution(efa: Efa, labels: Labels) -> list[Block]:
    several = efa.loadings.shape[1] > 1
    blocks: list[Block] = [
        Paragraph(f"{counted(efa.loadings.shape[1], 'factor').capitalize()} extracted."),
        *_honesty(efa),
        *_loadings_figures(efa, labels),
        _loadings_table(efa, labels),
        KeyValues(_fit(efa)),
    ]
    if several and not np.allclose(efa.phi.to_numpy(), np.eye(len(efa.phi))):
        blocks.append(_phi_table(efa))
    return blocks


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


def _loadings_figures(efa: Efa, labels: Labels) -> Iterator[Figure]:
    for start in range(0, len(efa.loadings), _ITEMS_A_FIGURE):
        part = efa.loadings.iloc[start : start + _ITEMS_A_FIGURE]
        number = start // _ITEMS_A_FIGURE + 1
        yield Figure(
            f"efa-loadings-{number}",
            "Pattern of the exploratory factors" + (f", part {number}" if number > 1 else ""),
            draw_heat(
                part.to_numpy(),
                [labels.item(str(item)) for item in part.index],
                [str(name) for name in part.columns],
                strong=MARKED_LOADING,
                label_width=52 if part.shape[1] <= 10 else 34,
                least=_WRITTEN_LOADING,
            ),
            f"Loadings of {counted(len(part), 'item')} on {counted(part.shape[1], 'factor')}; the next table "
            "has the numbers.",
            f"Loadings of at least {bounded(MARKED_LOADING)} in bold; those below "
            f"{bounded(_WRITTEN_LOADING)} in size are told by their colour, and by the next table.",
        )


def _loadings_table(efa: Efa, labels: Labels) -> Table:
    factors = [str(name) for name in efa.loadings.columns]
    records = efa.table().to_dict("records")
    several = any(record["cross_loading"] for record in records)
    columns = (
        Column("Item"),
        *(Column(name, "bounded") for name in factors),
        Column("h²", "bounded", italic=True),
        Column("Complexity", "decimal"),
        *[Column("Loads on several")] * several,
    )
    rows = tuple(
        Row(
            (
                labels.short_item(str(record["item"])),
                *(cell(record[name]) for name in factors),
                cell(record["communality"]),
                cell(record["complexity"]),
                *["yes" if record["cross_loading"] else ""] * several,
            )
        )
        for record in records
    )
    notes = (
        f"{efa.extraction.replace('_', ' ').capitalize()} extraction, {efa.rotation} rotation, "
        f"{efa.correlation.capitalize()} correlations, n = {count(efa.n)}. h² is the communality. An item "
        f"loads on several factors when two or more loadings reach {bounded(MARKED_LOADING)}"
        f"{'' if several else '; none does'}.",
    )
    return Table("efa-table", "Exploratory factor loadings", columns, rows, notes)


def _fit(efa: Efa) -> tuple[tuple[str, str], ...]:
    measures = efa.fit_measures
    facts = [("Root mean square residual", bounded(measures["rmsr"], 3))]
    if "chisq" in measures and "pvalue" in measures:
        test = chi_square(measures["chisq"], measures["df"], measures["pvalue"])
        facts.append(("Test of exact fit", test))
        ends = interval(measures["rmsea_ci_lower"], measures["rmsea_ci_upper"], "bounded", 3)
        facts.append(("RMSEA", f"{bounded(measures['rmsea'], 3)}, 90% CI {ends}"))
        facts.append(("TLI", bounded(measures["tli"], 3)))
    for reason in dict.fromkeys(efa.why_missing.values()):
        names = [_MEASURES.get(name, name.upper()) for name, why in efa.why_missing.items() if why == reason]
        facts.append((phrase(names), f"not available: {reason}"))
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
