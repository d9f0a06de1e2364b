"""Symmetric matrices over pairs of parameters, gathered from a matrix of the order of the basis.

All pairs of 900 parameters are 6 MB, beyond the cache, and a fresh intermediate costs more than its
arithmetic. So rows are made a few at a time, up to the diagonal, and mirrored.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coprod_measure.estimation.arrays import Floats, Ints

ROWS = 64

Part = Callable[[slice, int], Floats]
"""Gives the cells of some rows in the first columns."""


class Gathered:
    """Cells of a symmetric matrix in the rows and columns a and b of each parameter.

    Parameters
    ----------
    t : (b, b) float, symmetric
    left, right : (k,) int
        Columns a and b.
    """

    __slots__ = ("_left", "_of_left", "_of_right", "_right")

    def __init__(self, t: Floats, left: Ints, right: Ints) -> None:
        self._left, self._right = left, right
        self._of_left, self._of_right = t.take(left, axis=1), t.take(right, axis=1)

    def ll(self, rows: slice, to: int) -> Floats:
        """Give ``t[left, left]`` of some rows and the first columns."""
        return self._of_left[self._left[rows], :to]

    def lr(self, rows: slice, to: int) -> Floats:
        """Give ``t[left, right]``."""
        return self._of_right[self._left[rows], :to]

    def rl(self, rows: slice, to: int) -> Floats:
        """Give ``t[right, left]``."""
        return self._of_left[self._right[rows], :to]

    def rr(self, rows: slice, to: int) -> Floats:
        """Give ``t[right, right]``."""
        return self._of_right[self._right[rows], :to]


def over_pairs(k: int, part: Part) -> Floats:
    """Fill a symmetric matrix of shape (k, k)."""
    if k <= ROWS:
        return part(slice(0, k), k)
    found = np.empty((k, k))
    for first in range(0, k, ROWS):
        rows = slice(first, min(first + ROWS, k))
        found[rows, : rows.stop] = part(rows, rows.stop)
        found[:first, rows] = found[rows, :first].T
    return found
