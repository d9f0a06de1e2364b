"""Residuals of the saturated moments of incomplete data, over their standard errors."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.full_information import FullInformation
from coprod_measure.estimation.inference.information import free_directions
from coprod_measure.estimation.missing.fiml import complete
from coprod_measure.estimation.missing.fiml_information import LowRank, observed_information
from coprod_measure.estimation.model.implied import moment_jacobian
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.fitting.residuals import residual_frame


def incomplete_residual_frame(
    solution: Solution,
    full: FullInformation,
    kind: Literal["normalized", "standardized"],
    *,
    robust: bool,
) -> pd.DataFrame:
    """List residuals in units of their standard errors.

    Parameters
    ----------
    solution : Solution
    full : FullInformation
        Its discrepancy.
    kind : str
        ``"normalized"``: over the standard error of the saturated moment, from W_m^-1. ``"standardized"``:
        over that of the residual, Q W_m^-1 Q' with Q = I - Delta E^-1 Delta' A, A the observed information
        about the moments at those that the model implies.
    robust : bool
        Take the sandwich W_m^-1 J W_m^-1 for the covariance of the saturated moments.

    Returns
    -------
    pandas.DataFrame
        ``group lhs op rhs residual`` as from :func:`.residuals.residual_frame`; NaN where a residual is zero
        by construction.
    """
    frame = residual_frame(solution, "raw", None)
    errors = []
    for group, spread in zip(full.sample.information, _spreads(solution, full, kind), strict=True):
        p = len(full.sample.groups[0].cov)
        if robust:
            rooted = spread @ group.solve(group.scores.T)
            variance = np.einsum("ij,ij->i", rooted, rooted)
        else:
            variance = np.einsum("ij,ji->i", spread, group.solve(spread.T))
        error = np.full(len(group.kept), np.nan)
        error[group.kept] = np.sqrt(np.where(variance > 1e-14, variance, np.nan))
        errors.append(np.concatenate([error[p:], error[:p]]))
    return frame.assign(residual=frame["residual"] / np.concatenate(errors))


def _spreads(solution: Solution, full: FullInformation, kind: str) -> list[Floats]:
    """Q of each group (I for normalized residuals), in the moments that the model explains."""
    kept = [group.kept for group in full.sample.information]
    if kind == "normalized":
        return [np.eye(int(own.sum())) for own in kept]
    model, x = solution.model, solution.minimum.x
    directions = free_directions(model, solution.minimum)
    deltas, weights = [], []
    for number, (implied, patterns) in enumerate(zip(model.implied(x), full.sample.patterns, strict=True)):
        chosen = kept[number]
        own = observed_information(
            patterns, complete(patterns, implied.sigma, implied.mu), LowRank.of_moments(len(implied.mu))
        )
        weights.append(own[np.ix_(chosen, chosen)])
        deltas.append(moment_jacobian(model.rules[number], implied, model.n_free)[chosen] @ directions)
    total = np.asarray(sum(d.T @ w @ d for d, w in zip(deltas, weights, strict=True)))
    return [
        np.eye(len(w)) - d @ np.linalg.solve(total, d.T @ w) for d, w in zip(deltas, weights, strict=True)
    ]
