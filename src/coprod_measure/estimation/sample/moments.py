"""What the data say: sample moments, group by group."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from coprod_measure.estimation.arrays import Floats, inverse_and_logdet


@dataclass(frozen=True, slots=True)
class GroupMoments:
    """Sample moments of one group.

    Attributes
    ----------
    cov : (p, p) float
        Covariance with the divisor that the likelihood asks for (n, or n - 1 for Wishart).
    mean : (p,) float or None
        Means; None when the model has no mean structure and none were given.
    n : float
        Number of respondents (sum of weights when weighted).
    data : (n, p) float or None
        Complete raw data, when robust statistics need them.
    weights : (n,) float or None
        Sampling weights with sum n.
    clusters : (n,) int or None
        Cluster of every respondent.
    """

    cov: Floats
    mean: Floats | None
    n: float
    data: Floats | None = None
    weights: Floats | None = None
    clusters: np.ndarray | None = None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class SampleMoments:
    """Sample moments of all groups, variables in the model's order.

    Attributes
    ----------
    lost : float
        Respondents that do not count in the multiplier of F (one a group under the Wishart likelihood).
    """

    groups: tuple[GroupMoments, ...]
    lost: float = 0.0

    @property
    def n(self) -> float:
        """What F is multiplied by: respondents in all groups, less those lost."""
        return float(sum(group.n for group in self.groups)) - self.lost

    @property
    def shares(self) -> tuple[float, ...]:
        """Each group's share of the respondents."""
        total = sum(group.n for group in self.groups)
        return tuple(float(group.n / total) for group in self.groups)


def complete_moments(
    data: Floats,
    *,
    wishart: bool = False,
    weights: Floats | None = None,
    clusters: np.ndarray | None = None,
) -> GroupMoments:
    """Moments of complete data.

    Parameters
    ----------
    data : (n, p) float
        No missing values.
    wishart : bool
        Divide by n - 1 instead of n.
    weights : (n,) float, optional
        Sampling weights; rescaled so that their sum is n.
    clusters : (n,) int, optional
        Passed on.
    """
    n = data.shape[0]
    if weights is None:
        mean = data.mean(axis=0)
        centred = data - mean
        cov = centred.T @ centred / (n - 1 if wishart else n)
        return GroupMoments(cov, mean, n, data, None, clusters)
    scaled = weights * (n / weights.sum())
    mean = scaled @ data / n
    centred = data - mean
    cov = (centred * scaled[:, None]).T @ centred / (n - 1 if wishart else n)
    return GroupMoments(cov, mean, n, data, scaled, clusters)


def normal_log_likelihood(cov: Floats, n: float) -> float:
    """Log-likelihood of n respondents whose covariance matrix, with divisor n, is that of the population."""
    p = len(cov)
    return -0.5 * n * (p * math.log(2.0 * math.pi) + inverse_and_logdet(cov)[1] + p)
