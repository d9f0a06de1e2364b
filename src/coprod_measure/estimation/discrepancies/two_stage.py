"""Two stages: saturated moments of incomplete answers by EM, then maximum likelihood as if of complete data.

Errors and test count the uncertainty of the first stage (Savalei & Bentler 2009; without normality Savalei &
Falk 2014): with H the information that complete data would have about the moments, Gamma the sampling
covariance of those found, Delta the derivatives and E = Delta' H Delta, the errors are those of
E^-1 Delta' H Gamma H Delta E^-1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.discrepancy import Traces, inverse_along, root
from coprod_measure.estimation.discrepancies.maximum_likelihood import MaximumLikelihood
from coprod_measure.estimation.discrepancies.moment_spread import MomentSpread, variances_left
from coprod_measure.estimation.missing.incomplete_moments import IncompleteMoments
from coprod_measure.estimation.missing.saturated_information import (
    SaturatedInformation,
    complete_moment_information,
)
from coprod_measure.estimation.model.implied import moment_jacobian
from coprod_measure.estimation.model.model import Model


@dataclass(frozen=True, slots=True)
class TwoStage(MaximumLikelihood):
    """Maximum likelihood of saturated moments.

    Attributes
    ----------
    robust : bool
        Whether the first stage does without normality.
    """

    sample: IncompleteMoments
    robust: bool = False

    @property
    def testable(self) -> bool:
        """See :class:`.discrepancy.Discrepancy`."""
        return self.sample.bounded

    def linearized_hessian(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`; weighed by the information at the saturated moments."""
        parts = [jacobian.T @ group.complete @ jacobian for group, jacobian in self._slopes(model, x)]
        return np.asarray(2.0 * sum(parts) / self.sample.n)

    def meat(self, model: Model, x: Floats, *, casewise: bool) -> Floats:
        """See :class:`.discrepancy.Discrepancy`."""
        parts = [self._spread(group, own, group.complete).meat for group, own in self._slopes(model, x)]
        return np.asarray(sum(parts) / self.sample.n)

    def traces(
        self, model: Model, x: Floats, inverse: Floats, test: str, *, expected: bool = False
    ) -> Traces:
        """See :class:`.discrepancy.Discrepancy`."""
        groups = self.sample.information
        whole = sum(group.completed_score_trace if self.robust else group.completed_trace for group in groups)
        return Traces(whole - float(np.einsum("ij,ji->", self.meat(model, x, casewise=False), inverse)))

    def residual_errors(
        self, model: Model, x: Floats, directions: Floats | None, *, robust: bool
    ) -> list[Floats]:
        """See :class:`.discrepancy.Discrepancy`."""
        p = len(self.sample.groups[0].cov)
        spreads, half = [], np.zeros((model.n_free, model.n_free))
        for (group, jacobian), moments, metric in zip(
            self._slopes(model, x), self.sample.groups, self.metric(model, x), strict=True
        ):
            # At the model's moments: else what it reproduces to first order would have an error.
            weight = moments.n * complete_moment_information(metric)[np.ix_(group.kept, group.kept)]
            spreads.append(self._spread(group, jacobian, weight))
            half += jacobian.T @ weight @ jacobian
        inverse = None if directions is None else inverse_along(half, directions)
        errors = []
        variances = variances_left(spreads, [1.0] * len(spreads), inverse)
        for group, spread, left in zip(self.sample.information, spreads, variances, strict=True):
            error = np.full(len(group.kept), np.nan)
            error[group.kept] = root(left, spread.gamma, 1.0)
            errors.append(np.concatenate([error[p:], error[:p]]))
        return errors

    def _slopes(self, model: Model, x: Floats) -> Iterator[tuple[SaturatedInformation, Floats]]:
        for group, implied, rules in zip(self.sample.information, model.implied(x), model.rules, strict=True):
            yield group, moment_jacobian(rules, implied, model.n_free)[group.kept]

    def _spread(self, group: SaturatedInformation, jacobian: Floats, weight: Floats) -> MomentSpread:
        weighed = weight @ jacobian
        if self.robust:
            rooted = group.solve(group.scores.T)
            gamma, along = np.einsum("ij,ij->i", rooted, rooted), rooted @ (rooted.T @ weighed)
        else:
            gamma, along = np.diagonal(group.solve(np.eye(len(jacobian)))), group.solve(weighed)
        return MomentSpread(gamma, jacobian, along, weighed.T @ along)
