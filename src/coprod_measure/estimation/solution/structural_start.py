"""Starting values of the structural part: regressions among quick estimates of the latent variables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.specification.parameter_table import Parameter

# Correlations are pulled towards zero by this factor: quick estimates overshoot.
SHRINK = 0.9


@dataclass(frozen=True, slots=True)
class StructuralGuess:
    """First guesses for one group.

    Attributes
    ----------
    coefficients : dict
        ``(outcome, predictor)`` to regression.
    residuals : dict
        Outcome to residual variance.
    covariances : dict
        Pair of latent variables to covariance.
    """

    coefficients: dict[tuple[str, str], float]
    residuals: dict[str, float]
    covariances: dict[tuple[str, str], float]


def structural_guess(
    rows: list[Parameter],
    weights: dict[str, Floats],
    variances: dict[str, float],
    cov: Floats,
) -> StructuralGuess:
    """Regress outcomes on predictors, all of them weighted sums of observed variables.

    Parameters
    ----------
    rows : list of Parameter
        Of the group.
    weights : dict
        Variable to the weights (p,) of the sum that stands for it; an observed variable stands for itself.
    variances : dict
        Its variance without measurement error.
    cov : (p, p) float
        Sample covariance.

    Returns
    -------
    StructuralGuess
        For variables that have weights; others keep zero.
    """
    names = list(weights)
    at = {name: k for k, name in enumerate(names)}
    matrix = np.array([weights[name] for name in names]).reshape(len(names), len(cov))
    between = matrix @ cov @ matrix.T
    own = np.array([max(variances[name], 1e-10) for name in names])
    scale = np.sqrt(own)
    correlations = SHRINK * np.clip(between / np.outer(scale, scale), -0.95, 0.95)
    np.fill_diagonal(correlations, 1.0)
    covariances = correlations * np.outer(scale, scale)
    coefficients: dict[tuple[str, str], float] = {}
    residuals: dict[str, float] = {}
    predictors: dict[str, list[str]] = {}
    for row in rows:
        if row.op == "~" and row.lhs in at and row.rhs in at:
            predictors.setdefault(row.lhs, []).append(row.rhs)
    for outcome, chosen in predictors.items():
        index = [at[name] for name in chosen]
        inner = covariances[np.ix_(index, index)] + 0.05 * np.diag(own[index])
        beta = np.linalg.solve(inner, covariances[index, at[outcome]])
        coefficients.update({(outcome, name): float(b) for name, b in zip(chosen, beta, strict=True)})
        left = own[at[outcome]] - float(beta @ covariances[index, at[outcome]])
        residuals[outcome] = max(left, 0.2 * own[at[outcome]])
    pairs = {
        (row.lhs, row.rhs): float(covariances[at[row.lhs], at[row.rhs]])
        for row in rows
        if row.op == "~~"
        and row.lhs != row.rhs
        and {row.lhs, row.rhs} <= at.keys()
        and not {row.lhs, row.rhs} & predictors.keys()
    }
    return StructuralGuess(coefficients, residuals, pairs)
