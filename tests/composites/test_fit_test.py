"""Tests of exact fit: they keep their level where the model holds, and see where it does not."""

from __future__ import annotations

from pathlib import Path

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


def test_draws_are_the_same_wherever_they_are_drawn(tmp_path: Path) -> None:
    fit = cm.pls(MODEL, answers(1), consistent=True)
    for asked in (fit.fit_test, fit.fit_intervals):
        here, there = asked(draws=300), asked(draws=300, processes=2, keep=tmp_path)
        again = asked(draws=300, keep=tmp_path)
        assert isinstance(here, pd.DataFrame)
        assert isinstance(there, pd.DataFrame)
        assert isinstance(again, pd.DataFrame)
        pd.testing.assert_frame_equal(here, there)
        pd.testing.assert_frame_equal(here, again)
    assert len(list(tmp_path.rglob("*.json"))) == 4


def test_intervals_hold_the_distance_in_the_population() -> None:
    """Two items share .23 beyond their factors; 60 samples at a level of .9: below 47 has probability .003."""
    held = []
    wrong = np.kron(np.eye(2), np.ones((3, 3))) * 0.64 + np.kron(1 - np.eye(2), np.ones((3, 3))) * 0.32
    wrong[2, 3] = wrong[3, 2] = 0.32 + 0.36 * 0.64
    np.fill_diagonal(wrong, 1.0)
    root = np.linalg.cholesky(wrong)
    names = ["f1", "f2", "f3", "g1", "g2", "g3"]
    z = np.random.default_rng(0).normal(size=(100, 6))
    exact = pd.DataFrame(np.linalg.qr(z - z.mean(axis=0))[0] @ root.T, columns=names)
    truth = cm.pls(MODEL, exact).fit()
    assert isinstance(truth, pd.DataFrame)
    for seed in range(60):
        z = np.random.default_rng(seed).normal(size=(300, 6))
        fit = cm.pls(MODEL, pd.DataFrame(z @ root.T, columns=names))
        found = fit.fit_intervals(draws=200, level=0.9)
        assert isinstance(found, pd.DataFrame)
        assert (found["mean"] > found["value"]).mean() >= 0.5
        own = truth.set_index("model").stack().reindex(pd.MultiIndex.from_frame(found[["model", "measure"]]))
        held.append((found["lower"] <= own.to_numpy()) & (own.to_numpy() <= found["upper"]))
    assert (np.sum(held, axis=0) >= 47).all()


def test_intervals_start_at_zero_where_the_model_holds_and_follow_the_second_stage() -> None:
    found = cm.pls(MODEL, answers(2), consistent=True).fit_intervals(draws=100)
    assert isinstance(found, pd.DataFrame)
    assert (found["lower"] < 0.02).all()
    data = answers(3).assign(x=answers(4).f1)
    fit = cm.pls("f =~ f1+f2+f3\ng =~ g1+g2+g3\nh =~ f + g\nx ~ h", data)
    above, values = fit.fit_intervals(draws=100), fit.fit()
    assert isinstance(above, pd.DataFrame)
    assert isinstance(values, pd.DataFrame)
    assert above["value"].tolist() == values.iloc[:, 1:].to_numpy().ravel().tolist()
    assert isinstance(cm.pls(MODEL + " + f:f", data).fit_intervals(draws=100), NotAvailable)


@pytest.mark.parametrize(
    ("model", "said"), [(MODEL + " + f:f", "first stage"), (MODEL + "\nh =~ f + g\nx ~ h", "two constructs")]
)
def test_not_available(model: str, said: str) -> None:
    data = answers(3).assign(x=answers(4).f1)
    found = cm.pls(model, data, higher="repeated").fit_test(draws=100)
    assert isinstance(found, NotAvailable)
    assert said in found.reason
