"""Gather the fit measures of a fit."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import count

from scipy.special import chdtri

from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.inference.chi_square import (
    ChiSquare,
    exogenous_log_likelihood,
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
    tli,
)
from coprod_measure.estimation.solution.estimate import Solution

Measures = dict[str, float]


def of_tests(test: ChiSquare, baseline: ChiSquare) -> Measures:
    """Tell the tests of model and baseline, and compare the two."""
    found = {
        f"{name}{part}": getattr(one, field)
        for name, one in (("", test), ("baseline_", baseline))
        for part, field in (("chisq", "value"), ("df", "df"), ("pvalue", "pvalue"))
    }
    return found | comparative(test, baseline)


def comparative(test: ChiSquare, baseline: ChiSquare) -> Measures:
    """Compare with the baseline; nothing where the baseline holds whatever the data, as with one variable."""
    x, df, x0, df0 = test.value, test.df, baseline.value, baseline.df
    if df0 <= 0:
        return {}
    found = {
        "cfi": cfi(x, df, x0, df0),
        "tli": tli(x, df, x0, df0),
        "nnfi": tli(x, df, x0, df0),
        # Of a model with more degrees of freedom than the baseline these say nothing.
        "rfi": rfi(x, df, x0, df0) if df <= df0 else math.nan,
        "nfi": nfi(x, x0) if df <= df0 else math.nan,
        "pnfi": nfi(x, x0) * df / df0 if df <= df0 else math.nan,
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


def residual_measures(solution: Solution, df: float, *, means: bool = False) -> Measures:
    """SRMR, GFI, AGFI and PGFI, groups by their shares.

    Parameters
    ----------
    solution : Solution
        The estimates; its discrepancy says how large residuals are.
    df : float
        Degrees of freedom.
    means : bool
        Whether GFI and its kin count means too, as up to lavaan 0.6: then they depend on where the scale of
        the answers begins.
    """
    discrepancy, model, x = solution.discrepancy, solution.model, solution.minimum.x
    sizes = discrepancy.sizes(model, x, means=means)
    moments = sum(one.count for one in sizes)
    found = {"srmr": discrepancy.srmr(model, x)}
    if any(one.whole == 0 for one in sizes):
        return found
    gfi = sum(one.share * (1.0 - one.residual / one.whole) for one in sizes)
    found["gfi"] = gfi
    if df > 0:
        found |= {"agfi": 1.0 - (moments / df) * (1.0 - gfi), "pgfi": gfi * df / moments}
    return found


def likelihood_measures(solution: Solution, n: float, n_parameters: int) -> Measures:
    """Log-likelihoods and information criteria of normal data from n respondents."""
    saturated = sum(
        own - exogenous_log_likelihood(solution.model, moments, moments.n, number)
        for number, moments, own in zip(
            count(1), solution.sample.groups, solution.discrepancy.saturated_log_likelihoods(), strict=False
        )
    )
    logl = saturated - 0.5 * n * solution.minimum.value
    return {
        "logl": logl,
        "unrestricted_logl": saturated,
        **information_criteria(logl, n_parameters, n),
        "ntotal": n,
    }


def sample_size_measures(test: ChiSquare, n: float, n_parameters: int, *, ordered: bool) -> Measures:
    """Hoelter's critical N, McDonald's index and the expected cross-validation index."""
    found = {}
    if test.df > 0 and test.value > 0:
        found = {
            "cn_05": critical_n(test.value, test.df, n, float(chdtri(test.df, 0.05))),
            "cn_01": critical_n(test.value, test.df, n, float(chdtri(test.df, 0.01))),
            "mfi": math.exp(-0.5 * (test.value - test.df) / n),
        }
    if not ordered:
        found["ecvi"] = test.value / n + 2.0 * n_parameters / n
    return found


def reason(value: float | NotAvailable) -> str:
    """Why a measure is absent."""
    return value.reason if isinstance(value, NotAvailable) else "it is not a finite number here"
