"""Claims that something grows or falls over the waves, without a cause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from scipy.stats import norm

from coprod_measure.structure.averages import wald_p
from coprod_measure.structure.evidence import Context, Finding, as_claimed
from coprod_measure.structure.regression import SIGNS
from coprod_measure.structure.variables import Variable, scale_mean
from coprod_measure.theory.definition import Hypothesis

if TYPE_CHECKING:
    from coprod_measure.structure.methods.occasions import Occasions

TREND = "mean_trend"


def mean_changes(
    hypothesis: Hypothesis, variables: Sequence[Variable], context: Context, times: Sequence[float] | None
) -> tuple[list[Finding], list[Occasions], pd.DataFrame]:
    """Test the trend of the mean of each variable, in standard deviations of the first wave.

    Returns
    -------
    findings : list of Finding
    seen : list of Occasions
        The scale means.
    means : pandas.DataFrame
        ``wave time mean se n construct``.
    """
    from coprod_measure.structure.methods.mean_trend import mean_trend
    from coprod_measure.structure.panel_claims import side_by_side

    expected = SIGNS[hypothesis.sign]
    findings, seen, means = [], [], []
    for one in variables:
        seen.append(side_by_side(pd.DataFrame({one.id: scale_mean(one, context.clean)}), context))
        found = mean_trend(seen[-1], times)
        half = float(norm.ppf(0.975)) * found.d_se
        findings.append(
            Finding(
                hypothesis=hypothesis.id, source="wave", target=one.id, expected=expected, measure=TREND,
                model="means", n=found.n, estimate=found.d, se=found.d_se, ci_lower=found.d - half,
                ci_upper=found.d + half, pvalue=wald_p(found.estimate, found.se),
                direction=as_claimed(found.d, expected),
            )
        )  # fmt: skip
        means.append(found.means.assign(construct=one.id))
    return findings, seen, pd.concat(means, ignore_index=True)
