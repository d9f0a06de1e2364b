"""Tests of exact fit: they keep their level where the model holds, and see where it does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import NotAvailable

MODEL = "f =~ f1+f2+f3\ng =~ g1+g2+g3\ng ~ f"


def answers(seed: int, stray: float = 0.0, n: int = 200) -> pd.DataFrame:
    """Two factors; ``stray`` lets f3 and g1 share more than their factors do."""
    rng = np.random.default_rng(seed)
    f, shared = rng.normal(size=n), rng.normal(size=n)
    g = 0.5 * f + np.sqrt(0.75) * rng.normal(size=n)
    error = rng.normal(size=(6, n))
    error[[2, 3]] = stray * shared + np.sqrt(1.0 - stray**2) * error[[2, 3]]
    items = [0.8 * (f if k < 3 else g) + 0.6 * error[k] for k in range(6)]
    return pd.DataFrame(dict(zip(["f1", "f2", "f3", "g1", "g2", "g3"], items, strict=True)))


def test_level_and_power() -> None:
    p = []
    for seed in range(60):
        found = cm.pls(MODEL, answers(seed), consistent=True).fit_test(draws=100, seed=seed)
        assert isinstance(found, pd.DataFrame)
        p.append(found.set_index(["model", "measure"]).pvalue["saturated", "srmr"])
    # 60 samples at a level of .1: more than 13 rejections have probability .003.
    assert sum(value < 0.1 for value in p) <= 13
    assert 0.3 < np.mean(p) < 0.7
    wrong = cm.pls(MODEL, answers(1, stray=0.8, n=800), consistent=True).fit_test(draws=200)
    assert isinstance(wrong, pd.DataFrame)
    assert (wrong.pvalue < 0.02).all()


@pytest.mark.parametrize(
    ("model", "said"), [(MODEL + " + f:f", "first stage"), (MODEL + "\nh =~ f + g\nx ~ h", "two constructs")]
)
def test_not_available(model: str, said: str) -> None:
    data = answers(3).assign(x=answers(4).f1)
    found = cm.pls(model, data, higher="repeated").fit_test(draws=100)
    assert isinstance(found, NotAvailable)
    assert said in found.reason
