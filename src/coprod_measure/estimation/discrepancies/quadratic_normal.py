"""Generalised and unweighted least squares of covariance matrices and means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.linalg import LinAlgError

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats, add_block, inverse_and_logdet
from coprod_measure.estimation.discrepancies.covariances import OfCovariances, Slopes, means_of
from coprod_measure.estimation.discrepancies.maximum_likelihood import MaximumLikelihood
from coprod_measure.estimation.model.curvature import moment_curvature
from coprod_measure.estimation.model.implied import Derivatives, Implied, information_of
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.sample.moments import SampleMoments


@dataclass(frozen=True, slots=True)
class QuadraticNormal(OfCovariances):
    """GLS, W = S^-1: F = sum_g n_g/N [ 1/2 tr{(W (S - Sigma))^2} + (m - mu)' W (m - mu) ].

    Browne (1974); Bollen (1989), eq. 4.74. ULS takes W = I and counts a variance as much as a covariance, as
    lavaan does: F gains 1/2 sum of the squared diagonal of S - Sigma.
    """

    one_less: ClassVar[bool] = True
    weights: tuple[Floats, ...]
    whole_diagonal: bool = False

    @property
    def unit(self) -> float:
        """See :class:`.discrepancy.Discrepancy`: ULS counts in the unit of the answers."""
        if not self.whole_diagonal:
            return 1.0
        pairs = zip(self.sample.shares, self.sample.groups, strict=True)
        return sum(share * self._size(group.cov) for share, group in pairs)

    def value(self, model: Model, x: Floats) -> float:
        """See :class:`.discrepancy.Discrepancy`."""
        total = 0.0
        for moments, share, weight, implied in zip(
            self.sample.groups, self.sample.shares, self.weights, model.implied(x), strict=True
        ):
            own = self._size(weight @ (moments.cov - implied.sigma))
            if model.means:
                distance = means_of(moments) - implied.mu
                own += float(distance @ weight @ distance)
            total += share * own
        return total if np.isfinite(total) else float("inf")

    def slopes(self, model: Model, x: Floats) -> list[Slopes]:
        """See :class:`.covariances.OfCovariances`."""
        found: list[Slopes] = []
        for moments, share, weight, implied in zip(
            self.sample.groups, self.sample.shares, self.weights, model.implied(x), strict=True
        ):
            residual = moments.cov - implied.sigma
            by_sigma: Floats = -weight @ residual @ weight
            if self.whole_diagonal:
                by_sigma = by_sigma - np.diag(np.diagonal(residual))
            by_mu = -2.0 * share * weight @ (means_of(moments) - implied.mu) if model.means else None
            found.append((implied, share * by_sigma, by_mu))
        return found

    def information(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`; groups count by n, not n - 1, as in lavaan."""
        information = np.zeros((model.n_free, model.n_free))
        counts = np.array([moments.n + 1.0 for moments in self.sample.groups])
        for share, weight, implied, rules in zip(
            counts / counts.sum(), self.weights, model.implied(x), model.rules, strict=True
        ):
            own = information_of(rules, implied, weight, means=model.means) + self._diagonal(rules, implied)
            add_block(information, rules.free, share * own)
        return information

    def hessian(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`."""
        hessian = np.zeros((model.n_free, model.n_free))
        for share, weight, rules, (implied, by_sigma, by_mu) in zip(
            self.sample.shares, self.weights, model.rules, self.slopes(model, x), strict=True
        ):
            flat = information_of(rules, implied, weight, means=model.means) + self._diagonal(rules, implied)
            bent = moment_curvature(rules, implied, by_sigma, by_mu)
            add_block(hessian, rules.free, 2.0 * share * flat + bent)
        return hessian

    def metric(self, model: Model, x: Floats) -> list[Floats]:
        """W of each group."""
        return list(self.weights)

    def _size(self, product: Floats) -> float:
        found = 0.5 * float(np.einsum("ij,ji->", product, product))
        return found + 0.5 * float((np.diagonal(product) ** 2).sum()) * self.whole_diagonal

    def residual_errors(
        self, model: Model, x: Floats, directions: Floats | None, *, robust: bool
    ) -> list[Floats]:
        """See :class:`.discrepancy.Discrepancy`.

        What maximum likelihood leaves no residual, GLS leaves one that vanishes faster than its error (lavaan
        divides it nevertheless).
        """
        errors = OfCovariances.residual_errors(self, model, x, directions, robust=robust)
        if self.whole_diagonal or directions is None:
            return errors
        likely = MaximumLikelihood(self.sample).residual_errors(model, x, directions, robust=robust)
        return [np.where(np.isnan(other), np.nan, own) for own, other in zip(errors, likely, strict=True)]

    def _weighed(self, weight: Floats, change: Floats) -> Floats:
        return weight @ change @ weight + np.diag(np.diagonal(change)) * self.whole_diagonal

    def _diagonal(self, rules: Derivatives, implied: Implied) -> Floats | float:
        if not self.whole_diagonal:
            return 0.0
        basis = implied.basis
        slopes = basis[:, rules.left] * basis[:, rules.right] * (2.0 * rules.scale)
        return 0.5 * slopes.T @ slopes


def generalized_least_squares(sample: SampleMoments) -> QuadraticNormal:
    """GLS: weights from the inverse sample covariance.

    Raises
    ------
    EstimationError
        If a covariance matrix is singular.
    """
    try:
        weights = tuple(inverse_and_logdet(group.cov)[0] for group in sample.groups)
    except LinAlgError as error:
        raise EstimationError(
            "the sample covariance matrix is not positive definite",
            cure='Use estimator="ULS", or look for duplicated variables',
            code="singular-covariance",
        ) from error
    return QuadraticNormal(sample, weights)


def unweighted_least_squares(sample: SampleMoments) -> QuadraticNormal:
    """ULS: the plain sum of squared residual variances, covariances and means (as in lavaan)."""
    return QuadraticNormal(
        sample, tuple(np.eye(len(group.cov)) for group in sample.groups), whole_diagonal=True
    )
