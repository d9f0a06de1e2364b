import numpy as np
import pandas as pd
import pytest

from coprod_measure.measurement.invariance.alignment import (
    FIT_COLUMNS,
    ITEM_COLUMNS,
    MEAN_COLUMNS,
    align,
    alignment,
    explained,
)


def test_alignment_agrees_with_optim_in_r(bfi, scales, stored):
    people = bfi[bfi["education"].notna()]
    found = alignment(people, {"N": scales["N"]}, group="education")
    expected = stored("measurement_alignment", "aligned").assign(label=lambda t: t["label"].astype(float))
    means = found.table().assign(label=lambda t: t["label"].astype(float)).set_index("label")
    expected = expected.set_index("label").loc[means.index]
    assert tuple(found.table().columns) == MEAN_COLUMNS
    assert tuple(found.items.columns) == ITEM_COLUMNS
    assert tuple(found.invariance.columns) == FIT_COLUMNS
    np.testing.assert_allclose(means[["mean", "sd"]], expected[["mean", "sd"]], atol=1e-3)
    assert found.invariance["loss"].iloc[0] == pytest.approx(expected["loss"].iloc[0], abs=1e-5)


def test_known_means_come_back_from_partly_different_items():
    """Population parameters: in each of ten groups one intercept is far off; the rest is the same."""
    rng = np.random.default_rng(5)
    g, p = 10, 6
    means, sds = np.r_[0.0, rng.normal(0, 0.5, g - 1)], np.r_[1.0, rng.uniform(0.8, 1.3, g - 1)]
    lam, nu = np.linspace(0.6, 1.0, p), np.linspace(2.0, 4.0, p)
    intercepts = np.tile(nu, (g, 1))
    intercepts[np.arange(g), np.arange(g) % p] += 0.8
    found = align(np.outer(sds, lam), intercepts + np.outer(means, lam), np.full(g, 300.0))
    np.testing.assert_allclose(found.means, means, atol=0.05)
    np.testing.assert_allclose(found.sds, sds, atol=0.02)
    off = np.abs(found.intercepts - np.median(found.intercepts, axis=0))
    assert (off.argmax(axis=1) == np.arange(g) % p).all()


def test_simulated_answers_of_twenty_groups():
    rng = np.random.default_rng(9)
    means = np.r_[0.0, rng.normal(0, 0.6, 19)]
    frames = []
    for k, mean in enumerate(means):
        factor = rng.standard_normal((250, 1)) + mean
        x = factor * np.array([0.8, 0.9, 0.7, 1.0, 0.8]) + 0.6 * rng.standard_normal((250, 5))
        x[:, k % 5] += 0.5 * (k % 2)
        frames.append(pd.DataFrame(x, columns=[f"i{j}" for j in range(1, 6)]).assign(g=f"g{k:02d}"))
    found = alignment(pd.concat(frames, ignore_index=True), {"f": [f"i{j}" for j in range(1, 6)]}, group="g")
    estimated = found.means["mean"].to_numpy()
    assert np.corrcoef(estimated, means)[0, 1] > 0.97
    assert np.abs(estimated - means).mean() < 0.12
    assert (found.means.sort_values("rank")["mean"].diff().dropna() <= 0).all()
    assert found.invariance["r_squared"].iloc[1] > 0.6


def test_exact_invariance_is_fully_explained():
    lam, nu = np.array([0.7, 0.8, 0.9]), np.array([1.0, 2.0, 3.0])
    means, sds = np.array([0.0, 0.4, -0.3]), np.array([1.0, 1.2, 0.9])
    loadings, intercepts = np.outer(sds, lam), nu + np.outer(means, lam)
    found = align(loadings, intercepts, np.full(3, 200.0))
    np.testing.assert_allclose(explained(loadings, intercepts, found), [1.0, 1.0], atol=1e-6)
    np.testing.assert_allclose(found.means, means, atol=1e-4)


def test_what_cannot_be_aligned_has_a_reason(bfi):
    found = alignment(bfi, {"A": ["A1", "A2"]}, group="gender")
    assert "three items" in found.unavailable["reason"].item()
    assert found.table().empty
