"""From a checked dataset to sample moments and the discrepancy that an estimator minimises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.discrepancy import (
    Discrepancy,
    MaximumLikelihood,
    generalized_least_squares,
    unweighted_least_squares,
)
from coprod_measure.estimation.full_information import FullInformation
from coprod_measure.estimation.incomplete_moments import IncompleteMoments, incomplete_moments
from coprod_measure.estimation.model import Model
from coprod_measure.estimation.moments import GroupMoments, SampleMoments, complete_moments
from coprod_measure.estimation.parameter_table import ParameterTable
from coprod_measure.estimation.saturated import SingularMomentsError
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

    Returns
    -------
    SampleMoments
    """
    if is_weighted(options):
        return weighted_sample(data, table)
    if options.missing == "fiml":
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


def _incomplete(data: Dataset, table: ParameterTable) -> IncompleteMoments:
    covariates = {row.lhs for row in table.rows if row.exogenous}
    try:
        return incomplete_moments(
            tuple(group.answers for group in data.groups),
            tuple(group.weights for group in data.groups),
            tuple(group.clusters for group in data.groups),
            tuple(k for k, name in enumerate(data.names) if name in covariates),
        )
    except SingularMomentsError as error:
        named = ", ".join(data.names[column] for column in error.columns)
        raise EstimationError(
            "the covariance matrix of the incomplete data is singular",
            place=f"variables {named}",
            cure="Look for duplicates, sums of others, or too few respondents (in a group)",
            code="singular-covariance",
        ) from error


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
    if isinstance(sample, IncompleteMoments):
        return FullInformation(sample)
    if is_weighted(options):
        return weighted_discrepancy(sample, options, model)
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
