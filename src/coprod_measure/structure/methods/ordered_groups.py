"""Groups in an order that was expected: Jonckheere's and Terpstra's test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from coprod_measure.arguments import one_of
from coprod_measure.estimation.arrays import Floats
from coprod_measure.notebook import Shown

EXACT = 100
"""Persons up to whom, without ties, the distribution is enumerated."""


@dataclass(frozen=True, slots=True, repr=False)
class OrderedGroups(Shown):
    """Jonckheere's test.

    Attributes
    ----------
    statistic : float
        Pairs of persons from two groups in the expected order; ties count one half.
    mean, variance : float
        Of the statistic by chance, variance with ties.
    method : str
        ``"exact"``, or ``"normal"`` with ties or many persons.
    concordance : float
        Share of the pairs in the expected order.
    """

    statistic: float
    mean: float
    variance: float
    z: float
    pvalue: float
    method: str
    concordance: float

    def table(self) -> pd.DataFrame:
        """One row."""
        names = ("statistic", "mean", "variance", "z", "pvalue", "method", "concordance")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])


def ordered_groups(groups: Sequence[Floats], alternative: str = "increasing") -> OrderedGroups:
    """Test whether answers rise from group to group (Jonckheere 1954; Terpstra 1952).

    Parameters
    ----------
    groups : sequence of ndarray
        Answers, in the expected order.
    alternative : str
        ``"increasing"``, ``"decreasing"`` or ``"two-sided"``.

    Examples
    --------
    >>> found = ordered_groups([np.array([1.0, 2]), np.array([3.0, 4]), np.array([5.0, 6])])
    >>> found.statistic, round(found.pvalue, 4), found.method
    (12.0, 0.0111, 'exact')
    """
    side = one_of("alternative", alternative, ("increasing", "decreasing", "two_sided", "two-sided")).replace(
        "_", "-"
    )
    sizes = np.array([len(group) for group in groups], dtype=float)
    statistic = 0.0
    for i, lower in enumerate(groups):
        ranked = np.sort(lower)
        for upper in groups[i + 1 :]:
            below, upto = np.searchsorted(ranked, upper), np.searchsorted(ranked, upper, side="right")
            statistic += float(np.sum(below + upto)) / 2.0
    n = sizes.sum()
    ties = np.unique(np.concatenate(list(groups)), return_counts=True)[1].astype(float)
    mean = float((n**2 - np.sum(sizes**2)) / 4.0)
    variance = _variance(n, sizes, ties)
    z = (statistic - mean) / np.sqrt(variance) if variance > 0 else 0.0
    if n <= EXACT and len(ties) == n:
        chances = _distribution(sizes.astype(int))
        at = round(statistic)
        up, down = float(chances[at:].sum()), float(chances[: at + 1].sum())
        method = "exact"
    else:
        up, down, method = float(norm.sf(z)), float(norm.cdf(z)), "normal"
    p = {"increasing": up, "decreasing": down, "two-sided": min(1.0, 2.0 * min(up, down))}[side]
    pairs = mean * 2.0
    return OrderedGroups(statistic, mean, variance, float(z), p, method, statistic / pairs)


def _variance(n: float, sizes: Floats, ties: Floats) -> float:
    """With ties, Hollander and Wolfe (1973)."""

    def first(v: Floats) -> float:
        return float(np.sum(v * (v - 1) * (2 * v + 5)))

    def second(v: Floats) -> float:
        return float(np.sum(v * (v - 1) * (v - 2)))

    def third(v: Floats) -> float:
        return float(np.sum(v * (v - 1)))

    whole = n * (n - 1) * (2 * n + 5) - first(sizes) - first(ties)
    variance = whole / 72.0
    if n > 2:
        variance += second(sizes) * second(ties) / (36.0 * n * (n - 1) * (n - 2))
    return variance + third(sizes) * third(ties) / (8.0 * n * (n - 1))


def _distribution(sizes: np.ndarray) -> Floats:
    """Chance of each value: each group against all before it is a Mann-Whitney count of its own."""
    chances = np.ones(1)
    for k in range(1, len(sizes)):
        chances = np.convolve(chances, _mann_whitney(int(sizes[:k].sum()), int(sizes[k])))
    return np.asarray(chances)


def _mann_whitney(m: int, n: int) -> Floats:
    """Chance of each count of m against n, by the generating function in whole numbers."""
    counts = [1] + [0] * (m * n)
    for i in range(1, n + 1):
        for j in range(m * n, m + i - 1, -1):
            counts[j] -= counts[j - m - i]
        for j in range(i, m * n + 1):
            counts[j] += counts[j - i]
    total = sum(counts)
    return np.array([count / total for count in counts])
