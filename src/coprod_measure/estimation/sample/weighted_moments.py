"""Sample moments that carry what weighted least squares needs."""

from __future__ import annotations

from dataclasses import dataclass

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.sample.moments import GroupMoments
from coprod_measure.estimation.sample.ordinal_moments import OrdinalMoments
from coprod_measure.estimation.sample.weight_matrix import AsymptoticCovariance


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedMoments(GroupMoments):
    """Moments of one group for weighted least squares; ``n`` counts respondents less one.

    Attributes
    ----------
    vector : (q,) float
        In the order of `moment_structure`.
    gamma : AsymptoticCovariance
        Of the vector.
    ordinal : OrdinalMoments or None
        First-stage estimates, when there are ordered variables.
    """

    vector: Floats
    gamma: AsymptoticCovariance
    ordinal: OrdinalMoments | None = None
