"""Conventional limits, and whether a value keeps to one: decided on the value as it is printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Guide:
    """A limit that values are held against.

    Attributes
    ----------
    side : {"at least", "at most", "below"}
        Where a value has to lie.
    digits : int
        Decimals that values of its kind are printed with.

    Examples
    --------
    >>> CLOSE_CFI.met(0.9498), CLOSE_CFI.met(0.9494)
    (True, False)
    """

    limit: float
    side: Literal["at least", "at most", "below"]
    digits: int = 2

    def met(self, value: float) -> bool:
        """Whether the value, rounded as it is printed, lies where it should; False for NaN."""
        seen = as_printed(value, self.digits)
        if self.side == "at least":
            return seen >= self.limit
        return seen <= self.limit if self.side == "at most" else seen < self.limit


def as_printed(value: float, digits: int) -> float:
    """Round as printing rounds: by the exact binary value, which ``round`` of NumPy does not."""
    return float(f"{value:.{digits}f}")


RELIABLE = Guide(0.70, "at least")
CONVERGENT = Guide(0.50, "at least")
DISTINCT = Guide(0.85, "below")
DISTINCT_LIMITS = (DISTINCT, Guide(0.90, "below"), Guide(1.0, "below"))
"""Of HTMT: strict, liberal (Henseler, Ringle and Sarstedt 2015), and that of identity."""
CLOSE_CFI, POOR_CFI = Guide(0.95, "at least", 3), Guide(0.90, "at least", 3)
CLOSE_RMSEA, FAIR_RMSEA, POOR_RMSEA = (Guide(limit, "at most", 3) for limit in (0.06, 0.08, 0.10))
CLOSE_SRMR, POOR_SRMR = Guide(0.08, "at most", 3), Guide(0.10, "at most", 3)
"""Guides, not tests: Hu and Bentler (1999) for close fit; Bentler and Bonett (1980), Browne and Cudeck (1993)
and Schermelleh-Engel, Moosbrugger and Müller (2003) for a fit that must not pass without a word."""
KEPT_CFI, KEPT_RMSEA = Guide(-0.010, "at least", 3), Guide(0.015, "at most", 3)
"""Changes up to which a level of invariance holds (Cheung and Rensvold 2002; Chen 2007)."""
