"""Sums of factors whose correlation is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coprod_measure.structure.composite_correlations import composite_correlations

# Two unrelated facets, two that correlate .4, and one item.
PHI = np.array(
    [
        [1.0, 0.0, 0.3, 0.1, 0.2],
        [0.0, 1.0, 0.1, 0.3, 0.0],
        [0.3, 0.1, 1.0, 0.4, 0.1],
        [0.1, 0.3, 0.4, 1.0, 0.1],
        [0.2, 0.0, 0.1, 0.1, 1.0],
    ]
)
STRUCTURES = {
    "a": {f"f{k}": tuple(f"x{k}{m}" for m in range(3)) for k in (0, 1)},
    "b": {f"f{k}": tuple(f"x{k}{m}" for m in range(3)) for k in (2, 3)},
    "c": {"f4": ("x40",)},
}
TRUTH = {("a", "b"): 0.8 / np.sqrt(2 * 2.8), ("a", "c"): 0.2 / np.sqrt(2), ("b", "c"): 0.2 / np.sqrt(2.8)}


def _people(n: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    factors = random.multivariate_normal(np.zeros(5), PHI, size=n)
    items = {
        f"x{k}{m}": 0.75 * factors[:, k] + np.sqrt(1 - 0.75**2) * random.standard_normal(n)
        for k in range(4)
        for m in range(3)
    }
    return pd.DataFrame({**items, "x40": 3.0 * factors[:, 4]})


def test_correlations_of_sums_and_their_intervals_are_those_of_the_population() -> None:
    covered, found = [], []
    for seed in range(25):
        table, n = composite_correlations(_people(400, seed), STRUCTURES, estimator="ML")
        rows = table.set_index(["construct_1", "construct_2"])
        assert (n, list(rows.index)) == (400, list(TRUTH))
        truth = pd.Series(TRUTH)
        covered.append((rows["ci_lower"] < truth) & (truth < rows["ci_upper"]))
        found.append(rows["correlation"] - truth)
    # 71 of 75 are expected; fewer than 65 would be three standard errors away.
    assert int(np.sum(covered)) >= 65
    assert pd.DataFrame(found).mean().abs().max() < 0.03


def test_a_facet_that_counts_reversed_takes_the_other_sign() -> None:
    frame, items = _people(300, 7), ["x20", "x21", "x22"]
    turned = frame.assign(**{one: -frame[one] for one in items})
    before, _ = composite_correlations(frame, STRUCTURES, estimator="ML")
    after, _ = composite_correlations(turned, STRUCTURES, ["f2"], estimator="ML")
    assert after["correlation"].to_numpy() == pytest.approx(before["correlation"].to_numpy(), abs=1e-5)


def test_one_facet_apiece_is_the_correlation_of_two_factors() -> None:
    from coprod_measure.fitting.models import cfa

    frame = _people(300, 7)
    own = {"a": {"f0": ("x00", "x01", "x02")}, "b": {"f2": ("x20", "x21", "x22")}}
    (row,) = composite_correlations(frame, own, estimator="ML")[0].to_dict("records")
    fit = cfa("f =~ x00 + x01 + x02\ng =~ x20 + x21 + x22", frame, std_lv=True)
    known = fit.parameters.query("lhs == 'f' and op == '~~' and rhs == 'g'").iloc[0]
    assert row["correlation"] == pytest.approx(known["est"], abs=1e-6)
    assert row["ci_upper"] == pytest.approx(known["ci_upper"], abs=1e-6)
