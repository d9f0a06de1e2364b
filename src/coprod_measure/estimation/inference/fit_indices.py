"""Fit indices from plain numbers: chi-square, degrees of freedom, sample size."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chndtr

from coprod_measure.estimation.arrays import Floats

RMSEA_CLOSE = 0.05


def chi_square_pvalue(chi_square: float, df: float) -> float:
    """Upper tail of the central chi-square distribution; NaN without degrees of freedom."""
    return float(chdtrc(df, max(chi_square, 0.0))) if df > 0 else math.nan


def noncentral_pvalue(chi_square: float, df: float, noncentrality: float) -> float:
    """Upper tail of the noncentral chi-square distribution."""
    return 1.0 - float(chndtr(max(chi_square, 0.0), df, noncentrality))


def rmsea(chi_square: float, df: float, n: float, *, n_groups: int = 1, trace: float | None = None) -> float:
    """Root mean square error of approximation (Steiger 1990; several groups: Steiger 1998).

    Parameters
    ----------
    chi_square, df, n : float
        Of the model; n is the number of respondents (n - 1 a group under the Wishart likelihood).
    n_groups : int
        Multiplies by its root.
    trace : float, optional
        Sum of the eigenvalues of U Gamma, in the place of df in the numerator, for the robust form.

    Returns
    -------
    float
        0 for a model without degrees of freedom.
    """
    if df <= 0:
        return 0.0
    bias = df if trace is None else trace
    return math.sqrt(max((chi_square - bias) / (n * df), 0.0)) * math.sqrt(n_groups)


def noncentrality_bound(chi_square: float, df: float, probability: float) -> float:
    """Noncentrality at which the observed chi-square has the given lower tail; 0 where there is none."""
    if df < 1 or chndtr(chi_square, df, 0.0) < probability:
        return 0.0
    upper = max(chi_square, 1.0)
    while chndtr(chi_square, df, upper) > probability:
        upper *= 2.0
        if upper > 1e9:
            return math.nan
    if math.isnan(chndtr(chi_square, df, upper)):  # beyond what SciPy computes
        return math.nan
    return float(brentq(lambda nc: float(chndtr(chi_square, df, nc)) - probability, 0.0, upper, xtol=1e-10))


def rmsea_interval(
    chi_square: float, df: float, n: float, *, n_groups: int = 1, level: float = 0.90, scale: float = 1.0
) -> tuple[float, float]:
    """Confidence limits of the RMSEA (Browne & Cudeck 1993).

    Parameters
    ----------
    chi_square, df, n, n_groups
        As for :func:`rmsea`.
    level : float
        Coverage.
    scale : float
        Multiplies the noncentrality (the scaling factor, for the robust form).
    """
    if df <= 0:
        return 0.0, 0.0
    tail = (1.0 - level) / 2.0
    lower = noncentrality_bound(chi_square, df, 1.0 - tail)
    upper = noncentrality_bound(chi_square, df, tail)
    root = math.sqrt(n_groups)
    return math.sqrt(scale * lower / (n * df)) * root, math.sqrt(scale * upper / (n * df)) * root


def rmsea_pvalue(
    chi_square: float,
    df: float,
    n: float,
    *,
    n_groups: int = 1,
    close: float = RMSEA_CLOSE,
    scale: float = 1.0,
) -> float:
    """Probability of this chi-square or a larger one if the RMSEA were ``close``."""
    if df <= 0:
        return math.nan
    return noncentral_pvalue(chi_square, df, n * df * close**2 / (n_groups * scale))


def cfi(
    chi_square: float,
    df: float,
    baseline: float,
    baseline_df: float,
    *,
    c: float = 1.0,
    baseline_c: float = 1.0,
) -> float:
    """Compute the comparative fit index (Bentler 1990).

    Parameters
    ----------
    chi_square, df, baseline, baseline_df : float
        Of the model and of the baseline.
    c, baseline_c : float
        Scaling factors, for the robust form (Brosseau-Liard & Savalei 2014).
    """
    own = max(chi_square - c * df, 0.0)
    worst = max(own, baseline - baseline_c * baseline_df, 0.0)
    return 1.0 if worst == 0 else 1.0 - own / worst


def rni(
    chi_square: float,
    df: float,
    baseline: float,
    baseline_df: float,
    *,
    c: float = 1.0,
    baseline_c: float = 1.0,
) -> float:
    """Relative noncentrality index (McDonald & Marsh 1990); scaling factors as for :func:`cfi`."""
    worst = baseline - baseline_c * baseline_df
    return math.nan if worst == 0 else 1.0 - (chi_square - c * df) / worst


def tli(
    chi_square: float,
    df: float,
    baseline: float,
    baseline_df: float,
    *,
    c: float = 1.0,
    baseline_c: float = 1.0,
) -> float:
    """Tucker-Lewis or non-normed fit index (Tucker & Lewis 1973); scaling factors as for :func:`cfi`."""
    if df <= 0:
        return 1.0
    worst = baseline - baseline_c * baseline_df
    return math.nan if worst == 0 else 1.0 - (chi_square - c * df) / df * baseline_df / worst


def nfi(chi_square: float, baseline: float) -> float:
    """Normed fit index (Bentler & Bonett 1980); NaN where nothing is related to anything."""
    return (baseline - chi_square) / baseline if baseline else math.nan


def rfi(chi_square: float, df: float, baseline: float, baseline_df: float) -> float:
    """Relative fit index (Bollen 1986)."""
    if df <= 0:
        return 1.0
    return 1.0 - chi_square / df / (baseline / baseline_df) if baseline else math.nan


def ifi(chi_square: float, df: float, baseline: float) -> float:
    """Incremental fit index (Bollen 1989)."""
    return (baseline - chi_square) / (baseline - df) if baseline != df else math.nan


def information_criteria(log_likelihood: float, n_parameters: int, n: float) -> dict[str, float]:
    """AIC (Akaike 1974), BIC (Schwarz 1978) and its sample-size adjusted form (Sclove 1987)."""
    deviance = -2.0 * log_likelihood
    return {
        "aic": deviance + 2.0 * n_parameters,
        "bic": deviance + n_parameters * math.log(n),
        "bic2": deviance + n_parameters * math.log((n + 2.0) / 24.0),
    }


def srmr(sample: Floats, implied: Floats, mean_distance: Floats | None = None) -> float:
    """Standardised root mean square residual of one group (Bentler 1995).

    Parameters
    ----------
    sample, implied : (p, p) float
        Covariance matrices.
    mean_distance : (p,) float, optional
        Sample minus implied means, when the model has means.
    """
    sd = np.sqrt(np.diagonal(sample))
    residual = (sample - implied) / np.outer(sd, sd)
    rows, columns = np.tril_indices(len(sd))
    total, count = float((residual[rows, columns] ** 2).sum()), len(rows)
    if mean_distance is not None:
        total += float(((mean_distance / sd) ** 2).sum())
        count += len(sd)
    return math.sqrt(total / count)


def critical_n(chi_square: float, df: float, n: float, critical: float) -> float:
    """Hoelter's critical N (1983): the sample size at which this misfit reaches the critical chi-square."""
    return critical / (chi_square / n) + 1.0 if chi_square > 0 and df > 0 else math.nan
