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
        K (K' I K)^-1 K' with K a basis of what the constraints leave free; None when the matrix is singular.
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
    unidentified: tuple[str, ...]
    positive: bool
    generalized: Floats | None = None
    smallest: float = np.inf


def free_directions(model: Model, minimum: Minimum) -> Floats:
    """Tangent space of all constraints at the solution (Aitchison & Silvey 1958), shape (q, r)."""
    basis = _tangent(model, minimum)
    return np.eye(model.n_free) if basis is None else basis


def n_free_directions(model: Model, minimum: Minimum) -> int:
    """Count what all constraints leave free at the solution."""
    basis = _tangent(model, minimum)
    return model.n_free if basis is None else int(basis.shape[1])


def _tangent(model: Model, minimum: Minimum) -> Floats | None:
    """See :func:`free_directions`; None stands for the identity."""
    constraints, basis = model.constraints, model.constraints.directions
    if _plain(model, minimum):
        return basis
    rows = [constraints.equalities.jacobian(minimum.x)]
    if minimum.active:
        rows.append(constraints.inequalities.subset(list(minimum.active)).jacobian(minimum.x))
    jacobian = np.vstack(rows)
    if basis is None:
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
    directions = _tangent(model, minimum)
    if directions is None or _plain(model, minimum):
        reduced = model.constraints.reduce_matrix(information)
    else:
        reduced = directions.T @ information @ directions
    r = len(reduced)
    if r == 0:
        return Inversion(np.zeros_like(information), (), True)
    diagonal = np.diagonal(reduced)
    scale = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    factor = cholesky(reduced)
    # A Cholesky factor with no small pivot settles the common case at a fraction of the eigenvalues' cost.
    if factor is not None and (np.diagonal(factor) / scale).min() > np.sqrt(1e3 * singular):
        return Inversion(_turned(directions, inverse_of(factor)), (), True)
    scaled = reduced / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(scaled)
    small = np.abs(values) < singular
    if small.any() or (diagonal <= 0).any():
        loose = vectors[:, small] / scale[:, None]
        loose = loose if directions is None else directions @ loose
        names = (
            _largest(model, np.abs(loose) / model.units[:, None])
            if small.any()
            else _without_information(model, np.diagonal(information))
        )
        told = ~small
        inverse = (vectors[:, told] / values[told]) @ vectors[:, told].T / np.outer(scale, scale)
        return Inversion(None, names, False, _turned(directions, inverse))
    inverse = (vectors / values) @ vectors.T / np.outer(scale, scale)
    positive, smallest = bool(values[0] > 0), float(abs(values[0]))
    return Inversion(_turned(directions, inverse), (), positive, smallest=smallest)


def _plain(model: Model, minimum: Minimum) -> bool:
    return not minimum.active and not len(model.constraints.equalities)


def _turned(directions: Floats | None, inverse: Floats) -> Floats:
    return inverse if directions is None else directions @ inverse @ directions.T


def _largest(model: Model, loose: Floats) -> tuple[str, ...]:
    names = model.names()
    found: dict[str, None] = {}
    for column in loose.T:
        found.update({names[k]: None for k in np.flatnonzero(column > 0.3 * column.max())})
    return tuple(found)


def _without_information(model: Model, diagonal: Floats) -> tuple[str, ...]:
    return tuple(name for name, value in zip(model.names(), diagonal, strict=True) if value <= 0)
