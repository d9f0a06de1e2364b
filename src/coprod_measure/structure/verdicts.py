"""From the effects of single claims to one row a hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from coprod_measure.structure.effects import percentile_interval, two_sided_p


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """The effect that one claim is about.

    Attributes
    ----------
    respondents : str
        Which respondents and which model it comes from; claims of one model can be averaged.
    std_draws : ndarray or None
        Monte Carlo distribution of the standardised effect; None for a logistic slope.
    indirect : bool
        Whether the effect runs through mediators; its p value then comes from the draws.
    """

    hypothesis: str
    respondents: str
    n: int
    source: str
    via: str
    target: str
    expected: int
    estimate: float
    se: float
    std: float
    std_draws: np.ndarray
    indirect: bool

    @property
    def interval(self) -> tuple[float, float]:
        """95 % percentile interval of the standardised effect."""
        return percentile_interval(self.std_draws)

    @property
    def pvalue(self) -> float:
        """Two-sided p: Wald for a path, Monte Carlo for an indirect effect."""
        return two_sided_p(self.std_draws) if self.indirect else wald_p(self.estimate, self.se)


@dataclass(frozen=True, slots=True)
class PartResult:
    """The average of the claims of one hypothesis that rest on one model."""

    respondents: str
    estimate: float
    std: float
    ci_lower: float
    ci_upper: float
    pvalue: float


def wald_p(estimate: float, se: float) -> float:
    """Two-sided p of ``estimate / se`` in the normal distribution."""
    return 2.0 * NormalDist().cdf(-abs(estimate) / se) if se > 0 else 1.0


def average_claims(results: Sequence[ClaimResult]) -> PartResult:
    """Average claims of one model, each turned so that positive is as expected.

    The draws of one model belong together row by row, so that the average has the right variance whatever the
    claims' correlation.
    """
    signs = np.array([result.expected or 1 for result in results], dtype=float)
    draws = np.column_stack([result.std_draws for result in results]) @ signs / len(signs)
    std = float(np.mean([s * r.std for s, r in zip(signs, results, strict=True)]))
    estimate = float(np.mean([s * r.estimate for s, r in zip(signs, results, strict=True)]))
    lower, upper = percentile_interval(draws)
    pvalue = (
        two_sided_p(draws) if any(r.indirect for r in results) else wald_p(std, float(np.std(draws, ddof=1)))
    )
    if len(results) == 1:
        pvalue = results[0].pvalue
    return PartResult(results[0].respondents, estimate, std, lower, upper, pvalue)


def weakest_part(parts: Sequence[PartResult]) -> PartResult:
    """Pick the part that decides: all must hold, so the hypothesis stands or falls with its weakest.

    An intersection-union test (Berger 1982, Technometrics 24, 295-300): the largest p value is a valid one.
    """
    return max(parts, key=lambda part: part.pvalue if part.std > 0 else 2.0 - part.pvalue)


def verdict(
    std: float, pvalue_adjusted: float, *, signed: bool, level: float, every_claim_holds: bool = True
) -> str:
    """Name the verdict on a hypothesis.

    Parameters
    ----------
    std, pvalue_adjusted : float
        Average effect, turned so that positive is as expected, and its p value.
    signed : bool
        Whether the hypothesis names a sign.
    level : float
        Significance level.
    every_claim_holds : bool
        Whether each single claim is significant as expected. An average can hide claims that do not hold.

    Returns
    -------
    str
        ``supported``, ``supported in part``, ``not supported`` or ``contradicted``.
    """
    if pvalue_adjusted >= level:
        return "not supported"
    if signed and std <= 0:
        return "contradicted"
    return "supported" if every_claim_holds else "supported in part"
