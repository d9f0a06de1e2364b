import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from coprod_measure.measurement.reliability.item_information import (
    INFORMATION_COLUMNS,
    graded_information,
    item_information,
)


def test_information_agrees_with_second_derivatives_in_r(items, scales, stored):
    levels = (-2.0, -1.0, 0.0, 1.0, 2.0)
    found = item_information(items, {"N": scales["N"]}, levels=levels)
    expected = stored("measurement_item_information", "information")
    curves = expected.pivot(index="level", columns="item", values="information")
    np.testing.assert_allclose(found.curves[scales["N"]], curves[scales["N"]], atol=1e-4)
    loadings = expected.drop_duplicates("item").set_index("item")["loading"]
    table = found.table().set_index("item")
    np.testing.assert_allclose(table["loading"], loadings[table.index], atol=1e-4)
    assert tuple(found.table().columns) == INFORMATION_COLUMNS
    np.testing.assert_allclose(found.scales["N"], curves.sum(axis=1), atol=5e-4)


def test_planted_parameters_come_back():
    """Normal-ogive answers with known slope and steps."""
    rng = np.random.default_rng(21)
    theta = rng.standard_normal(6000)
    slopes, steps = (0.8, 1.2, 1.6, 1.0), np.array([-1.0, 0.2, 1.1])
    answers = {
        f"i{k}": (rng.random(6000)[:, None] < norm.cdf(a * (theta[:, None] - steps))).sum(axis=1) + 1.0
        for k, a in enumerate(slopes)
    }
    found = item_information(pd.DataFrame(answers), {"f": list(answers)})
    np.testing.assert_allclose(found.items["discrimination"], slopes, atol=0.12)
    located = found.locations.pivot(index="item", columns="step", values="location")
    np.testing.assert_allclose(located, np.tile(steps, (4, 1)), atol=0.1)
    assert found.items.set_index("item")["most"].idxmax() == "i2"


def test_information_of_two_categories_by_hand():
    """At its location: slope^2 phi(0)^2 / (.5 * .5)."""
    found = graded_information(np.array([0.5]), 1.5, np.array([0.5]))
    assert found[0] == pytest.approx(1.5**2 * norm.pdf(0) ** 2 / 0.25)
    assert graded_information(np.array([40.0]), 1.5, np.array([0.5]))[0] == 0.0


def test_a_construct_too_short_has_a_reason(items):
    found = item_information(items, {"A": ["A1", "A2"], "N": ["N1", "N2", "N3"]})
    assert found.unavailable.to_numpy().tolist() == [["A", "a one-factor model needs at least three items"]]
    assert list(found.scales.columns) == ["N"]
