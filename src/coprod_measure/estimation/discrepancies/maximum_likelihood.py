"""Maximum likelihood of complete normal data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from scipy.linalg import LinAlgError

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats, inverse_and_logdet, summed
from coprod_measure.estimation.discrepancies.covariances import (
    OfCovariances,
    Slopes,
    means_of,
    without_curvature,
)
from coprod_measure.estimation.discrepancies.discrepancy import Last
from coprod_measure.estimation.model.curvature import likelihood_curvature
from coprod_measure.estimation.model.implied import Implied, information_of
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.sample.moments import normal_log_likelihood


@dataclass(frozen=True, slots=True)
class Point:
    """One group at one point: implied moments, their inverse and log determinant."""

    implied: Implied
    inverse: Floats
    logdet: float


@dataclass(frozen=True, slots=True)
class MaximumLikelihood(OfCovariances):
    """Normal-theory maximum likelihood (Joreskog 1969; Bollen 1989, eq. 4.67).

    F = sum_g n_g/N [ log|Sigma| + tr(S Sigma^-1) - log|S| - p + (m - mu)' Sigma^-1 (m - mu) ].
    """

    likelihood: ClassVar[bool] = True
    complete: ClassVar[bool] = True
    _logdet: tuple[float, ...] = field(init=False)
    _last: Last[tuple[Point, ...]] = field(init=False, default_factory=Last, repr=False, compare=False)

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
        return self._last.at(
            model,
            x,
            lambda: tuple(Point(one, *inverse_and_logdet(one.sigma)) for one in model.implied(x)),
        )

    def implied(self, model: Model, x: Floats) -> tuple[Implied, ...]:
        """See :class:`.covariances.OfCovariances`."""
        return tuple(point.implied for point in self._points(model, x))

    def metric(self, model: Model, x: Floats) -> list[Floats]:
        """See :class:`.covariances.OfCovariances`."""
        return [point.inverse for point in self._points(model, x)]

    def value(self, model: Model, x: Floats) -> float:
        """See :class:`.discrepancy.Discrepancy`."""
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
                distance = means_of(moments) - point.implied.mu
                own += float(distance @ point.inverse @ distance)
            values.append(own)
        return values

    def slopes(self, model: Model, x: Floats) -> list[Slopes]:
        """See :class:`.covariances.OfCovariances`."""
        found: list[Slopes] = []
        for moments, share, point in zip(
            self.sample.groups, self.sample.shares, self._points(model, x), strict=True
        ):
            inverse, scatter, by_mu = point.inverse, moments.cov, None
            if model.means:
                distance = means_of(moments) - point.implied.mu
                scatter = scatter + np.outer(distance, distance)
                by_mu = -2.0 * share * inverse @ distance
            by_sigma = inverse @ scatter @ inverse
            np.subtract(inverse, by_sigma, out=by_sigma)
            by_sigma *= share
            found.append((point.implied, by_sigma, by_mu))
        return found

    def information(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`; here it is the expected information of one observation."""
        return summed(
            model.n_free,
            (
                (share, rules.free, information_of(rules, point.implied, point.inverse, means=model.means))
                for share, point, rules in zip(
                    self.sample.shares, self._points(model, x), model.rules, strict=True
                )
            ),
        )

    def hessian(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`."""
        found = []
        for moments, share, point, rules in zip(
            self.sample.groups, self.sample.shares, self._points(model, x), model.rules, strict=True
        ):
            distance = means_of(moments) - point.implied.mu if model.means else None
            own = likelihood_curvature(rules, point.implied, point.inverse, moments.cov, distance)
            found.append((share, rules.free, own))
        return summed(model.n_free, found)

    def linearized_hessian(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`."""
        return without_curvature(self, model, x)

    def chi_square(self, model: Model, x: Floats, value: float, n: float) -> float:
        """N F; under the Wishart likelihood every group counts one respondent less, as in lavaan."""
        if not self.sample.lost:
            return n * value
        lost = self.sample.lost / len(self.sample.groups)
        values = self.group_values(model, x)
        return sum((moments.n - lost) * own for moments, own in zip(self.sample.groups, values, strict=True))

    def saturated_log_likelihoods(self) -> list[float]:
        """See :class:`.discrepancy.Discrepancy`."""
        return [normal_log_likelihood(group.cov, group.n) for group in self.sample.groups]
