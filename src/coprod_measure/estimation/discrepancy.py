"""Discrepancies between sample and implied moments, on complete data.

A discrepancy knows three things at a point x of the free parameters: its value F, its gradient, and the
information of one observation that serves as metric for Fisher scoring (half the expected Hessian of F).
N F is the chi-square.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.curvature import likelihood_curvature, moment_curvature
from coprod_measure.estimation.implied import Derivatives, Implied, gradient_of, information_of
from coprod_measure.estimation.matrices import Floats
from coprod_measure.estimation.model import Model
from coprod_measure.estimation.moments import GroupMoments, SampleMoments


class Discrepancy(Protocol):
    """What the minimiser needs; WLS and full-information estimators implement it too."""

    def value(self, model: Model, x: Floats) -> float:
        """F at x; infinite where the model implies impossible moments."""
        ...

    def gradient(self, model: Model, x: Floats) -> Floats:
        """Differentiate F by the free parameters, shape (q,)."""
        ...

    def information(self, model: Model, x: Floats) -> Floats:
        """Half the expected Hessian of F, shape (q, q)."""
        ...

    def hessian(self, model: Model, x: Floats) -> Floats:
        """Second derivatives of F, shape (q, q)."""
        ...


def inverse_and_logdet(matrix: Floats) -> tuple[Floats, float]:
    """Inverse and log determinant of a positive definite matrix.

    Raises
    ------
    scipy.linalg.LinAlgError
        If the matrix is not positive definite.
    """
    factor = cho_factor(matrix, lower=True, check_finite=False)
    diagonal = np.diagonal(factor[0])
    if not np.all(diagonal > 0) or not np.isfinite(diagonal).all():
        raise LinAlgError("not positive definite")
    inverse = cho_solve(factor, np.eye(len(matrix)), check_finite=False)
    return (inverse + inverse.T) / 2, 2.0 * float(np.log(diagonal).sum())


@dataclass(frozen=True, slots=True)
class MaximumLikelihood:
    """Normal-theory maximum likelihood (Joreskog 1969; Bollen 1989, eq. 4.67).

    F = sum_g n_g/N [ log|Sigma| + tr(S Sigma^-1) - log|S| - p + (m - mu)' Sigma^-1 (m - mu) ].
    """

    sample: SampleMoments
    _logdet: tuple[float, ...] = field(init=False)

    def __post_init__(self) -> None:
        try:
            logdets = tuple(inverse_and_logdet(group.cov)[1] for group in self.sample.groups)
        except LinAlgError as error:
            raise EstimationError(
                "the sample covariance matrix is not positive definite",
                cure="Look for a variable that is a sum of others, a duplicate, or too few respondents",
                code="singular-covariance",
            ) from error
        object.__setattr__(self, "_logdet", logdets)

    def value(self, model: Model, x: Floats) -> float:
        """See :class:`Discrepancy`."""
        total = 0.0
        for moments, share, logdet, implied in zip(
            self.sample.groups, self.sample.shares, self._logdet, model.implied(x), strict=True
        ):
            try:
                factor = cho_factor(implied.sigma, lower=True, check_finite=False)
            except LinAlgError:
                return float("inf")
            solved = cho_solve(factor, moments.cov, check_finite=False)
            own = (
                2.0 * float(np.log(np.diagonal(factor[0])).sum())
                - logdet
                + float(np.trace(solved))
                - len(solved)
            )
            if model.means:
                distance = _means(moments) - implied.mu
                own += float(distance @ cho_solve(factor, distance, check_finite=False))
            total += share * own
        return total if np.isfinite(total) else float("inf")

    def gradient(self, model: Model, x: Floats) -> Floats:
        """See :class:`Discrepancy`."""
        gradient = np.zeros(model.n_free)
        for moments, share, implied, rules in zip(
            self.sample.groups, self.sample.shares, model.implied(x), model.rules, strict=True
        ):
            inverse, _ = inverse_and_logdet(implied.sigma)
            scatter, g_mu = moments.cov, None
            if model.means:
                distance = _means(moments) - implied.mu
                scatter = scatter + np.outer(distance, distance)
                g_mu = -2.0 * inverse @ distance
            g_sigma = inverse - inverse @ scatter @ inverse
            np.add.at(gradient, rules.free, share * gradient_of(rules, implied, g_sigma, g_mu))
        return gradient

    def information(self, model: Model, x: Floats) -> Floats:
        """See :class:`Discrepancy`; here it is the expected information of one observation."""
        information = np.zeros((model.n_free, model.n_free))
        for share, implied, rules in zip(self.sample.shares, model.implied(x), model.rules, strict=True):
            inverse, _ = inverse_and_logdet(implied.sigma)
            own = share * information_of(rules, implied, inverse, means=model.means)
            add_block(information, rules.free, own)
        return information

    def hessian(self, model: Model, x: Floats) -> Floats:
        """See :class:`Discrepancy`."""
        hessian = np.zeros((model.n_free, model.n_free))
        for moments, share, implied, rules in zip(
            self.sample.groups, self.sample.shares, model.implied(x), model.rules, strict=True
        ):
            inverse, _ = inverse_and_logdet(implied.sigma)
            distance = _means(moments) - implied.mu if model.means else None
            own = likelihood_curvature(rules, implied, inverse, moments.cov, distance)
            add_block(hessian, rules.free, share * own)
        return hessian


@dataclass(frozen=True, slots=True)
class QuadraticNormal:
    """GLS, W = S^-1: F = sum_g n_g/N [ 1/2 tr{(W (S - Sigma))^2} + (m - mu)' W (m - mu) ].

    Browne (1974); Bollen (1989), eq. 4.74. ULS takes W = I and counts a variance as much as a covariance, as
    lavaan does: F gains 1/2 sum of the squared diagonal of S - Sigma.
    """

    sample: SampleMoments
    weights: tuple[Floats, ...]
    whole_diagonal: bool = False

    def value(self, model: Model, x: Floats) -> float:
        """See :class:`Discrepancy`."""
        total = 0.0
        for moments, share, weight, implied in zip(
            self.sample.groups, self.sample.shares, self.weights, model.implied(x), strict=True
        ):
            product = weight @ (moments.cov - implied.sigma)
            own = 0.5 * float(np.einsum("ij,ji->", product, product))
            if self.whole_diagonal:
                own += 0.5 * float((np.diagonal(product) ** 2).sum())
            if model.means:
                distance = _means(moments) - implied.mu
                own += float(distance @ weight @ distance)
            total += share * own
        return total if np.isfinite(total) else float("inf")

    def gradient(self, model: Model, x: Floats) -> Floats:
        """See :class:`Discrepancy`."""
        gradient = np.zeros(model.n_free)
        for moments, share, weight, implied, rules in zip(
            self.sample.groups, self.sample.shares, self.weights, model.implied(x), model.rules, strict=True
        ):
            g_sigma = self._g_sigma(moments, weight, implied)
            g_mu = -2.0 * weight @ (_means(moments) - implied.mu) if model.means else None
            np.add.at(gradient, rules.free, share * gradient_of(rules, implied, g_sigma, g_mu))
        return gradient

    def information(self, model: Model, x: Floats) -> Floats:
        """See :class:`Discrepancy`."""
        information = np.zeros((model.n_free, model.n_free))
        for share, weight, implied, rules in zip(
            self.sample.shares, self.weights, model.implied(x), model.rules, strict=True
        ):
            own = information_of(rules, implied, weight, means=model.means) + self._diagonal(rules, implied)
            add_block(information, rules.free, share * own)
        return information

    def hessian(self, model: Model, x: Floats) -> Floats:
        """See :class:`Discrepancy`."""
        hessian = np.zeros((model.n_free, model.n_free))
        for moments, share, weight, implied, rules in zip(
            self.sample.groups, self.sample.shares, self.weights, model.implied(x), model.rules, strict=True
        ):
            means = information_of(rules, implied, weight, means=model.means) + self._diagonal(rules, implied)
            g_mu = -2.0 * weight @ (_means(moments) - implied.mu) if model.means else None
            bent = moment_curvature(rules, implied, self._g_sigma(moments, weight, implied), g_mu)
            add_block(hessian, rules.free, share * (2.0 * means + bent))
        return hessian

    def _g_sigma(self, moments: GroupMoments, weight: Floats, implied: Implied) -> Floats:
        residual = moments.cov - implied.sigma
        g_sigma: Floats = -weight @ residual @ weight
        return g_sigma - np.diag(np.diagonal(residual)) if self.whole_diagonal else g_sigma

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


def add_block(total: Floats, positions: np.ndarray, block: Floats) -> None:
    """Add a group's matrix to the matrix of all free parameters, in place.

    Parameters
    ----------
    total : (q, q) float
        Changed.
    positions : (k,) int
        May repeat when a group holds parameters equal.
    block : (k, k) float
        What is added.
    """
    k = len(positions)
    if len(np.unique(positions)) == k:
        total[positions[:, None], positions] += block
        return
    selection = np.zeros((k, total.shape[0]))
    selection[np.arange(k), positions] = 1.0
    total += selection.T @ block @ selection


def _means(moments: GroupMoments) -> Floats:
    assert moments.mean is not None
    return moments.mean
