"""Scores of the latent variables in a table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.inference.scores import bartlett_scores, regression_scores
from coprod_measure.estimation.model.implied import Implied
from coprod_measure.estimation.model.matrices import GroupMatrices
from coprod_measure.fitting.arguments import one_of
from coprod_measure.fitting.fitted import Fitted
from coprod_measure.fitting.weighted_measures import least_squares_of
from coprod_measure.fitting.weighted_residuals import ordered_scores


def factor_score_frame(fit: Fitted, method: str) -> pd.DataFrame:
    """Compute scores; see :meth:`.result.Fit.factor_scores`.

    Raises
    ------
    ModelError
        If the method is unknown.
    EstimationError
        If there are no raw data.
    """
    method = one_of("method", method, ("regression", "bartlett"))
    fit.request.need_answers("factor_scores", "factor scores need")
    model, sample, groups = fit.solution.model, fit.solution.sample, fit.request.data.groups
    names = list(model.table.variables.latent)
    discrepancy = least_squares_of(fit.solution)
    if discrepancy is not None and fit.options.ordered:
        found = ordered_scores(fit.solution, discrepancy)
    else:
        compute = regression_scores if method == "regression" else bartlett_scores
        found = []
        for group, matrices, implied, moments in zip(
            groups, model.groups, fit.implied, sample.groups, strict=True
        ):
            centred = implied
            if not model.means:
                mean = np.nanmean(group.answers, axis=0) if moments.mean is None else moments.mean
                centred = _at_sample_means(implied, matrices, mean, set(model.table.variables.exogenous))
            found.append(compute(centred, len(names), group.answers))
    return pd.concat(
        pd.DataFrame(scores, columns=names, index=group.index)
        for scores, group in zip(found, groups, strict=True)
    )


def _at_sample_means(
    implied: Implied, matrices: GroupMatrices, mean: Floats, covariates: set[str]
) -> Implied:
    """Give a model without means those of the sample; covariates move the latent means as in lavaan."""
    alpha = np.array(
        [mean[matrices.observed.index(name)] if name in covariates else 0.0 for name in matrices.latent]
    )
    eta_mean = implied.a @ alpha
    return replace(implied, mu=mean, nu=mean - implied.lam @ eta_mean, eta_mean=eta_mean)
