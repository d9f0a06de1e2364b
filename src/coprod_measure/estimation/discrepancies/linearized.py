"""Observed information as if the moments were linear in the parameters: without the moments' own curvature.

lavaan calls this ``observed.information = "h1"`` and takes it for robust tests unless the estimator is MLR.
"""

from __future__ import annotations

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.discrepancy import (
    Discrepancy,
    MaximumLikelihood,
    add_block,
    inverse_and_logdet,
)
from coprod_measure.estimation.discrepancies.full_information import FullInformation
from coprod_measure.estimation.missing.fiml import complete, moment_gradient
from coprod_measure.estimation.model.curvature import moment_curvature
from coprod_measure.estimation.model.implied import Implied
from coprod_measure.estimation.model.model import Model


def linearized_hessian(discrepancy: Discrepancy, model: Model, x: Floats) -> Floats:
    """Compute the Hessian of F less the term in second derivatives of the moments, shape (q, q).

    Parameters
    ----------
    discrepancy : Discrepancy
        Maximum likelihood or full information; for any other the Hessian itself is returned.
    model : Model
    x : ndarray, shape (q,)
    """
    hessian = discrepancy.hessian(model, x)
    if not isinstance(discrepancy, MaximumLikelihood | FullInformation):
        return hessian
    curvature = np.zeros_like(hessian)
    for number, (rules, implied) in enumerate(zip(model.rules, model.implied(x), strict=True)):
        by_sigma, by_mu = _slopes(discrepancy, number, implied, means=model.means)
        add_block(curvature, rules.free, moment_curvature(rules, implied, by_sigma, by_mu))
    return np.asarray(hessian - curvature)


def _slopes(
    discrepancy: MaximumLikelihood | FullInformation, number: int, implied: Implied, *, means: bool
) -> tuple[Floats, Floats | None]:
    """Differentiate F by Sigma and mu of one group."""
    sample = discrepancy.sample
    if isinstance(discrepancy, FullInformation):
        patterns = discrepancy.sample.patterns[number]
        completed = complete(patterns, implied.sigma, implied.mu)
        by_sigma, by_mu = moment_gradient(patterns, completed, implied.sigma)
        return -2.0 / sample.n * by_sigma, -2.0 / sample.n * by_mu
    group, share = sample.groups[number], sample.shares[number]
    inverse, _ = inverse_and_logdet(implied.sigma)
    if not means or group.mean is None:
        return share * (inverse - inverse @ group.cov @ inverse), None
    distance = group.mean - implied.mu
    scatter = group.cov + np.outer(distance, distance)
    return share * (inverse - inverse @ scatter @ inverse), -2.0 * share * inverse @ distance
