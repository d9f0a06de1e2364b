"""The moments that weighted least squares fits, as functions of the parameters.

The moment vector of a group has up to four parts: thresholds and means, variable by variable; slopes on
exogenous covariates, covariate by covariate; variances of continuous variables; covariances below the
diagonal, column by column (see `ordinal_moments`). Ordered variables have a latent response with thresholds.
Its scale delta is a parameter ("delta" parameterisation), or follows from a residual variance that is one
("theta").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from coprod_measure.errors import ModelError
from coprod_measure.estimation.arrays import Floats, Ints
from coprod_measure.estimation.model.implied import Implied
from coprod_measure.estimation.model.matrices import GroupMatrices
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.sample.ordinal_moments import below_diagonal

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class MomentStructure:
    """Where one group's moments come from.

    Attributes
    ----------
    endogenous : (p,) int
        Positions of the modelled variables among the model's observed variables.
    ordered : (p,) bool
        Which of them are ordered.
    starts : (p + 1,) int
        Where the thresholds or the mean of each begin in the moment vector; the last entry is their number.
    covariates : (x,) int
        Columns of Lambda that stand for covariates on which everything is conditional.
    theta : bool
        Theta parameterisation instead of delta.
    group : GroupMatrices
        Cells of the parameters.
    mediators : (k,) int
        Columns of Lambda of ordered variables with equations, if one of them predicts under delta: their
        residual variances follow from everything before them.
    """

    endogenous: Ints
    ordered: Bools
    starts: Ints
    covariates: Ints
    theta: bool
    group: GroupMatrices
    mediators: Ints

    @property
    def size(self) -> int:
        """Number of moments."""
        p = self.endogenous.size
        slopes = p * self.covariates.size
        return int(self.starts[-1]) + slopes + int(np.count_nonzero(~self.ordered)) + p * (p - 1) // 2

    @property
    def n_first(self) -> int:
        """Number of thresholds and means."""
        return int(self.starts[-1])

    def moment_names(self) -> list[tuple[str, str, str]]:
        """Name the moments as lhs, op, rhs."""
        names = [self.group.observed[k] for k in self.endogenous]
        found: list[tuple[str, str, str]] = []
        for name, ordered, size in zip(names, self.ordered, np.diff(self.starts), strict=True):
            found += [(name, "|", f"t{k + 1}") for k in range(size)] if ordered else [(name, "~1", "")] * size
        found += [(name, "~", self.group.latent[column]) for column in self.covariates for name in names]
        found += [
            (name, "~~", name) for name, ordered in zip(names, self.ordered, strict=True) if not ordered
        ]
        later, earlier = below_diagonal(len(names))
        return found + [(names[j], "~~", names[i]) for i, j in zip(later, earlier, strict=True)]


def moment_structures(model: Model) -> tuple[MomentStructure, ...]:
    """Describe the moments of every group of a model.

    Raises
    ------
    ModelError
        If an ordered variable predicts another and scales are free under the delta parameterisation.
    """
    variables, theta = model.table.variables, model.table.parameterization == "theta"
    conditional = _fixed_covariates(model)
    endogenous = [k for k, name in enumerate(variables.observed) if name not in conditional]
    ordered = np.array([variables.observed[k] in variables.ordered for k in endogenous])
    found = []
    for number, group in enumerate(model.groups, start=1):
        tau = group.places["tau"]
        cuts = np.bincount(tau.i, minlength=len(variables.observed))[endogenous]
        starts = np.concatenate([[0], np.cumsum(np.where(ordered, cuts, int(model.means)))]).astype(np.int64)
        columns = np.array(
            [group.latent.index(name) for name in variables.observed if name in conditional], dtype=np.int64
        )
        mediators = _mediators(model, group, number)
        found.append(MomentStructure(np.array(endogenous), ordered, starts, columns, theta, group, mediators))
    return tuple(found)


def _mediators(model: Model, group: GroupMatrices, number: int) -> Ints:
    """Columns of Lambda of ordered mediators; under delta their residual variance has to be solved for."""
    table = model.table
    predictors = {row.rhs for row in table.rows if row.op == "~"}
    names = [name for name in table.variables.ordered if name in predictors]
    if table.parameterization == "theta" or not names:
        return np.zeros(0, dtype=np.int64)
    if any(row.op == "~*~" and row.free and row.group == number for row in table.rows):
        raise ModelError(
            f"the ordered variable {names[0]} predicts, and scales of ordered variables are free",
            place="option parameterization",
            cure='Use parameterization="theta"',
            code="ordered-mediator",
        )
    doubled = [name for name in table.variables.ordered if name in group.latent]
    return np.array([group.latent.index(name) for name in doubled], dtype=np.int64)


def _fixed_covariates(model: Model) -> set[str]:
    return {row.lhs for row in model.table.rows if row.exogenous and row.op == "~~" and row.lhs == row.rhs}


def response_scales(structure: MomentStructure, implied: Implied, values: Floats) -> Floats:
    """Factors delta that bring the latent responses to the metric of the data; 1 for continuous variables.

    Parameters
    ----------
    structure : MomentStructure
        The group's moments.
    implied : Implied
        Its matrices.
    values : (n_rows,) float
        Value of every row of the table.

    Returns
    -------
    (p,) float
    """
    delta = np.ones(structure.endogenous.size)
    if structure.theta:
        variance = np.diagonal(implied.sigma)[structure.endogenous]
        delta[structure.ordered] = 1.0 / np.sqrt(np.maximum(variance[structure.ordered], 1e-12))
        return delta
    place = structure.group.places["delta"]
    all_scales = np.ones(len(structure.group.observed))
    all_scales[place.i] = values[place.row]
    scales: Floats = all_scales[structure.endogenous]
    return scales


def implied_vector(structure: MomentStructure, implied: Implied, values: Floats) -> Floats:
    """Moment vector that the model implies in one group.

    Parameters
    ----------
    structure, implied, values
        As in `response_scales`.

    Returns
    -------
    (q,) float

    Notes
    -----
    Muthen (1984), Psychometrika 49, 115-132, equations 5 to 8.
    """
    y = structure.endogenous
    delta = response_scales(structure, implied, values)
    sigma = implied.sigma[np.ix_(y, y)]
    rows, columns = below_diagonal(y.size)
    owner, cuts = _cuts(structure, values)
    mean = implied.mu[y][owner]
    first = np.where(structure.ordered[owner], delta[owner] * (cuts - mean), mean)
    slopes = delta[:, None] * implied.lam_a[np.ix_(y, structure.covariates)]
    covariances = delta[rows] * delta[columns] * sigma[rows, columns]
    return np.concatenate([first, slopes.T.ravel(), np.diagonal(sigma)[~structure.ordered], covariances])


def _cuts(structure: MomentStructure, values: Floats) -> tuple[Ints, Floats]:
    """Variable and threshold behind each first-stage moment; a mean has threshold 0."""
    owner = np.repeat(np.arange(structure.ordered.size), np.diff(structure.starts))
    cuts = np.zeros(structure.n_first)
    rows, moments = _tau(structure)
    cuts[moments] = values[rows]
    return owner, cuts


def _tau(structure: MomentStructure) -> tuple[Ints, Ints]:
    """Table rows of the thresholds and the moments they belong to."""
    place = structure.group.places["tau"]
    position = np.zeros(len(structure.group.observed), dtype=np.int64)
    position[structure.endogenous] = structure.starts[:-1]
    return place.row, position[place.i] + place.j


def moment_jacobian(
    model: Model, g: int, structure: MomentStructure, implied: Implied, values: Floats
) -> csr_array:
    """Differentiate the moment vector of group `g` by all free parameters.

    Parameters
    ----------
    g : int
        Which group, from 0.
    structure, implied, values
        As in `response_scales`.

    Returns
    -------
    sparse array, shape (q, n_free)
    """
    rules, y, ordered = model.rules[g], structure.endogenous, structure.ordered
    basis = implied.basis[y]
    left, right = basis[:, rules.left], basis[:, rules.right] * rules.scale
    delta = response_scales(structure, implied, values)
    d_variance = 2.0 * left * right
    rows, columns = below_diagonal(y.size)
    d_sigma = left[rows] * right[columns] + left[columns] * right[rows]
    if structure.mediators.size:
        paths = implied.lam_a[np.ix_(y, structure.mediators)]
        follow = _following_variances(structure, paths, d_variance)
        d_variance = d_variance + paths**2 @ follow
        d_sigma += (paths[rows] * paths[columns]) @ follow
    part = _Responses(structure, implied, values, delta)
    d_sigma *= (delta[rows] * delta[columns])[:, None]
    by_slope = [np.append(implied.a[:, x], (0.0, 0.0))[rules.mean_from] for x in structure.covariates]
    blocks = [
        -part.signed(left * rules.mean_factor(implied)),
        *(delta[:, None] * left * factor for factor in by_slope),
        d_variance[~ordered],
        d_sigma,
    ]
    if structure.theta:
        d_scale = np.where(ordered[:, None], -0.5 * delta[:, None] ** 3 * d_variance, 0.0)
        blocks = [block + move for block, move in zip(blocks, part.by_scale(d_scale), strict=True)]
    triplets = [_triplets(np.vstack(blocks), rules.free)]
    triplets += [_scale_triplets(model, structure, part), _tau_triplets(model, structure, part)]
    data, row, column = (np.concatenate(parts) for parts in zip(*triplets, strict=True))
    return coo_array((data, (row, column)), shape=(structure.size, model.n_free)).tocsr()


def _following_variances(structure: MomentStructure, paths: Floats, d_variance: Floats) -> Floats:
    """How residual variances of ordered mediators move so that the variances of their responses do not."""
    names = [structure.group.latent[column] for column in structure.mediators]
    observed = [structure.group.observed.index(name) for name in names]
    own = np.searchsorted(structure.endogenous, observed)
    return -np.asarray(np.linalg.solve(paths[own] ** 2, d_variance[own]), dtype=np.float64)


class _Responses:
    """Derivatives by the scales of the latent responses, given how the scales move (p, k)."""

    def __init__(self, structure: MomentStructure, implied: Implied, values: Floats, delta: Floats) -> None:
        y = structure.endogenous
        self.owner, cuts = _cuts(structure, values)
        self.distance = cuts - implied.mu[y][self.owner]
        self.is_mean = ~structure.ordered[self.owner]
        self.distance[self.is_mean] = 0.0
        self.delta = delta
        self.sigma = implied.sigma[np.ix_(y, y)]
        self.slopes = implied.lam_a[np.ix_(y, structure.covariates)]
        self.rows, self.columns = below_diagonal(y.size)
        self.n_variances = int(np.count_nonzero(~structure.ordered))

    def signed(self, d_mu: Floats) -> Floats:
        """Effect of moving means on thresholds (with their scale) and, with the sign turned, on means."""
        factor = np.where(self.is_mean, -1.0, self.delta[self.owner])
        return factor[:, None] * d_mu[self.owner]

    def by_scale(self, d_scale: Floats) -> list[Floats]:
        """Effect of moving scales on thresholds, slopes of each covariate, variances and covariances."""
        sigma = self.sigma[self.rows, self.columns][:, None]
        moved = d_scale[self.rows] * self.delta[self.columns, None]
        moved += d_scale[self.columns] * self.delta[self.rows, None]
        slopes = [self.slopes[:, x, None] * d_scale for x in range(self.slopes.shape[1])]
        none = np.zeros((self.n_variances, d_scale.shape[1]))
        return [self.distance[:, None] * d_scale[self.owner], *slopes, none, sigma * moved]


def _triplets(block: Floats, free: Ints) -> tuple[Floats, Ints, Ints]:
    row, column = np.nonzero(block)
    return block[row, column], row, free[column]


def _scale_triplets(model: Model, structure: MomentStructure, part: _Responses) -> tuple[Floats, Ints, Ints]:
    """Differentiate by free scale parameters of the delta parameterisation."""
    place = structure.group.places["delta"]
    free = model.free_of_row[place.row]
    chosen = np.flatnonzero(free >= 0)
    if structure.theta or not chosen.size:
        return np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    position = np.zeros(len(structure.group.observed), dtype=np.int64)
    position[structure.endogenous] = np.arange(structure.endogenous.size)
    moved = np.zeros((structure.endogenous.size, chosen.size))
    moved[position[place.i[chosen]], np.arange(chosen.size)] = 1.0
    return _triplets(np.vstack(part.by_scale(moved)), free[chosen])


def _tau_triplets(model: Model, structure: MomentStructure, part: _Responses) -> tuple[Floats, Ints, Ints]:
    """Differentiate by free thresholds: each moves its own moment."""
    rows, moments = _tau(structure)
    free = model.free_of_row[rows]
    kept = free >= 0
    return part.delta[part.owner[moments[kept]]], moments[kept], free[kept]
