"""Whether the items measure the constructs that they were written for."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from coprod_measure.errors import NotAvailable, counted
from coprod_measure.measurement.factors.confirmatory import LARGE_RESIDUAL, Confirmatory
from coprod_measure.measurement.factors.normality import Mardia
from coprod_measure.measurement.factors.rivals import Rivals
from coprod_measure.measurement.validity.item_directions import negative_items
from coprod_measure.report.about_indices import about_indices
from coprod_measure.report.document import (
    Block,
    Bullets,
    Column,
    Figure,
    Paragraph,
    Row,
    Section,
    Table,
    Value,
)
from coprod_measure.report.figures.loadings import Loading, draw_loadings
from coprod_measure.report.from_frames import cell, grouped_rows
from coprod_measure.report.labels import Labels
from coprod_measure.report.model_fit import ModelFit, callouts, fit_table
from coprod_measure.report.numbers import bounded, chi_square, count, decimal, p_phrase

GUIDE = 0.50
"""Loadings below it say that an item shares less than a quarter of its variance with its construct."""
_LINES_A_FIGURE = 40
_MOST_RESIDUALS = 15
_MISSING = {
    "listwise": "only respondents who answered every item of the model",
    "fiml": "every respondent, missing answers by full-information maximum likelihood",
    "pairwise": "each pair of items on the respondents who answered both",
}


def about_measurement_model(model: Confirmatory, rivals: Rivals | NotAvailable, labels: Labels) -> Section:
    """Show the confirmatory factor analysis: fit first, then loadings, then what the model leaves over."""
    fit = model_fit(model)
    blocks: list[Block] = [
        Paragraph(_in_words(model)),
        *callouts(fit),
        fit_table("cfa-fit", "Fit of the measurement model", [fit]),
    ]
    if model.messages:
        blocks.append(Bullets(tuple(model.messages)))
    blocks += _figures(model.loadings, labels)
    blocks.append(_table(model.loadings, labels))
    blocks += _residuals(model.large_residuals, labels)
    blocks += about_indices("cfa-indices", "the measurement model", model.modification_indices, labels)
    blocks.append(Paragraph(_normality_in_words(model.normality)))
    if not isinstance(rivals, NotAvailable):
        blocks.append(rivals_table(rivals))
    refused = labels.reasons(model.unavailable)
    if refused:
        blocks += [Paragraph("These constructs are not part of the model:"), Bullets(refused)]
    return Section("measurement", "The measurement model", tuple(blocks))


def model_fit(model: Confirmatory) -> ModelFit:
    """Reduce the model to what its fit table and its callouts need."""
    return ModelFit(
        "The measurement model",
        model.n,
        model.fit_measures,
        model.converged,
        model.admissible,
        why_missing=model.why_missing,
    )


def weak_items(loadings: pd.DataFrame) -> list[str]:
    """Items whose standardised loading is below the guide."""
    return [str(item) for item in loadings.loc[loadings["std"] < GUIDE, "item"]]


def _in_words(model: Confirmatory) -> str:
    loadings = model.loadings
    words = (
        f"Each item was allowed to measure its own construct only: {counted(len(loadings), 'item')}, "
        f"{counted(loadings['construct'].nunique(), 'construct')}, {model.estimator} estimation on "
        f"{_MISSING.get(model.missing, model.missing)} (n = {count(model.n)})."
    )
    weak = weak_items(loadings)
    if weak:
        words += (
            f" {counted(len(weak), 'item')} {'loads' if len(weak) == 1 else 'load'} below {bounded(GUIDE)}: "
            f"{', '.join(weak)}."
        )
        negative = [item for items in negative_items(loadings).values() for item in items]
        words += f" Below zero: {', '.join(negative)}; look at the keying first." if negative else ""
    else:
        words += f" Every loading reaches {bounded(GUIDE)}."
    return words


def _normality_in_words(found: Mardia | NotAvailable) -> str:
    if isinstance(found, NotAvailable):
        return f"Joint normality of the items was not examined: {found.reason}."
    test = chi_square(found.skewness_chisq, found.skewness_df, found.skewness_pvalue)
    return (
        f"Mardia's coefficients of {counted(found.p, 'item')} (n = {count(found.n)} with all answers): "
        f"skewness {decimal(found.skewness)}, {test}; kurtosis {decimal(found.kurtosis)} where normal "
        f"answers have {count(found.p * (found.p + 2))}, z = "
        f"{decimal(found.kurtosis_z)}, {p_phrase(found.kurtosis_pvalue)} (Mardia, 1970)."
    )


def _figures(loadings: pd.DataFrame, labels: Labels) -> Iterator[Figure]:
    groups = [
        (
            labels.construct(str(name)),
            [
                Loading(
                    labels.item_of(str(name), str(row.item)), float(row.std), float(row.std), float(row.std)
                )
                for row in part.itertuples()
            ],
        )
        for name, part in loadings[loadings["std"].notna()].groupby("construct", sort=False)
    ]
    pages: list[list[tuple[str, list[Loading]]]] = []
    lines = _LINES_A_FIGURE
    for group in groups:
        if lines + len(group[1]) + 1 > _LINES_A_FIGURE:
            pages.append([])
            lines = 0
        pages[-1].append(group)
        lines += len(group[1]) + 1
    for number, page in enumerate(pages, start=1):
        yield Figure(
            f"cfa-loadings-{number}",
            "Standardised loadings of the measurement model" + (f", part {number}" if number > 1 else ""),
            draw_loadings(page, GUIDE, "Standardised loading"),
            f"Loadings of the items of {', '.join(name for name, _ in page)}; their numbers are in a table.",
            f"Hollow dots: below {bounded(GUIDE)}.",
        )


def _table(loadings: pd.DataFrame, labels: Labels) -> Table:
    columns = (
        Column("Item"),
        Column("b", "decimal", italic=True),
        Column("SE", "decimal", digits=3, italic=True),
        Column("p", "p", italic=True),
        Column("λ", "bounded", italic=True),
        Column("R²", "bounded", italic=True),
    )

    def values(row: Mapping[Hashable, Any]) -> tuple[Value, ...]:
        fixed = row["se"] == 0
        return (
            labels.short_item(str(row["item"])),
            cell(row["est"]),
            None if fixed else cell(row["se"]),
            None if fixed else cell(row["pvalue"]),
            cell(row["std"]),
            cell(row["r_squared"], "the item loads on several constructs"),
        )

    rows = grouped_rows(loadings, "construct", labels.construct, values, len(columns))
    notes = (
        "b is the loading in the items' own units, λ the standardised one. A loading without standard error "
        "is fixed at 1 to give its construct a unit.",
    )
    return Table("cfa-table", "Loadings of the measurement model", columns, rows, notes)


def _residuals(large: pd.DataFrame, labels: Labels) -> list[Block]:
    if large.empty:
        return [
            Paragraph(
                f"No residual correlation exceeds {bounded(LARGE_RESIDUAL)}: nothing stands out locally."
            )
        ]
    rows = tuple(
        Row((labels.short_item(row.item_1), labels.short_item(row.item_2), cell(row.residual), cell(row.z)))
        for row in large.head(_MOST_RESIDUALS).itertuples()
    )
    notes = ["z is the residual covariance over its standard error; beyond ±1.96 chance alone is unlikely."]
    if len(large) > _MOST_RESIDUALS:
        notes.append(f"The {_MOST_RESIDUALS} largest of {count(len(large))}.")
    title = f"Pairs of items that the model leaves correlated by more than {bounded(LARGE_RESIDUAL)}"
    columns = (
        Column("Item"),
        Column("and item"),
        Column("Residual correlation", "bounded"),
        Column("z", "decimal", italic=True),
    )
    return [Table("cfa-residuals", title, columns, rows, tuple(notes))]


def rivals_table(
    rivals: Rivals, id_: str = "rivals-table", title: str = "Rival structures of the same items"
) -> Table:
    """Show the fit of rival structures; a column of remarks stands only where there is one."""
    remarked = not (rivals.models["converged"] & rivals.models["admissible"]).all()
    columns = (
        Column("Structure"),
        Column("χ²", "decimal", italic=True),
        Column("df", "df", italic=True),
        Column("CFI", "bounded", digits=3),
        Column("RMSEA", "bounded", digits=3),
        Column("SRMR", "bounded", digits=3),
        Column("AIC", "decimal", digits=1),
        Column("BIC", "decimal", digits=1),
        *([Column("Remark")] if remarked else []),
    )
    rows = []
    for row in rivals.models.itertuples():
        why = str(row.note) or "this estimator gives no such measure"
        fields = (row.chisq, row.df, row.cfi, row.rmsea, row.srmr, row.aic, row.bic)
        mind = [
            words
            for words, trouble in (
                ("not converged", not row.converged),
                ("inadmissible", row.converged and not row.admissible),
            )
            if trouble
        ]
        shown = (str(row.model), *(cell(value, why) for value in fields))
        rows.append(Row((*shown, ", ".join(mind)) if remarked else shown))
    notes = (
        "Rival structures of the same items. Smaller AIC and BIC are better, between models of the same "
        "respondents only.",
        f"χ² is {'scaled' if rivals.scaled else 'unscaled'}, CFI and RMSEA are in {rivals.form} form "
        f"({rivals.estimator}).",
    )
    return Table(id_, title, columns, tuple(rows), notes)
