"""What fit measures say, in a table and in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.fitting.best_measures import best
from coprod_measure.measurement.guides import (
    CLOSE_CFI,
    CLOSE_RMSEA,
    CLOSE_SRMR,
    POOR_CFI,
    POOR_RMSEA,
    POOR_SRMR,
)
from coprod_measure.report.document import Callout, Column, Row, Table, Value
from coprod_measure.report.numbers import bounded

Judgement = Literal["close", "acceptable", "poor", "unknown"]

_CLOSE = {"cfi": CLOSE_CFI, "rmsea": CLOSE_RMSEA, "srmr": CLOSE_SRMR}
_POOR = {"cfi": POOR_CFI, "rmsea": POOR_RMSEA, "srmr": POOR_SRMR}

_SATURATED = NotAvailable("df = 0: the model fits any data, so that there is nothing to test")
COLUMNS = (
    Column("Model"),
    Column("n", "count", italic=True),
    Column("χ²", "decimal", italic=True),
    Column("df", "df", italic=True),
    Column("p", "p", italic=True),
    Column("CFI", "bounded", digits=3),
    Column("TLI", "bounded", digits=3),
    Column("RMSEA", "bounded", digits=3),
    Column("90% CI", "bounded", digits=3),
    Column("SRMR", "bounded", digits=3),
)

STEP_COLUMNS = (
    Column("χ²", "decimal", italic=True),
    Column("df", "df", italic=True),
    Column("CFI", "bounded", digits=3),
    Column("RMSEA", "bounded", digits=3),
    Column("SRMR", "bounded", digits=3),
    Column("Δχ²", "decimal", italic=True),
    Column("Δdf", "df", italic=True),
    Column("p", "p", italic=True),
)
"""Of a model in a ladder: its fit, and the difference from the model before it."""


@dataclass(frozen=True, slots=True)
class ModelFit:
    """Fit of one model, as far as a reader needs it.

    Attributes
    ----------
    measures : pandas.Series
        As ``Fit.fit_measures``.
    converged, admissible : bool
        Two flags, because an estimate can be found that makes no sense.
    why_missing : mapping
        Measure to why it is not among them.
    """

    name: str
    n: int
    measures: pd.Series
    converged: bool
    admissible: bool
    messages: tuple[str, ...] = ()
    why_missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def why_unjudged(self) -> str:
        """Why neither CFI, RMSEA nor SRMR says how the model fits."""
        if _saturated(self.measures):
            return "it has no degrees of freedom"
        return self.why_missing.get("cfi", "no measure of fit exists for it")


def judge(measures: pd.Series) -> Judgement:
    """Judge by CFI, RMSEA and SRMR together: close if all are, poor if one is, unknown if nothing can be."""
    values = {name: best(measures, name) for name in _CLOSE}
    known = {name: one.value for name, one in values.items() if not isinstance(one, NotAvailable)}
    if not known or _saturated(measures):
        return "unknown"
    if not all(_POOR[name].met(value) for name, value in known.items()):
        return "poor"
    return "close" if all(_CLOSE[name].met(value) for name, value in known.items()) else "acceptable"


def in_words(measures: pd.Series) -> str:
    """CFI, RMSEA and SRMR in one phrase: ``CFI = .782, RMSEA = .081, SRMR = .070``."""
    known = [(name, best(measures, name)) for name in _CLOSE]
    return ", ".join(
        f"{name.upper()} = {bounded(one.value, _CLOSE[name].digits)}"
        for name, one in known
        if not isinstance(one, NotAvailable)
    )


def callouts(fit: ModelFit) -> list[Callout]:
    """Say what limits the numbers of a model, or that it fits."""
    found = []
    if not fit.converged:
        found.append(
            Callout(
                f"{fit.name}: the search for estimates did not settle; do not use them.", "Not converged."
            )
        )
    if not fit.admissible:
        found.append(
            Callout(
                f"{fit.name}: a variance is negative or a correlation above one, so the solution cannot be "
                "true as it stands.",
                "Inadmissible.",
            )
        )
    judgement = judge(fit.measures)
    if judgement == "unknown":
        found.append(Callout(f"{fit.name} cannot be judged by its fit: {fit.why_unjudged}.", "Fit.", "note"))
        return found
    words = in_words(fit.measures)
    if judgement == "poor":
        found.append(
            Callout(
                f"{fit.name} does not describe these answers well ({words}). What follows from it holds only "
                "as far as the model does.",
                "Poor fit.",
            )
        )
    elif judgement == "acceptable":
        found.append(
            Callout(f"{fit.name} describes these answers acceptably, not closely ({words}).", "Fit.", "note")
        )
    else:
        found.append(Callout(f"{fit.name} describes these answers closely ({words}).", "Fit.", "finding"))
    return found


def fit_table(id_: str, title: str, fits: Iterable[ModelFit]) -> Table:
    """One row a model."""
    rows = tuple(Row(_values(fit)) for fit in fits)
    notes = (
        "Robust or scaled forms where the estimator gives them. Guides for close fit: CFI at least .95, "
        "RMSEA at most .06, SRMR at most .08 (Hu & Bentler, 1999).",
    )
    return Table(id_, title, COLUMNS, rows, notes)


def distance_table(id_: str, title: str, fits: Iterable[ModelFit]) -> Table:
    """One row a model of composites: distances with limits of the population's."""
    columns = [Column("Model"), Column("n", "count", italic=True)]
    for name in ("SRMR", "d_ULS", "d_G"):
        kind: Literal["bounded", "decimal"] = "bounded" if name == "SRMR" else "decimal"
        columns += [Column(name, kind, digits=3), Column("95% CI", kind, digits=3)]
    rows = []
    for fit in fits:
        values: list[Value] = [fit.name, fit.n]
        for name in ("srmr", "d_uls", "d_g"):
            value, low, high = (best(fit.measures, one) for one in (name, f"{name}_lower", f"{name}_upper"))
            values.append(value if isinstance(value, NotAvailable) else value.value)
            if isinstance(low, NotAvailable) or isinstance(high, NotAvailable):
                values.append(NotAvailable("no draws were made of it"))
            else:
                values.append((low.value, high.value))
        rows.append(Row(tuple(values)))
    notes = (
        "Distances between the correlations of the items and those that the model implies (Dijkstra & "
        "Henseler, 2015). Intervals are of the distance in the population: what chance adds to that of the "
        "sample is taken off by bootstrap, so that they may lie below it. Guide: SRMR at most .08 (Hu & "
        "Bentler, 1999).",
    )
    return Table(id_, title, tuple(columns), tuple(rows), notes)


def _values(fit: ModelFit) -> tuple[Value, ...]:
    saturated = _saturated(fit.measures)

    def of(name: str) -> float | NotAvailable:
        found = best(fit.measures, name)
        if isinstance(found, NotAvailable):
            return (
                _SATURATED
                if saturated
                else NotAvailable(fit.why_missing.get(name.partition("_ci")[0], found.reason))
            )
        return found.value

    low, high = of("rmsea_ci_lower"), of("rmsea_ci_upper")
    ends: Value = low if isinstance(low, NotAvailable) else high
    if not isinstance(low, NotAvailable) and not isinstance(high, NotAvailable):
        ends = (low, high)
    plain = tuple(of(name) for name in ("chisq", "df", "pvalue", "cfi", "tli", "rmsea"))
    return (fit.name, fit.n, *plain, ends, of("srmr"))


def _saturated(measures: pd.Series) -> bool:
    df = best(measures, "df")
    return not isinstance(df, NotAvailable) and df.value == 0
