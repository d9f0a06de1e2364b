"""Discrepancies between sample and implied moments, on complete data.

A discrepancy knows three things at a point x of the free parameters: its value F, its gradient, and the
information of one observation that serves as metric for Fisher scoring (half the expected Hessian of F).
N F is the chi-square.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from scipy.linalg import LinAlgError
from scipy.linalg.lapack import dpotrf, dpotri

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.model.curvature import likelihood_curvature, moment_curvature
from coprod_measure.estimation.model.implied import Derivatives, Implied, gradient_of, information_of
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.sample.moments import GroupMoments, SampleMoments


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
    factor, failed = dpotrf(matrix, lower=1, clean=1)
    diagonal = np.diagonal(factor)
    if failed or not np.isfinite(diagonal).all():
        raise LinAlgError("not positive definite")
    lower, failed = dpotri(factor, lower=1)
    if failed:
        raise LinAlgError("not positive definite")
    # The other half of the factor was cleaned to zeros and stayed so.
    inverse: Floats = lower + lower.T
    inverse.flat[:: len(inverse) + 1] /= 2.0
    return inverse, 2.0 * float(np.log(diagonal).sum())


@dataclass(frozen=True, slots=True)
class Point:
    """One group at one point: implied moments, their inverse and log determinant."""

    implied: Implied
    inverse: Floats
    logdet: float


@dataclass(slots=True)
class _LastPoint:
    """The point asked for last; value, gradient and information are wanted of the same one in turn."""

    model: Model | None = None
    x: Floats | None = None
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class MaximumLikelihood:
    """Normal-theory maximum likelihood (Joreskog 1969; Bollen 1989, eq. 4.67).

    F = sum_g n_g/N [ log|Sigma| + tr(S Sigma^-1) - log|S| - p + (m - mu)' Sigma^-1 (m - mu) ].
    """

    sample: SampleMoments
    _logdet: tuple[float, ...] = field(init=False)
    _last: _LastPoint = field(init=False, default_factory=_LastPoint, compare=False)

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

    def _points(self, model: Model, x: Floats) -> tuple[Point, ...]:
        last = self._last
        if last.model is model and last.x is not None and np.array_equal(last.x, x):
            return last.points
        points = tuple(Point(implied, *inverse_and_logdet(implied.sigma)) for implied in model.implied(x))
        last.model, last.x, last.points = model, x.copy(), points
        return points

    def value(self, model: Model, x: Floats) -> float:
        """See :class:`Discrepancy`."""
        try:
            values = self.group_values(model, x)
        except (LinAlgError, EstimationError):
            return float("inf")
        total = sum(share * own for share, own in zip(self.sample.shares, values, strict=True))
        return total if np.isfinite(total) else float("inf")

    def group_values(self, model: Model, x: Floats) -> list[float]:
        """F of each group alone.

        Raises
        ------
        scipy.linalg.LinAlgError, EstimationError
            If the model implies impossible moments.
        """
        values = []
        for moments, logdet, point in zip(
            self.sample.groups, self._logdet, self._points(model, x), strict=True
        ):
            own = point.logdet - logdet + float(np.vdot(point.inverse, moments.cov)) - len(moments.cov)
            if model.means:
                distance = _means(moments) - point.implied.mu
                own += float(distance @ point.inverse @ distance)
            values.append(own)
        return values

    def gradient(self, model: Model, x: Floats) -> Floats:
        """See :class:`Discrepancy`."""
        gradient = np.zeros(model.n_free)
        for moments, share, point, rules in zip(
            self.sample.groups, self.sample.shares, self._points(model, x), model.rules, strict=True
        ):
            inverse, scatter, g_mu = point.inverse, moments.cov, None
            if model.means:
                distance = _means(moments) - point.implied.mu
                scatter = scatter + np.outer(distance, distance)
                g_mu = -2.0 * inverse @ distance
            g_sigma = inverse - inverse @ scatter @ inverse
            np.add.at(gradient, rules.free, share * gradient_of(rules, point.implied, g_sigma, g_mu))
        return gradient

    def information(self, model: Model, x: Floats) -> Floats:
        """See :class:`Discrepancy`; here it is the expected information of one observation."""
        information = np.zeros((model.n_free, model.n_free))
        for share, point, rules in zip(self.sample.shares, self._points(model, x), model.rules, strict=True):
            own = information_of(rules, point.implied, point.inverse, means=model.means)
            add_block(information, rules.free, share * own)
        return information

    def hessian(self, model: Model, x: Floats) -> Floats:
        """See :class:`Discrepancy`."""
        hessian = np.zeros((model.n_free, model.n_free))
        for moments, share, point, rules in zip(
            self.sample.groups, self.sample.shares, self._points(model, x), model.rules, strict=True
        ):
            distance = _means(moments) - point.implied.mu if model.means else None
            own = likelihood_curvature(rules, point.implied, point.inverse, moments.cov, distance)
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
        """See :class:`Discrepancy`; groups count by their respondents, not by one less, as in lavaan."""
        information = np.zeros((model.n_free, model.n_free))
        counts = np.array([moments.n + 1.0 for moments in self.sample.groups])
        for share, weight, implied, rules in zip(
            counts / counts.sum(), self.weights, model.implied(x), model.rules, strict=True
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
    first = int(positions[0]) if k else 0
    if (positions == np.arange(first, first + k)).all():
        total[first : first + k, first : first + k] += block
        return
    if len(np.unique(positions)) == k:
        total[positions[:, None], positions] += block
        return
    selection = np.zeros((k, total.shape[0]))
    selection[np.arange(k), positions] = 1.0
    total += selection.T @ block @ selection


def _means(moments: GroupMoments) -> Floats:
    assert moments.mean is not None
    return moments.mean
