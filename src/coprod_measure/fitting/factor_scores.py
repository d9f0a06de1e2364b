"""Scores of the latent variables in a table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from coprod_measure.arguments import one_of
from coprod_measure.errors import EstimationError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.moment_structure import MomentStructure, moment_structures
from coprod_measure.estimation.inference.scores import bartlett_scores, regression_scores
from coprod_measure.estimation.model.implied import Implied
from coprod_measure.estimation.model.matrices import GroupMatrices
from coprod_measure.estimation.sample.ordinal_scores import Indicators, modal_scores
from coprod_measure.estimation.solution.estimate import Solution
from coprod_measure.fitting.fitted import Fitted


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
    if model.table.variables.ordered:
        found = _ordered_scores(fit.solution)
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


def _ordered_scores(solution: Solution) -> list[Floats]:
    """Empirical Bayes modal scores of the latent variables, one array a group.

    Raises
    ------
    EstimationError
        If an observed variable that is no covariate has an equation of its own.
    """
    model, x = solution.model, solution.minimum.x
    values = model.values(x)
    found = []
    for structure, moments, implied in zip(
        moment_structures(model), solution.sample.groups, model.implied(x), strict=True
    ):
        n_latent = structure.group.n_latent
        doubled = [structure.group.latent[k] for k in range(n_latent, len(structure.group.latent))]
        covariates = [structure.group.latent[column] for column in structure.covariates]
        if set(doubled) - set(covariates):
            raise EstimationError(
                "scores of ordered variables need all observed outcomes to be indicators",
                place="factor_scores",
                cure="Give the observed outcome a latent variable of its own",
                code="scores",
            )
        assert moments.data is not None
        columns = [structure.group.observed.index(name) for name in covariates]
        given = moments.data[:, columns]
        means, covariance = _prior(implied, n_latent, structure.covariates, given)
        indicators = _indicators(structure, implied, values, n_latent)
        found.append(modal_scores(indicators, moments.data[:, structure.endogenous], means, covariance))
    return found


def _prior(implied: Implied, n_latent: int, covariates: np.ndarray, given: Floats) -> tuple[Floats, Floats]:
    """Mean (n, k) and covariance of the latent variables given the covariates."""
    psi, alpha = implied.psi.copy(), implied.alpha.copy()
    psi[covariates], psi[:, covariates], alpha[covariates] = 0.0, 0.0, 0.0
    covariance = implied.a @ psi @ implied.a.T
    mean = implied.a @ alpha + given @ implied.a[:, covariates].T
    return mean[:, :n_latent], covariance[:n_latent, :n_latent]


def _indicators(structure: MomentStructure, implied: Implied, values: Floats, n_latent: int) -> Indicators:
    y = structure.endogenous
    tau = structure.group.places["tau"]
    cuts = tuple(values[tau.row[tau.i == k][np.argsort(tau.j[tau.i == k])]] for k in y)
    return Indicators(implied.lam[y][:, :n_latent], implied.nu[y], np.diagonal(implied.theta)[y], cuts)
