"""Many tests at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coprod_measure.estimation.arrays import Floats


def holm(pvalues: Sequence[float] | Floats) -> list[float]:
    """Adjust p values for their number (Holm 1979, Scandinavian Journal of Statistics 6, 65-70).

    Parameters
    ----------
    pvalues : (k,) float
        In any order.

    Returns
    -------
    list of float
        In the same order, at most 1.
    """
    given = np.asarray(pvalues, dtype=np.float64)
    order = np.argsort(given, kind="stable")
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1)), 1.0)
    return [float(p) for p in adjusted]
