"""Test statistics of a whole model, and the likelihoods behind them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from coprod_measure.estimation.inference.fit_indices import chi_square_pvalue
from coprod_measure.estimation.model.model import Model
from coprod_measure.estimation.sample.moments import GroupMoments, normal_log_likelihood
from coprod_measure.estimation.two_level.tables import count_level_moments


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """A test of a model against the saturated one.

    Attributes
    ----------
    name : str
        Which statistic.
    value, df, pvalue : float
        The test.
    scale : float
        Scaling factor c; 1 for an unscaled statistic.
    shift : float
        Added after scaling (scaled and shifted statistic).
    trace : float
        tr(U Gamma), the expectation of the unscaled statistic; df when unscaled.
    """

    name: str
    value: float
    df: float
    pvalue: float
    scale: float = 1.0
    shift: float = 0.0
    trace: float = math.nan


def chi_square(value: float, df: float, *, name: str = "standard") -> ChiSquare:
    """Refer N F to the central chi-square distribution."""
    value = max(value, 0.0) if value > -1e-6 else value
    return ChiSquare(name, value, df, chi_square_pvalue(value, df))


def scaled(test: ChiSquare, trace: float, name: str) -> ChiSquare:
    """Divide by c = tr(U Gamma) / df (Satorra & Bentler 1994; Yuan & Bentler 2000)."""
    c = trace / test.df if test.df > 0 else math.nan
    value = test.value / c if test.df > 0 else test.value
    return ChiSquare(name, value, test.df, chi_square_pvalue(value, test.df), c, 0.0, trace)


def mean_variance_adjusted(test: ChiSquare, first: float, second: float) -> ChiSquare:
    """Adjust the degrees of freedom too (Satterthwaite; Satorra & Bentler 1994)."""
    df = first**2 / second
    value = test.value * first / second
    return ChiSquare("mean_var_adjusted", value, df, chi_square_pvalue(value, df), second / first, 0.0, first)


def scaled_shifted(test: ChiSquare, first: float, second: float) -> ChiSquare:
    """Scale and shift, keeping the degrees of freedom (Asparouhov & Muthen 2010)."""
    a = math.sqrt(test.df / second)
    shift = test.df - a * first
    value = a * test.value + shift
    return ChiSquare(
        "scaled_shifted", value, test.df, chi_square_pvalue(value, test.df), 1.0 / a, shift, first
    )


def count_moments(model: Model) -> int:
    """Count the moments that the data supply to a model.

    Parameters
    ----------
    model : Model
        Moments of fixed covariates do not count; ordered variables supply thresholds instead of means and
        variances.
    """
    if model.table.levels:
        return count_level_moments(model.table)
    variables = model.table.variables
    p, ordered = len(variables.observed), len(variables.ordered)
    total = 0
    for group in range(1, model.table.n_groups + 1):
        own = [row for row in model.table.rows if row.group == group]
        thresholds = sum(row.op == "|" for row in own)
        total += p * (p + 1) // 2 - ordered + thresholds
        if model.means:
            total += p - ordered
        total -= sum(row.exogenous or row.given for row in own)
    return total


def exogenous_log_likelihood(model: Model, moments: GroupMoments, n: float, group: int) -> float:
    """Part of the log-likelihood that belongs to fixed covariates; it says nothing about the model.

    Two-level models have taken it off their unrestricted likelihood already.
    """
    if model.table.levels:
        return 0.0
    index = model.fixed_covariates(group)
    return normal_log_likelihood(moments.cov[np.ix_(index, index)], n) if index else 0.0
