"""The likelihood of clusters against the multivariate normal density of whole clusters, written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from coprod_measure.estimation.two_level.clusters import Clusters, CompleteClusters, Layout, positive_part
from coprod_measure.estimation.two_level.incomplete import IncompleteClusters

# Variables: two of both levels, one within only, two between only.
BOTH, WITHIN, BETWEEN = (0, 3), 1, (2, 4)
SIZES = np.array([1, 3, 2, 3, 5, 2])


def moments(rng: np.random.Generator) -> tuple[Any, Any, Any]:
    within, between = np.zeros((5, 5)), np.zeros((5, 5))
    for matrix, chosen in ((within, [0, 1, 3]), (between, [0, 2, 3, 4])):
        root = rng.normal(size=(len(chosen), len(chosen)))
        matrix[np.ix_(chosen, chosen)] = root @ root.T + 0.3 * np.eye(len(chosen))
    return within, between, rng.normal(size=5)


def sample(rng: np.random.Generator, holes: float = 0.0) -> Clusters:
    values = rng.normal(size=(SIZES.sum(), 5))
    layout = Layout(np.array([0, 1, 3]), np.array(BETWEEN), SIZES)
    cluster = np.repeat(np.arange(len(SIZES)), SIZES)
    values[:, list(BETWEEN)] = rng.normal(size=(len(SIZES), 2))[cluster]
    if not holes:
        return CompleteClusters(layout, values)
    values[rng.random(values.shape) < holes] = np.nan
    values[np.ix_(cluster == 1, BETWEEN)] = np.nan
    return IncompleteClusters(layout, values)


def whole_density(values: Any, within: Any, between: Any, mean: Any) -> float:
    """-2 log L: every cluster as one draw, with what is missing left out."""
    total, start = 0.0, 0
    for size in SIZES:
        rows = values[start : start + size]
        start += size
        own = [rows[:, k] for k in (0, 1, 3)]
        inner = np.repeat([0, 1, 3], size)
        row = np.tile(np.arange(size), 3)
        second = [next(iter(rows[~np.isnan(rows[:, k]), k]), np.nan) for k in BETWEEN]
        y = np.concatenate([*own, second])
        names = np.concatenate([inner, BETWEEN])
        cov = between[np.ix_(names, names)].copy()
        cov[: len(inner), : len(inner)] += within[np.ix_(inner, inner)] * (row[:, None] == row)
        known = ~np.isnan(y)
        if known.any():
            density = multivariate_normal(mean[names][known], cov[np.ix_(known, known)])
            total -= 2.0 * float(density.logpdf(y[known]))
    return total


@pytest.mark.parametrize("holes", [0.0, 0.3])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_likelihood_is_that_of_whole_clusters(holes: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    clusters, at = sample(rng, holes), moments(rng)
    expected = whole_density(clusters.values, *at)
    assert clusters.slopes(*at).value == pytest.approx(expected, rel=1e-10)
    assert np.sum(clusters.by_cluster(*at).value) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("holes", [0.0, 0.3])
def test_slopes_are_those_of_whole_clusters(holes: float) -> None:
    rng = np.random.default_rng(4)
    clusters, (within, between, mean) = sample(rng, holes), moments(rng)
    slopes, each = clusters.slopes(within, between, mean), clusters.by_cluster(within, between, mean)
    step = 1e-6
    for direction in range(6):
        d_within, d_between, d_mean = moments(np.random.default_rng(10 + direction))

        def moved(sign: float, a: Any = d_within, b: Any = d_between, m: Any = d_mean) -> float:
            h = sign * step
            return whole_density(clusters.values, within + h * a, between + h * b, mean + h * m)

        expected = (moved(1.0) - moved(-1.0)) / (2.0 * step)
        found = np.vdot(slopes.within, d_within) + np.vdot(slopes.between, d_between) + slopes.mean @ d_mean
        assert found == pytest.approx(expected, rel=1e-6)
        summed = np.vdot(each.within.sum(axis=0), d_within) + np.vdot(each.between.sum(axis=0), d_between)
        assert summed + each.mean.sum(axis=0) @ d_mean == pytest.approx(expected, rel=1e-6)


def test_impossible_moments_are_refused() -> None:
    rng = np.random.default_rng(5)
    within, between, mean = moments(rng)
    with pytest.raises(np.linalg.LinAlgError):
        sample(rng).slopes(within, -5.0 * between, mean)


def test_first_guess_is_the_analysis_of_variance() -> None:
    """Balanced clusters: mean squares within and between as in any textbook (Searle 1971, ch. 9)."""
    values = np.array([[1.0], [3.0], [4.0], [8.0], [6.0], [2.0]])
    clusters = CompleteClusters(Layout(np.array([0]), np.array([], dtype=int), np.array([2, 2, 2])), values)
    within, between, mean = clusters.first_guess()
    assert mean[0] == 4.0
    assert within[0, 0] == pytest.approx((2 + 8 + 8) / 3)
    assert between[0, 0] == pytest.approx((4 + 4 + 0) / 3 - 6 / 2)


def test_eigenvalues_are_raised_to_the_floor() -> None:
    raised = positive_part(np.array([[1.0, 1.0], [1.0, 1.0]]))
    assert np.linalg.eigvalsh(raised).min() == pytest.approx(0.05)
