"""From a checked dataset to sample moments and the discrepancy that an estimator minimises."""

from __future__ import annotations

import weakref
from dataclasses import replace

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.discrepancies.discrepancy import Discrepancy
from coprod_measure.estimation.discrepancies.full_information import FullInformation
from coprod_measure.estimation.discrepancies.maximum_likelihood import MaximumLikelihood
from coprod_measure.estimation.discrepancies.quadratic_normal import (
    generalized_least_squares,
    unweighted_least_squares,
)
from coprod_measure.estimation.discrepancies.two_stage import TwoStage
from coprod_measure.estimation.missing.incomplete_moments import IncompleteMoments, incomplete_moments
from coprod_measure.estimation.missing.saturated import UnusableColumnsError
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.sample.moments import GroupMoments, SampleMoments, complete_moments
from coprod_measure.estimation.solution.instrumental import Instrumental
from coprod_measure.estimation.specification.parameter_table import ParameterTable
from coprod_measure.fitting.data import Dataset, GroupData
from coprod_measure.fitting.options import FitOptions
from coprod_measure.fitting.weighted_sample import is_weighted, weighted_discrepancy, weighted_sample


def sample_moments(data: Dataset, options: FitOptions, table: ParameterTable) -> SampleMoments:
    """Sum the data up.

    Parameters
    ----------
    data : Dataset
        Checked data.
    options : FitOptions
        Least squares and the Wishart likelihood take the divisor n - 1; least squares count n - 1 for n.
    table : ParameterTable
        Says which variables are ordered and which covariates are fixed.
    """
    if is_weighted(options):
        return weighted_sample(data, table)
    if options.incomplete:
        return _incomplete(data, table)
    wishart = options.likelihood == "wishart" and not options.least_squares
    divisor = 1 if options.least_squares or wishart else 0
    given = [group.weights for group in data.groups if group.weights is not None]
    unit = float(np.concatenate(given).mean()) if given else 1.0
    groups = tuple(_group(group, divisor, group.n - options.least_squares, unit) for group in data.groups)
    return SampleMoments(groups, lost=float(len(groups)) if wishart else 0.0)


def _group(group: GroupData, lost: int, count: int, unit: float) -> GroupMoments:
    if group.cov is not None:
        return GroupMoments(group.cov * (group.n - 1) / (group.n - 1 + (1 - lost)), group.mean, count)
    moments = complete_moments(
        group.answers, wishart=bool(lost), weights=group.weights, clusters=group.clusters
    )
    if group.weights is None:
        return replace(moments, n=float(count))
    weights = group.weights / unit
    return replace(moments, n=float(weights.sum()), weights=weights)


class _LastIncomplete:
    """The last incomplete data, for as long as a fit uses them: models in a ladder share their moments."""

    def __init__(self) -> None:
        self.data: tuple[GroupData, ...] = ()
        self.fixed: tuple[int, ...] = ()
        self.moments: weakref.ref[IncompleteMoments] | None = None

    def find(self, data: tuple[GroupData, ...], fixed: tuple[int, ...]) -> IncompleteMoments | None:
        known = self.moments() if self.moments is not None else None
        if known is None or fixed != self.fixed or len(data) != len(self.data):
            return None
        same = all(_same(new, old) for new, old in zip(data, self.data, strict=True))
        return known if same else None

    def keep(self, data: tuple[GroupData, ...], fixed: tuple[int, ...], moments: IncompleteMoments) -> None:
        self.data, self.fixed, self.moments = data, fixed, weakref.ref(moments)


_last = _LastIncomplete()


def _same(new: GroupData, old: GroupData) -> bool:
    """Whether two groups have the same answers, weights and clusters."""
    pairs = ((new.answers, old.answers), (new.weights, old.weights), (new.clusters, old.clusters))
    return all(
        a is b or (a is not None and b is not None and np.array_equal(a, b, equal_nan=True)) for a, b in pairs
    )


def _incomplete(data: Dataset, table: ParameterTable) -> IncompleteMoments:
    covariates = {row.lhs for row in table.rows if row.exogenous}
    fixed = tuple(k for k, name in enumerate(data.names) if name in covariates)
    known = _last.find(data.groups, fixed)
    if known is not None:
        return known
    try:
        moments = incomplete_moments(
            tuple(group.answers for group in data.groups),
            tuple(group.weights for group in data.groups),
            tuple(group.clusters for group in data.groups),
            fixed,
        )
    except UnusableColumnsError as error:
        raise error.named(data.names) from error
    _last.keep(data.groups, fixed, moments)
    return moments


def build_discrepancy(sample: SampleMoments, options: FitOptions, model: Model) -> Discrepancy:
    """Choose the discrepancy of an estimator.

    Parameters
    ----------
    sample : SampleMoments
        From :func:`sample_moments`.
    options : FitOptions
        Names the estimator.
    model : Model
        The compiled model.

    Raises
    ------
    EstimationError
        If the estimator is not available for these data.
    """
    if isinstance(sample, IncompleteMoments) and options.two_stage:
        return TwoStage(sample, robust=options.missing == "robust_two_stage")
    if isinstance(sample, IncompleteMoments):
        return FullInformation(sample)
    if is_weighted(options):
        return weighted_discrepancy(sample, options, model)
    if options.name == "MIIV":
        return Instrumental(sample)
    if options.discrepancy == "ML":
        return MaximumLikelihood(sample)
    if options.discrepancy == "GLS":
        return generalized_least_squares(sample)
    if options.discrepancy == "ULS":
        return unweighted_least_squares(sample)
    raise EstimationError(
        f"the estimator {options.name} is not available here",
        place="option estimator",
        cure='Use "ML", "MLR", "GLS" or "ULS"',
        code="unsupported-estimator",
    )
