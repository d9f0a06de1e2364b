"""From the effects of single paths to one number a hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import erfc, nan, sqrt

import numpy as np

from coprod_measure.structure.claims import Claim
from coprod_measure.structure.effects import StructuralDraws, effect_of, percentile_interval, two_sided_p
from coprod_measure.structure.evidence import Finding, as_claimed


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimEffect:
    """The effect that one claim is about.

    Attributes
    ----------
    model : str
        ``"linear"`` for a structural model, ``"logistic"`` for a regression of a decision.
    respondents : str
        Which respondents it comes from; claims of one model can be averaged.
    std_draws : ndarray
        Monte Carlo distribution of the standardised effect.
    """

    claim: Claim
    model: str
    respondents: str
    n: int
    estimate: float
    se: float
    std: float
    std_draws: np.ndarray

    @property
    def part(self) -> tuple[str, str, str]:
        """What tells the models of one hypothesis apart."""
        return self.model, self.respondents, self.claim.target if self.model == "logistic" else ""

    @property
    def indirect(self) -> bool:
        """Whether the effect runs through mediators; its p value then comes from the draws."""
        return bool(self.claim.via)

    @property
    def pvalue(self) -> float:
        """Two-sided p: Wald for a path, Monte Carlo for an indirect effect."""
        return two_sided_p(self.std_draws) if self.indirect else wald_p(self.estimate, self.se)

    def finding(self, *, interval: bool = True) -> Finding:
        """Leave the draws behind; ``interval``: whether their percentiles are told."""
        lower, upper = percentile_interval(self.std_draws) if interval else (nan, nan)
        claim = self.claim
        return Finding(
            hypothesis=claim.hypothesis,
            source=claim.source,
            via=claim.via,
            target=claim.target,
            expected=claim.sign,
            model=self.model,
            respondents=self.respondents,
            n=self.n,
            estimate=self.estimate,
            se=self.se,
            std=self.std,
            ci_lower=lower,
            ci_upper=upper,
            pvalue=self.pvalue,
            direction=as_claimed(self.std, claim.sign),
        )


def effects_of_claims(
    claims: Sequence[Claim], drawn: StructuralDraws, respondents: str, n: int
) -> tuple[ClaimEffect, ...]:
    """Read the effect of every claim from the draws of a structural model."""
    found = []
    for claim in claims:
        effect = effect_of(drawn, claim.source, claim.target, claim.via)
        found.append(
            ClaimEffect(
                claim=claim,
                model="linear",
                respondents=respondents,
                n=n,
                estimate=effect.estimate,
                se=effect.se,
                std=effect.std,
                std_draws=effect.std_draws,
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartEffect:
    """The average of the claims of one hypothesis that rest on one model, positive as expected."""

    part: tuple[str, str, str]
    estimate: float
    std: float
    ci_lower: float
    ci_upper: float
    inner: tuple[float, float]
    pvalue: float


def wald_p(estimate: float, se: float) -> float:
    """Two-sided p of ``estimate / se`` in the normal distribution.

    Examples
    --------
    >>> round(wald_p(1.96, 1.0), 3), wald_p(12.0, 1.0) > 0
    (0.05, True)
    """
    return erfc(abs(estimate) / se / sqrt(2.0)) if se > 0 else 1.0


def average_claims(effects: Sequence[ClaimEffect], level: float = 0.05) -> PartEffect:
    """Average claims of one model, each turned so that positive is as expected.

    The draws of one model belong together row by row, so that the average has the right variance whatever the
    claims' correlation. ``level`` is that of the interval for equivalence, of coverage ``1 - 2 * level``.
    """
    signs = np.array([effect.claim.sign or 1 for effect in effects], dtype=float)
    draws = np.column_stack([effect.std_draws for effect in effects]) @ signs / len(signs)
    std = float(np.mean([s * r.std for s, r in zip(signs, effects, strict=True)]))
    estimate = float(np.mean([s * r.estimate for s, r in zip(signs, effects, strict=True)]))
    lower, upper = percentile_interval(draws)
    pvalue = (
        two_sided_p(draws) if any(r.indirect for r in effects) else wald_p(std, float(np.std(draws, ddof=1)))
    )
    return PartEffect(
        part=effects[0].part,
        estimate=estimate,
        std=std,
        ci_lower=lower,
        ci_upper=upper,
        inner=percentile_interval(draws, 1.0 - 2.0 * level),
        pvalue=effects[0].pvalue if len(effects) == 1 else pvalue,
    )


def weakest_part(parts: Sequence[PartEffect]) -> PartEffect:
    """Pick the part that decides: all must hold, so the hypothesis stands or falls with its weakest.

    An intersection-union test (Berger 1982, Technometrics 24, 295-300): the largest p value is a valid one.
    A part that goes the other way is picked as the smallest of several, so that its p value is adjusted.
    """
    weakest = max(parts, key=lambda part: part.pvalue if part.std > 0 else 2.0 - part.pvalue)
    if weakest.std > 0:
        return weakest
    return replace(weakest, pvalue=min(1.0, weakest.pvalue * len(parts)))
