"""Power of tests of fit against semPower and the tables of MacCallum, Browne and Sugawara (1996)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coprod_measure.planning.rmsea import compromise, rmsea_power

STORED = json.loads((Path(__file__).parents[1] / "reference" / "power_analytic" / "values.json").read_text())


def test_exact_fit() -> None:
    for one in STORED["exact_n"]:
        found = rmsea_power(one["rmsea"], one["df"], one["requiredN"])
        assert found.n_for(0.80) == one["requiredN"]
        assert found.power == pytest.approx(one["impliedPower"], abs=1e-6)
    for one in STORED["exact_power"]:
        assert rmsea_power(one["rmsea"], one["df"], one["n"]).power == pytest.approx(one["power"], abs=1e-6)


def test_close_and_not_close_fit() -> None:
    for one in STORED["close"]:
        close = rmsea_power(0.08, one["df"], one["n"], null=0.05)
        not_close = rmsea_power(0.01, one["df"], one["n"], null=0.05)
        assert close.power == pytest.approx(one["close"], abs=1e-6)
        assert not_close.power == pytest.approx(one["not_close"], abs=1e-6)


def test_the_published_table_of_smallest_samples() -> None:
    """Table 4 of MacCallum, Browne and Sugawara (1996), df 100: 132 and 178.

    ``findRMSEAsamplesize`` of semTools 0.5-6 gives the same numbers.
    """
    assert rmsea_power(0.08, 100, 200, null=0.05).n_for(0.80) == 132
    assert rmsea_power(0.01, 100, 200, null=0.05).n_for(0.80) == 178


def test_equal_errors() -> None:
    found = compromise(0.05, 100, 300)
    assert found
    assert found.critical == pytest.approx(STORED["compromise"]["chiCrit"], abs=1e-4)
    assert found.alpha == pytest.approx(STORED["compromise"]["impliedAlpha"], abs=1e-6)
