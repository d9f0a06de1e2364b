"""Errors where factors have unit variance: those in the metric of the measurement, by the delta method."""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.two_step.estimate import TwoStep, keys_of

_STEP = 1e-6


def in_unit_metric(two: TwoStep, loose: TwoStep, covariance: Floats) -> Floats:
    """Carry a covariance of estimates over, (q0, q0) to (q, q).

    Parameters
    ----------
    two : TwoStep
        Factor variances are 1.
    loose : TwoStep
        The same model with these variances free: that they are 1 does not lessen what is unsure about paths.
    covariance : (q0, q0) float
        Of the estimates of `loose`.
    """
    numbers = keys_of(two.model)
    rows = {row.key: k for k, row in enumerate(loose.model.table.rows)}
    chosen = np.array([rows[key] for key in numbers])
    order = np.array(list(numbers.values()))
    slopes = np.zeros((two.model.n_free, loose.model.n_free))
    for k, step in enumerate(_STEP * loose.model.units):
        pair = []
        for sign in (1.0, -1.0):
            x = loose.x.copy()
            x[k] += sign * step
            pair.append(_values(two, loose, x)[chosen])
        slopes[order, k] = (pair[0] - pair[1]) / (2.0 * step)
    return np.asarray(slopes @ covariance @ slopes.T, dtype=np.float64)


def _values(two: TwoStep, loose: TwoStep, x: Floats) -> Floats:
    """Values of all rows with structural ones rescaled to unit variances."""
    values = loose.model.values(x).copy()
    spread = []
    for g, (group, implied) in enumerate(
        zip(loose.model.groups, loose.model.implied(x), strict=True), start=1
    ):
        own = {
            name: float(np.sqrt(variance)) if (name, g) in two.parts.unit else 1.0
            for name, variance in zip(group.latent, np.diagonal(implied.v), strict=True)
        }
        for name in two.parts.products:
            a, b = name.split(":")
            own[name] = own.get(a, 1.0) * own.get(b, 1.0)
        spread.append(own)
    structural = set(two.parts.targets)
    for k, row in enumerate(loose.model.table.rows):
        own = spread[row.group - 1]
        if row.op not in ("~", "~~", "~1") or not ({row.lhs, row.rhs} - {""}) <= structural:
            continue
        left, right = own.get(row.lhs, 1.0), own.get(row.rhs, 1.0)
        values[k] *= right / left if row.op == "~" else 1.0 / left if row.op == "~1" else 1.0 / (left * right)
    return values
