"""Little's test of missing completely at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from coprod_measure.errors import EstimationError
from coprod_measure.estimation.missing.patterns import Array, group_patterns
from coprod_measure.estimation.missing.saturated import saturated_moments


@dataclass(frozen=True, slots=True)
class McarTest:
    """Result of Little's test.

    Attributes
    ----------
    n_patterns : int
        Distinct patterns of missing values, including that of people without any answer.
    converged : bool
        Whether the means and covariances of the incomplete data were found.
    """

    statistic: float
    df: int
    pvalue: float
    n_patterns: int
    converged: bool


def little_mcar_test(y: Array) -> McarTest:
    r"""Test whether the means of the observed variables are the same in all patterns of missing values.

    The statistic is :math:`\sum_p n_p (\bar y_p - \hat\mu_p)' \hat\Sigma_p^{-1} (\bar y_p - \hat\mu_p)` with
    ML means and covariances (Little 1988, eq. 4), df the number of observed variables summed over patterns
    less the number of variables. People without any answer are a pattern of their own and add nothing else.

    Parameters
    ----------
    y : ndarray, shape (n, p)
        NaN marks what is missing.

    Raises
    ------
    EstimationError
        If nothing is missing: then there is nothing to test.
    """
    patterns = group_patterns(y)
    n_patterns = len(patterns.observed) + int((patterns.people < 0).any())
    if n_patterns < 2:
        raise EstimationError(
            "all people answered the same variables, so there are no patterns to compare",
            cure="Little's test needs missing values in some rows and not in others",
            code="one-pattern",
        )
    moments = saturated_moments(patterns)
    statistic, df = 0.0, -y.shape[1]
    for number, seen in enumerate(patterns.observed):
        columns = np.flatnonzero(seen)
        difference = y[np.ix_(patterns.people == number, columns)].mean(axis=0) - moments.mean[columns]
        solved = np.linalg.solve(moments.cov[np.ix_(columns, columns)], difference)
        statistic += patterns.weights[number] * float(difference @ solved)
        df += columns.size
    return McarTest(float(statistic), df, float(chi2.sf(statistic, df)), n_patterns, moments.converged)
