"""From a checked dataset to sample moments and the discrepancy that an estimator minimises."""

from __future__ import annotations

from dataclasses import replace

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.discrepancy import (
    Discrepancy,
    MaximumLikelihood,
    generalized_least_squares,
    unweighted_least_squares,
)
from coprod_measure.estimation.model import Model
from coprod_measure.estimation.moments import GroupMoments, SampleMoments, complete_moments
from coprod_measure.fitting.data import Dataset, GroupData
from coprod_measure.fitting.options import FitOptions


def sample_moments(data: Dataset, options: FitOptions) -> SampleMoments:
    """Sum the data up.

    Parameters
    ----------
    data : Dataset
        Checked data.
    options : FitOptions
        Least squares and the Wishart likelihood take the divisor n - 1; least squares count n - 1 for n.

    Returns
    -------
    SampleMoments
    """
    wishart = options.likelihood == "wishart" and not options.least_squares
    divisor = 1 if options.least_squares or wishart else 0
    groups = tuple(_group(group, divisor, group.n - options.least_squares) for group in data.groups)
    return SampleMoments(groups, lost=float(len(groups)) if wishart else 0.0)


def _group(group: GroupData, lost: int, count: int) -> GroupMoments:
    if group.cov is not None:
        return GroupMoments(group.cov * (group.n - 1) / (group.n - 1 + (1 - lost)), group.mean, count)
    moments = complete_moments(
        group.answers, wishart=bool(lost), weights=group.weights, clusters=group.clusters
    )
    return replace(moments, n=float(count))


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
