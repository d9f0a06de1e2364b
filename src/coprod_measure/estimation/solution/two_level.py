"""Estimate a two-level model: the unrestricted moments of both levels first, then the model itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats, Ints
from coprod_measure.estimation.discrepancies.discrepancy import inverse_along
from coprod_measure.estimation.discrepancies.random_slopes import RandomSlopes
from coprod_measure.estimation.discrepancies.two_level import TwoLevel
from coprod_measure.estimation.model.model import Model, compile_model
from coprod_measure.estimation.sample.moments import GroupMoments, SampleMoments
from coprod_measure.estimation.solution.estimate import Solution, resume
from coprod_measure.estimation.specification.parameter_table import ParameterTable
from coprod_measure.estimation.two_level.clusters import Clusters, CompleteClusters, Layout, positive_part
from coprod_measure.estimation.two_level.slopes import SlopeClusters
from coprod_measure.estimation.two_level.tables import unrestricted_table
from coprod_measure.estimation.two_level.unrestricted import possible_moments, unrestricted_by_scoring


@dataclass(frozen=True, slots=True)
class Unrestricted:
    """The saturated two-level model at its maximum.

    Attributes
    ----------
    sample : SampleMoments
        Its moments, within and between, group by group; rows count at the first level.
    minus_two_log_likelihood : float
        Of all variables.
    of_covariates : float
        The part that belongs to fixed covariates.
    trace : float or None
        See :class:`.discrepancies.two_level.TwoLevel`; computed where asked for.
    bordered : bool
        Whether the matrix between clusters was held where it is possible.
    """

    sample: SampleMoments
    minus_two_log_likelihood: float
    of_covariates: float
    trace: float | None = None
    bordered: bool = False

    def discrepancy(self, clusters: tuple[Clusters, ...]) -> TwoLevel:
        """Build what a model of these rows minimises."""
        if isinstance(clusters[0], SlopeClusters):
            return RandomSlopes(clusters, self.sample, 0.0, self.of_covariates)
        return TwoLevel(clusters, self.sample, self.minus_two_log_likelihood, self.of_covariates, self.trace)


def unrestricted_moments(
    table: ParameterTable, clusters: tuple[Clusters, ...], *, with_trace: bool, expected: bool = False
) -> Unrestricted:
    """Maximise the likelihood over all moments of both levels, group by group.

    Parameters
    ----------
    table : ParameterTable
        Of the model that is to be compared; says which level has which variables, and which are fixed.
    with_trace : bool
        Whether a corrected test will need the sandwich of these moments.
    expected : bool
        Whether it takes expected information, here too.

    Raises
    ------
    EstimationError
        If the search does not end.
    """
    found = [
        _of_group(table.levels_of_group(number), own, with_trace=with_trace, expected=expected)
        for number, own in enumerate(clusters)
    ]
    traces = [own.trace for own in found if own.trace is not None]
    return Unrestricted(
        SampleMoments(tuple(moments for own in found for moments in own.sample.groups)),
        sum(own.minus_two_log_likelihood for own in found),
        sum(own.of_covariates for own in found),
        sum(traces) if len(traces) == len(found) else None,
        any(own.bordered for own in found),
    )


def _of_group(table: ParameterTable, clusters: Clusters, *, with_trace: bool, expected: bool) -> Unrestricted:
    observed, (inner, outer) = table.variables.observed, table.levels
    in_between = np.isin(observed, outer.observed)
    found = None
    if isinstance(clusters, CompleteClusters):
        both = np.flatnonzero(in_between & np.isin(observed, inner.observed))
        found = unrestricted_by_scoring(clusters, both)
    found = found or _searched(table, clusters, in_between)
    bordered = found is None
    found = found or possible_moments(clusters, in_between)
    if found is None:
        cause = "the unrestricted moments of both levels were not found"
        cure = "Leave out variables that hardly differ between clusters"
        raise EstimationError(cause, place="model", cure=cure)
    within, between, mean = found
    rows = float(clusters.layout.n)
    groups = (
        GroupMoments(within, np.where(in_between, 0.0, mean), rows),
        GroupMoments(between, np.where(in_between, mean, 0.0), 0.0),
    )
    sample = SampleMoments(groups)
    # As in lavaan, covariates of both levels count in the likelihood.
    shared = set(inner.observed) & set(outer.observed)
    given = {row.lhs for row in table.rows if row.exogenous} - shared
    fixed = [k for k, name in enumerate(table.variables.observed) if name in given]
    of_covariates = _of_covariates(clusters, sample, np.array(fixed, dtype=np.int64))
    trace = _trace(table, clusters, found, expected=expected) if with_trace else None
    return Unrestricted(sample, float(clusters.slopes(*found).value), of_covariates, trace, bordered)


def _searched(
    table: ParameterTable, clusters: Clusters, in_between: np.ndarray
) -> tuple[Floats, Floats, Floats] | None:
    """Find Sigma_W, Sigma_B and mu as the parameters of a model; None where their search does not end."""
    within, between, mean = clusters.first_guess()
    between = _inside(positive_part(_inside(between, in_between)), in_between)
    full = unrestricted_table(table, within, between, mean)
    nothing = SampleMoments((GroupMoments(within, mean, clusters.layout.n),))
    start = np.array([row.start for row in full.rows])
    solution = resume(compile_model(full), nothing, TwoLevel((clusters,), nothing), start)
    if not solution.minimum.converged:
        return None
    own, other = solution.model.implied(solution.minimum.x)
    return own.sigma, other.sigma, own.mu + other.mu


def _inside(matrix: Floats, chosen: np.ndarray) -> Floats:
    return np.asarray(np.where(np.outer(chosen, chosen), matrix, 0.0))


def _trace(
    table: ParameterTable, clusters: Clusters, found: tuple[Floats, Floats, Floats], *, expected: bool
) -> float:
    """Trace of inverse information times the middle of the sandwich, of what the model explains."""
    model, x, free = _explained(table, found)
    chosen = np.ix_(free, free)
    discrepancy = TwoLevel((clusters,), SampleMoments(()))
    own = discrepancy.information(model, x) if expected else discrepancy.hessian(model, x) / 2.0
    information = own[chosen]
    meat = discrepancy.meat(model, x, casewise=True)[chosen]
    inverse = inverse_along(information, np.eye(len(free)))
    return float(np.vdot(inverse, meat))


def _explained(
    table: ParameterTable, found: tuple[Floats, Floats, Floats]
) -> tuple[Model, Floats, list[int]]:
    """Give the unrestricted model of two levels at its maximum, and which moments the model explains."""
    full = unrestricted_table(table, *found)
    model, x = compile_model(full), np.array([row.start for row in full.rows])
    given = {(row.lhs, row.op, row.rhs, row.group) for row in table.rows if row.exogenous}
    given |= {(rhs, op, lhs, group) for lhs, op, rhs, group in given}
    free = [k for k, row in enumerate(full.rows) if (row.lhs, row.op, row.rhs, row.group) not in given]
    return model, x, free


def unrestricted_influences(
    table: ParameterTable, clusters: Clusters, moments: tuple[GroupMoments, ...]
) -> tuple[list[tuple[str, str, str, int]], Floats, Floats]:
    """Find what each cluster adds to the unrestricted moments that a model of one group explains.

    Returns
    -------
    names : list of (lhs, op, rhs, level)
    values : (k,) float
    influences : (J, k) float
        Their cross product is the covariance of these moments, whatever the answers' distribution.
    """
    within, between = moments
    assert within.mean is not None and between.mean is not None
    model, x, free = _explained(table, (within.cov, between.cov, within.mean + between.mean))
    discrepancy = TwoLevel((clusters,), SampleMoments(()))
    information = discrepancy.hessian(model, x)[np.ix_(free, free)] * (discrepancy.n / 2.0)
    scores = discrepancy.cluster_scores(model, x)[:, free]
    inverse = inverse_along(information, np.eye(len(free)))
    rows = [model.table.rows[k] for k in free]
    return [(row.lhs, row.op, row.rhs, row.group) for row in rows], x[free], scores @ inverse


def _of_covariates(clusters: Clusters, sample: SampleMoments, fixed: Ints) -> float:
    """-2 log L of fixed covariates alone, which are complete."""
    if not fixed.size:
        return 0.0
    layout = clusters.layout
    inner, outer = (np.flatnonzero(np.isin(fixed, part)) for part in (layout.within, layout.only_between))
    own = CompleteClusters(Layout(inner, outer, layout.sizes), clusters.values[:, fixed])
    cells = np.ix_(fixed, fixed)
    within, between = sample.groups
    assert within.mean is not None and between.mean is not None
    return float(own.slopes(within.cov[cells], between.cov[cells], (within.mean + between.mean)[fixed]).value)


def estimate_levels(
    table: ParameterTable, clusters: tuple[Clusters, ...], unrestricted: Unrestricted
) -> Solution:
    """Maximise the likelihood of a two-level model."""
    model: Model = compile_model(table, unrestricted.sample)
    return resume(model, unrestricted.sample, unrestricted.discrepancy(clusters))


def with_slopes_unknown(unrestricted: Unrestricted, table: ParameterTable) -> Unrestricted:
    """Append the slopes to the unrestricted moments of all other variables: where their search begins.

    A slope's standard deviation is about a fifth of what a unit of its outcome is in units of its predictor.
    """
    names = table.variables.observed
    paths = {path.name: path for path in reversed(table.levels[0].slopes)}
    found = []
    for k, moments in enumerate(unrestricted.sample.groups):
        assert moments.mean is not None
        cov, mean = np.zeros((len(names), len(names))), np.zeros(len(names))
        r = len(moments.mean)
        cov[:r, :r], mean[:r] = moments.cov, moments.mean
        inside = unrestricted.sample.groups[k - k % 2].cov
        for place, name in enumerate(names[r:], start=r) if k % 2 else ():
            path = paths[name]
            spread = inside[names.index(path.predictor), names.index(path.predictor)]
            outcome = names.index(path.outcome) if path.outcome in names else slice(None)
            cov[place, place] = 0.04 * float(np.mean(np.diagonal(inside)[outcome])) / spread
        found.append(replace(moments, cov=cov, mean=mean))
    return replace(unrestricted, sample=SampleMoments(tuple(found)))
