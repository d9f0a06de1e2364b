"""Paths between what lies behind ordered answers: regressions on tetrachoric and polychoric correlations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from coprod_measure.errors import DataError, EstimationError, counted
from coprod_measure.estimation.sample.ordinal_moments import below_diagonal, ordinal_moments
from coprod_measure.estimation.sample.weight_matrix import asymptotic_covariance
from coprod_measure.fitting.ordered_answers import ordered_answers
from coprod_measure.frames import refuse, takes_frame
from coprod_measure.notebook import Shown

FEWEST = 30
"""People who must have answered everything."""


@dataclass(frozen=True, slots=True, repr=False)
class LatentResponsePaths(Shown):
    """Regressions of latent responses on latent responses, all of variance one.

    Attributes
    ----------
    paths : pandas.DataFrame
        One row a path: ``source target est se z pvalue ci_lower ci_upper r2``.
    n : int
    empty : tuple of (str, str)
        Pairs of answers whose table has an empty cell, so that their correlation is less certain.
    """

    paths: pd.DataFrame
    n: int
    empty: tuple[tuple[str, str], ...]

    def table(self) -> pd.DataFrame:
        """Give the paths."""
        return self.paths


@takes_frame
def latent_response_paths(
    data: pd.DataFrame, outcomes: Sequence[str], predictors: Sequence[str]
) -> LatentResponsePaths:
    r"""Regress each outcome on all predictors, by the correlations of what lies behind ordered answers.

    Parameters
    ----------
    data : pandas.DataFrame
        Ordered answers as whole numbers, yes and no among them; incomplete rows are left out.

    Returns
    -------
    LatentResponsePaths

    Raises
    ------
    DataError
        If a column is missing, constant or not ordered, or too few rows are complete.
    EstimationError
        If the predictors' correlations have no inverse.

    Notes
    -----
    :math:`\beta = R_{xx}^{-1} r_{xy}` of tetrachoric or polychoric correlations, in two steps with the
    asymptotic covariance of Muthen (1984), *Psychometrika*, 49, 115-132, over the root of n - 1 as in lavaan,
    and the delta method, :math:`d\beta = R_{xx}^{-1} (d r_{xy} - d R_{xx} \beta)`. With one predictor a path
    is the correlation.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=20_000)
    >>> y = 0.5 * x + rng.normal(size=20_000) * 0.75**0.5
    >>> data = pd.DataFrame({"begins": (x > 0) * 1, "makes": (y > 0.3) * 1})
    >>> round(float(latent_response_paths(data, ["makes"], ["begins"]).paths["est"].iloc[0]), 1)
    0.5
    """
    names = [*dict.fromkeys([*predictors, *outcomes])]
    if set(predictors) & set(outcomes) or not (predictors and outcomes):
        raise DataError("outcomes and predictors are not apart", cure="Name each of them once, on one side")
    refuse(data, names)
    rows = data[names].dropna()
    if len(rows) < FEWEST:
        raise DataError(
            f"{counted(len(rows), 'row has', 'rows have')} all of {', '.join(names)}",
            cure=f"Collect {FEWEST} or more",
        )
    codes = ordered_answers(rows, names).codes
    moments = ordinal_moments(codes, np.ones(len(names), bool))
    bad = (*moments.unsolved, *moments.at_bound)
    if bad:
        pair = " and ".join(names[k] for k in sorted(bad[0]))
        raise EstimationError(
            f"{pair} go together without exception", place="latent responses", cure="Leave one of them out"
        )
    R, k = moments.correlations, len(predictors)
    pairs = np.column_stack(below_diagonal(len(names)))
    cov = asymptotic_covariance(codes, moments).full[-len(pairs) :, -len(pairs) :] / (len(rows) - 1)
    if np.linalg.eigvalsh(R[:k, :k])[0] < 1e-6:
        raise EstimationError(
            "the predictors' correlations have no inverse", place="latent responses", cure="Leave one out"
        )
    inverse = np.linalg.inv(R[:k, :k])
    found = []
    for place, target in enumerate(outcomes, start=k):
        beta = inverse @ R[:k, place]
        change = np.zeros((k, len(pairs)))
        for column, (i, j) in enumerate(pairs):
            d = np.zeros_like(R)
            d[i, j] = d[j, i] = 1.0
            change[:, column] = inverse @ (d[:k, place] - d[:k, :k] @ beta)
        se = np.sqrt(np.einsum("ij,jk,ik->i", change, cov, change))
        half = float(norm.isf(0.025)) * se
        r2 = float(beta @ R[:k, place])
        for x, b, error, h in zip(predictors, beta, se, half, strict=True):
            p = 2.0 * float(norm.sf(abs(b / error)))
            found.append((x, target, b, error, b / error, p, b - h, b + h, r2))
    columns = ["source", "target", "est", "se", "z", "pvalue", "ci_lower", "ci_upper", "r2"]
    empty = tuple((names[i], names[j]) for i, j in moments.empty_cells)
    return LatentResponsePaths(pd.DataFrame(found, columns=columns), len(rows), empty)
