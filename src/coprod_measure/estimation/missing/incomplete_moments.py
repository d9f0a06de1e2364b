"""What incomplete data say: saturated moments of each group, and how much people inform them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.missing.fiml import complete
from coprod_measure.estimation.missing.fiml_information import LowRank, casewise_scores
from coprod_measure.estimation.missing.patterns import MissingPatterns, group_patterns
from coprod_measure.estimation.missing.saturated import (
    SaturatedMoments,
    SingularMomentsError,
    saturated_moments,
)
from coprod_measure.estimation.missing.saturated_information import (
    SaturatedInformation,
    complete_moment_information,
    observed_moment_information,
)
from coprod_measure.estimation.sample.moments import GroupMoments, SampleMoments


# Without slots, because it keeps what is costly to compute.
@dataclass(frozen=True)
class IncompleteMoments(SampleMoments):
    """Sample moments of incomplete data: the saturated ones, found by EM.

    Attributes
    ----------
    fixed : tuple of int
        Columns of the covariates whose moments are fixed.
    """

    patterns: tuple[MissingPatterns, ...] = ()
    saturated: tuple[SaturatedMoments, ...] = ()
    fixed: tuple[int, ...] = ()

    @property
    def bounded(self) -> bool:
        """Whether the saturated likelihood has a maximum to test a model against."""
        return not any(moments.dependent for moments in self.saturated)

    @cached_property
    def missing_share(self) -> float:
        """Answers that are missing, of all."""
        given = sum(float(one.weights @ one.observed.mean(axis=1)) for one in self.patterns)
        return 1.0 - given / sum(one.n for one in self.patterns)

    @cached_property
    def information(self) -> tuple[SaturatedInformation, ...]:
        """Information about the saturated moments, group by group."""
        return tuple(self._information(number) for number in range(len(self.groups)))

    def messages(self, names: tuple[str, ...], labels: tuple[str, ...]) -> tuple[str, ...]:
        """Say what a reader must know about the missing answers.

        Parameters
        ----------
        names : tuple of str
            Of the variables.
        labels : tuple of str
            Of the groups.
        """
        found = []
        for label, patterns, moments in zip(labels, self.patterns, self.saturated, strict=True):
            where = f" in group {label}" if label else ""
            row, column = np.nonzero(np.tril(patterns.coverage == 0))
            pairs = [f"{names[i]} and {names[j]}" for i, j in zip(row, column, strict=True)]
            if pairs:
                more = f" and {len(pairs) - 3} more pairs" if len(pairs) > 3 else ""
                found.append(
                    f"nobody answered both {', both '.join(pairs[:3])}{more}{where}: the saturated model is "
                    "not identified, and the model is tested against one of many"
                )
            if moments.dependent:
                named = ", ".join(names[k] for k in moments.dependent)
                found.append(
                    f"the unrestricted covariance matrix of incomplete answers is singular{where} ({named}): "
                    "the model is estimated, but there is nothing to test it against"
                )
            elif not moments.converged:
                found.append(f"the saturated moments were not found in {moments.n_iterations} steps{where}")
        return tuple(found)

    def _information(self, number: int) -> SaturatedInformation:
        moments, patterns = self.saturated[number], self.patterns[number]
        p = len(moments.mean)
        is_fixed = np.isin(np.arange(p), self.fixed)
        column, row = np.triu_indices(p)
        kept = np.concatenate([~is_fixed, ~(is_fixed[row] & is_fixed[column])])
        completed = complete(patterns, moments.cov, moments.mean)
        incomplete = observed_moment_information(patterns, completed)
        whole = complete_moment_information(completed.precision)
        whole *= patterns.n
        people = self.people(number)
        scores = casewise_scores(people, complete(people, moments.cov, moments.mean), LowRank.of_moments(p))
        scores = self.summed(scores, number)
        if not kept.all():
            chosen = np.ix_(kept, kept)
            incomplete, whole, scores = incomplete[chosen], whole[chosen], scores[:, kept]
        return SaturatedInformation(kept, incomplete, whole, scores)

    def people(self, number: int) -> MissingPatterns:
        """Patterns of a group with one row a person, as casewise scores need them."""
        group = self.groups[number]
        assert group.data is not None
        return group_patterns(group.data, group.weights, compress=False)

    def summed(self, scores: Floats, number: int) -> Floats:
        """Sum a group's scores within clusters, times the root of C / (C - 1) for C clusters."""
        clusters = self.groups[number].clusters
        if clusters is None:
            return scores
        _, place = np.unique(clusters, return_inverse=True)
        count = int(place.max()) + 1
        total = np.zeros((count, scores.shape[1]))
        np.add.at(total, place, scores)
        return np.asarray(total * np.sqrt(count / (count - 1)))


def incomplete_moments(
    data: tuple[Floats, ...],
    weights: tuple[Floats | None, ...] | None = None,
    clusters: tuple[np.ndarray | None, ...] | None = None,
    fixed: tuple[int, ...] = (),
) -> IncompleteMoments:
    """Find the patterns and the saturated moments of all groups.

    Parameters
    ----------
    data : tuple of ndarray, each of shape (n_g, p)
        NaN marks what is missing; rows without any answer are dropped.
    weights : tuple of ndarray or None, optional
        Sampling weights of each group, rescaled so that those of all groups sum to the number of people.
    clusters : tuple of ndarray or None, optional
        Cluster numbers.
    fixed : tuple of int, optional
        Columns of the covariates whose moments are fixed.

    Raises
    ------
    EstimationError
        If a variable has no answers or does not vary, or variables are linear functions of others.
    """
    groups, patterns, saturated = [], [], []
    no = (None,) * len(data)
    unit = _unit_weight(data, weights)
    for y, w, cluster in zip(data, weights or no, clusters or no, strict=True):
        answered = ~np.isnan(y).all(axis=1)
        w = None if w is None else w[answered] / unit
        own = group_patterns(y[answered], w)
        moments = saturated_moments(own, bounded=False)
        if moments.dependent and _are_dependent(y[:, list(moments.dependent)]):
            raise SingularMomentsError(moments.dependent)
        members = None if cluster is None else cluster[answered]
        groups.append(GroupMoments(moments.cov, moments.mean, own.n, y[answered], w, members))
        patterns.append(own)
        saturated.append(moments)
    return IncompleteMoments(tuple(groups), patterns=tuple(patterns), saturated=tuple(saturated), fixed=fixed)


def _are_dependent(answers: Floats) -> bool:
    """Whether the answers themselves are linearly dependent, not only too few."""
    complete_rows = answers[~np.isnan(answers).any(axis=1)]
    if len(complete_rows) <= answers.shape[1] + 1:
        return False
    deviations = complete_rows - complete_rows.mean(axis=0)
    scale = np.sqrt((deviations**2).sum(axis=0))
    if (scale == 0.0).any():
        return True
    return bool(np.linalg.svd(deviations / scale, compute_uv=False)[-1] < 1e-6)


def _unit_weight(data: tuple[Floats, ...], weights: tuple[Floats | None, ...] | None) -> float:
    """Mean weight of all people with an answer."""
    answered = [~np.isnan(y).all(axis=1) for y in data]
    given = [w[seen] for w, seen in zip(weights or (), answered, strict=False) if w is not None]
    return float(np.concatenate(given).mean()) if given else 1.0
