from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm

DATA = Path(__file__).parents[1] / "reference" / "data" / "holzinger_swineford.csv"
MODEL = """visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
speed ~ visual + textual
textual ~ visual"""


def test_sargans_tests_are_those_of_lavaan() -> None:
    data = pd.read_csv(DATA)
    fit = cm.sem(MODEL, data, estimator="MIIV")
    table = fit.sargan().set_index("outcome")
    # lavaan 0.7-2, estimator = "IV"
    theirs = {
        **{"x2": 7.477847, "x3": 15.45248, "x5": 17.19132, "x6": 6.197677, "x8": 23.8636, "x9": 51.27477},
        **{"x4": 0.7331449, "x7": 5.524783},
    }
    np.testing.assert_allclose(table.loc[list(theirs), "sargan"], list(theirs.values()), rtol=1e-5)
    assert table.loc["x7", "instruments"] == "x2, x3, x5, x6"
    assert table.loc["x4", "pvalue"] == pytest.approx(0.3918657, abs=1e-6)


def test_what_instruments_cannot_do_is_refused() -> None:
    data = pd.read_csv(DATA)
    fit = cm.sem(MODEL, data, estimator="MIIV")
    for wrong in (fit.modification_indices, lambda: fit.residuals("standardized"), lambda: fit.compare(fit)):
        with pytest.raises(cm.CoprodError, match="minimise nothing"):
            wrong()
    assert 'estimator = "IV"' in fit.to_lavaan()
    with pytest.raises(cm.CoprodError, match="take complete continuous answers"):
        cm.sem(MODEL, data, estimator="MIIV", missing="fiml")
    with pytest.raises(cm.CoprodError, match="no constraints"):
        cm.sem(MODEL.replace("x2 + x3", "a*x2 + a*x3"), data, estimator="MIIV")
    with pytest.raises(cm.CoprodError, match="instruments for"):
        cm.sem("f =~ x1 + x2 + x3\nf ~~ f\nx2 ~~ x3", data, estimator="MIIV")
    with pytest.raises(cm.CoprodError, match="Sargan"):
        cm.sem(MODEL, data).sargan()
