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


@pytest.mark.slow
@pytest.mark.parametrize("n", [300, 1000])
def test_intervals_cover_and_sargans_test_keeps_its_level(n: int) -> None:
    covered, rejected, draws = [], [], 1000
    for draw in range(draws):
        noise = np.random.default_rng([17, n, draw]).normal(size=(8, n))
        cause = noise[0]
        effect = 0.5 * cause + 0.8 * noise[1]
        items = {f"x{k}": (0.9 - 0.1 * k) * cause + 0.6 * noise[2 + k] for k in range(3)}
        items |= {f"y{k}": (0.9 - 0.1 * k) * effect + 0.6 * noise[5 + k] for k in range(3)}
        fit = cm.sem("f =~ x0 + x1 + x2\ng =~ y0 + y1 + y2\ng ~ f", pd.DataFrame(items), estimator="MIIV")
        rows = fit.parameters.set_index(["lhs", "op", "rhs"])
        truth = {
            ("f", "=~", "x2"): 7 / 9,
            ("g", "~", "f"): 0.5,
            ("x0", "~~", "x0"): 0.36,
            ("g", "~~", "g"): 0.5184,
        }
        covered.append([rows.ci_lower[key] < value < rows.ci_upper[key] for key, value in truth.items()])
        rejected.append(fit.sargan()["pvalue"].dropna() < 0.05)
    # Twice the standard error of a rate from 1,000 draws is .014.
    assert np.abs(np.mean(covered, axis=0) - 0.95).max() < 0.02
    assert 0.03 < np.mean(rejected) < 0.07
