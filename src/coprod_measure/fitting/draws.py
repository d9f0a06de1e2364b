"""How many random draws, and from which seed."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from coprod_measure.arguments import whole_number


@dataclass(frozen=True, slots=True)
class Draws:
    """Random draws that can be repeated.

    Attributes
    ----------
    number : int
        How many, two or more.
    seed : int
        Draw k comes from a stream of its own, whatever the number of processes.

    Raises
    ------
    ModelError
        If one of them is no such number.

    Examples
    --------
    >>> Draws(3, seed=7).stream(0).integers(100, size=4).tolist()
    [94, 62, 68, 89]
    """

    number: int
    seed: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", whole_number("draws", self.number, 2))
        object.__setattr__(self, "seed", whole_number("seed", self.seed, 0, sys.maxsize))

    @classmethod
    def of(cls, number: int, seed: int | None) -> Draws:
        """Take a seed by chance, to be kept in the result, where none is given."""
        return cls(number, int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed)

    def stream(self, k: int) -> np.random.Generator:
        """Give the random numbers of draw ``k``, counted from 0."""
        return np.random.default_rng([self.seed, k])
