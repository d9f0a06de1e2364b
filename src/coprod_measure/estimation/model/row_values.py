"""From free parameters to the rows of the table of parameters."""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats, Ints


def row_values(free_of_row: Ints, x: Floats, fixed: Floats | float) -> Floats:
    """Give every row its free parameter's value or its fixed one, shape (..., n_rows).

    Parameters
    ----------
    free_of_row : (n_rows,) int
        Position of the row's free parameter; -1 where it is fixed.
    x : (..., q) float
        Free parameters; q may be 0.
    fixed : (n_rows,) float, or float
        What the other rows hold.

    Examples
    --------
    >>> row_values(np.array([0, -1]), np.array([0.5]), np.array([np.nan, 1.0]))
    array([0.5, 1. ])
    """
    if not x.shape[-1]:
        return np.broadcast_to(fixed, (*x.shape[:-1], len(free_of_row)))
    return np.where(free_of_row >= 0, x[..., free_of_row], fixed)
