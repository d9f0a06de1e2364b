"""Which constrained surface the data prefer: deviance, R2, information criteria, nested tests."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import chi2
from scipy.stats import f as f_distribution

from coprod_measure.structure.methods.surface_models import SurfaceFit

MODEL_COLUMNS = (
    "model", "k", "df", "chisq", "pvalue", "scaled_chisq", "scaled_pvalue", "cfi", "r2", "r2_pvalue",
    "r2_adjusted", "loglik", "aic", "bic", "aicc", "delta_aicc", "weight", "evidence_ratio",
)  # fmt: skip
NESTED_COLUMNS = ("model", "within", "df", "chisq", "pvalue", "delta_r2")
WITHIN = {
    "IA": "full", "SRRR": "full", "onlyx2": "full", "onlyy2": "full", "additive": "IA", "SRR": "SRRR",
    "SRSQD": "SRRR", "RR": "SRR", "SSQD": "SRR", "SQD": "RR", "diff": "additive", "mean": "additive",
    "onlyx": "onlyx2", "onlyy": "onlyy2", "null": "SQD",
}  # fmt: skip
"""Each model and the next less constrained one that holds it."""


def compare_surfaces(fits: Mapping[str, SurfaceFit], n: int, total: float) -> pd.DataFrame:
    """One row a model, the best first; columns :data:`MODEL_COLUMNS`.

    The deviance from the full model is n log(RSS / RSS_full), scaled as for robust errors by Yuan and Bentler
    (2000). K of AICc counts slopes, constant and variance; weights as in Burnham and Anderson (2002).

    Parameters
    ----------
    fits : mapping
        Model to fit; ``full`` must be among them.
    total : float
        Sum of squares of the outcome.
    """
    full = fits["full"]
    baseline, most = n * np.log(total / full.rss), full.free
    rows = []
    for name, fit in fits.items():
        df = full.free - fit.free
        chisq = max(n * np.log(fit.rss / full.rss), 0.0)
        scaled = chisq / ((full.scaling - fit.scaling) / df) if df else 0.0
        misfit = max(chisq - df, 0.0)
        worst = max(baseline - most, misfit, 0.0)
        k, r2 = fit.free, 1.0 - fit.rss / total
        loglik = -0.5 * n * (np.log(2 * np.pi * fit.rss / n) + 1.0)
        K = k + 2
        rows.append((
            name, k, df, chisq, chi2.sf(chisq, df) if df else np.nan,
            scaled, chi2.sf(scaled, df) if df else np.nan,
            1.0 - misfit / worst if worst > 0 else 1.0, r2,
            f_distribution.sf((n - k - 1) * r2 / (k * (1.0 - r2)), k, n - k - 1) if k else np.nan,
            1.0 - (1.0 - r2) * (n - 1) / (n - k - 1), loglik, 2 * K - 2 * loglik, np.log(n) * K - 2 * loglik,
            -2 * loglik + 2 * K + 2 * K * (K + 1) / (n - K - 1),
        ))  # fmt: skip
    table = pd.DataFrame(rows, columns=list(MODEL_COLUMNS[:15])).sort_values("aicc", ignore_index=True)
    table["delta_aicc"] = table["aicc"] - table["aicc"].min()
    relative = np.exp(-0.5 * table["delta_aicc"])
    table["weight"] = relative / relative.sum()
    table["evidence_ratio"] = table["weight"].iloc[0] / table["weight"]
    return table


def nested_tests(fits: Mapping[str, SurfaceFit], n: int, total: float, robust: bool) -> pd.DataFrame:
    """Test each model against the one that holds it; columns :data:`NESTED_COLUMNS`.

    Differences of robust deviances are scaled as Satorra and Bentler (2001, Psychometrika 66, 507-514) do.

    Parameters
    ----------
    fits, n, total
        As in :func:`compare_surfaces`.
    """
    rows = []
    for name, wider in WITHIN.items():
        while wider not in fits and wider in WITHIN:
            wider = WITHIN[wider]
        if name not in fits or wider not in fits:
            continue
        small, large = fits[name], fits[wider]
        df = large.free - small.free
        chisq = max(n * np.log(small.rss / large.rss), 0.0)
        if robust:
            chisq /= (large.scaling - small.scaling) / df
        gain = (small.rss - large.rss) / total
        rows.append((name, wider, df, chisq, chi2.sf(chisq, df) if chisq >= 0 else np.nan, gain))
    return pd.DataFrame(rows, columns=list(NESTED_COLUMNS))
