"""Full-information maximum likelihood as a discrepancy: what the minimiser and the information need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from scipy.sparse import csr_array

from coprod_measure.errors import EstimationError, NotAvailable
from coprod_measure.estimation.arrays import Floats, add_block, spread_columns, summed
from coprod_measure.estimation.discrepancies.covariances import OfCovariances, Slopes, without_curvature
from coprod_measure.estimation.discrepancies.discrepancy import (
    NOTHING,
    Bordered,
    IndexTest,
    Last,
    Sizes,
    Traces,
    inverse_along,
)
from coprod_measure.estimation.discrepancies.maximum_likelihood import MaximumLikelihood
from coprod_measure.estimation.discrepancies.moment_spread import MomentSpread, variances_left
from coprod_measure.estimation.missing.along import (
    expected_along,
    expected_diagonal,
    information_along,
    observed_along,
)
from coprod_measure.estimation.missing.fiml import Completed, complete, log_likelihood, moment_gradient
from coprod_measure.estimation.missing.fiml_information import (
    LowRank,
    casewise_scores,
    expected_information,
    observed_information,
)
from coprod_measure.estimation.missing.incomplete_moments import IncompleteMoments
from coprod_measure.estimation.missing.patterns import MissingPatterns
from coprod_measure.estimation.missing.saturated_information import SaturatedInformation
from coprod_measure.estimation.model.curvature import moment_curvature
from coprod_measure.estimation.model.implied import Implied, information_of, moment_jacobian
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.sample.moments import GroupMoments

# The information about the saturated moments is a matrix of their order: beyond this, gigabytes.
MOST_MOMENTS = 8000
# An error below this many times 1 / sqrt(n) of the moment's own is of the order of the terms left out.
SECOND_ORDER = 2.0
# Share of missing answers up to which the information of complete answers leads a search as well.
FEW_MISSING = 0.10


Point = tuple[MissingPatterns, Implied, Completed]


@dataclass(frozen=True, slots=True)
class FullInformation(OfCovariances):
    """F = 2/N sum_g (saturated log-likelihood - log-likelihood): N F is the likelihood-ratio chi-square.

    Attributes
    ----------
    sample : IncompleteMoments
        ``n`` counts people with at least one answer.
    """

    likelihood: ClassVar[bool] = True
    at_once: ClassVar[int] = 2000
    sample: IncompleteMoments
    _points: Last[list[Point]] = field(default_factory=Last, init=False, repr=False, compare=False)
    _hessian: Last[Floats] = field(default_factory=Last, init=False, repr=False, compare=False)

    def surrogate(self) -> MaximumLikelihood:
        """See :class:`.discrepancy.Discrepancy`."""
        return MaximumLikelihood(self.sample)

    def saturated_log_likelihoods(self) -> list[float]:
        """See :class:`.discrepancy.Discrepancy`."""
        return [moments.log_likelihood for moments in self.sample.saturated]

    @property
    def testable(self) -> bool:
        """See :class:`.discrepancy.Discrepancy`."""
        return self.sample.bounded

    def _at(self, model: Model, x: Floats) -> list[Point]:
        """Complete the answers of each group at the moments that the model implies.

        Raises
        ------
        EstimationError
            Where an implied covariance matrix is not positive definite.
        """
        return self._points.at(
            model,
            x,
            lambda: [
                (patterns, implied, complete(patterns, implied.sigma, implied.mu))
                for patterns, implied in zip(self.sample.patterns, model.implied(x), strict=True)
            ],
        )

    def log_likelihood(self, model: Model, x: Floats) -> float:
        """Log-likelihood at x, all groups.

        Raises
        ------
        EstimationError
            Where an implied covariance matrix is not positive definite.
        """
        return sum(log_likelihood(patterns, completed) for patterns, _, completed in self._at(model, x))

    def value(self, model: Model, x: Floats) -> float:
        """See :class:`.discrepancy.Discrepancy`."""
        try:
            above = sum(self.saturated_log_likelihoods()) - self.log_likelihood(model, x)
        except EstimationError:
            return float("inf")
        return 2.0 * above / self.sample.n if np.isfinite(above) else float("inf")

    def slopes(self, model: Model, x: Floats) -> list[Slopes]:
        """See :class:`.covariances.OfCovariances`."""
        found: list[Slopes] = []
        for patterns, implied, completed in self._at(model, x):
            by_sigma, by_mu = moment_gradient(patterns, completed, implied.sigma)
            found.append((implied, -2.0 / self.sample.n * by_sigma, -2.0 / self.sample.n * by_mu))
        return found

    def information(self, model: Model, x: Floats) -> Floats:
        """Compute the expected information of one observation, shape (q, q)."""
        information = np.zeros((model.n_free, model.n_free))
        for (patterns, implied, completed), rules in zip(self._at(model, x), model.rules, strict=True):
            own = expected_information(patterns, completed, rules.low_rank(implied))
            add_block(information, rules.free, own)
        return information / self.sample.n

    def scoring(self, model: Model, x: Floats) -> Floats:
        """Take the information of complete answers where few are missing: steps are shorter by that share."""
        if self.sample.missing_share > FEW_MISSING:
            return self.information(model, x)
        groups = zip(self._at(model, x), model.rules, strict=True)
        return summed(
            model.n_free,
            (
                (
                    patterns.n / self.sample.n,
                    rules.free,
                    information_of(rules, implied, completed.precision, means=True),
                )
                for (patterns, implied, completed), rules in groups
            ),
        )

    def bordered(self, model: Model, x: Floats, q: int) -> Bordered:
        """See :class:`.discrepancy.Discrepancy`; the matrix of the further parameters is never made."""
        own, across, diagonal = np.zeros((q, q)), np.zeros((model.n_free - q, q)), np.zeros(model.n_free - q)
        for (patterns, implied, completed), rules in zip(self._at(model, x), model.rules, strict=True):
            d, first = rules.low_rank(implied), rules.free < q
            further = rules.free[~first] - q
            if len(np.unique(further)) < len(further):
                return Bordered.of(self.information(model, x), q)
            columns = information_along(expected_along, patterns, completed, d, d.of(first))
            wide = spread_columns(columns, rules.free[first], q)
            np.add.at(own, rules.free[first], wide[first])
            across[further] += wide[~first]
            diagonal[further] += expected_diagonal(patterns, completed, d.of(~first))
        n = self.sample.n
        return Bordered(own / n, across / n, diagonal / n)

    def hessian(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`."""
        return self._hessian.at(model, x, lambda: self._hessian_at(model, x)).copy()

    def _hessian_at(self, model: Model, x: Floats) -> Floats:
        information = np.zeros((model.n_free, model.n_free))
        for (patterns, implied, completed), rules in zip(self._at(model, x), model.rules, strict=True):
            by_sigma, by_mu = moment_gradient(patterns, completed, implied.sigma)
            own = observed_information(patterns, completed, rules.low_rank(implied))
            add_block(information, rules.free, own - moment_curvature(rules, implied, by_sigma, by_mu))
        return information * (2.0 / self.sample.n)

    def linearized_hessian(self, model: Model, x: Floats) -> Floats:
        """See :class:`.discrepancy.Discrepancy`."""
        return without_curvature(self, model, x)

    def scores_by_group(self, model: Model, x: Floats) -> list[Floats]:
        """Differentiate each person's log-likelihood, times the weight: one (n_g, q) array a group."""
        scores = []
        for number, (implied, rules) in enumerate(zip(model.implied(x), model.rules, strict=True)):
            people = self.sample.people(number)
            completed = complete(people, implied.sigma, implied.mu)
            own = casewise_scores(people, completed, rules.low_rank(implied))
            scores.append(spread_columns(own, rules.free, model.n_free))
        return scores

    def scores(self, model: Model, x: Floats) -> Floats:
        """See :class:`.covariances.OfCovariances`."""
        return np.vstack(self.scores_by_group(model, x))

    def meat(self, model: Model, x: Floats, *, casewise: bool = True) -> Floats:
        """Compute the cross product of the scores, for one observation, shape (q, q)."""
        parts = [self.sample.summed(own, number) for number, own in enumerate(self.scores_by_group(model, x))]
        return np.asarray(sum(part.T @ part for part in parts) / self.sample.n)

    def traces(
        self, model: Model, x: Floats, inverse: Floats, test: str, *, expected: bool = False
    ) -> Traces:
        """Compute tr(J W_m^-1) - tr(B E^-1) (Yuan & Bentler 2000; Asparouhov & Muthen 2005).

        W_m is the information about the saturated moments, J the cross product of their scores.
        """
        if expected:
            saturated = sum(self._expected_score_trace(number) for number in range(len(self.sample.groups)))
        else:
            saturated = sum(group.score_trace for group in self.sample.information)
        return Traces(saturated - float(np.einsum("ij,ji->", self.meat(model, x), inverse)))

    def _expected_score_trace(self, number: int) -> float:
        """Trace of J W_m^-1 of a group, W_m the expected information about the saturated moments."""
        moments, patterns = self.sample.saturated[number], self.sample.patterns[number]
        kept, scores = self.sample.information[number].kept, self.sample.information[number].scores
        completed = complete(patterns, moments.cov, moments.mean)
        own = expected_information(patterns, completed, LowRank.of_moments(len(moments.mean)))
        solved = np.linalg.solve(own[np.ix_(kept, kept)], scores.T)
        return float(np.einsum("ij,ji->", scores, solved))

    def residual_errors(
        self, model: Model, x: Floats, directions: Floats | None, *, robust: bool
    ) -> list[Floats]:
        """Take standard errors from W_m^-1, or with ``robust`` from W_m^-1 J W_m^-1.

        A residual weighs by the observed information about the moments at those that the model implies. Where
        the model reproduces a moment to first order, the error is that of second order and unknown.
        """
        _refuse_too_many(len(self.sample.groups[0].cov))
        spreads, information = [], np.zeros((model.n_free, model.n_free))
        for group, patterns, implied, rules in zip(
            self.sample.information, self.sample.patterns, model.implied(x), model.rules, strict=True
        ):
            jacobian = moment_jacobian(rules, implied, model.n_free)[group.kept]
            weighed = np.zeros_like(jacobian)
            if directions is not None:
                completed = complete(patterns, implied.sigma, implied.mu)
                moments = LowRank.of_moments(len(implied.mu)).of(group.kept)
                d = rules.low_rank(implied)
                own = information_along(observed_along, patterns, completed, moments, d)
                weighed = spread_columns(own, rules.free, model.n_free)
                information += jacobian.T @ weighed
            if robust:
                rooted = group.solve(group.scores.T)
                gamma, along = np.einsum("ij,ij->i", rooted, rooted), rooted @ (rooted.T @ weighed)
            else:
                gamma, along = np.diagonal(group.solve(np.eye(len(jacobian)))), group.solve(weighed)
            spreads.append(MomentSpread(gamma, jacobian, along, weighed.T @ along))
        inverse = None if directions is None else inverse_along(information, directions)
        errors = []
        for group, patterns, spread, left in zip(
            self.sample.information,
            self.sample.patterns,
            spreads,
            variances_left(spreads, [1.0] * len(spreads), inverse),
            strict=True,
        ):
            # Of complete answers no term is left out: what is zero by construction is nothing.
            least = SECOND_ORDER**2 / len(group.scores) if not patterns.observed.all() else NOTHING
            known = left > least * spread.gamma
            error = np.full(len(group.kept), np.nan)
            error[group.kept] = np.sqrt(np.where(known, left, np.nan))
            p = len(self.sample.groups[0].cov)
            errors.append(np.concatenate([error[p:], error[:p]]))
        return errors

    def sizes(self, model: Model, x: Floats, *, means: bool = False) -> list[Sizes]:
        """Sizes in the metric of the expected information of the incomplete data."""
        sample = self.sample
        x_only = np.ix_(sample.fixed, sample.fixed)
        found = []
        for group, patterns, share, implied in zip(
            sample.groups, sample.patterns, sample.shares, model.implied(x), strict=True
        ):
            mean, cov = _described(group)
            completed = complete(patterns, implied.sigma, implied.mu)
            sizes = []
            for d_mu, d_sigma in ((mean - implied.mu, cov - implied.sigma), (mean, cov.copy())):
                d_mu[list(sample.fixed) if means else slice(None)] = 0.0
                d_sigma[x_only] = 0.0
                by_mu, by_sigma = expected_along(patterns, completed, d_mu, d_sigma)
                sizes.append(float(by_mu @ d_mu + (by_sigma * d_sigma).sum()))
            p = len(mean)
            found.append(Sizes(share, sizes[0], sizes[1], p * (p + 1) // 2 + p * means))
        return found

    def index_test(
        self, model: Model, x: Floats, directions: Floats, *, robust: bool
    ) -> IndexTest | NotAvailable:
        r"""Compute the chi-square of the saturated moments and its expectation for the corrected indices.

        With W_m and W_c the information about the saturated moments in the incomplete and in complete data
        and Delta the derivatives of the moments by the parameters, the expectation is tr(W_c W_m^-1) -
        tr(E^-1 Delta' W_c Delta), E = Delta' W_m Delta (Zhang & Savalei 2023, FIML-C version 6); with
        ``robust`` version 3, in which J, the cross product of the scores, stands for W_m in the middle.
        """
        try:
            _refuse_too_many(len(self.sample.groups[0].cov))
            groups = self.sample.information
            trace = self._index_trace(groups, model, x, directions, robust=robust)
        except EstimationError as error:
            return NotAvailable(str(error))
        except np.linalg.LinAlgError:
            return NotAvailable("the information is singular: the model is not identified")
        return IndexTest(self.sample.n * MaximumLikelihood(self.sample).value(model, x), trace)

    def _index_trace(
        self,
        groups: tuple[SaturatedInformation, ...],
        model: Model,
        x: Floats,
        directions: Floats,
        *,
        robust: bool,
    ) -> float:
        # A loading moves one row of Sigma, a variance one entry: nearly all derivatives are zero.
        deltas = [
            csr_array(moment_jacobian(rules, implied, model.n_free)[group.kept] @ directions)
            for rules, implied, group in zip(model.rules, model.implied(x), groups, strict=True)
        ]
        of_incomplete = sum((d.T @ group.incomplete) @ d for d, group in zip(deltas, groups, strict=True))
        of_complete = sum((d.T @ group.complete) @ d for d, group in zip(deltas, groups, strict=True))
        inverse = np.linalg.inv(np.asarray(of_incomplete))
        projected = inverse @ of_complete
        if not robust:
            return sum(group.completed_trace for group in groups) - float(np.trace(projected))
        whole, crossed, squared = 0.0, np.zeros_like(of_complete), np.zeros_like(of_complete)
        for d, group in zip(deltas, groups, strict=True):
            # J = S'S stays factored: S is as tall as there are people, J as wide as there are moments.
            whole += group.completed_score_trace
            along = group.scores @ d
            crossed = crossed + along.T @ (group.completed_scores @ d)
            squared = squared + along.T @ along
        return (
            whole - 2.0 * float(np.trace(inverse @ crossed)) + float(np.trace(projected @ inverse @ squared))
        )


def _refuse_too_many(p: int) -> None:
    """Refuse what takes the information about all saturated moments of p variables."""
    moments = p * (p + 3) // 2
    if moments > MOST_MOMENTS:
        cause = f"{moments} saturated moments are too many to correct for missing data"
        raise EstimationError(cause, code="too-many-moments")


def _described(group: GroupMoments) -> tuple[Floats, Floats]:
    """Means and covariances that lavaan's GFI compares with: pairwise, but saturated for weighted data."""
    assert group.mean is not None
    if group.data is None or group.weights is not None:
        return group.mean.copy(), group.cov
    seen = (~np.isnan(group.data)).astype(float)
    values = np.nan_to_num(group.data)
    both = seen.T @ seen
    if both.min() < 2:
        return group.mean.copy(), group.cov
    sums = values.T @ seen
    products = values.T @ values - sums * sums.T / both
    n = len(values)
    return values.sum(axis=0) / seen.sum(axis=0), products / (both - 1.0) * (n - 1) / n
