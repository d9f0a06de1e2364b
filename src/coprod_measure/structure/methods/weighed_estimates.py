"""Contrasts of estimates: weighed sums with the errors that their covariance gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.inference.multiple_tests import holm

_WIDTH = float(norm.ppf(0.975))


def weighed_estimates(estimates: ArrayLike, covariance: Floats, weights: ArrayLike) -> pd.DataFrame:
    """Weigh estimates, ``w'b`` with the variance ``w'Vw``, and test each sum by the normal distribution.

    Parameters
    ----------
    estimates : array_like, shape (p,)
    covariance : ndarray, shape (p, p)
    weights : array_like, shape (k, p)

    Returns
    -------
    pandas.DataFrame
        k rows ``estimate se z pvalue pvalue_adjusted ci_lower ci_upper``; p adjusted by Holm over them, 95 %
        intervals.

    Examples
    --------
    >>> found = weighed_estimates([0.2, 0.5], np.diag([0.01, 0.01]), [[-1, 1]])
    >>> found.iloc[0].round(2).tolist()
    [0.3, 0.14, 2.12, 0.03, 0.03, 0.02, 0.58]
    """
    W = np.asarray(weights, dtype=float)
    estimate = W @ np.asarray(estimates, dtype=float)
    se = np.sqrt(np.einsum("kp,pq,kq->k", W, covariance, W))
    pvalue = 2.0 * norm.sf(np.abs(estimate / se))
    return pd.DataFrame(
        {
            "estimate": estimate, "se": se, "z": estimate / se, "pvalue": pvalue,
            "pvalue_adjusted": holm(pvalue),
            "ci_lower": estimate - _WIDTH * se, "ci_upper": estimate + _WIDTH * se,
        }
    )  # fmt: skip
