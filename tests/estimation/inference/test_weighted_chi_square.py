from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from coprod_measure.estimation.inference.weighted_chi_square import upper_tail


@pytest.mark.parametrize(("value", "tail"), [(0.1, 0.9458), (0.7, 0.5064), (2.0, 0.1240)])
def test_agrees_with_the_table_of_imhof(value: float, tail: float) -> None:
    """Imhof (1961), table 1, Q1 = .6 + .3 + .1."""
    assert upper_tail(value, np.array([0.6, 0.3, 0.1])) == pytest.approx(tail, abs=5e-5)


@pytest.mark.parametrize("k", [1, 2, 3, 12])
def test_equal_weights_are_a_chi_square(k: int) -> None:
    assert upper_tail(5.0, np.full(k, 2.5)) == pytest.approx(chi2.sf(2.0, k), abs=1e-8)


def test_agrees_with_draws() -> None:
    random = np.random.default_rng(5)
    weights = np.array([3.0, 1.0, -1.5, 0.2, 0.0])
    drawn = random.standard_normal((200_000, 5)) ** 2 @ weights
    for value in (-2.0, 1.0, 9.0):
        assert upper_tail(value, weights) == pytest.approx((drawn > value).mean(), abs=0.004)


def test_nothing_but_zero_weights() -> None:
    assert upper_tail(1.0, np.zeros(3)) == 0.0
    assert upper_tail(0.0, np.zeros(3)) == 1.0


def test_many_tiny_weights_beside_few_large_ones() -> None:
    """Weights of a millionth add their mean and no spread to a chi-square of twelve."""
    tiny = np.full(40, 1e-6)
    tail = upper_tail(9.0, np.concatenate([np.ones(12), tiny]))
    assert tail == pytest.approx(chi2.sf(9.0 - tiny.sum(), 12), abs=1e-7)
