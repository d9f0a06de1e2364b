"""Every structural regression that was estimated, whether or not a hypothesis claims it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import pandas as pd

from coprod_measure.structure.equations import LogisticSlope
from coprod_measure.structure.structural_fit import PATH_COLUMNS, StructuralFit

LINEAR, LOGISTIC = "linear", "logistic"
_WIDTH = NormalDist().inv_cdf(0.975)


def linear_paths(fit: StructuralFit, number: int = 1) -> pd.DataFrame:
    """Read the regressions of a structural model.

    ``number``: its place among the models, from 1. Returns one row a path
    (:data:`.structural_fit.PATH_COLUMNS`), by outcome in the order of the model; R² from
    :func:`explained_shares`.
    """
    rows = fit.parameters
    paths = rows[rows["op"] == "~"]
    found = pd.DataFrame(
        {
            "model": number,
            "respondents": fit.respondents,
            "kind": LINEAR,
            "n": fit.n,
            "outcome": paths["lhs"],
            "r_squared": paths["lhs"].map(explained_shares(rows)),
            "predictor": paths["rhs"],
            "estimate": paths["est"],
            "se": paths["se"],
            "ci_lower": paths["ci_lower"],
            "ci_upper": paths["ci_upper"],
            "pvalue": paths["pvalue"],
            "std": paths["std_all"],
        },
        columns=list(PATH_COLUMNS),
    )
    return found.reset_index(drop=True)


def explained_shares(parameters: pd.DataFrame) -> pd.Series:
    """R² of every outcome: 1 minus its standardised residual variance; NaN where that is negative.

    ``parameters``: as ``Fit.parameters``.
    """
    outcomes = parameters.loc[parameters["op"] == "~", "lhs"]
    own = parameters[(parameters["op"] == "~~") & (parameters["lhs"] == parameters["rhs"])]
    residual = own[own["lhs"].isin(outcomes)].set_index("lhs")["std_all"].astype(float)
    return 1.0 - residual.where(residual >= 0.0)


def logistic_paths(outcome: str, predictors: Sequence[str], slope: LogisticSlope) -> pd.DataFrame:
    """Write a logistic regression in the same columns.

    Parameters
    ----------
    predictors : sequence of str
        In the order of the slopes.
    slope : LogisticSlope
        Log odds for one standard deviation of each predictor; intervals and p by Wald.
    """
    rows = []
    for name, estimate, se, std in zip(predictors, slope.estimate, slope.se, slope.std, strict=True):
        ends = (estimate - _WIDTH * se, estimate + _WIDTH * se)
        pvalue = 2.0 * NormalDist().cdf(-abs(estimate) / se)
        rows.append(
            (0, "all", LOGISTIC, slope.n, outcome, slope.r_squared, name, estimate, se, *ends, pvalue, std)
        )
    return pd.DataFrame(rows, columns=list(PATH_COLUMNS))
