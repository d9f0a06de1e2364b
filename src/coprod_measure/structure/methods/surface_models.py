"""Quadratic surfaces with and without constraints, by (profiled) restricted least squares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats

# Directions in (b1, b2, b3, b4, b5) that each model leaves free.
_ROWS = {
    "x": (1, 0, 0, 0, 0), "y": (0, 1, 0, 0, 0), "x2": (0, 0, 1, 0, 0), "xy": (0, 0, 0, 1, 0),
    "y2": (0, 0, 0, 0, 1),
    "difference": (1, -1, 0, 0, 0), "mean": (1, 1, 0, 0, 0), "ridge": (0, 0, 1, -2, 1),
}  # fmt: skip
LINEAR = {
    "null": (), "additive": ("x", "y"), "diff": ("difference",), "mean": ("mean",), "IA": ("x", "y", "xy"),
    "SQD": ("ridge",), "SSQD": ("difference", "ridge"), "RR": ("mean", "ridge"), "SRR": ("x", "y", "ridge"),
    "onlyx": ("x",), "onlyy": ("y",), "onlyx2": ("x", "x2"), "onlyy2": ("y", "y2"),
    "full": ("x", "y", "x2", "xy", "y2"),
}  # fmt: skip
ROTATED = ("SRRR", "SRSQD")
MODELS = (*LINEAR, *ROTATED)
"""Names as in Schönbrodt (2016, Testing fit patterns with polynomial regression models)."""
SURFACES = {
    "null": "flat",
    "onlyx": "x alone",
    "onlyy": "y alone",
    "onlyx2": "x alone, curved",
    "onlyy2": "y alone, curved",
    "additive": "x and y, no gap",
    "diff": "the plain gap",
    "mean": "the level alone",
    "IA": "x, y and their product",
    "SQD": "the squared gap",
    "SSQD": "the squared gap, shifted",
    "SRSQD": "the squared gap, shifted and rotated",
    "RR": "the squared gap and the level (rising ridge)",
    "SRR": "the rising ridge, shifted",
    "SRRR": "the rising ridge, shifted and rotated",
    "full": "the whole polynomial",
}
"""The same in words."""


@dataclass(frozen=True, slots=True)
class SurfaceData:
    """What the models of one surface share.

    Attributes
    ----------
    design : ndarray, shape (n, 5 + c)
        x, y, x², xy, y² and controls, centred at their means.
    outcome : ndarray, shape (n,)
        Centred.
    means : ndarray, shape (6 + c,)
        Of the columns of ``design`` and of the outcome, last.
    residual, leverage : ndarray, shape (n,)
        Of the full model.
    """

    design: Floats
    outcome: Floats
    means: Floats
    residual: Floats
    leverage: Floats
    clusters: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class SurfaceFit:
    """One model of the surface.

    Attributes
    ----------
    b : ndarray, shape (6 + c,)
        b0, b1 to b5, and the slopes of the controls.
    free : int
        Free slopes, of controls too.
    scaling : float
        tr A⁻¹B, the sum from which the divisors of robust deviances are made (Yuan and Bentler 2000,
        Sociological Methodology 30, 165-200).
    """

    name: str
    b: Floats
    covariance: Floats
    rss: float
    free: int
    scaling: float


def surface_data(
    x: Floats, y: Floats, z: Floats, controls: Floats, clusters: np.ndarray | None
) -> SurfaceData:
    """Make the columns of a quadratic surface.

    Raises
    ------
    EstimationError
        If they are collinear.
    """
    design = np.column_stack([x, y, x**2, x * y, y**2, controls])
    means = design.mean(axis=0)
    spread = design.std(axis=0)
    if (
        np.linalg.matrix_rank((design - means) / np.where(spread > 0, spread, 1.0), tol=1e-8)
        < design.shape[1]
    ):
        raise EstimationError(
            "x, y, their squares, their product and the controls are collinear",
            cure="No control may be made of x and y (a gap score is), and both need three values or more",
            code="collinear",
        )
    centred, outcome = design - means, z - z.mean()
    residual = outcome - centred @ np.linalg.lstsq(centred, outcome, rcond=None)[0]
    leverage = (np.linalg.qr(centred)[0] ** 2).sum(axis=1) + 1.0 / len(z)
    return SurfaceData(centred, outcome, np.append(means, z.mean()), residual, leverage, clusters)


def fit_surface(data: SurfaceData, name: str, errors: str) -> SurfaceFit:
    """Fit one model.

    Linear constraints leave a space of slopes free; SRRR (b4² = 4 b3 b5) and SRSQD (and 2 b1 b5 = b2 b4) are
    linear once the direction of the ridge is given, which is found by profiling.

    Parameters
    ----------
    name : str
        One of :data:`MODELS`.
    errors : str
        ``"robust"`` to unequal variances (HC3), ``"sandwich"`` (HC0), both by cluster where there are
        clusters, or ``"classical"``: those of maximum likelihood, RSS / n. Robust ones rest on residuals of
        the full model, so that they hold where constraints do not.
    """
    if name in LINEAR:
        basis, tangent = (
            _basis(data, np.array([_ROWS[row] for row in LINEAR[name]], dtype=float).reshape(-1, 5)),
            None,
        )
    else:
        basis, tangent = _rotated(data, name)
    design = data.design @ basis.T
    theta = np.asarray(np.linalg.lstsq(design, data.outcome, rcond=None)[0], dtype=np.float64)
    slopes = theta @ basis
    residual = data.outcome - data.design @ slopes
    n, rss = len(residual), float(residual @ residual)
    free = basis if tangent is None else tangent(theta)
    columns = np.column_stack([np.ones(n), data.design @ free.T])
    bread = np.linalg.inv(columns.T @ columns)
    variance = rss / n
    if variance <= 1e-20 * float(np.mean(data.outcome**2)):
        cure = "Take an outcome that is not made of the two"
        raise EstimationError("nothing is left to explain", place=name, cure=cure, code="exact")
    heterogeneous = float(np.trace(bread @ _meat(columns, residual, None))) / variance
    scaling = heterogeneous + float(((residual**2 - variance) ** 2).sum()) / (2 * n * variance**2)
    alone = errors == "robust" and data.clusters is None
    meat = _meat(columns, data.residual / (1.0 - data.leverage * alone), data.clusters)
    inner = bread * variance if errors == "classical" else bread @ meat @ bread
    # From the centred columns back to b0: b0 = mean of z - slopes at the means.
    back = np.zeros((1 + len(slopes), columns.shape[1]))
    back[0, 0], back[1:, 1:] = 1.0, free.T
    back[0, 1:] = -data.means[:-1] @ free.T
    b = np.append(data.means[-1] - data.means[:-1] @ slopes, slopes)
    return SurfaceFit(name, b, back @ inner @ back.T, rss, len(free), scaling)


def _meat(columns: NDArray[Any], residual: NDArray[Any], clusters: np.ndarray | None) -> Floats:
    scores = columns * residual[:, None]
    if clusters is not None:
        scores = np.array([np.bincount(clusters, weights=column) for column in scores.T]).T
    return np.asarray(scores.T @ scores)


def _basis(data: SurfaceData, rows: Floats) -> Floats:
    """Free directions of the surface, and those of the controls."""
    extra = data.design.shape[1] - 5
    basis = np.zeros((len(rows) + extra, 5 + extra))
    basis[: len(rows), :5] = rows
    basis[len(rows) :, 5:] = np.eye(extra)
    return basis


def _directions(angle: float, name: str) -> tuple[Floats, Floats]:
    """Slopes of the terms in w = y cos - x sin, and their derivative by the angle."""
    c, s = np.cos(angle), np.sin(angle)
    ridge, turned = (
        np.array([0, 0, s * s, -2 * s * c, c * c]),
        np.array([0, 0, 2 * s * c, 2 * s * s - 2 * c * c, -2 * s * c]),
    )
    if name == "SRRR":
        linear, flat = np.eye(5)[:2], np.zeros((2, 5))
    else:
        linear, flat = np.array([[-s, c, 0, 0, 0]]), np.array([[-c, -s, 0, 0, 0]])
    return np.vstack([linear, ridge]), np.vstack([flat, turned])


def _rotated(data: SurfaceData, name: str) -> tuple[Floats, Callable[[Floats], Floats]]:
    """Directions at the best angle of the ridge, and what is free around the estimate."""
    S, s = data.design.T @ data.design, data.design.T @ data.outcome

    def explained(angle: float) -> float:
        basis = _basis(data, _directions(angle, name)[0])
        right = basis @ s
        return -float(right @ np.linalg.solve(basis @ S @ basis.T, right))

    grid = np.linspace(0.0, np.pi, 181)
    best = grid[int(np.argmin([explained(angle) for angle in grid[:-1]]))]
    width = grid[1]
    angle = minimize_scalar(
        explained, bounds=(best - width, best + width), method="bounded", options={"xatol": 1e-11}
    ).x
    rows, derivative = _directions(float(angle), name)
    basis = _basis(data, rows)

    def tangent(theta: Floats) -> Floats:
        moved = np.zeros((1, basis.shape[1]))
        moved[0, :5] = theta[: len(rows)] @ derivative
        return np.vstack([basis, moved])

    return basis, tangent
