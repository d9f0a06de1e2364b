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
        Least squares and the Wishart likelihood take the divisor n - 1, and count n - 1 for n.

    Returns
    -------
    SampleMoments
    """
    unbiased = options.least_squares or options.likelihood == "wishart"
    return SampleMoments(tuple(_group(group, unbiased) for group in data.groups))


def _group(group: GroupData, unbiased: bool) -> GroupMoments:
    if group.cov is not None:
        factor = 1.0 if unbiased else (group.n - 1) / group.n
        return GroupMoments(group.cov * factor, group.mean, group.n - 1 if unbiased else group.n)
    moments = complete_moments(
        group.answers, wishart=unbiased, weights=group.weights, clusters=group.clusters
    )
    return replace(moments, n=float(group.n - 1 if unbiased else group.n))


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
