"""What rotations of factors minimise: one criterion a function, its value and its gradient at a pattern."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coprod_measure.errors import MeasurementError

Array = NDArray[np.float64]
Criterion = Callable[[Array], tuple[float, Array]]


@dataclass(frozen=True, slots=True)
class RotationOptions:
    """How to rotate.

    Attributes
    ----------
    gamma : float
        Of oblimin (0 is quartimin; negative values give less correlated factors) or orthomax.
    kappa : float
        Of ``"cf"``: the share of the complexity of columns, from 0 to 1.
    delta : float
        Of geomin, added to the squared loadings.
    power : float
        Of promax.
    normalize : bool or None
        Kaiser's: rows to unit length before, and back after. None: for varimax and promax only, as R does.
    starts : int
        Random orthogonal starts beside the unrotated one; the lowest criterion wins.
    target : ndarray or None
        Shape (p, m), NaN where a loading is free: for the target rotations.
    orthogonal : bool
        Keep factors uncorrelated whatever the method.
    """

    gamma: float = 0.0
    kappa: float = 0.0
    delta: float = 0.01
    power: float = 4.0
    normalize: bool | None = None
    starts: int = 0
    seed: int = 1
    target: Array | None = None
    orthogonal: bool = False


def orthomax(L: Array, gamma: float) -> tuple[float, Array]:
    """Minus the fourth powers less gamma times squared column sums (Harman 1960), and its gradient."""
    squared = L**2
    centred = squared - gamma * np.mean(squared, axis=0)
    return -float(np.sum(squared * centred)) / 4.0, -L * centred


def varimax(L: Array) -> tuple[float, Array]:
    """Minus the variance of squared loadings in columns (Kaiser 1958), and its gradient."""
    return orthomax(L, 1.0)


def quartimax(L: Array) -> tuple[float, Array]:
    """Minus the sum of fourth powers (Neuhaus and Wrigley 1954), and its gradient."""
    return orthomax(L, 0.0)


def quartimin(L: Array) -> tuple[float, Array]:
    """Cross-products of squared loadings in rows (Carroll 1953), and their gradient."""
    return oblimin(L, 0.0)


def crawford_ferguson(L: Array, kappa: float) -> tuple[float, Array]:
    """(1 - kappa) times the complexity of rows plus kappa times that of columns, and its gradient.

    Crawford and Ferguson (1970), eq. 7.
    """
    squared = L**2
    rows = squared.sum(axis=1, keepdims=True) - squared
    columns = squared.sum(axis=0) - squared
    both = (1.0 - kappa) * rows + kappa * columns
    return float(np.sum(squared * both)) / 4.0, L * both


def kappa_of(method: str, p: int, m: int) -> float:
    """Give kappa of the family's members (Browne 2001, table 1)."""
    known = {
        "cf_quartimax": 0.0,
        "cf_varimax": 1.0 / p,
        "cf_equamax": m / (2.0 * p),
        "cf_parsimax": (m - 1.0) / (p + m - 2.0),
        "cf_facparsim": 1.0,
    }
    return known[method]


def infomax(L: Array) -> tuple[float, Array]:
    """Log m less the information that rows and columns of squared loadings bear on each other; gradient.

    McKeon (1968), as in Browne (2001), eq. 11, and Bernaards and Jennrich (2005).
    """
    total = float(np.sum(L**2))
    share = L**2 / total
    parts = (share, share.sum(axis=1, keepdims=True), share.sum(axis=0, keepdims=True))
    cells, rows, columns = (_entropy(part) for part in parts)
    slope = _of_entropy(share) - _of_entropy(parts[1]) - _of_entropy(parts[2])
    slope = slope - np.sum(slope * share)
    return math.log(L.shape[1]) + cells - rows - columns, 2.0 * L * slope / total


def entropy(L: Array) -> tuple[float, Array]:
    """Entropy of squared loadings (Jennrich 2004), and its gradient; for orthogonal factors."""
    return _entropy(L**2) / 2.0, L * _of_entropy(L**2)


def bentler(L: Array) -> tuple[float, Array]:
    """Minus the log determinant of the correlations of squared loadings over columns (Bentler 1977)."""
    products = (L**2).T @ L**2
    diagonal = np.diagonal(products)
    value = -(float(np.linalg.slogdet(products)[1]) - float(np.log(diagonal).sum())) / 4.0
    return value, -L * (L**2 @ (np.linalg.inv(products) - np.diag(1.0 / diagonal)))


def simplimax(L: Array) -> tuple[float, Array]:
    """Sum of as many of the smallest squared loadings as there are rows (Kiers 1994), and its gradient."""
    squared = L**2
    small = squared <= np.sort(squared, axis=None)[len(L) - 1]
    return float(np.sum(squared[small])), 2.0 * L * small


def _entropy(share: Array) -> float:
    """Minus the sum of s log s, where nothing adds nothing."""
    return -float(np.sum(share * np.log(np.where(share > 0, share, 1.0))))


def _of_entropy(share: Array) -> Array:
    return np.asarray(-np.log(np.where(share > 0, share, 1.0)) - 1.0)


def oblimin(L: Array, gamma: float) -> tuple[float, Array]:
    """Cross-products of squared loadings (Jennrich and Sampson 1966), and their gradient."""
    squared = L**2
    others = squared.sum(axis=1, keepdims=True) - squared
    crossed = others - gamma * np.mean(others, axis=0)
    return float(np.sum(squared * crossed)) / 4.0, L * crossed


def geomin(L: Array, delta: float) -> tuple[float, Array]:
    """Geometric means of squared loadings in rows (Yates 1987), and their gradient."""
    m = L.shape[1]
    squared = L**2 + delta
    means = np.exp(np.mean(np.log(squared), axis=1))
    return float(np.sum(means)), (2.0 / m) * (L / squared) * means[:, None]


def bigeomin(L: Array, delta: float) -> tuple[float, Array]:
    """Geomin on all factors but the first (Jennrich and Bentler 2012), and its gradient."""
    value, inner = geomin(L[:, 1:], delta)
    return value, np.column_stack([np.zeros(len(L)), inner])


def bifactor(L: Array) -> tuple[float, Array]:
    """Quartimin on all factors but the first (Jennrich and Bentler 2011), and its gradient."""
    value, inner = oblimin(L[:, 1:], 0.0)
    return value, np.column_stack([np.zeros(len(L)), inner])


def target_distance(L: Array, target: Array) -> tuple[float, Array]:
    """Squared distance from the given target entries (Browne 2001), and its gradient."""
    distance = np.where(np.isnan(target), 0.0, L - np.nan_to_num(target))
    return float(np.sum(distance**2)), 2.0 * distance


def criterion_of(method: str, loadings: Array, options: RotationOptions) -> Criterion:
    """Choose the criterion that a method minimises: value and gradient at a pattern.

    Parameters
    ----------
    method : str
        Any of :data:`ROTATIONS` but ``"none"`` and ``"promax"``.
    loadings : ndarray, shape (p, m)
        For the shape of a target.
    """
    if "geomin" in method and not options.delta >= 0:
        cause = f"a {method} rotation adds {options.delta:g} to squared loadings, whose logarithm it takes"
        raise MeasurementError(cause, cure="Give a `delta` (`geomin_epsilon`) of 0 or more", code="delta")
    if method in _ALONE:
        return _ALONE[method]
    if method == "orthomax":
        return lambda L: orthomax(L, options.gamma)
    if method == "oblimin":
        return lambda L: oblimin(L, options.gamma)
    if method.startswith("geomin"):
        return lambda L: geomin(L, options.delta)
    if method == "bigeomin":
        return lambda L: bigeomin(L, options.delta)
    if method.startswith("cf"):
        kappa = options.kappa if method == "cf" else kappa_of(method, *loadings.shape)
        return lambda L: crawford_ferguson(L, kappa)
    target = options.target
    if target is None or target.shape != loadings.shape:
        raise MeasurementError(
            f"a {method} rotation needs a target of {loadings.shape[0]} rows and {loadings.shape[1]} columns",
            cure="Give `target`, with NaN where a loading is free",
            code="target",
        )
    if np.isinf(target).any() or np.isnan(target).all():
        cause = (
            "the target holds infinite numbers"
            if np.isinf(target).any()
            else "every cell of the target is free"
        )
        cure = "Give finite numbers that loadings are to be near, and NaN where one is free"
        raise MeasurementError(cause, cure=cure, code="target")
    return lambda L: target_distance(L, target)


_ALONE: dict[str, Criterion] = {
    "varimax": varimax,
    "quartimax": quartimax,
    "quartimin": quartimin,
    "bifactor": bifactor,
    "bifactor_oblique": bifactor,
    "infomax": infomax,
    "entropy": entropy,
    "bentler": bentler,
    "simplimax": simplimax,
}
