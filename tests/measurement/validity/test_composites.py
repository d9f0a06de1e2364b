import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import DataError
from coprod_measure.measurement.validity.composites import (
    COMPOSITE_COLUMNS,
    REDUNDANCY_COLUMNS,
    composites,
    standardized_weights,
)

PARTS = {"made": ["p1", "p2", "p3"]}


@pytest.fixture(scope="module")
def answers():
    """Three parts, two of them correlated .6, that make up a criterion with weights .5, .3, .4."""
    rng = np.random.default_rng(7)
    x = rng.standard_normal((2000, 3)) @ np.linalg.cholesky(np.array([[1, 0.6, 0], [0.6, 1, 0], [0, 0, 1]])).T
    whole = x @ np.array([0.5, 0.3, 0.4]) + 0.5 * rng.standard_normal(2000)
    return pd.DataFrame(x, columns=PARTS["made"]).assign(whole=whole)


def test_vif_agrees_with_statsmodels(answers):
    from statsmodels.stats.outliers_influence import variance_inflation_factor

    table = composites(answers, PARTS).table()
    assert tuple(table.columns) == COMPOSITE_COLUMNS
    centred = (answers[PARTS["made"]] - answers[PARTS["made"]].mean()).to_numpy()
    expected = [variance_inflation_factor(centred, k) for k in range(3)]
    np.testing.assert_allclose(table["vif"], expected)
    assert table["weight"].isna().all()


def test_weights_and_redundancy(answers):
    found = composites(answers, PARTS, criteria={"made": "whole"}, bootstrap=200)
    table = found.table()
    truth = np.array([0.5, 0.3, 0.4]) / np.sqrt(0.25 + 0.09 + 0.16 + 2 * 0.5 * 0.3 * 0.6 + 0.25)
    assert ((table["ci_lower"] < truth) & (truth < table["ci_upper"])).all()
    assert tuple(found.redundancy.columns) == REDUNDANCY_COLUMNS
    assert found.redundancy["r_squared"].item() == pytest.approx(0.68 / 0.93, abs=0.03)


def test_weights_are_those_of_a_regression(answers):
    import statsmodels.api as sm

    z = (answers - answers.mean()) / answers.std()
    fit = sm.OLS(z["whole"], z[PARTS["made"]]).fit()
    weights, explained = standardized_weights(answers[PARTS["made"]].to_numpy(), answers["whole"].to_numpy())
    np.testing.assert_allclose(weights, fit.params)
    assert explained == pytest.approx(fit.rsquared)


def test_reasons(answers):
    found = composites(answers.assign(p2=answers["p1"]), PARTS)
    assert "copy" in found.unavailable["reason"].item()
    assert "p3" in composites(answers.assign(p3=1.0), PARTS).unavailable["reason"].item()
    assert "respondents" in composites(answers.head(3), PARTS).unavailable["reason"].item()
    with pytest.raises(DataError, match="nothing"):
        composites(answers, PARTS, criteria={"made": "nothing"})


def test_composites_of_an_instrument(items):
    from coprod_measure.instrument.read import read_instrument
    from coprod_measure.responses.read import read_responses
    from coprod_measure.shipped import shipped_folder

    sample = shipped_folder("data/sample") / "coproduction" / "responses.csv"
    found = composites(read_responses(sample, read_instrument("etgar2007")))
    assert {"act_intensity", "phase_design"} <= set(found.table()["construct"]) | set(
        found.unavailable["construct"]
    )
    assert "propensity" not in set(found.table()["construct"])
