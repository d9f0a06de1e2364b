"""How a method draws respondents anew."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TypedDict

from coprod_measure.arguments import share, whole_number


class ResamplingKeywords(TypedDict, total=False):
    """See :class:`Resampling`."""

    bootstrap: int
    confidence: float
    seed: int


@dataclass(frozen=True, slots=True)
class Resampling:
    """How intervals are made.

    Attributes
    ----------
    bootstrap : int
        Draws of respondents; 0 for none.
    confidence : float
        Level of the intervals.
    """

    bootstrap: int = 1000
    confidence: float = 0.95
    seed: int = 1

    def __post_init__(self) -> None:
        whole_number("bootstrap", self.bootstrap, 0)
        share("confidence", self.confidence)
        whole_number("seed", self.seed, 0, sys.maxsize)
