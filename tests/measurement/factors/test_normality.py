"""Mardia's coefficients against psych."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import NotAvailable
from coprod_measure.measurement.factors.normality import Mardia, mardia

REFERENCE = Path(__file__).parents[2] / "reference"


@pytest.mark.parametrize(("name", "pattern"), [("chain", r"^y\d+$"), ("bfi", r"^[ACENO]\d$")])
def test_coefficients_are_those_of_psych(name: str, pattern: str) -> None:
    found = mardia(pd.read_csv(REFERENCE / "data" / f"{name}.csv").filter(regex=pattern))
    assert isinstance(found, Mardia)
    theirs = pd.read_csv(REFERENCE / "mardia" / "mardia.csv").set_index("data").loc[name]
    for measure, value in theirs.items():
        assert getattr(found, str(measure)) == pytest.approx(value, rel=1e-6, abs=1e-12), measure


def test_normal_answers_are_rarely_called_otherwise() -> None:
    rng = np.random.default_rng(4)
    found = [mardia(pd.DataFrame(rng.standard_normal((400, 4)))) for _ in range(200)]
    for name in ("skewness_pvalue", "kurtosis_pvalue"):
        assert np.mean([getattr(one, name) < 0.05 for one in found]) < 0.10


def test_what_cannot_be_computed_says_why() -> None:
    twice = pd.DataFrame(np.random.default_rng(1).standard_normal((50, 2)), columns=["a", "b"])
    assert mardia(twice.assign(c=twice["a"])) == NotAvailable("some items are combinations of others")
    assert isinstance(mardia(twice.head(3)), NotAvailable)
