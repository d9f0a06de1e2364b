"""The two tables that journals of marketing ask for: measures in full wording, and the matrix."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.instrument.wording import LANGUAGE_NAMES
from coprod_measure.measurement.battery import MeasurementResults
from coprod_measure.report.document import Column, Row, Section, Table, Value
from coprod_measure.report.from_frames import Record, cell
from coprod_measure.report.labels import Labels

_BESIDE = ("alpha", "omega", "cr", "ave")
_NO_ERROR = "a loading that is fixed, or of a model without errors, has no standard error"
_LACKING = "it does not exist for this construct"


def about_paper_tables(found: MeasurementResults, labels: Labels) -> tuple[Section, ...]:
    """Give both tables where a measurement model was fitted; no section without one."""
    tables = (*_measures(found, labels), *_matrix(found, labels))
    return (Section("paper-tables", "Tables for the paper", tables),) if tables else ()


def _measures(found: MeasurementResults, labels: Labels) -> tuple[Table, ...]:
    model, reliability = found.confirmatory, found.reliability
    if model is None or isinstance(model, NotAvailable):
        return ()
    lacks = isinstance(reliability, NotAvailable) or reliability is None
    beside = {} if lacks else _by_construct(reliability.table())
    second = labels.beside
    columns = (
        Column("Construct and item"),
        *((Column(LANGUAGE_NAMES.get(second.language, second.language)),) if second else ()),
        Column("Loading", "bounded"),
        Column("SE", "bounded", italic=True),
        Column("z", "decimal", italic=True),
        Column("α", "bounded", italic=True),
        Column("ω", "bounded", italic=True),
        Column("CR", "bounded"),
        Column("AVE", "bounded"),
    )
    validity = found.validity
    of_model = (
        {} if validity is None or isinstance(validity, NotAvailable) else _by_construct(validity.table())
    )
    rows: list[Row] = []
    for id_, loadings in model.table().groupby("construct", sort=False):
        name = str(id_)
        record = {**beside.get(name, {}), **of_model.get(name, {})}
        coefficients = [cell(record.get(field), _LACKING) for field in _BESIDE]
        blank = (None,) * (len(columns) - len(coefficients) - 1)
        rows.append(Row((labels.construct(name), *blank, *coefficients)))
        rows += [_item(name, one, labels) for one in loadings.to_dict("records")]
    notes = (
        "Standardised loadings of the measurement model with their standard errors (delta method) and z. CR "
        "and AVE from the loadings of the whole model. (R): keyed against its construct.",
    )
    return (Table("paper-measures", "Constructs, items and loadings", columns, tuple(rows), notes),)


def _by_construct(frame: pd.DataFrame) -> dict[str, Record]:
    return {str(row["construct"]): row for row in frame.to_dict("records")}


def _item(construct: str, one: Record, labels: Labels) -> Row:
    id_ = str(one["item"])
    beside = (labels.beside.wording(id_),) if labels.beside else ()
    values: tuple[Value, ...] = (
        *beside,
        cell(one["std"]),
        *(cell(value, _NO_ERROR) for value in (one["std_se"], one["std"] / one["std_se"])),
    )
    return Row((labels.item_of(construct, id_), *values, None, None, None, None))


def _matrix(found: MeasurementResults, labels: Labels) -> tuple[Table, ...]:
    """Correlations below, √AVE on and HTMT above the diagonal, with means and standard deviations."""
    validity, htmt, scores = found.validity, found.htmt, found.scale_scores
    if validity is None or isinstance(validity, NotAvailable):
        return ()
    ids = [str(id_) for id_ in validity.matrix.columns]
    no_htmt = htmt is None or isinstance(htmt, NotAvailable)
    ratios = None if no_htmt else htmt.ratios
    no_scores = scores is None or isinstance(scores, NotAvailable)
    described = {} if no_scores else _by_construct(scores.scales)
    rows = []
    for i, id_ in enumerate(ids):
        record = described.get(id_, {})
        values = [_entry(validity.matrix, ratios, ids, i, j) for j in range(len(ids))]
        moments = [cell(record.get(field), _LACKING) for field in ("mean", "sd")]
        rows.append(Row((f"{i + 1}. {labels.construct(id_)}", *moments, *values)))
    columns = (
        Column("Construct"),
        Column("M", "decimal", italic=True),
        Column("SD", "decimal", italic=True),
        *(Column(str(k), "bounded") for k in range(1, len(ids) + 1)),
    )
    notes = (
        "Below the diagonal correlations of the constructs in the measurement model, on it the square root "
        "of the AVE, above it heterotrait-monotrait ratios. M and SD of the scale scores.",
    )
    return (Table("paper-matrix", "Correlations, √AVE and HTMT", columns, tuple(rows), notes),)


def _entry(
    matrix: pd.DataFrame, ratios: pd.DataFrame | None, ids: Sequence[str], row: int, column: int
) -> Value:
    if column <= row:
        return cell(matrix.iloc[row, column])
    if ratios is None or ids[row] not in ratios.index or ids[column] not in ratios.columns:
        return NotAvailable("no heterotrait-monotrait ratio exists for this pair")
    return cell(ratios.loc[ids[row], ids[column]], "no heterotrait-monotrait ratio exists for this pair")
