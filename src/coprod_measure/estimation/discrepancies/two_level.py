"""The normal likelihood of a two-level model as a discrepancy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NoReturn, TypeVar

import numpy as np
from scipy.linalg import LinAlgError

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats, Ints, add_block
from coprod_measure.estimation.discrepancies.discrepancy import Discrepancy, Last, MomentName, Sizes, Traces
from coprod_measure.estimation.missing.fiml_information import LowRank
from coprod_measure.estimation.model.curvature import flat_curvature, moment_curvature
from coprod_measure.estimation.model.implied import (
    Derivatives,
    Implied,
    gradient_of,
    information_along,
    jacobian_of,
)
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.sample.moments import SampleMoments
from coprod_measure.estimation.two_level.clusters import Clusters, Part, Slopes

# Relative step of the differences of the gradient.
STEP = 1e-5


@dataclass(frozen=True, slots=True)
class TwoLevel(Discrepancy):
    """N F = -2 log L of the model, less the same of the unrestricted moments of both levels.

    Attributes
    ----------
    clusters : tuple of Clusters
        The rows, group by group.
    sample : SampleMoments
        The unrestricted moments of each group, within and between.
    unrestricted : float
        -2 log L of the unrestricted moments.
    of_covariates : float
        The part of it that belongs to fixed covariates.
    saturated_trace : float or None
        Trace of the inverse information about the unrestricted moments times the middle of its sandwich,
        which the test of MLR takes; None where that information is singular.
    """

    likelihood: ClassVar[bool] = True
    clusters: tuple[Clusters, ...]
    sample: SampleMoments
    unrestricted: float = 0.0
    of_covariates: float = 0.0
    saturated_trace: float | None = None
    _last: Last[tuple[tuple[Implied, ...], tuple[Slopes, ...]]] = field(
        init=False, default_factory=Last, repr=False, compare=False
    )

    @property
    def curvature_pays(self) -> bool:
        """See :class:`.discrepancy.Discrepancy`; of incomplete answers it is made of many gradients."""
        return all(own.summed_up for own in self.clusters)

    @property
    def n(self) -> int:
        """Rows of all groups."""
        return sum(own.layout.n for own in self.clusters)

    def _at(self, model: Model, x: Floats) -> tuple[tuple[Implied, ...], tuple[Slopes, ...]]:
        def found() -> tuple[tuple[Implied, ...], tuple[Slopes, ...]]:
            implied = model.implied(x)
            groups = zip(self.rows(model, implied), pairs_of(implied), strict=True)
            return implied, tuple(own.slopes(*moments_of(pair)) for own, pair in groups)

        return self._last.at(model, x, found)

    def rows(self, model: Model, implied: tuple[Implied, ...]) -> tuple[Clusters, ...]:
        """Take the rows of each group, with what the model says of their design."""
        return self.clusters

    def value(self, model: Model, x: Floats) -> float:
        """See :class:`.discrepancy.Discrepancy`."""
        try:
            value = float(sum(own.value for own in self._at(model, x)[1]))
        except (LinAlgError, EstimationError):
            return float("inf")
        value = (value - self.unrestricted) / self.n
        return value if np.isfinite(value) else float("inf")

    def gradient(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`."""
        implied, slopes = self._at(model, x)
        gradient = np.zeros(model.n_free)
        for rules, own, (by_sigma, by_mean) in zip(model.rules, implied, _by_level(slopes), strict=True):
            np.add.at(gradient, rules.free, gradient_of(rules, own, by_sigma, by_mean))
        return gradient / self.n

    def information(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`; of incomplete answers as if they were complete."""
        total = np.zeros((model.n_free, model.n_free))
        for free, part, slopes in self._parts(model, x):
            means = part.by_between > 0
            add_block(total, free, part.count * information_along(slopes, part.inverse, means=means))
        return total / self.n

    def hessian(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`; of incomplete answers by differences of the gradient."""
        if not self.curvature_pays:
            return self._differences(model, x)
        hessian = np.zeros((model.n_free, model.n_free))
        for free, part, slopes in self._parts(model, x):
            assert part.about is not None
            spread = part.inverse @ part.about @ part.inverse
            add_block(hessian, free, part.count * flat_curvature(slopes, part.inverse, spread, part.distance))
        implied, found = self._at(model, x)
        for rules, own, (by_sigma, by_mean) in zip(model.rules, implied, _by_level(found), strict=True):
            add_block(hessian, rules.free, moment_curvature(rules, own, by_sigma, by_mean))
        return np.asarray(hessian + hessian.T) / (2.0 * self.n)

    def _differences(self, model: Model, x: Floats) -> Floats:
        steps = STEP * np.maximum(np.abs(x), 0.1 * model.units)
        columns = [self._moved(model, x, k, step) for k, step in enumerate(steps)]
        hessian = np.column_stack(columns)
        return np.asarray(hessian + hessian.T) / 2.0

    def _moved(self, model: Model, x: Floats, k: int, step: float) -> Floats:
        """Differentiate the gradient by one parameter; nothing where it stands at the border."""
        unit = np.zeros(len(x))
        unit[k] = 1.0
        for length in (step, step / 100.0):
            try:
                ahead, behind = (self.gradient(model, x + sign * length * unit) for sign in (1.0, -1.0))
            except LinAlgError:
                continue
            return (ahead - behind) / (2.0 * length)
        return np.zeros(len(x))

    def _parts(self, model: Model, x: Floats) -> Iterator[tuple[Ints, Part, LowRank]]:
        """Contrasts of each group with the derivatives of their moments, both levels end to end."""
        implied, _ = self._at(model, x)
        for clusters, rules, pair in zip(
            self.clusters, pairs_of(model.rules), pairs_of(implied), strict=True
        ):
            free = np.concatenate([own.free for own in rules])
            yield from ((free, *one) for one in _parts_of_group(clusters, rules, pair))

    def cluster_scores(self, model: Model, x: Floats) -> Floats:
        """Differentiate each cluster's log-likelihood by the free parameters, shape (J, q)."""
        groups = zip(self.clusters, pairs_of(model.rules), pairs_of(model.implied(x)), strict=True)
        return np.vstack(
            [
                scores_of_group(model.n_free, own.by_cluster(*moments_of(implied)), rules, implied)
                for own, rules, implied in groups
            ]
        )

    def meat(self, model: Model, x: Floats, *, casewise: bool) -> Floats:
        """See :class:`.discrepancy.Discrepancy`; from the scores of clusters, which are what is drawn."""
        scores = self.cluster_scores(model, x)
        return np.asarray(scores.T @ scores) / self.n

    def traces(
        self, model: Model, x: Floats, inverse: Floats, test: str, *, expected: bool = False
    ) -> Traces:
        """See :class:`.discrepancy.Discrepancy` (Yuan & Bentler 2000; Asparouhov & Muthen 2005)."""
        if self.saturated_trace is None:
            raise EstimationError("the information about the unrestricted moments of both levels is singular")
        own = float(np.vdot(inverse, self.meat(model, x, casewise=True)))
        return Traces(self.saturated_trace - own)

    def saturated_log_likelihoods(self) -> list[float]:
        """See :class:`.discrepancy.Discrepancy`; given fixed covariates already."""
        return [-0.5 * (self.unrestricted - self.of_covariates)]

    def moment_names(self, model: Model) -> list[list[MomentName]]:
        """See :class:`.discrepancy.Discrepancy`; within and between, group by group."""
        found = []
        for block in range(1, model.table.n_groups + 1):
            names = model.table.level_of(block).observed
            column, row = np.triu_indices(len(names))
            means = [name for name in names if block % 2 == 0 or name not in model.table.levels[1].observed]
            covariances = [(names[i], "~~", names[j]) for i, j in zip(row, column, strict=True)]
            found.append([*((name, "~1", "") for name in means), *covariances])
        return found

    def residuals(self, model: Model, x: Floats) -> list[Floats]:
        """See :class:`.discrepancy.Discrepancy`: unrestricted less implied moments."""
        return [
            np.concatenate([(known - own)[means], (cov - sigma)[cells]])
            for means, cells, (known, cov), (own, sigma) in self._compared(model, x)
        ]

    def correlation_residuals(self, model: Model, x: Floats) -> list[Floats]:
        """See :class:`.discrepancy.Discrepancy`: correlations (Bollen 1989); means in standard deviations."""
        found = []
        for means, cells, (known, cov), (own, sigma) in self._compared(model, x):
            with np.errstate(invalid="ignore", divide="ignore"):
                deviation, implied = np.sqrt(np.diagonal(cov)), np.sqrt(np.diagonal(sigma))
                correlations = cov / np.outer(deviation, deviation) - sigma / np.outer(implied, implied)
                found.append(np.concatenate([((known - own) / deviation)[means], correlations[cells]]))
        return found

    def _compared(self, model: Model, x: Floats) -> Iterator[tuple[Any, Any, Any, Any]]:
        """Block by block: which means and cells have residuals; unrestricted and implied moments."""
        position = {name: k for k, name in enumerate(model.table.variables.observed)}
        for names, moments, implied in zip(
            self.moment_names(model), self.sample.groups, model.implied(x), strict=True
        ):
            means = [position[lhs] for lhs, op, _ in names if op == "~1"]
            cells = [(position[lhs], position[rhs]) for lhs, op, rhs in names if op == "~~"]
            both = (moments.mean, moments.cov), (implied.mu, implied.sigma)
            yield means, tuple(np.array(cells).T), *both

    def srmr(self, model: Model, x: Floats) -> float:
        """Sum of those of the two levels, as in lavaan."""
        return sum(self.srmr_by_level(model, x))

    def srmr_by_level(self, model: Model, x: Floats) -> tuple[float, float]:
        """Root mean square of the correlation residuals of covariances, groups weighed by their rows."""
        own = [
            np.sqrt(
                np.mean([value**2 for (_, op, _), value in zip(names, values, strict=True) if op == "~~"])
            )
            for names, values in zip(
                self.moment_names(model), self.correlation_residuals(model, x), strict=True
            )
        ]
        rows = [clusters.layout.n for clusters in self.clusters]
        within, between = np.average(np.reshape(own, (len(rows), 2)), axis=0, weights=rows)
        return float(within), float(between)

    def normal_meat(self, model: Model, x: Floats) -> NoReturn:
        """Not defined for two levels."""
        refuse_for_levels("this correction")

    def residual_errors(
        self, model: Model, x: Floats, directions: Floats | None, *, robust: bool
    ) -> NoReturn:
        """Not defined for two levels."""
        refuse_for_levels("standard errors of residuals")

    def moment_slopes(self, model: Model, x: Floats) -> NoReturn:
        """Not defined for two levels."""
        refuse_for_levels("Satorra's (2000) difference test")

    def sizes(self, model: Model, x: Floats, *, means: bool = False) -> list[Sizes]:
        """See :class:`.discrepancy.Discrepancy`; GFI is not defined for two levels."""
        refuse_for_levels("GFI")


def scores_of_group(
    n_free: int, slopes: Slopes, rules: tuple[Derivatives, ...], implied: tuple[Implied, ...]
) -> Floats:
    """Differentiate each cluster's log-likelihood through the moments of both levels, shape (J, q)."""
    scores = np.zeros((len(slopes.mean), n_free))
    column, row = np.triu_indices(slopes.mean.shape[1])
    twice = np.where(row == column, 1.0, 2.0)
    for one, own, by_sigma in zip(rules, implied, (slopes.within, slopes.between), strict=True):
        d_sigma, d_mu = jacobian_of(one, own)
        moved = (by_sigma[:, row, column] * twice) @ d_sigma + slopes.mean @ d_mu
        np.add.at(scores.T, one.free, moved.T)
    return -0.5 * scores


def _parts_of_group(
    clusters: Clusters, rules: tuple[Derivatives, ...], implied: tuple[Implied, ...]
) -> Iterator[tuple[Part, LowRank]]:
    within, between = (one.low_rank(own) for one, own in zip(rules, implied, strict=True))
    width = within.basis.shape[1]
    both = LowRank(
        np.hstack([within.basis, between.basis]),
        np.concatenate([within.left, between.left + width]),
        np.concatenate([within.right, between.right + width]),
        np.concatenate([within.scale, between.scale]),
        np.concatenate([within.shift, between.shift]),
    )
    first = np.arange(len(both.scale)) < len(within.scale)
    return (
        (part, replace(both, scale=both.scale * np.where(first, part.by_within, part.by_between)))
        for part in clusters.parts(*moments_of(implied))
    )


Each = TypeVar("Each")


def pairs_of(blocks: tuple[Each, ...]) -> list[tuple[Each, ...]]:
    """Within and between of each group."""
    return [blocks[start : start + 2] for start in range(0, len(blocks), 2)]


def _by_level(slopes: tuple[Slopes, ...]) -> Iterator[tuple[Floats, Floats]]:
    """Take the derivatives by Sigma and mu of each level of each group."""
    for own in slopes:
        yield own.within, own.mean
        yield own.between, own.mean


def moments_of(implied: tuple[Implied, ...]) -> tuple[Floats, Floats, Floats]:
    """Take Sigma_W, Sigma_B and mu."""
    within, between = implied
    return within.sigma, between.sigma, within.mu + between.mu


def refuse_for_levels(what: str) -> NoReturn:
    """Say that two-level models do not have it."""
    raise EstimationError(f"{what} is not available for two-level models")
