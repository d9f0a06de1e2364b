"""Many tests at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coprod_measure.estimation.arrays import Floats


def holm(pvalues: Sequence[float] | Floats) -> list[float]:
    """Adjust p values for their number (Holm 1979, Scandinavian Journal of Statistics 6, 65-70).

    ``pvalues``: in any order. Returns in the same order, at most 1.
    """
    given = np.asarray(pvalues, dtype=np.float64)
    order = np.argsort(given, kind="stable")
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1)), 1.0)
    return [float(p) for p in adjusted]


def benjamini_hochberg(pvalues: Sequence[float] | Floats) -> list[float]:
    """Adjust p values so that they bound the share of false discoveries.

    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.

    Examples
    --------
    >>> [round(p, 3) for p in benjamini_hochberg([0.01, 0.04, 0.03])]
    [0.03, 0.04, 0.04]
    """
    given = np.asarray(pvalues, dtype=np.float64)
    order = np.argsort(-given, kind="stable")
    ranks = np.arange(len(given), 0, -1)
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(np.minimum.accumulate(given[order] * len(given) / ranks), 1.0)
    return [float(p) for p in adjusted]


def adjusted(pvalues: Sequence[float], how: str) -> list[float]:
    """Adjust by name: ``"holm"``, ``"benjamini_hochberg"`` or ``"none"``; what has no p value (NaN) stays so.

    Examples
    --------
    >>> adjusted([0.01, float("nan"), 0.04], "holm")
    [0.02, nan, 0.04]
    """
    given = np.asarray(pvalues, dtype=np.float64)
    known = ~np.isnan(given)
    if how != "none":
        given[known] = {"holm": holm, "benjamini_hochberg": benjamini_hochberg}[how](given[known])
    return [float(p) for p in given]
