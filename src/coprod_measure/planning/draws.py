"""What is drawn: conditions, pieces of replicates with seeds of their own, and what each draw says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np

PIECE = 10
"""Draws of a piece, the unit that is computed, stored and, when lost, computed again."""


@dataclass(frozen=True, slots=True, order=True)
class Condition:
    """One cell of the grid.

    Attributes
    ----------
    n : int
        Respondents (those who begin the first questionnaire).
    form : str
        Questionnaire; empty for the study's own.
    reliability : float
        Of every scale; 0 for the population's own loadings.
    effects : float
        Every path and interaction is multiplied by it.
    null : bool
        Whether what the hypotheses claim is switched off, to count false positives.
    """

    n: int
    form: str = ""
    reliability: float = 0.0
    effects: float = 1.0
    null: bool = False

    @property
    def name(self) -> str:
        """A name that is good for a file and for a seed."""
        parts = [f"n{self.n}", self.form, f"r{self.reliability:g}", f"e{self.effects:g}", "null" * self.null]
        return "-".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Piece:
    """Replicates ``first`` to ``first + count - 1`` of a condition."""

    condition: Condition
    first: int
    count: int

    @property
    def name(self) -> str:
        """A name that is good for a file."""
        return f"{self.condition.name}-{self.first:06d}-{self.count}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one draw says of one claim.

    Attributes
    ----------
    found, against : bool
        Whether it was supported, and whether its contrary was.
    estimate, lower, upper : float
        With the ends of its interval; NaN where the kind of test has none.
    """

    found: bool
    against: bool = False
    estimate: float = float("nan")
    lower: float = float("nan")
    upper: float = float("nan")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One replicate.

    Attributes
    ----------
    outcomes : mapping
        Claim to what was found; a claim that this draw could not test is absent.
    n : int
        Respondents that were left after cleaning.
    admissible : bool
        Whether every model converged to possible values.
    failure : str
        Why nothing was tested; empty when it was.
    untested : mapping
        Claims that this draw could not test, to the reason.
    """

    replicate: int
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    n: int = 0
    admissible: bool = True
    failure: str = ""
    untested: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Give what JSON can hold."""
        return asdict(self)

    @classmethod
    def of_dict(cls, content: Mapping[str, Any]) -> Drawn:
        """Read back what :meth:`as_dict` gave."""
        outcomes = {name: Outcome(**own) for name, own in content["outcomes"].items()}
        return cls(**{**content, "outcomes": outcomes})


class Work(Protocol):
    """Something that can be drawn from and tested; it travels to other processes and machines."""

    @property
    def claims(self) -> tuple[str, ...]:
        """Names of what is tested."""

    def draw(self, condition: Condition, seed: int) -> Drawn:
        """Draw once and test."""

    def guesses(self, wanted: float) -> list[int]:
        """Say what theory gives for the smallest samples, to start from."""


def seed_of(seed: int, condition: Condition, replicate: int) -> int:
    """Seed of one replicate: the same wherever and in whatever order it is drawn.

    Examples
    --------
    >>> seed_of(1, Condition(100), 0) == seed_of(1, Condition(100), 0)
    True
    >>> len({seed_of(1, Condition(n), k) for n in (100, 200) for k in range(3)})
    6
    """
    key = int.from_bytes(hashlib.sha256(condition.name.encode()).digest()[:4], "big")
    return int(np.random.SeedSequence(seed, spawn_key=(key, replicate)).generate_state(1, np.uint64)[0] >> 1)


def draw_piece(work: Work, seed: int, piece: Piece) -> list[dict[str, Any]]:
    """Draw a piece; a draw that fails costs itself only."""
    import warnings
    from dataclasses import replace

    found = []
    for replicate in range(piece.first, piece.first + piece.count):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                drawn = work.draw(piece.condition, seed_of(seed, piece.condition, replicate))
            except Exception as error:
                drawn = Drawn(replicate, failure=f"{type(error).__name__}: {error}")
        found.append(replace(drawn, replicate=replicate).as_dict())
    return found
