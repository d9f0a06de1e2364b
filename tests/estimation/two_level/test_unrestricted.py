"""At the unrestricted moments nothing in the likelihood can rise any more."""

from __future__ import annotations

import numpy as np
import pytest

from coprod_measure.estimation.two_level.clusters import CompleteClusters, Layout
from coprod_measure.estimation.two_level.unrestricted import unrestricted_by_scoring


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
