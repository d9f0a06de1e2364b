"""What discrepancies of covariance matrices and means share, whatever their metric."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import partial

import numpy as np

from coprod_measure.estimation.arrays import Floats, add_block, inverse_and_logdet, spread_columns
from coprod_measure.estimation.discrepancies.discrepancy import (
    ADJUSTED,
    Discrepancy,
    MomentName,
    Sizes,
    Traces,
    inverse_along,
    root,
)
from coprod_measure.estimation.discrepancies.influences import (
    casewise_scores,
    first_order_information,
    influences,
    satorra_bentler_traces,
    saturated_first_order_trace,
    weighted_influences,
)
from coprod_measure.estimation.discrepancies.moment_spread import (
    MomentSpread,
    empirical_spread,
    normal_spread,
    variances_left,
)
from coprod_measure.estimation.model.curvature import moment_curvature
from coprod_measure.estimation.model.implied import (
    Implied,
    gradient_of,
    jacobian_of,
)
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.sample.moments import GroupMoments, SampleMoments

Slopes = tuple[Implied, Floats, Floats | None]


@dataclass(frozen=True, slots=True)
class OfCovariances(Discrepancy):
    """A discrepancy of covariance matrices and, where the model has them, means."""

    sample: SampleMoments

    @abstractmethod
    def slopes(self, model: Model, x: Floats) -> list[Slopes]:
        """Differentiate F by Sigma and mu of each group (None without means); with the implied moments."""

    def gradient(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`."""
        gradient = np.zeros(model.n_free)
        for rules, (implied, by_sigma, by_mu) in zip(model.rules, self.slopes(model, x), strict=True):
            np.add.at(gradient, rules.free, gradient_of(rules, implied, by_sigma, by_mu))
        return gradient

    def scores(self, model: Model, x: Floats) -> Floats:
        """Differentiate each respondent's log-likelihood by the free parameters, shape (n, q)."""
        return np.vstack(casewise_scores(model, self.sample, x)[0])

    def meat(self, model: Model, x: Floats, *, casewise: bool) -> Floats:
        """See :class:`.discrepancy.Discrepancy`."""
        if casewise:
            return first_order_information(*casewise_scores(model, self.sample, x))
        parts = weighted_influences(model, self.sample, x)
        return np.asarray(sum(part.T @ part for part in parts) / self.sample.n, dtype=np.float64)

    def traces(
        self, model: Model, x: Floats, inverse: Floats, test: str, *, expected: bool = False
    ) -> Traces:
        """See :class:`.discrepancy.Discrepancy`."""
        # With expected information the first Yuan-Bentler test and that of Satorra and Bentler are one.
        if test == "yuan_bentler_mplus":
            explained = float(np.einsum("ij,ji->", self.meat(model, x, casewise=True), inverse))
            return Traces(saturated_first_order_trace(model, self.sample) - explained)
        return satorra_bentler_traces(model, self.sample, x, inverse, second=test in ADJUSTED)

    def moment_names(self, model: Model) -> list[list[MomentName]]:
        """Name variances and covariances by columns, then means."""
        names = model.table.variables.observed
        j, i = np.triu_indices(len(names))
        moments = [(names[a], "~~", names[b]) for a, b in zip(i, j, strict=True)]
        means = [(name, "~1", "") for name in names]
        return [moments + means * (model.means and group.mean is not None) for group in self.sample.groups]

    def residuals(self, model: Model, x: Floats) -> list[Floats]:
        """Sample minus implied moments, group by group."""
        return [
            _stacked(group.cov - implied.sigma, None if mean is None else mean - implied.mu)
            for group, implied, mean in self._compared(model, x)
        ]

    def correlation_residuals(self, model: Model, x: Floats) -> list[Floats]:
        """Compute differences of correlations, and of means over standard deviations (Bollen 1989)."""
        found = []
        for group, implied, mean in self._compared(model, x):
            sd, own = np.sqrt(np.diagonal(group.cov)), np.sqrt(np.diagonal(implied.sigma))
            correlations = group.cov / np.outer(sd, sd) - implied.sigma / np.outer(own, own)
            found.append(_stacked(correlations, None if mean is None else (mean - implied.mu) / sd))
        return found

    def residual_errors(
        self, model: Model, x: Floats, directions: Floats | None, *, robust: bool
    ) -> list[Floats]:
        """See :class:`.discrepancy.Discrepancy`; Gamma at the sample moments, given fixed covariates."""
        inverse = None if directions is None else inverse_along(self.information(model, x), directions)
        if robust:
            people, scores = influences(model, self.sample), weighted_influences(model, self.sample, x)
            slopes = self._moment_slopes(model, x)
            spreads = [empirical_spread(*own) for own in zip(people, scores, slopes, strict=True)]
        else:
            spreads = self._normal_spreads(model, x)
        left = variances_left(spreads, self.sample.shares, inverse)
        sizes = [group.n + self.one_less for group in self.sample.groups]
        # Of fixed covariates Gamma is nothing itself: a moment is as large as the variances that it is of.
        wholes = [
            _stacked(np.outer(v, v), v) for v in (np.diagonal(group.cov) for group in self.sample.groups)
        ]
        return [
            root(own, np.maximum(one.gamma, whole[: len(one.gamma)]), n)
            for own, one, whole, n in zip(left, spreads, wholes, sizes, strict=True)
        ]

    def normal_meat(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`; Gamma at the sample moments, given fixed covariates."""
        counts = np.array([group.n + self.one_less for group in self.sample.groups])
        spreads = zip(counts / counts.sum(), self._normal_spreads(model, x), strict=True)
        return np.asarray(sum(share * own.meat for share, own in spreads), dtype=np.float64)

    def _normal_spreads(self, model: Model, x: Floats) -> list[MomentSpread]:
        groups = zip(self.sample.groups, self.metric(model, x), self._moment_slopes(model, x), strict=True)
        return [
            normal_spread(
                group.cov, model.fixed_covariates(number), jacobian, partial(self._weighed, weight), weight
            )
            for number, (group, weight, jacobian) in enumerate(groups, start=1)
        ]

    def _moment_slopes(self, model: Model, x: Floats) -> list[Floats]:
        """Differentiate the moments that are compared, group by group."""
        found = []
        for (_, implied, mean), rules in zip(self._compared(model, x), model.rules, strict=True):
            d_sigma, d_mu = jacobian_of(rules, implied)
            both = d_sigma if mean is None else np.vstack([d_sigma, d_mu])
            found.append(spread_columns(both, rules.free, model.n_free))
        return found

    def _weighed(self, weight: Floats, change: Floats) -> Floats:
        return weight @ change @ weight

    def moment_slopes(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`."""
        parts = []
        for implied, rules in zip(model.implied(x), model.rules, strict=True):
            both = np.vstack(jacobian_of(rules, implied))
            parts.append(spread_columns(both, rules.free, model.n_free))
        return np.vstack(parts)

    def srmr(self, model: Model, x: Floats) -> float:
        """See :class:`.discrepancy.Discrepancy`."""
        total = 0.0
        for (group, _, mean), share, residual in zip(
            self._compared(model, x), self.sample.shares, self.residuals(model, x), strict=True
        ):
            sd = np.sqrt(np.diagonal(group.cov))
            standardised = residual / _stacked(np.outer(sd, sd), None if mean is None else sd)
            total += share * float(np.sqrt((standardised**2).mean()))
        return total

    def sizes(self, model: Model, x: Floats, *, means: bool = False) -> list[Sizes]:
        """Sizes of residuals and moments (Joreskog & Sorbom 1982; Tanaka & Huba 1985)."""
        found = []
        for number, ((group, implied, mean), share, weight) in enumerate(
            zip(self._compared(model, x), self.sample.shares, self.metric(model, x), strict=True), start=1
        ):
            fixed = model.fixed_covariates(number)
            cov = group.cov.copy()
            cov[np.ix_(fixed, fixed)] = 0.0
            own, whole = (self._size(weight @ matrix) for matrix in (group.cov - implied.sigma, cov))
            p = len(weight)
            count = p * (p + 1) // 2
            if means and mean is not None:
                distance, centre = mean - implied.mu, mean.copy()
                centre[fixed] = 0.0
                own += float(distance @ weight @ distance)
                whole += float(centre @ weight @ centre)
                count += p
            found.append(Sizes(share, own, whole, count))
        return found

    def implied(self, model: Model, x: Floats) -> tuple[Implied, ...]:
        """Implied moments, from memory where there is one."""
        return model.implied(x)

    def metric(self, model: Model, x: Floats) -> list[Floats]:
        """W of each group for :meth:`sizes`: here the inverse of the implied covariance matrix."""
        return [inverse_and_logdet(implied.sigma)[0] for implied in model.implied(x)]

    def _size(self, product: Floats) -> float:
        return 0.5 * float(np.einsum("ij,ji->", product, product))

    def _compared(self, model: Model, x: Floats) -> list[tuple[GroupMoments, Implied, Floats | None]]:
        """Sample and implied moments of each group, and its means where the model has them."""
        return [
            (group, implied, group.mean if model.means else None)
            for group, implied in zip(self.sample.groups, self.implied(model, x), strict=True)
        ]


def _stacked(matrix: Floats, means: Floats | None) -> Floats:
    j, i = np.triu_indices(len(matrix))
    return matrix[i, j] if means is None else np.concatenate([matrix[i, j], means])


def without_curvature(discrepancy: OfCovariances, model: Model, x: Floats) -> Floats:
    """Compute the Hessian of F less the term in second derivatives of the moments, shape (q, q)."""
    hessian = discrepancy.hessian(model, x)
    for rules, (implied, by_sigma, by_mu) in zip(model.rules, discrepancy.slopes(model, x), strict=True):
        add_block(hessian, rules.free, -moment_curvature(rules, implied, by_sigma, by_mu))
    return hessian


def means_of(moments: GroupMoments) -> Floats:
    """Means of a group that must have them."""
    assert moments.mean is not None
    return moments.mean
