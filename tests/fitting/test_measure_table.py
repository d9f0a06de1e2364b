"""A model with negative degrees of freedom has no index that a reader could copy."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import coprod_measure as cm

DATA = Path(__file__).parents[1] / "reference" / "data" / "holzinger_swineford.csv"


def test_negative_degrees_of_freedom_give_no_indices() -> None:
    # lavaan 0.6-14 likewise gives NA for CFI and TLI of this model.
    fit = cm.cfa("f =~ x1 + x2", pd.read_csv(DATA))
    assert fit.fit_measures["df"] == -1
    assert not {"cfi", "tli", "rmsea", "pvalue"} & set(fit.fit_measures.index)
    assert "more parameters than moments" in fit.why_missing["cfi"]
    assert "CFI" not in fit.summary()
    assert not fit.identified
