"""Whether two causes of a choice weigh the same against each other: slopes equal with opposite signs."""

from __future__ import annotations

from math import nan

import numpy as np
import pandas as pd

from coprod_measure.structure.evidence import Finding, Reason
from coprod_measure.structure.methods.choice import Choice
from coprod_measure.theory.definition import Hypothesis

SUM = "sum_of_log_odds"
WORDS = {
    "slopes_opposite": "slopes equal and opposite: their sum is {sum:.2f}, Wald {wald:.2f}, {p:p}",
    "half_yes": "half say yes where the first exceeds the second by {half:.2f}",
    "no_half": "no difference among these answers goes with yes by half",
}


def opposite_slopes(
    hypothesis: Hypothesis, found: Choice, causes: pd.DataFrame, held: pd.DataFrame, level: float
) -> tuple[Finding, list[Reason]]:
    """Judge the constraint that two slopes add up to zero: it holds unless the answers reject it.

    ``causes``: answers to the two. ``held``: controls.
    """
    first, second = map(str, causes)
    row = found.equal_opposite(first, second).iloc[0]
    total, se, wald, p = (float(row[name]) for name in ("sum", "se", "wald", "pvalue"))
    finding = Finding(
        hypothesis=hypothesis.id, source=f"{first} + {second}", sources=(first, second), target=found.outcome,
        measure=SUM, n=found.n, estimate=total, se=se, ci_lower=total - 1.959964 * se,
        ci_upper=total + 1.959964 * se, direction=1 if p >= level else -1,
    )  # fmt: skip
    told = Reason("slopes_opposite", {"sum": total, "wald": wald, "p": p})
    return finding, [told, _half(found, causes[first] - causes[second], held)]


def _half(found: Choice, seen: pd.Series, held: pd.DataFrame) -> Reason:
    """Name the difference of two causes at which half say yes, as far as answers show such differences.

    Their slopes are taken for opposite, controls for average.
    """
    constant, first, second, *others = found.maxima[0].estimates
    whole = constant + float(np.dot(others, held.mean()))
    half = float(-2.0 * whole / (first - second)) if first != second else nan
    return Reason("half_yes", {"half": half}) if seen.min() <= half <= seen.max() else Reason("no_half")
