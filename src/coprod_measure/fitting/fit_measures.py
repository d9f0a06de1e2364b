"""Gather the fit measures of a fit."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.special import chdtri

from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.discrepancies.discrepancy import inverse_and_logdet
from coprod_measure.estimation.discrepancies.full_information import FullInformation
from coprod_measure.estimation.inference.chi_square import (
    ChiSquare,
    exogenous_log_likelihood,
    normal_log_likelihood,
)
from coprod_measure.estimation.inference.fit_indices import (
    cfi,
    critical_n,
    ifi,
    information_criteria,
    nfi,
    rfi,
    rmsea,
    rmsea_interval,
    rmsea_pvalue,
    rni,
    srmr,
    tli,
)
from coprod_measure.estimation.solution.estimate import Solution

Measures = dict[str, float]


def comparative(test: ChiSquare, baseline: ChiSquare) -> Measures:
    """Compare with the baseline; nothing where the baseline holds whatever the data, as with one variable."""
    x, df, x0, df0 = test.value, test.df, baseline.value, baseline.df
    if df0 <= 0:
        return {}
    found = {
        "cfi": cfi(x, df, x0, df0),
        "tli": tli(x, df, x0, df0),
        "nnfi": tli(x, df, x0, df0),
        "rfi": rfi(x, df, x0, df0),
        "nfi": nfi(x, x0),
        "pnfi": nfi(x, x0) * df / df0,
        "ifi": ifi(x, df, x0),
        "rni": rni(x, df, x0, df0),
    }
    return {name: value for name, value in found.items() if math.isfinite(value)}


def scaled_measures(
    test: ChiSquare,
    scaled: ChiSquare,
    baseline: ChiSquare,
    scaled_baseline: ChiSquare,
    n: float,
    n_groups: int,
) -> Measures:
    """Scaled and robust forms (lavaan's ``.scaled`` and ``.robust``).

    Parameters
    ----------
    test, baseline : ChiSquare
        Unscaled tests of model and baseline.
    scaled, scaled_baseline : ChiSquare
        Their corrected forms.
    n, n_groups
        As for the RMSEA.
    """
    found: Measures = {
        "chisq_scaled": scaled.value,
        "df_scaled": scaled.df,
        "pvalue_scaled": scaled.pvalue,
        "chisq_scaling_factor": scaled.scale,
        "baseline_chisq_scaled": scaled_baseline.value,
        "baseline_df_scaled": scaled_baseline.df,
        "baseline_pvalue_scaled": scaled_baseline.pvalue,
        "baseline_chisq_scaling_factor": scaled_baseline.scale,
    }
    found |= {f"{name}_scaled": value for name, value in comparative(scaled, scaled_baseline).items()}
    referred = scaled if scaled.name == "scaled_shifted" else replace(test, df=scaled.trace)
    found |= {f"{name}_scaled": value for name, value in approximation(referred, n, n_groups).items()}
    if scaled.name != "mean_var_adjusted" and test.df > 0:
        c, base_c = scaled.trace / test.df, scaled_baseline.trace / baseline.df
        found |= robust_measures(test, scaled, c, baseline, base_c, n, n_groups)
    return {name: value for name, value in found.items() if math.isfinite(value)}


def robust_measures(
    test: ChiSquare,
    scaled: ChiSquare,
    c: float,
    baseline: ChiSquare,
    baseline_c: float,
    n: float,
    n_groups: int,
) -> Measures:
    """Compute CFI, TLI, RNI and RMSEA that estimate their population values under the violation met.

    Brosseau-Liard, Savalei & Li (2012); Brosseau-Liard & Savalei (2014); intervals: Li & Bentler (2006).

    Parameters
    ----------
    test, baseline : ChiSquare
        Unscaled tests.
    scaled : ChiSquare
        The scaled test, for interval and test of the RMSEA, which take its own factor (as lavaan does).
    c, baseline_c : float
        Scaling factors.
    """
    pairs = (test.value, test.df, baseline.value, baseline.df)
    lower, upper = rmsea_interval(scaled.value, test.df, n, n_groups=n_groups, scale=scaled.scale)
    return {
        "cfi_robust": cfi(*pairs, c=c, baseline_c=baseline_c),
        "tli_robust": tli(*pairs, c=c, baseline_c=baseline_c),
        "nnfi_robust": tli(*pairs, c=c, baseline_c=baseline_c),
        "rni_robust": rni(*pairs, c=c, baseline_c=baseline_c),
        "rmsea_robust": rmsea(test.value, test.df, n, n_groups=n_groups, trace=c * test.df),
        "rmsea_ci_lower_robust": lower,
        "rmsea_ci_upper_robust": upper,
        "rmsea_pvalue_robust": rmsea_pvalue(scaled.value, test.df, n, n_groups=n_groups, scale=scaled.scale),
    }


def approximation(test: ChiSquare, n: float, n_groups: int) -> Measures:
    """RMSEA with interval and test of close fit."""
    x, df = test.value, test.df
    lower, upper = rmsea_interval(x, df, n, n_groups=n_groups)
    found = {
        "rmsea": rmsea(x, df, n, n_groups=n_groups),
        "rmsea_ci_lower": lower,
        "rmsea_ci_upper": upper,
        "rmsea_pvalue": rmsea_pvalue(x, df, n, n_groups=n_groups),
    }
    return {name: value for name, value in found.items() if math.isfinite(value)}


def residual_measures(solution: Solution) -> Measures:
    """SRMR over all groups, weighted by their shares."""
    total = 0.0
    for moments, share, implied in zip(
        solution.sample.groups,
        solution.sample.shares,
        solution.model.implied(solution.minimum.x),
        strict=True,
    ):
        distance = moments.mean - implied.mu if solution.model.means and moments.mean is not None else None
        total += share * srmr(moments.cov, implied.sigma, distance)
    return {"srmr": total}


def _fixed_covariates(solution: Solution, group: int) -> list[int]:
    table = solution.model.table
    names = {row.lhs for row in table.rows if row.exogenous and row.group == group}
    return [k for k, name in enumerate(table.variables.observed) if name in names]


def goodness_of_fit(
    solution: Solution, df: float, weights: tuple[Floats, ...], *, plain: bool = False
) -> Measures:
    """GFI, AGFI and PGFI (Joreskog & Sorbom 1982; Tanaka & Huba 1985).

    Parameters
    ----------
    solution : Solution
        The estimates.
    df : float
        Degrees of freedom.
    weights : tuple of (p, p) float
        W of each group: inverse of the implied covariance for ML, of the sample's for GLS, I for ULS.
    plain : bool
        Whether a variance counts as much as a covariance (ULS).
    """
    gfi, count = 0.0, 0
    for number, (moments, share, implied, weight) in enumerate(
        zip(
            solution.sample.groups,
            solution.sample.shares,
            solution.model.implied(solution.minimum.x),
            weights,
            strict=True,
        )
    ):
        fixed = _fixed_covariates(solution, number + 1)
        cov = moments.cov.copy()
        cov[np.ix_(fixed, fixed)] = 0.0
        residual, observed = weight @ (moments.cov - implied.sigma), weight @ cov
        own = 0.5 * float(np.einsum("ij,ji->", residual, residual))
        whole = 0.5 * float(np.einsum("ij,ji->", observed, observed))
        if plain:
            own += 0.5 * float((np.diagonal(residual) ** 2).sum())
            whole += 0.5 * float((np.diagonal(observed) ** 2).sum())
        p = len(weight)
        count += p * (p + 1) // 2
        if solution.model.means and moments.mean is not None:
            distance, mean = moments.mean - implied.mu, moments.mean.copy()
            mean[fixed] = 0.0
            own += float(distance @ weight @ distance)
            whole += float(mean @ weight @ mean)
            count += p
        gfi += share * (1.0 - own / whole)
    found = {"gfi": gfi}
    if df > 0:
        found |= {"agfi": 1.0 - (count / df) * (1.0 - gfi), "pgfi": gfi * df / count}
    return found


def likelihood_measures(solution: Solution, n: float, n_parameters: int) -> Measures:
    """Log-likelihoods and information criteria of normal data from n respondents."""
    saturated = sum(
        saturated_log_likelihood(solution, number - 1)
        - exogenous_log_likelihood(solution.model, moments, moments.n, number)
        for number, moments in enumerate(solution.sample.groups, start=1)
    )
    logl = saturated - 0.5 * n * solution.minimum.value
    return {
        "logl": logl,
        "unrestricted_logl": saturated,
        **information_criteria(logl, n_parameters, n),
        "ntotal": n,
    }


def saturated_log_likelihood(solution: Solution, group: int) -> float:
    """Log-likelihood of a group under its own moments."""
    if isinstance(solution.discrepancy, FullInformation):
        return solution.discrepancy.sample.saturated[group].log_likelihood
    moments = solution.sample.groups[group]
    return normal_log_likelihood(moments, moments.n)


def weights_for_gfi(solution: Solution, estimator: str) -> tuple[Floats, ...]:
    """Weights that :func:`goodness_of_fit` takes for an estimator."""
    implied = solution.model.implied(solution.minimum.x)
    if estimator == "ML":
        return tuple(inverse_and_logdet(one.sigma)[0] for one in implied)
    if estimator == "GLS":
        return tuple(inverse_and_logdet(moments.cov)[0] for moments in solution.sample.groups)
    return tuple(np.eye(len(one.mu)) for one in implied)


def sample_size_measures(test: ChiSquare, n: float, n_parameters: int, *, likelihood: bool) -> Measures:
    """Hoelter's critical N, McDonald's index and the expected cross-validation index."""
    found = {}
    if test.df > 0 and test.value > 0:
        found = {
            "cn_05": critical_n(test.value, test.df, n, float(chdtri(test.df, 0.05))),
            "cn_01": critical_n(test.value, test.df, n, float(chdtri(test.df, 0.01))),
            "mfi": math.exp(-0.5 * (test.value - test.df) / n),
        }
    if likelihood:
        found["ecvi"] = test.value / n + 2.0 * n_parameters / n
    return found


def reason(value: float | NotAvailable) -> str:
    """Why a measure is absent."""
    return value.reason if isinstance(value, NotAvailable) else "it is not a finite number here"
