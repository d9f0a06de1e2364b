"""From information to the covariance of the estimates, and whether there is one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import null_space

from coprod_measure.estimation.arrays import Floats, cholesky, inverse_of
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.solution.minimize import Minimum

# Eigenvalues of the information scaled to a unit diagonal; lavaan's threshold for the covariance is similar.
SINGULAR = 1e-9
# Below this the observed information may be that of a flat direction, bent by a gradient that is not quite 0.
DOUBTFUL = 1e-5


@dataclass(frozen=True, slots=True)
class Inversion:
    """The inverse of an information matrix under a model's constraints.

    Attributes
    ----------
    inverse : (q, q) float or None
        K (K' I K)^-1 K'; None when the matrix is singular.
    directions : (q, r) float
        K, a basis of what the constraints leave free.
    unidentified : tuple of str
        Parameters that the data cannot tell apart.
    positive : bool
        Whether all eigenvalues are positive.
    generalized : (q, q) float or None
        The inverse on what the data tell apart, where there is no other: tests of the model as a whole do not
        depend on the rest.
    smallest : float
        Eigenvalue of the scaled information, where it was needed.
    """

    inverse: Floats | None
    directions: Floats
    unidentified: tuple[str, ...]
    positive: bool
    generalized: Floats | None = None
    smallest: float = np.inf


def free_directions(model: Model, minimum: Minimum) -> Floats:
    """Tangent space of all constraints at the solution (Aitchison & Silvey 1958), shape (q, r)."""
    constraints = model.constraints
    basis = np.eye(model.n_free) if constraints.directions is None else constraints.directions
    rows = [constraints.equalities.jacobian(minimum.x)]
    if minimum.active:
        rows.append(constraints.inequalities.subset(list(minimum.active)).jacobian(minimum.x))
    jacobian = np.vstack(rows)
    if not len(jacobian):
        return basis
    if constraints.directions is None:
        return model.kept(jacobian)
    return np.asarray(basis @ null_space(jacobian @ basis), dtype=np.float64)


def invert(model: Model, minimum: Minimum, information: Floats, *, singular: float = SINGULAR) -> Inversion:
    """Invert an information matrix in the space that the constraints leave free.

    Parameters
    ----------
    information : (q, q) float
        Information of one observation.
    singular : float
        Eigenvalues below it are zero.
    """
    directions = free_directions(model, minimum)
    reduced = (
        model.constraints.reduce_matrix(information)
        if _plain(model, minimum)
        else (directions.T @ information @ directions)
    )
    r = len(reduced)
    if r == 0:
        return Inversion(np.zeros_like(information), directions, (), True)
    diagonal = np.diagonal(reduced)
    scale = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = reduced / scale
    scaled /= scale[:, None]
    factor = cholesky(scaled)
    # A Cholesky factor with no small pivot settles the common case at a fraction of the eigenvalues' cost.
    if factor is not None and np.diagonal(factor).min() > np.sqrt(1e3 * singular):
        inverse = inverse_of(factor)
        inverse /= scale
        inverse /= scale[:, None]
        return Inversion(_turned(directions, inverse), directions, (), True)
    values, vectors = np.linalg.eigh(scaled)
    small = np.abs(values) < singular
    if small.any() or (diagonal <= 0).any():
        loose = np.abs(directions @ (vectors[:, small] / scale[:, None])) if small.any() else np.zeros((1, 1))
        names = (
            _largest(model, loose / model.units[:, None])
            if small.any()
            else _without_information(model, np.diagonal(information))
        )
        told = ~small
        inverse = (vectors[:, told] / values[told]) @ vectors[:, told].T / np.outer(scale, scale)
        return Inversion(None, directions, names, False, _turned(directions, inverse))
    inverse = (vectors / values) @ vectors.T / np.outer(scale, scale)
    positive, smallest = bool(values[0] > 0), float(abs(values[0]))
    return Inversion(_turned(directions, inverse), directions, (), positive, smallest=smallest)


def _plain(model: Model, minimum: Minimum) -> bool:
    return not minimum.active and not len(model.constraints.equalities)


def _turned(directions: Floats, inverse: Floats) -> Floats:
    identity = directions.shape[0] == directions.shape[1] and (directions == np.eye(len(directions))).all()
    return inverse if identity else directions @ inverse @ directions.T


def _largest(model: Model, loose: Floats) -> tuple[str, ...]:
    names = model.names()
    found: dict[str, None] = {}
    for column in loose.T:
        found.update({names[k]: None for k in np.flatnonzero(column > 0.3 * column.max())})
    return tuple(found)


def _without_information(model: Model, diagonal: Floats) -> tuple[str, ...]:
    return tuple(name for name, value in zip(model.names(), diagonal, strict=True) if value <= 0)
