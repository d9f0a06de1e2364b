"""From evidence to a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from coprod_measure.structure.evidence import (
    BETA,
    CORRELATION,
    FEWEST_PEOPLE,
    LARGEST_BETA,
    Finding,
    Reason,
    agreement,
)

Verdict = Literal[
    "supported",
    "supported in part",
    "not supported",
    "shown to be negligible",
    "contradicted",
    "not testable here",
]
SUPPORTED: tuple[Verdict, ...] = ("supported", "supported in part")
"""Verdicts for a claim."""


def verdict(
    direction: int,
    pvalue_adjusted: float,
    *,
    level: float,
    every_claim_holds: bool = True,
    negligible: bool = False,
) -> Verdict:
    """Name the verdict on a hypothesis.

    Parameters
    ----------
    direction : int
        1 as the hypothesis claims, -1 the other way, 0 not shown by a kind without p values.
    pvalue_adjusted : float
        NaN for a kind without p values.
    every_claim_holds : bool
        Whether each single claim agrees by itself. An average can hide claims that do not hold.
    negligible : bool
        From :func:`is_negligible`.

    Examples
    --------
    >>> verdict(1, 0.01, level=0.05, every_claim_holds=False)
    'supported in part'
    """
    shown = agreement(direction, pvalue_adjusted, level)
    if shown == "not shown":
        return "shown to be negligible" if negligible else "not supported"
    if shown == "against":
        return "contradicted"
    return "supported" if every_claim_holds else "supported in part"


def is_negligible(inner: Sequence[float], smallest_effect: float | None) -> bool:
    """Whether an effect is smaller than the smallest that matters, by two one-sided tests.

    Parameters
    ----------
    inner : sequence of float
        Interval of coverage ``1 - 2 * level``; empty where the effect has none.
    smallest_effect : float or None
        In the unit of the interval.

    Notes
    -----
    Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680: both one-sided tests
    reject where this interval lies within the bounds.

    Examples
    --------
    >>> is_negligible((-0.04, 0.08), 0.1), is_negligible((-0.04, 0.12), 0.1)
    (True, False)
    """
    if smallest_effect is None or len(inner) != 2:
        return False
    return bool(-smallest_effect < inner[0] and inner[1] < smallest_effect)


def too_few(findings: Sequence[Finding]) -> Reason | None:
    """Refuse what rests on next to nobody, though many answered other questions."""
    fewest = min(finding.n for finding in findings)
    if fewest >= FEWEST_PEOPLE:
        return None
    return Reason("too_few_people", {"n": fewest, "needed": FEWEST_PEOPLE})


def beyond_range(findings: Sequence[Finding]) -> tuple[Reason, ...]:
    """Name the largest standardised effect where it is beyond -1 and 1: nobody is to believe it unseen."""
    sizes = {
        (f.source, f.target): f.std if f.measure == BETA else f.estimate
        for f in findings
        if f.measure in (BETA, CORRELATION)
    }
    found = {names: size for names, size in sizes.items() if abs(size) > LARGEST_BETA}
    if not found:
        return ()
    names, size = max(found.items(), key=lambda pair: abs(pair[1]))
    return (Reason("beyond_range", {"claim": names, "size": size, "number": len(found)}),)
