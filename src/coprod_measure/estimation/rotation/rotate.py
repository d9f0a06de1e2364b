"""Rotation of factors by gradient projection: one engine, one criterion a function."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from coprod_measure.errors import MeasurementError
from coprod_measure.estimation.rotation.criteria import (
    Array,
    Criterion,
    RotationOptions,
    criterion_of,
    varimax,
)
from coprod_measure.estimation.rotation.names import Oblique, Orthogonal

ORTHOGONAL = (*get_args(Orthogonal), "target_orthogonal")
OBLIQUE = (*get_args(Oblique), "target")
ROTATIONS = ("none", *ORTHOGONAL, *OBLIQUE)
# Methods whose factors have places of their own.
IN_PLACE = ("bi", "target")


@dataclass(frozen=True, slots=True)
class Rotated:
    """A rotated pattern.

    Attributes
    ----------
    loadings : ndarray, shape (p, m)
        Pattern; ``loadings @ phi @ loadings.T`` reproduces the unrotated common part.
    phi : ndarray, shape (m, m)
        Correlations of the factors; the unit matrix after an orthogonal rotation.
    criterion : float
        Value of the minimised criterion.
    """

    loadings: Array
    phi: Array
    criterion: float
    converged: bool
    n_iterations: int


LAVAANS = RotationOptions(delta=0.001, starts=30)


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation and how it is done; lavaan's geomin, with its starts, where nothing is said.

    ``standardized``: whether loadings of variables with unit variance are rotated; ``targets``: of blocks, by
    their names (one without a name is for every block).
    """

    method: str = "geomin"
    options: RotationOptions = LAVAANS
    standardized: bool = True
    targets: tuple[tuple[str, Array], ...] = ()

    def of(self, block: str) -> RotationOptions:
        """Take the options with the target of one block."""
        targets = dict(self.targets)
        return replace(self.options, target=targets.get(block, targets.get("")))

    @property
    def oblique(self) -> bool:
        """Whether factors may correlate."""
        return not (self.method in ORTHOGONAL or self.options.orthogonal)


def rotate(loadings: Array, method: str, options: RotationOptions | None = None) -> Rotated:
    """Rotate a loading matrix.

    Parameters
    ----------
    loadings : ndarray, shape (p, m)
        Unrotated, orthogonal factors.
    method : str
        One of :data:`ROTATIONS`.

    Returns
    -------
    Rotated
        Factors in descending order of explained variance, each with a positive sum of loadings; bifactor and
        target rotations keep the order of their factors, those towards a target their signs too.

    Raises
    ------
    MeasurementError
        If the method is unknown or a target is missing or of the wrong shape.
    """
    options = options or RotationOptions()
    if method not in ROTATIONS:
        raise MeasurementError(
            f"there is no rotation called {method}",
            cure=f"Choose from {', '.join(ROTATIONS)}",
            code="rotation",
        )
    m = loadings.shape[1]
    if method == "none" or m == 1:
        return _arranged(Rotated(loadings, np.eye(m), 0.0, True, 0), keep_order=True)
    lengths = np.linalg.norm(loadings, axis=1)
    normalize = normalizes(method, options)
    weights = np.where(lengths > 0, lengths, 1.0) if normalize else np.ones(len(loadings))
    scaled = loadings / weights[:, None]
    if method == "promax":
        found = _promax(scaled, options)
    else:
        orthogonal = method in ORTHOGONAL or options.orthogonal
        found = _best(scaled, criterion_of(method, scaled, options), orthogonal, options)
    found = Rotated(
        found.loadings * weights[:, None], found.phi, found.criterion, found.converged, found.n_iterations
    )
    return _arranged(found, keep_order=method.startswith(IN_PLACE), target=options.target)


def normalizes(method: str, options: RotationOptions) -> bool:
    """Whether rows are brought to unit length before the rotation."""
    return method in ("varimax", "promax") if options.normalize is None else options.normalize


def stationarity(L: Array, phi: Array, method: str, options: RotationOptions, *, oblique: bool) -> Array:
    """Compute what vanishes at a rotated solution, and only there (Jennrich 1973).

    Returns shape (m (m - 1),), or half of it after an orthogonal rotation.
    """
    m = L.shape[1]
    if normalizes(method, options):
        L = np.asarray(L / np.sqrt(np.sum(L * (L @ phi), axis=1, keepdims=True)), dtype=np.float64)
    _, gradient = criterion_of(method, L, options)(L)
    product = L.T @ gradient
    if oblique:
        return np.asarray(np.linalg.solve(phi, product.T).T[~np.eye(m, dtype=bool)])
    return np.asarray((product - product.T)[np.triu_indices(m, 1)])


def _best(loadings: Array, criterion: Criterion, orthogonal: bool, options: RotationOptions) -> Rotated:
    m = loadings.shape[1]
    rng = np.random.default_rng(options.seed)
    starts = [np.eye(m)]
    for _ in range(options.starts):
        q, r = np.linalg.qr(rng.standard_normal((m, m)))
        starts.append(q * np.sign(np.diagonal(r)))
    solve = _project_orthogonal if orthogonal else _project_oblique
    return min((solve(loadings, criterion, start) for start in starts), key=lambda found: found.criterion)


def _project_orthogonal(
    A: Array, criterion: Criterion, T: Array, *, tolerance: float = 1e-7, max_iterations: int = 3000
) -> Rotated:
    """Gradient projection onto orthogonal matrices (Jennrich 2001; Bernaards and Jennrich 2005)."""
    step = 1.0
    L = A @ T
    value, inner = criterion(L)
    for iteration in range(max_iterations):
        G = A.T @ inner
        M = T.T @ G
        direction = G - T @ (M + M.T) / 2.0
        length = float(np.linalg.norm(direction))
        if length < tolerance:
            return Rotated(L, np.eye(len(T)), value, True, iteration)
        step *= 2.0
        for _ in range(40):
            u, _, vt = np.linalg.svd(T - step * direction)
            candidate = u @ vt
            trial, trial_inner = criterion(A @ candidate)
            if value - trial > 0.5 * length**2 * step:
                break
            step /= 2.0
        else:
            return Rotated(L, np.eye(len(T)), value, length < 1e-4, iteration)
        T, L = candidate, A @ candidate
        value, inner = trial, trial_inner
    return Rotated(L, np.eye(len(T)), value, length < 1e-4, max_iterations)


def _project_oblique(
    A: Array, criterion: Criterion, T: Array, *, tolerance: float = 1e-7, max_iterations: int = 3000
) -> Rotated:
    """Gradient projection onto matrices with columns of length one (Jennrich 2002)."""
    step = 1.0
    inverse = np.linalg.inv(T)
    L = A @ inverse.T
    value, inner = criterion(L)
    for iteration in range(max_iterations):
        G = -(L.T @ inner @ inverse).T
        direction = G - T * np.sum(T * G, axis=0)
        length = float(np.linalg.norm(direction))
        if length < tolerance:
            return Rotated(L, T.T @ T, value, True, iteration)
        step *= 2.0
        for _ in range(40):
            candidate = T - step * direction
            candidate = candidate / np.linalg.norm(candidate, axis=0)
            candidate_inverse = np.linalg.inv(candidate)
            trial, trial_inner = criterion(A @ candidate_inverse.T)
            if value - trial > 0.5 * length**2 * step:
                break
            step /= 2.0
        else:
            return Rotated(L, T.T @ T, value, length < 1e-4, iteration)
        T, inverse = candidate, candidate_inverse
        L = A @ inverse.T
        value, inner = trial, trial_inner
    return Rotated(L, T.T @ T, value, length < 1e-4, max_iterations)


def _promax(A: Array, options: RotationOptions) -> Rotated:
    """Procrustes rotation towards powered varimax loadings (Hendrickson and White 1964)."""
    start = _best(A, varimax, True, options)
    L = start.loadings
    goal = L * np.abs(L) ** (options.power - 1.0)
    U = np.linalg.lstsq(L, goal, rcond=None)[0]
    U = U * np.sqrt(np.diagonal(np.linalg.inv(U.T @ U)))
    inverse = np.linalg.inv(U)
    return Rotated(L @ U, inverse @ inverse.T, start.criterion, start.converged, start.n_iterations)


def _arranged(found: Rotated, *, keep_order: bool, target: Array | None = None) -> Rotated:
    L, phi = found.loadings, found.phi
    signs = signs_of(L, target)
    L, phi = L * signs, phi * np.outer(signs, signs)
    if not keep_order:
        order = np.argsort(-np.sum(L * (L @ phi), axis=0), kind="stable")
        L, phi = L[:, order], phi[np.ix_(order, order)]
    return Rotated(L, phi, found.criterion, found.converged, found.n_iterations)


def signs_of(L: Array, target: Array | None = None) -> Array:
    """Give each factor a positive sum of loadings, but where a target says its sign, shape (m,)."""
    signs = np.where(L.sum(axis=0) < 0, -1.0, 1.0)
    return signs if target is None else np.where((np.nan_to_num(target) != 0).any(axis=0), 1.0, signs)
