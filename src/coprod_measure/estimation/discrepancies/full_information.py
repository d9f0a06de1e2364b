"""Full-information maximum likelihood as a discrepancy: what the minimiser and the information need."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.discrepancy import add_block
from coprod_measure.estimation.missing.fiml import complete, log_likelihood, moment_gradient
from coprod_measure.estimation.missing.fiml_information import (
    casewise_scores,
    expected_information,
    observed_information,
)
from coprod_measure.estimation.missing.incomplete_moments import IncompleteMoments
from coprod_measure.estimation.model.curvature import moment_curvature
from coprod_measure.estimation.model.implied import gradient_of
from coprod_measure.estimation.model.model import Model


class _LastHessian:
    """What was last computed: errors and robust tests ask for the Hessian at the same point."""

    def __init__(self) -> None:
        self.model: Model | None = None
        self.x: Floats = np.empty(0)
        self.value: Floats = np.empty((0, 0))

    def keep(self, model: Model, x: Floats, value: Floats) -> None:
        self.model, self.x, self.value = model, x.copy(), value.copy()

    def holds(self, model: Model, x: Floats) -> bool:
        return self.model is model and np.array_equal(self.x, x)


@dataclass(frozen=True, slots=True)
class FullInformation:
    """F = 2/N sum_g (saturated log-likelihood - log-likelihood): N F is the likelihood-ratio chi-square.

    Attributes
    ----------
    sample : IncompleteMoments
        ``n`` counts people with at least one answer.
    """

    sample: IncompleteMoments
    _last: _LastHessian = field(default_factory=_LastHessian, init=False, repr=False, compare=False)

    @property
    def log_likelihood_saturated(self) -> float:
        """Log-likelihood of the unrestricted model, all groups."""
        return sum(moments.log_likelihood for moments in self.sample.saturated)

    def log_likelihood(self, model: Model, x: Floats) -> float:
        """Log-likelihood at x, all groups.

        Raises
        ------
        EstimationError
            Where an implied covariance matrix is not positive definite.
        """
        return sum(
            log_likelihood(patterns, complete(patterns, implied.sigma, implied.mu))
            for patterns, implied in zip(self.sample.patterns, model.implied(x), strict=True)
        )

    def value(self, model: Model, x: Floats) -> float:
        """See :class:`~coprod_measure.estimation.discrepancies.discrepancy.Discrepancy`."""
        try:
            value = 2.0 * (self.log_likelihood_saturated - self.log_likelihood(model, x)) / self.sample.n
        except EstimationError:
            return float("inf")
        return value if np.isfinite(value) else float("inf")

    def gradient(self, model: Model, x: Floats) -> Floats:
        """See :class:`~coprod_measure.estimation.discrepancies.discrepancy.Discrepancy`."""
        gradient = np.zeros(model.n_free)
        for patterns, implied, rules in zip(self.sample.patterns, model.implied(x), model.rules, strict=True):
            completed = complete(patterns, implied.sigma, implied.mu)
            by_sigma, by_mu = moment_gradient(patterns, completed, implied.sigma)
            np.add.at(gradient, rules.free, gradient_of(rules, implied, by_sigma, by_mu))
        return -2.0 * gradient / self.sample.n

    def information(self, model: Model, x: Floats) -> Floats:
        """Compute the expected information of one observation, shape (q, q)."""
        information = np.zeros((model.n_free, model.n_free))
        for patterns, implied, rules in zip(self.sample.patterns, model.implied(x), model.rules, strict=True):
            completed = complete(patterns, implied.sigma, implied.mu)
            own = expected_information(patterns, completed, rules.low_rank(implied))
            add_block(information, rules.free, own)
        return information / self.sample.n

    def hessian(self, model: Model, x: Floats) -> Floats:
        """See :class:`~coprod_measure.estimation.discrepancies.discrepancy.Discrepancy`."""
        if self._last.holds(model, x):
            return self._last.value.copy()
        information = np.zeros((model.n_free, model.n_free))
        for patterns, implied, rules in zip(self.sample.patterns, model.implied(x), model.rules, strict=True):
            completed = complete(patterns, implied.sigma, implied.mu)
            by_sigma, by_mu = moment_gradient(patterns, completed, implied.sigma)
            own = observed_information(patterns, completed, rules.low_rank(implied))
            add_block(information, rules.free, own - moment_curvature(rules, implied, by_sigma, by_mu))
        information *= 2.0 / self.sample.n
        self._last.keep(model, x, information)
        return information

    def scores(self, model: Model, x: Floats) -> tuple[Floats, ...]:
        """Differentiate each person's log-likelihood, times the weight: one (n_g, q) array a group."""
        scores = []
        for number, (implied, rules) in enumerate(zip(model.implied(x), model.rules, strict=True)):
            people = self.sample.people(number)
            completed = complete(people, implied.sigma, implied.mu)
            own = casewise_scores(people, completed, rules.low_rank(implied))
            spread = np.zeros((own.shape[0], model.n_free))
            np.add.at(spread.T, rules.free, own.T)
            scores.append(spread)
        return tuple(scores)

    def first_order_information(self, model: Model, x: Floats) -> Floats:
        """Compute the cross product of the scores, for one observation, shape (q, q)."""
        parts = [self.sample.summed(own, number) for number, own in enumerate(self.scores(model, x))]
        return np.asarray(sum(part.T @ part for part in parts) / self.sample.n)
