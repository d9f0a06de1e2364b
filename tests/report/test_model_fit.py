from __future__ import annotations

import numpy as np
import pandas as pd

from coprod_measure.report.model_fit import ModelFit, callouts, fit_table

NAMES = ("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea_ci_lower", "rmsea_ci_upper", "srmr")
WHY = "each construct was measured by itself"


def test_a_model_without_measures_says_why() -> None:
    nothing = pd.Series(np.nan, index=list(NAMES))
    fit = ModelFit("The model", 120, nothing, True, True, why_missing=dict.fromkeys(("cfi", "rmsea"), WHY))
    assert [one.text for one in callouts(fit)] == [f"The model cannot be judged by its fit: {WHY}."]
    (row,) = fit_table("fit", "Fit", [fit]).rows
    told = dict(zip(("chisq", "df", "p", "cfi", "tli", "rmsea", "ci"), row.values[2:], strict=False))
    assert [getattr(told[name], "reason", None) for name in ("cfi", "rmsea", "ci")] == [WHY] * 3


def test_a_saturated_model_says_so() -> None:
    measures = pd.Series([0.0, 0.0, 1.0, 0.0, 0.0], index=["chisq", "df", "cfi", "rmsea", "srmr"])
    fit = ModelFit("The model", 120, measures, True, True)
    assert [one.text for one in callouts(fit)] == [
        "The model cannot be judged by its fit: it has no degrees of freedom."
    ]
