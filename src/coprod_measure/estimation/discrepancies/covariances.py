"""What discrepancies of covariance matrices and means share, whatever their metric."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

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
    satorra_bentler_traces,
    saturated_first_order_trace,
    weighted_influences,
)
from coprod_measure.estimation.model.curvature import moment_curvature
from coprod_measure.estimation.model.implied import (
    Derivatives,
    Implied,
    gradient_of,
    information_of,
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

    def traces(self, model: Model, x: Floats, inverse: Floats, test: str) -> Traces:
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
            found.append(_stacked(correlations, None if mean is None else mean / sd - implied.mu / own))
        return found

    def residual_errors(
        self, model: Model, x: Floats, directions: Floats | None, *, robust: bool
    ) -> list[Floats]:
        """Take standard errors under normality: the diagonal of Q Gamma Q', Q = I - Delta E^-1 Delta' V.

        Ogasawara (2001), with Gamma at the sample moments. As in lavaan 0.6, sampling error that comes
        through equalities from other groups is not counted.
        """
        inverse = None if directions is None else inverse_along(self.information(model, x), directions)
        found = []
        for (group, implied, mean), share, rules in zip(
            self._compared(model, x), self.sample.shares, model.rules, strict=True
        ):
            j, i = np.triu_indices(len(group.cov))
            variance = group.cov[i, i] * group.cov[j, j] + group.cov[i, j] ** 2
            of_means = np.diagonal(group.cov)
            if inverse is not None:
                gone = _explained(group.cov, share, implied, rules, inverse, means=model.means)
                variance, of_means = variance - gone[0], of_means - gone[1]
            both = variance if mean is None else np.concatenate([variance, of_means])
            found.append(root(both, group.n))
        return found

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

    def sizes(self, model: Model, x: Floats) -> list[Sizes]:
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
            if mean is not None:
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


def _explained(
    cov: Floats, share: float, implied: Implied, rules: Derivatives, inverse: Floats, *, means: bool
) -> list[Floats]:
    """Compute what estimation takes off the variances of covariances and means, for one observation."""
    weight, _ = inverse_and_logdet(implied.sigma)
    meat = np.zeros_like(inverse)
    add_block(meat, rules.free, information_of(rules, implied, weight @ cov @ weight, means=means))
    middle = share**2 * inverse @ meat @ inverse
    taken = []
    for derivative, along in zip(
        jacobian_of(rules, implied), _through(rules, implied, cov @ weight), strict=True
    ):
        d, b = (spread_columns(one, rules.free, len(inverse)) for one in (derivative, along))
        once = 2.0 * share * np.einsum("ij,jk,ik->i", d, inverse, b, optimize=True)
        taken.append(once - np.einsum("ij,jk,ik->i", d, middle, d, optimize=True))
    return taken


def _through(rules: Derivatives, implied: Implied, turn: Floats) -> tuple[Floats, Floats]:
    """Gamma V Delta of covariances and means: derivatives with every column of the basis turned by S W."""
    basis = turn @ implied.basis
    j, i = np.triu_indices(len(implied.mu))
    a, b = basis[:, rules.left], basis[:, rules.right] * rules.scale
    return a[i] * b[j] + a[j] * b[i], a * rules.mean_factor(implied)


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
