"""Errors of a model of several groups where people have rows in more than one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.influences import casewise_scores

if TYPE_CHECKING:
    from coprod_measure.fitting.result import Fit


def in_several(groups: np.ndarray, clusters: np.ndarray) -> bool:
    """Whether a cluster has rows in more than one group.

    Examples
    --------
    >>> in_several(np.array(["a", "a", "b"]), np.array([1, 1, 2]))
    False
    >>> in_several(np.array(["a", "b"]), np.array([1, 1]))
    True
    """
    pairs = np.unique(np.column_stack([groups.astype(str), clusters.astype(str)]), axis=0)
    return bool(len(pairs) > len(np.unique(clusters.astype(str))))


def covariance_over_groups(fit: Fit, clusters: np.ndarray) -> Floats:
    """Estimate the covariance of the parameters with clusters that reach over groups.

    Parameters
    ----------
    fit : Fit
        By maximum likelihood from complete rows.
    clusters : (n,) array
        Of each row, group after group.

    Notes
    -----
    The sandwich ``A⁻¹ B A⁻¹`` with B of the scores of rows summed within clusters, whatever their group,
    times C/(C - 1) for C clusters (Binder 1983, International Statistical Review 51, 279-292). Sums within
    each group, as of clusters that lie in one, take paths of two groups as independent: where the same people
    rate both, what they have in common cancels in a difference, and its error would be too large.

    Examples
    --------
    >>> import pandas as pd
    >>> from coprod_measure import sem
    >>> rng = np.random.default_rng(1)
    >>> person = np.tile(np.arange(300), 2)
    >>> x, like = rng.normal(size=600), rng.normal(size=300)[person]
    >>> data = pd.DataFrame({"x": x, "y": x + like, "who": person, "g": np.repeat(["a", "b"], 300)})
    >>> fit = sem("y ~ c(a, b)*x", data, group="g", cluster="who")
    >>> covariance_over_groups(fit, person).shape == fit.covariance.shape
    True
    """
    solution, inverse = fit.solution, fit.inverse_information
    assert inverse is not None
    scores, people = casewise_scores(solution.model, solution.sample, solution.minimum.x)
    weights = [1.0 if one.weights is None else one.weights[:, None] for one in people]
    rows = np.vstack([own * weight for own, weight in zip(scores, weights, strict=True)])
    _, number = np.unique(clusters.astype(str), return_inverse=True)
    total = np.zeros((int(number.max()) + 1, rows.shape[1]))
    np.add.at(total, number, rows)
    spread = total.T @ total * len(total) / (len(total) - 1)
    return np.asarray(inverse @ spread @ inverse / solution.sample.n**2)
