"""At the unrestricted moments nothing in the likelihood can rise any more."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import eigh

import coprod_measure as cm
from coprod_measure.estimation.two_level.clusters import CompleteClusters, Layout
from coprod_measure.estimation.two_level.unrestricted import possible_moments, unrestricted_by_scoring


@pytest.mark.parametrize("outside", [(), (2, 4)])
@pytest.mark.parametrize("inside", [(), (1,)])
def test_slopes_vanish(inside: tuple[int, ...], outside: tuple[int, ...]) -> None:
    rng = np.random.default_rng(len(inside) + 10 * len(outside))
    sizes = rng.integers(1, 9, 60)
    values = rng.normal(size=(sizes.sum(), 5)) @ rng.normal(size=(5, 5)) + 2.0
    cluster = np.repeat(np.arange(60), sizes)
    shift = rng.normal(size=(60, 5)) @ rng.normal(size=(5, 5))
    values += shift[cluster]
    values[:, list(outside)] = shift[cluster][:, list(outside)]
    within = np.array([k for k in range(5) if k not in outside])
    both = np.array([k for k in within if k not in inside])
    clusters = CompleteClusters(Layout(within, np.array(outside, dtype=int), sizes), values)
    found = unrestricted_by_scoring(clusters, both)
    assert found is not None
    slopes, n = clusters.slopes(*found), len(values)
    between = np.concatenate([both, np.array(outside, dtype=int)])
    assert np.abs(slopes.within[np.ix_(within, within)]).max() / n < 1e-6
    assert np.abs(slopes.between[np.ix_(between, between)]).max() / n < 1e-6
    assert np.abs(slopes.mean).max() / n < 1e-6
    for matrix, level in ((found[0], within), (found[1], between)):
        rest = np.setdiff1d(np.arange(5), level)
        assert not matrix[rest].any()


def test_possible_moments_are_those_of_the_closed_form() -> None:
    """Clusters of one size: in coordinates where both mean squares are diagonal, roots below 1 are pooled
    (Anderson, Anderson & Olkin 1986)."""
    rng = np.random.default_rng(8)
    clusters, size, p = 30, 4, 3
    shift = rng.normal(size=(clusters, 1)) * np.array([1.0, 0.8, 0.0])
    values = np.repeat(shift, size, axis=0) + rng.normal(size=(clusters * size, p))
    own = CompleteClusters(Layout(np.arange(p), np.array([], dtype=int), np.full(clusters, size)), values)
    found = possible_moments(own, np.ones(p, dtype=bool))
    assert found is not None
    free = clusters * (size - 1)
    inner, outer = own.scatter / free, size * np.cov(own.means.T, bias=True)
    roots, back = eigh(outer, inner)
    assert roots[0] < 1.0 < roots[-1]
    back = np.linalg.inv(back)
    pooled = (free + clusters * roots) / (free + clusters)
    within = np.where(roots < 1.0, pooled, 1.0)
    between = np.maximum(roots - 1.0, 0.0) / size
    assert found[0] == pytest.approx(back.T @ np.diag(within) @ back, abs=1e-4)
    assert found[1] == pytest.approx(back.T @ np.diag(between) @ back, abs=1e-4)
    assert found[2] == pytest.approx(values.mean(axis=0), abs=1e-5)


def test_what_has_no_maximum_is_held_where_it_is_possible() -> None:
    rng = np.random.default_rng(4)
    sizes = np.array([*rng.integers(2, 6, 40), 16])
    team = np.repeat(np.arange(41), sizes)
    factor, level = rng.normal(size=(len(team), 1)), 0.2 * rng.normal(size=(41, 1))
    items = [f"y{k}" for k in range(1, 6)]
    data = pd.DataFrame(factor + level[team] + rng.normal(size=(len(team), 5)), columns=items).assign(
        team=team
    )
    measured = f"f =~ {' + '.join(items)}"
    fit = cm.cfa(f"level: 1\n{measured}\nlevel: 2\n{measured.replace('f', 'b', 1)}", data, cluster="team")
    assert any("held where it is possible" in message for message in fit.messages)
    between = fit.unrestricted.sample.groups[1].cov
    assert np.linalg.eigvalsh(between)[0] > -1e-8
