"""Full-information maximum likelihood as a discrepancy: what the minimiser and the information need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.curvature import moment_curvature
from coprod_measure.estimation.discrepancy import add_block
from coprod_measure.estimation.fiml import complete, log_likelihood, moment_gradient
from coprod_measure.estimation.fiml_information import (
    LowRank,
    casewise_scores,
    expected_information,
    observed_information,
)
from coprod_measure.estimation.implied import gradient_of
from coprod_measure.estimation.matrices import Floats
from coprod_measure.estimation.model import Model
from coprod_measure.estimation.moments import GroupMoments, SampleMoments
from coprod_measure.estimation.patterns import MissingPatterns, group_patterns
from coprod_measure.estimation.saturated import SaturatedMoments, saturated_moments


@dataclass(frozen=True, slots=True)
class FullInformation:
    """F = 2/N sum_g (saturated log-likelihood - log-likelihood): N F is the likelihood-ratio chi-square.

    Attributes
    ----------
    sample : SampleMoments
        Saturated moments of each group (by EM); ``n`` counts people with at least one answer.
    patterns : tuple of MissingPatterns
    saturated : tuple of SaturatedMoments
    """

    sample: SampleMoments
    patterns: tuple[MissingPatterns, ...]
    saturated: tuple[SaturatedMoments, ...]

    @property
    def log_likelihood_saturated(self) -> float:
        """Log-likelihood of the unrestricted model, all groups."""
        return sum(moments.log_likelihood for moments in self.saturated)

    def log_likelihood(self, model: Model, x: Floats) -> float:
        """Log-likelihood at x, all groups.

        Raises
        ------
        EstimationError
            Where an implied covariance matrix is not positive definite.
        """
        return sum(
            log_likelihood(patterns, complete(patterns, implied.sigma, implied.mu))
            for patterns, implied in zip(self.patterns, model.implied(x), strict=True)
        )

    def value(self, model: Model, x: Floats) -> float:
        """See :class:`~coprod_measure.estimation.discrepancy.Discrepancy`."""
        try:
            value = 2.0 * (self.log_likelihood_saturated - self.log_likelihood(model, x)) / self.sample.n
        except EstimationError:
            return float("inf")
        return value if np.isfinite(value) else float("inf")

    def gradient(self, model: Model, x: Floats) -> Floats:
        """See :class:`~coprod_measure.estimation.discrepancy.Discrepancy`."""
        gradient = np.zeros(model.n_free)
        for patterns, implied, rules in zip(self.patterns, model.implied(x), model.rules, strict=True):
            completed = complete(patterns, implied.sigma, implied.mu)
            by_sigma, by_mu = moment_gradient(patterns, completed, implied.sigma)
            np.add.at(gradient, rules.free, gradient_of(rules, implied, by_sigma, by_mu))
        return -2.0 * gradient / self.sample.n

    def information(self, model: Model, x: Floats) -> Floats:
        """Compute the expected information of one observation, shape (q, q)."""
        information = np.zeros((model.n_free, model.n_free))
        for patterns, implied, rules in zip(self.patterns, model.implied(x), model.rules, strict=True):
            completed = complete(patterns, implied.sigma, implied.mu)
            own = expected_information(patterns, completed, LowRank.of_model(rules, implied))
            add_block(information, rules.free, own)
        return information / self.sample.n

    def hessian(self, model: Model, x: Floats) -> Floats:
        """See :class:`~coprod_measure.estimation.discrepancy.Discrepancy`."""
        information = np.zeros((model.n_free, model.n_free))
        for patterns, implied, rules in zip(self.patterns, model.implied(x), model.rules, strict=True):
            completed = complete(patterns, implied.sigma, implied.mu)
            by_sigma, by_mu = moment_gradient(patterns, completed, implied.sigma)
            own = observed_information(patterns, completed, LowRank.of_model(rules, implied))
            add_block(information, rules.free, own - moment_curvature(rules, implied, by_sigma, by_mu))
        return 2.0 * information / self.sample.n

    def scores(self, model: Model, x: Floats) -> tuple[Floats, ...]:
        """Differentiate each person's log-likelihood, times the weight: one (n_g, q) array a group."""
        scores = []
        for group, implied, rules in zip(self.sample.groups, model.implied(x), model.rules, strict=True):
            patterns = _people(group)
            completed = complete(patterns, implied.sigma, implied.mu)
            own = casewise_scores(patterns, completed, LowRank.of_model(rules, implied))
            selection = np.zeros((own.shape[1], model.n_free))
            selection[np.arange(own.shape[1]), rules.free] = 1.0
            scores.append(own @ selection)
        return tuple(scores)

    def saturated_information(
        self, sigma: Floats, mu: Floats, group: int, *, expected: bool = False
    ) -> Floats:
        """Sum the information about means and vech(Sigma) over the people of a group, order p + p*."""
        patterns = self.patterns[group]
        compute = expected_information if expected else observed_information
        return compute(patterns, complete(patterns, sigma, mu), LowRank.of_moments(len(mu)))

    def saturated_scores(self, sigma: Floats, mu: Floats, group: int) -> Floats:
        """Compute scores about means and vech(Sigma) of one group, shape (n_g, p + p*)."""
        patterns = _people(self.sample.groups[group])
        return casewise_scores(patterns, complete(patterns, sigma, mu), LowRank.of_moments(len(mu)))


def full_information(
    data: tuple[Floats, ...],
    weights: tuple[Floats | None, ...] | None = None,
    clusters: tuple[np.ndarray | None, ...] | None = None,
) -> FullInformation:
    """Prepare incomplete data of all groups: patterns, saturated moments.

    Parameters
    ----------
    data : tuple of ndarray, each of shape (n_g, p)
        NaN marks what is missing; rows without any answer are dropped.
    weights : tuple of ndarray or None, optional
        Sampling weights of each group, rescaled so that those of all groups sum to the number of people.
    clusters : tuple of ndarray or None, optional
        Cluster numbers, passed on with the people that remain.

    Raises
    ------
    EstimationError
        If the saturated moments cannot be found.
    """
    groups, patterns, saturated = [], [], []
    no = (None,) * len(data)
    unit = _unit_weight(data, weights)
    for y, w, cluster in zip(data, weights or no, clusters or no, strict=True):
        answered = ~np.isnan(y).all(axis=1)
        y = y[answered]
        w = None if w is None else w[answered] / unit
        own = group_patterns(y, w)
        moments = saturated_moments(own)
        members = None if cluster is None else cluster[answered]
        groups.append(GroupMoments(moments.cov, moments.mean, own.n, y, w, members))
        patterns.append(own)
        saturated.append(moments)
    return FullInformation(SampleMoments(tuple(groups)), tuple(patterns), tuple(saturated))


def _unit_weight(data: tuple[Floats, ...], weights: tuple[Floats | None, ...] | None) -> float:
    """Mean weight of all people with an answer."""
    answered = [~np.isnan(y).all(axis=1) for y in data]
    given = [w[seen] for w, seen in zip(weights or (), answered, strict=False) if w is not None]
    return float(np.concatenate(given).mean()) if given else 1.0


def _people(group: GroupMoments) -> MissingPatterns:
    assert group.data is not None
    return group_patterns(group.data, group.weights, compress=False)
