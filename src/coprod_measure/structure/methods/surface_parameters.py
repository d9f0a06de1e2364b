"""What describes a quadratic surface: slopes and curvatures along lines, stationary point, principal axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coprod_measure.estimation.arrays import Floats

SLOPES = ("b1", "b2", "b3", "b4", "b5")
SURFACE = (
    "a1", "a2", "a3", "a4", "a5", "X0", "Y0", "p11", "p10", "p21", "p20", "PA1_curvature", "PA2_curvature",
    "l1", "l2",
)  # fmt: skip
_STEP = 1e-20
_FLAT = 1e-9


def surface_parameters(b: NDArray[Any]) -> NDArray[Any]:
    """Describe z = b0 + b1 x + b2 y + b3 x² + b4 xy + b5 y².

    a1, a2: slope and curvature where x = y; a3, a4: where x = -y; a5 = b3 - b5. X0, Y0: stationary point.
    y = p10 + p11 x and y = p20 + p21 x: principal axes, with the curvature along each. l1, l2: eigenvalues
    (Edwards and Parry 1993, Academy of Management Journal 36, 1577-1613; Shanock et al. 2010, Journal of
    Business and Psychology 25, 543-554; a5: Schönbrodt, Humberg and Nestler 2018, European Journal of
    Personality 32, 627-641).

    Parameters
    ----------
    b : ndarray, shape (..., 5)
        Slopes b1 to b5; complex numbers for derivatives.

    Returns
    -------
    ndarray, shape (..., 15)
        In the order of :data:`SURFACE`; NaN where the surface has no such thing (no axis at b4 = 0).

    Examples
    --------
    >>> bowl = surface_parameters(np.array([0.0, 0.0, -1.0, 1.0, -1.0]))
    >>> dict(zip(SURFACE, bowl.round(2).tolist()))["a4"]
    -3.0
    """
    b1, b2, b3, b4, b5 = np.moveaxis(b, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        # A surface that is flat in one direction has no stationary point, only rounding.
        det = 4 * b3 * b5 - b4**2
        scale = np.maximum(np.abs(b3 * b5) * 4, np.abs(b4) ** 2)
        det = np.where(np.abs(det) > _FLAT * scale, det, np.nan)
        cross = np.where(np.abs(b4) > 0, b4, np.nan)
        x0, y0 = (b2 * b4 - 2 * b1 * b5) / det, (b1 * b4 - 2 * b2 * b3) / det
        root = np.sqrt((b3 - b5) ** 2 + b4**2)
        p11, p21 = (b5 - b3 + root) / cross, (b5 - b3 - root) / cross
        curves = [b3 + b4 * p + b5 * p**2 for p in (p11, p21)]
        found = [
            b1 + b2, b3 + b4 + b5, b1 - b2, b3 - b4 + b5, b3 - b5, x0, y0, p11, y0 - p11 * x0, p21,
            y0 - p21 * x0, *curves, (b3 + b5 + root) / 2, (b3 + b5 - root) / 2,
        ]  # fmt: skip
    return np.stack(found, axis=-1)


def delta_method(function: Callable[[NDArray[Any]], NDArray[Any]], at: Floats, covariance: Floats) -> Floats:
    """Covariance of functions of estimates, derivatives by complex steps and thus exact to rounding.

    ``function``: from ``at`` to k values; must accept complex numbers.

    Examples
    --------
    >>> delta_method(lambda b: b[:1] * b[1:], np.array([2.0, 3.0]), np.eye(2)).tolist()
    [[13.0]]
    """
    steps = at + 1j * _STEP * np.eye(len(at))
    jacobian = np.stack([np.imag(function(step)) / _STEP for step in steps], axis=-1)
    return np.asarray(jacobian @ covariance @ jacobian.T)
