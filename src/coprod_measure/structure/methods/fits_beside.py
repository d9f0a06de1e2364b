"""Models of the same answers beside each other: how each fits, and whether it can be read."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from coprod_measure.fitting.result import Fit

MEASURES = ("chisq", "df", "pvalue", "cfi", "rmsea", "srmr", "aic", "bic")


def fit_table(fits: Mapping[str, Fit], what: str, chosen: str | None = None) -> pd.DataFrame:
    """One row a fit: ``what`` (its name), ``chosen`` where one was, :data:`MEASURES` and flags."""
    rows: list[dict[str, object]] = []
    for name, fit in fits.items():
        row: dict[str, object] = {what: name} | ({} if chosen is None else {"chosen": name == chosen})
        row |= {key: float(fit.fit_measures.get(key, math.nan)) for key in MEASURES}
        rows.append(row | {"converged": fit.converged, "admissible": fit.admissible})
    return pd.DataFrame(rows)
