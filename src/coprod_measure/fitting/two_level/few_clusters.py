"""Intervals and the test of a two-level model where clusters are few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution
from scipy.stats import t as t_distribution

from coprod_measure.errors import EstimationError, NotAvailable
from coprod_measure.estimation.inference.cluster_residual_test import cluster_residual_statistic
from coprod_measure.fitting.fitted import Fitted
from coprod_measure.fitting.parameter_frame import parameter_frame
from coprod_measure.notebook import Shown


@dataclass(frozen=True, slots=True, repr=False)
class FewClusters(Shown):
    """What a two-level fit says with as many degrees of freedom as its clusters leave.

    Attributes
    ----------
    parameters : pandas.DataFrame
        ``lhs op rhs level label est se t df pvalue ci_lower ci_upper``.
    statistic : float or NotAvailable
        The test of the model by its residuals, F.
    df, df_clusters : float
        Its degrees of freedom: those of the model, and the clusters less these.
    pvalue : float or NotAvailable
    basis : str
        What the test rests on.
    """

    parameters: pd.DataFrame
    statistic: float | NotAvailable
    df: float
    df_clusters: float
    pvalue: float | NotAvailable
    basis: str = "residual F"

    def table(self) -> pd.DataFrame:
        """Give the parameters."""
        return self.parameters


def few_clusters(fit: Fitted, n_clusters: int, *, bordered: bool) -> FewClusters:
    """Take the degrees of freedom of J clusters less the k parameters of level 2.

    Errors of level 2 divide by J - k where likelihood divides by J (as a regression over clusters does; such
    factors, and t, are what Cameron & Miller 2015 say of few clusters and robust errors), and quantiles are
    of t. The test is the residual-based F of Yuan and Bentler (1998; for two levels 2003), for any
    distribution; see :func:`.cluster_residual_statistic`.

    Raises
    ------
    EstimationError
        If level 2 has no fewer parameters than there are clusters, or there are no errors.
    """
    model, x = fit.solution.model, fit.solution.minimum.x
    between = {row.key for row in model.table.rows if row.free and row.group % 2 == 0}
    left = float(n_clusters - len(between))
    if left <= 0:
        cause = f"level 2 has {len(between)} parameters for {n_clusters} clusters"
        raise EstimationError(cause, place="few_clusters", cure="Simplify level 2", code="too-few")
    rows = [model.table.rows[k] for k in model.first_rows()]
    factor = np.array([np.sqrt(n_clusters / left) if row.key in between else 1.0 for row in rows])
    frame = parameter_frame(model, x, fit.covariance * np.outer(factor, factor))
    est, se = frame["est"].to_numpy(), frame["se"].to_numpy()
    t = np.divide(est, se, out=np.full(len(se), np.nan), where=se > 0)
    half = float(t_distribution.ppf(0.975, left)) * se
    frame = frame.drop(columns=["z", "std_lv", "std_all"])
    frame.insert(int(frame.columns.get_loc("se")) + 1, "t", t)
    frame.insert(int(frame.columns.get_loc("t")) + 1, "df", np.where(se > 0, left, np.nan))
    frame = frame.assign(
        pvalue=2 * t_distribution.sf(np.abs(t), left), ci_lower=est - half, ci_upper=est + half
    )
    df = fit.test.df
    free = n_clusters - df
    if why := _why_no_test(fit, free, bordered=bordered):
        return FewClusters(frame, NotAvailable(why), df, free, NotAvailable(why))
    statistic = cluster_residual_statistic(fit.solution) * free / (n_clusters * df)
    return FewClusters(frame, statistic, df, free, float(f_distribution.sf(statistic, df, free)))


def _why_no_test(fit: Fitted, free: float, *, bordered: bool) -> str:
    if not fit.test.df > 0 or not fit.solution.discrepancy.testable:
        return "the model has no test"
    if free <= 0:
        return "there are no more clusters than degrees of freedom"
    if bordered:
        return (
            "the unrestricted moments are at the border of what is possible, where they have no normal errors"
        )
    return ""
