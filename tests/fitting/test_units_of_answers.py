"""The unit of the answers changes no statement about them: answers in ten-thousandths, or in ten thousands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm

DATA = Path(__file__).parents[1] / "reference" / "data" / "holzinger_swineford.csv"
ITEMS = [f"x{k}" for k in range(1, 10)]
TWO = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6"
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "ml": (TWO, {}),
    "mlr": (TWO, {"estimator": "MLR"}),
    "gls": (TWO, {"estimator": "GLS"}),
    "uls": (TWO, {"estimator": "ULS"}),
    "uls_free": (TWO, {"estimator": "ULS", "test": "browne.residual.adf", "se": "robust.sem"}),
    "dwls": (TWO, {"estimator": "WLSMV"}),
    "fiml": (TWO, {"missing": "fiml"}),
    "scalar": (TWO, {"group": "school", "group_equal": ["loadings", "intercepts"]}),
    "effect_coding": (TWO, {"effect_coding": True}),
    "second_order": (TWO + "\nspeed =~ x7 + x8 + x9\ng =~ visual + textual + speed", {}),
    "constraint": ("visual =~ x1 + a*x2 + b*x3\ntextual =~ x4 + c*x5 + x6\na + b == 2*c", {}),
    "exploratory": ('efa("b")*f1 + efa("b")*f2 =~ x1 + x2 + x3 + x4 + x5 + x6', {}),
    "composite": ("c <~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\ntextual ~ c", {}),
}


def said(case: str, factor: float) -> dict[str, np.ndarray]:
    model, options = CASES[case]
    data = pd.read_csv(DATA)
    data[ITEMS] *= factor
    fit = cm.sem(model, data, **options)
    assert fit.converged
    standardized = fit.standardized()
    standardized = standardized[~standardized["op"].isin(["==", "<", ">"])]
    measures = ["chisq", "cfi", "rmsea", "srmr"]
    found = {
        "est": standardized["est"].to_numpy(),
        "se": standardized["se"].to_numpy(),
        "measures": fit.fit_measures[measures].to_numpy(dtype=float),
        "z": fit.residuals("standardized")["residual"].to_numpy(),
    }
    if not case.startswith(("uls", "composite")):  # what N F of ULS would fall by has a unit
        found["mi"] = np.sort(fit.modification_indices()["mi"].to_numpy())
    if options.get("group"):
        found["constraints"] = fit.score_tests()["statistic"].to_numpy()
    return found


@pytest.mark.parametrize("case", CASES)
def test_the_unit_of_the_answers_changes_nothing(case: str) -> None:
    usual = said(case, 1.0)
    assert np.isfinite(usual["z"]).sum() >= 9
    for factor in (1e-4, 1e4):
        other = said(case, factor)
        for name, values in usual.items():
            np.testing.assert_allclose(other[name], values, rtol=1e-3, atol=1e-4, err_msg=name)


def test_a_chi_square_beyond_all_tables_gives_measures_without_an_interval() -> None:
    data = pd.read_csv(DATA)
    data[ITEMS] *= 1e5
    measures = cm.cfa(TWO, data, estimator="ULSMV").fit_measures
    assert measures["chisq"] > 1e18
    assert not np.isfinite(measures.get("rmsea_ci_upper", np.nan))


def test_the_unit_of_the_answers_changes_no_interaction() -> None:
    """Loadings have no unit and error variances have one: their sum, unweighed, was inverted to few digits."""
    data = pd.read_csv(DATA.with_name("latent_interaction.csv"))
    model = "X =~ x1 + x2 + x3\nZ =~ z1 + z2 + z3\nY =~ y1 + y2 + y3\nY ~ X + Z + X:Z"
    usual = cm.sam(model, data).parameters["z"]
    for factor in (1e-5, 1e4):
        np.testing.assert_allclose(cm.sam(model, data * factor).parameters["z"], usual, rtol=1e-5)
