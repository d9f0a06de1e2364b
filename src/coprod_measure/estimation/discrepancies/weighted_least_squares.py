"""Weighted, diagonally weighted and unweighted least squares on thresholds and correlations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from scipy.sparse import csr_array

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.discrepancy import (
    Discrepancy,
    MomentName,
    Sizes,
    Traces,
    inverse_along,
    root,
)
from coprod_measure.estimation.discrepancies.moment_spread import MomentSpread, variances_left
from coprod_measure.estimation.discrepancies.moment_structure import (
    MomentStructure,
    implied_vector,
    moment_jacobian,
    moment_structures,
)
from coprod_measure.estimation.model.implied import Implied, implied_moments
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.model.response_scales import conditional_values
from coprod_measure.estimation.sample.ordinal_moments import below_diagonal
from coprod_measure.estimation.sample.weight_matrix import AsymptoticCovariance


@dataclass(frozen=True, slots=True)
class WeightedGroup:
    """Sample moments of one group with their weight.

    Attributes
    ----------
    vector : (q,) float
        The moments, ordered as in `moment_structure`.
    weight : (q,) or (q, q) float
        Weight of squared residuals; a vector stands for a diagonal matrix.
    gamma : AsymptoticCovariance
        Asymptotic covariance of the moments.
    n : float
        Number of respondents.
    structure : MomentStructure
        How the model implies the moments.
    """

    vector: Floats
    weight: Floats
    gamma: AsymptoticCovariance
    n: float
    structure: MomentStructure

    def project(self, jacobian: csr_array) -> Floats:
        """Influence of respondents on the estimating equations, F W J; shape (m, n_free)."""
        if self.weight.ndim == 2:
            full: Floats = self.gamma.factor @ (self.weight @ jacobian.toarray())
            return full
        weighted = (jacobian * self.weight[:, None]).T.tocsr()
        projected: Floats = (weighted @ self.gamma.factor.T).T
        return projected

    def weigh(self, right: Floats) -> Floats:
        """W times a vector or a matrix."""
        if self.weight.ndim == 2:
            return self.weight @ right
        return self.weight * right if right.ndim == 1 else self.weight[:, None] * right

    def normal_gamma(self) -> Floats:
        """Covariance of the moments of normal variables, n times, shape (q, q)."""
        names = self.structure.moment_names()
        place = {name: k for k, name in enumerate(dict.fromkeys(lhs for lhs, _, _ in names))}
        levels = np.array([op == "~1" for _, op, _ in names])
        first = np.array([place[lhs] for lhs, _, _ in names])
        second = np.array([place[rhs or lhs] for lhs, _, rhs in names])
        cov = np.zeros((len(place), len(place)))
        cov[first[~levels], second[~levels]] = cov[second[~levels], first[~levels]] = self.vector[~levels]
        a, b = np.ix_(first, first), np.ix_(second, second)
        gamma: Floats = cov[a] * cov[b] + cov[np.ix_(first, second)] * cov[np.ix_(second, first)]
        gamma[levels] = gamma[:, levels] = 0.0
        gamma[np.ix_(levels, levels)] = cov[np.ix_(first[levels], first[levels])]
        return gamma

    def units(self) -> Floats:
        """Find what each moment is divided by to become that of standardised variables, shape (q,)."""
        structure = self.structure
        p = structure.endogenous.size
        tail = p * (p - 1) // 2
        n_variances = int(np.count_nonzero(~structure.ordered))
        sd = np.ones(p)
        end = self.vector.size - tail
        sd[~structure.ordered] = np.sqrt(self.vector[end - n_variances : end])
        rows, columns = below_diagonal(p)
        first = np.repeat(sd, np.diff(structure.starts))
        slopes = np.tile(sd, structure.covariates.size)
        return np.concatenate([first, slopes, sd[~structure.ordered] ** 2, sd[rows] * sd[columns]])


class _Memory:
    """What was last computed: a minimiser asks for value, gradient and information at the same point."""

    def __init__(self) -> None:
        self.model: Model | None = None
        self.structures: tuple[MomentStructure, ...] = ()
        self.x: Floats | None = None
        self.point: tuple[Floats, tuple[Implied, ...]] | None = None
        self.jacobians: list[csr_array] | None = None
        self.information: Floats | None = None

    def turn_to(self, model: Model, x: Floats) -> None:
        """Forget what belongs to another model or another point."""
        if self.model is not model:
            self.model, self.structures, self.x = model, moment_structures(model), None
        if self.x is None or not np.array_equal(self.x, x):
            self.x, self.point, self.jacobians, self.information = x.copy(), None, None, None


@dataclass(frozen=True, slots=True)
class WeightedLeastSquares(Discrepancy):
    """F = sum_g (n_g - 1)/N (s - sigma)' W (s - sigma), N the sum of all n_g - 1; N F is the chi-square.

    Browne (1984), British Journal of Mathematical and Statistical Psychology 37, 62-83; Muthen (1984). That
    the chi-square counts respondents less one a group is lavaan's choice.

    Attributes
    ----------
    counts_covariates : bool
        Whether the SRMR of ordered variables divides by the number of covariates too, as in lavaan 0.6.
    """

    one_less: ClassVar[bool] = True
    groups: tuple[WeightedGroup, ...]
    counts_covariates: bool = False
    _memory: _Memory = field(default_factory=_Memory, init=False, repr=False, compare=False)

    @property
    def n(self) -> float:
        """Respondents in all groups."""
        return float(sum(group.n for group in self.groups))

    @property
    def multiplier(self) -> float:
        """What F is multiplied by: respondents less one a group."""
        return self.n - len(self.groups)

    @property
    def unit(self) -> float:
        """See :class:`.discrepancy.Discrepancy`: ULS counts in the unit of the answers."""
        if any(group.weight.ndim == 2 or (group.weight != 1.0).any() for group in self.groups):
            return 1.0
        return sum(
            (group.n - 1.0) / self.multiplier * float(group.vector @ group.vector) for group in self.groups
        )

    def _points(self, model: Model, x: Floats) -> tuple[Floats, tuple[Implied, ...]]:
        """Values of all rows given the covariates, and the matrices that they fill."""
        memory = self._memory
        memory.turn_to(model, x)
        if memory.point is None:
            solved = any(structure.mediators.size for structure in memory.structures)
            values = conditional_values(model.table, model.values(x) if solved else model.raw_values(x))
            memory.point = values, tuple(implied_moments(group, values) for group in model.groups)
        return memory.point

    def residuals(self, model: Model, x: Floats) -> list[Floats]:
        """Sample minus implied moments, group by group."""
        values, implied = self._points(model, x)
        return [
            group.vector - implied_vector(structure, own, values)
            for group, structure, own in zip(self.groups, self._memory.structures, implied, strict=True)
        ]

    def jacobians(self, model: Model, x: Floats) -> list[csr_array]:
        """Differentiate the implied moments by the free parameters, group by group."""
        values, implied = self._points(model, x)
        memory = self._memory
        if memory.jacobians is None:
            memory.jacobians = [
                moment_jacobian(model, g, structure, own, values)
                for g, (structure, own) in enumerate(zip(memory.structures, implied, strict=True))
            ]
        return memory.jacobians

    def group_values(self, model: Model, x: Floats) -> list[float]:
        """Each group's part of F."""
        return [
            (group.n - 1.0) / self.multiplier * float(residual @ group.weigh(residual))
            for group, residual in zip(self.groups, self.residuals(model, x), strict=True)
        ]

    def value(self, model: Model, x: Floats) -> float:
        """See :class:`.discrepancy.Discrepancy`."""
        _, implied = self._points(model, x)
        for group, own in zip(self.groups, implied, strict=True):
            if group.structure.theta and np.any(np.diagonal(own.sigma)[group.structure.endogenous] <= 0.0):
                return float("inf")
        total = sum(self.group_values(model, x))
        return total if np.isfinite(total) else float("inf")

    def gradient(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`."""
        gradient = np.zeros(model.n_free)
        for group, residual, jacobian in zip(
            self.groups, self.residuals(model, x), self.jacobians(model, x), strict=True
        ):
            gradient -= 2.0 * (group.n - 1.0) / self.multiplier * (jacobian.T @ group.weigh(residual))
        return gradient

    def information(self, model: Model, x: Floats) -> Floats:
        """See `Discrepancy`; shares of n, not of n - 1."""
        jacobians = self.jacobians(model, x)
        memory = self._memory
        if memory.information is None:
            information = np.zeros((model.n_free, model.n_free))
            for group, jacobian in zip(self.groups, jacobians, strict=True):
                information += group.n / self.n * weighted_square(jacobian, group.weight)
            memory.information = information
        return memory.information.copy()

    def hessian(self, model: Model, x: Floats) -> Floats:
        """Twice the information: the curvature that residuals add vanishes with them."""
        return 2.0 * self.information(model, x)

    def projected_influences(self, model: Model, x: Floats) -> list[Floats]:
        """Influence of respondents on the estimating equations, F W J: one (m, n_free) array a group.

        Muthen, du Toit and Spisic (1997), Robust inference using weighted least squares, equations 12 to 16.
        """
        return [
            np.asarray(np.sqrt(group.n / self.n) * group.project(jacobian), dtype=np.float64)
            for group, jacobian in zip(self.groups, self.jacobians(model, x), strict=True)
        ]

    def meat(self, model: Model, x: Floats, *, casewise: bool = False) -> Floats:
        """See :class:`.discrepancy.Discrepancy`."""
        parts = self.projected_influences(model, x)
        return np.asarray(sum(part.T @ part for part in parts), dtype=np.float64)

    def normal_meat(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`; for continuous variables."""
        total = np.zeros((model.n_free, model.n_free))
        for group, jacobian in zip(self.groups, self.jacobians(model, x), strict=True):
            along = group.weigh(jacobian.toarray())
            total += group.n / self.n * along.T @ group.normal_gamma() @ along
        return total

    def traces(
        self, model: Model, x: Floats, inverse: Floats, test: str = "", *, expected: bool = False
    ) -> Traces:
        """Traces of U Gamma and of its square over all groups.

        With Gamma as F'F they are those of F U F', a matrix of the smaller of respondents and moments.
        Satorra and Bentler (1994); Asparouhov and Muthen (2010), Simple second order chi-square correction.
        """
        projected = self.projected_influences(model, x)
        first, second = 0.0, 0.0
        for g, (group, own) in enumerate(zip(self.groups, projected, strict=True)):
            block = weighted_gram(group.gamma.factor, group.weight) - own @ inverse @ own.T
            first += float(np.trace(block))
            second += float(np.einsum("ij,ij->", block, block))
            for other in projected[g + 1 :]:
                across = own @ inverse @ other.T
                second += 2.0 * float(np.einsum("ij,ij->", across, across))
        return Traces(first, second)

    def moment_names(self, model: Model) -> list[list[MomentName]]:
        """Name thresholds and means, slopes, variances and covariances."""
        return [group.structure.moment_names() for group in self.groups]

    def correlation_residuals(self, model: Model, x: Floats) -> list[Floats]:
        """Divide residuals by the sample standard deviations of continuous variables."""
        return [
            residual / group.units()
            for group, residual in zip(self.groups, self.residuals(model, x), strict=True)
        ]

    def residual_errors(
        self, model: Model, x: Floats, directions: Floats | None, *, robust: bool
    ) -> list[Floats]:
        """Take standard errors from the diagonal of Q Gamma Q', Q = I - Delta E^-1 Delta' W."""
        inverse = None if directions is None else inverse_along(self.information(model, x), directions)
        spreads = []
        for group, jacobian in zip(self.groups, self.jacobians(model, x), strict=True):
            factor, projected = group.gamma.factor, group.project(jacobian)
            gamma = np.einsum("ij,ij->j", factor, factor)
            along = factor.T @ projected
            spreads.append(MomentSpread(gamma, jacobian.toarray(), along, projected.T @ projected))
        shares = [group.n / self.n for group in self.groups]
        left = variances_left(spreads, shares, inverse)
        return [
            root(own, one.gamma, group.n) for own, one, group in zip(left, spreads, self.groups, strict=True)
        ]

    def moment_slopes(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`."""
        return np.vstack([one.toarray() for one in self.jacobians(model, x)])

    def srmr(self, model: Model, x: Floats) -> float:
        """See :class:`.discrepancy.Discrepancy`.

        With ordered variables lavaan sums correlations alone, and divides by the number of variances too.
        """
        total = 0.0
        for group, residual in zip(self.groups, self.correlation_residuals(model, x), strict=True):
            structure, counted, count = group.structure, residual, residual.size
            if structure.ordered.any():
                p = structure.ordered.size
                counted = residual[residual.size - p * (p - 1) // 2 :]
                count = p * (p + 1) // 2 + structure.covariates.size * self.counts_covariates
            total += group.n / self.n * float(np.sqrt((counted @ counted) / count))
        return total

    def sizes(self, model: Model, x: Floats, *, means: bool = False) -> list[Sizes]:
        """See :class:`.discrepancy.Discrepancy`."""
        found = []
        for group, residual in zip(self.groups, self.residuals(model, x), strict=True):
            counted = np.array([means or op != "~1" for _, op, _ in group.structure.moment_names()])
            own, whole = residual * counted, group.vector * counted
            squares = float(own @ group.weigh(own)), float(whole @ group.weigh(whole))
            found.append(Sizes(group.n / self.n, *squares, int(counted.sum())))
        return found


def weighted_square(jacobian: csr_array, weight: Floats) -> Floats:
    """J' W J as a dense matrix; `weight` is a diagonal or a matrix."""
    if weight.ndim == 2:
        dense = jacobian.toarray()
        full: Floats = dense.T @ weight @ dense
        return full
    scaled = jacobian * weight[:, None]
    square: Floats = (jacobian.T @ scaled).toarray()
    return square


def weighted_gram(factor: Floats, weight: Floats) -> Floats:
    """F W F' for a weight that is a diagonal or a matrix."""
    if weight.ndim == 2:
        return factor @ weight @ factor.T
    scaled = factor * np.sqrt(weight)
    return scaled @ scaled.T
