import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import MeasurementError
from coprod_measure.measurement.reliability.coefficients import reliability
from coprod_measure.measurement.reliability.consistency import consistency
from coprod_measure.measurement.reliability.intervals import (
    INTERVAL_COLUMNS,
    OF_PAIRS,
    OF_THREE,
    coefficients,
    reliability_intervals,
)


@pytest.fixture(scope="module")
def found(items, scales):
    return reliability_intervals(items.head(500), {"A": scales["A"], "N": scales["N"]}, bootstrap=40)


def test_estimates_are_those_of_the_tables(found, items, scales):
    chosen = {"A": scales["A"], "N": scales["N"]}
    plain = reliability(items.head(500), chosen).table().set_index("construct")
    further = consistency(items.head(500), chosen).table().set_index("construct")
    table = found.table()
    assert tuple(table.columns) == INTERVAL_COLUMNS
    for row in table.itertuples():
        own = plain if row.coefficient in plain else further
        assert row.est == pytest.approx(own.loc[row.construct, row.coefficient], abs=1e-6)
        assert row.ci_lower < row.est < row.ci_upper
        assert row.kept == 40


@pytest.mark.slow
def test_spread_of_the_draws_is_that_of_repeated_samples():
    """A scale with known loadings: the intervals are as wide as the coefficients scatter over new samples."""
    loadings = np.array([0.8, 0.7, 0.6, 0.7])
    rng = np.random.default_rng(21)

    def sample():
        x = rng.standard_normal((400, 1)) * loadings
        return x + rng.standard_normal((400, 4)) * np.sqrt(1 - loadings**2)

    repeated = pd.DataFrame([coefficients(np.cov(sample().T), 400) for _ in range(150)])
    widths = []
    for seed in range(3):
        drawn = reliability_intervals(pd.DataFrame(sample(), columns=list("abcd")), bootstrap=80, seed=seed)
        table = drawn.table().set_index("coefficient")
        widths.append(table["ci_upper"] - table["ci_lower"])
    width = pd.concat(widths, axis=1).mean(axis=1)
    expected = repeated.quantile(0.975) - repeated.quantile(0.025)
    for name in (*OF_PAIRS, *OF_THREE):
        assert width[name] == pytest.approx(expected[name], rel=0.3), name


def test_what_has_no_coefficients_says_why(items, scales):
    found = reliability_intervals(
        items.assign(twin=items["A1"]), {"one": ["A1"], "twins": ["A1", "A2", "twin"]}, bootstrap=10
    )
    reasons = found.unavailable.set_index("construct")["reason"]
    assert "single item" in reasons["one"]
    assert "positive definite" in reasons["twins"]


def test_two_items_have_alpha_only(items):
    table = reliability_intervals(items, {"pair": ["A1", "A2"]}, bootstrap=10).table()
    assert list(table["coefficient"]) == list(OF_PAIRS)


def test_an_impossible_matrix_is_refused():
    with pytest.raises(MeasurementError, match="positive definite"):
        coefficients(np.array([[1.0, 1.0], [1.0, 1.0]]), 100)
