"""Options of a method, from keywords: a misspelt one is refused, never dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import TypedDict, TypeVar

from coprod_measure.errors import ModelError
from coprod_measure.fitting.arguments import share, whole_number

Options = TypeVar("Options")


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
        whole_number("seed", self.seed, 0)


def options_of(kind: type[Options], given: Mapping[str, object]) -> Options:
    """Make a record of options from keywords.

    Raises
    ------
    ModelError
        If a keyword is not known, or a value not allowed.

    Examples
    --------
    >>> options_of(Resampling, {"seed": 3}).seed
    3
    """
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1)
            cure = f"Did you mean {near[0]!r}?" if near else f"It takes {', '.join(known)}"
            raise ModelError(f"there is no argument {name!r}", cure=cure, code="unknown-argument")
    return kind(**given)
