"""Whether sample covariances can be inverted, and which variables are to blame where they cannot."""

from __future__ import annotations

import numpy as np

from coprod_measure.errors import EstimationError, Problem, counted
from coprod_measure.estimation.arrays import Floats, cholesky
from coprod_measure.estimation.sample.moments import SampleMoments

# Smallest eigenvalue of the correlation matrix; below it, one variable is a sum of others but for rounding.
SINGULAR = 1e-10


def check_invertible(sample: SampleMoments, names: tuple[str, ...], labels: tuple[str, ...]) -> None:
    """Refuse singular covariance matrices before estimation.

    Parameters
    ----------
    sample : SampleMoments
        Complete data.
    names : tuple of str
        Variables.
    labels : tuple of str
        Of the groups, for the message.

    Raises
    ------
    EstimationError
        One problem a group, naming the variables that are linearly dependent.
    """
    problems = []
    for moments, label in zip(sample.groups, labels, strict=True):
        where = f"group {label}" if label else "data"
        if moments.data is not None and len(moments.data) <= len(names):
            cause = (
                f"{counted(len(moments.data), 'respondent is', 'respondents are')} "
                f"too few for {counted(len(names), 'variable')}"
            )
            cure = "Use fewer variables; where answers are incomplete, full information keeps them"
            problems.append(Problem(where, cause, f"Join groups. {cure}" if label else cure, "too-few"))
            continue
        dependent = _dependent(moments.cov, names)
        if dependent:
            cause = f"the covariance matrix is singular: {', '.join(dependent)} are linearly dependent"
            problems.append(Problem(where, cause, "Drop one of them", "singular-covariance"))
    if problems:
        raise EstimationError.from_problems(problems)


def _dependent(cov: Floats, names: tuple[str, ...]) -> list[str]:
    diagonal = np.diagonal(cov)
    if (diagonal <= 0).any():
        return [name for name, value in zip(names, diagonal, strict=True) if value <= 0]
    sd = np.sqrt(diagonal)
    correlations = cov / np.outer(sd, sd)
    factor = cholesky(correlations)
    if factor is not None and np.diagonal(factor).min() > np.sqrt(1e3 * SINGULAR):
        return []
    values, vectors = np.linalg.eigh(correlations)
    if values[0] > SINGULAR:
        return []
    weights = np.abs(vectors[:, 0])
    return [name for name, weight in zip(names, weights, strict=True) if weight > 0.1 * weights.max()]
