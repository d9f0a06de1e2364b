"""The record of cleaning rules: written down, dated and hashed before the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from coprod_measure.errors import NotAvailable, counted

Action = Literal["mark", "exclude", "set_missing"]
Operator = Literal["<", "<=", ">", ">=", "==", "!="]
Basis = Literal["raw", "percentile", "simulated"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; rules are applied in the order of the file.

    Attributes
    ----------
    index : str
        What is computed for each respondent (:data:`coprod_measure.responses.indices.INDICES`).
    on : tuple of str
        Items or constructs that the index is computed from, or the column it looks at; empty for its default.
    op, value : str, float
        The condition under which the rule strikes; an index that does not exist strikes nobody.
    basis : str
        ``"percentile"``: ``value`` is a percentile of the index among the respondents then in the data.
        ``"simulated"``: ``value`` is the share of simulated people following the model who would be struck.
    action : str
        ``"exclude"`` at once, ``"mark"`` for the count of flags, or ``"set_missing"`` for single cells.
    """

    id: str
    index: str
    op: Operator
    value: float
    action: Action
    rationale: str
    on: tuple[str, ...] = ()
    basis: Basis = "raw"

    @property
    def condition(self) -> str:
        """The rule's condition in words (``"seconds_per_item < 2"``)."""
        on = f" of {', '.join(self.on)}" if self.on else ""
        unit = {"raw": "", "percentile": " (percentile)", "simulated": " (share of simulated people)"}[
            self.basis
        ]
        return f"{self.index}{on} {self.op} {self.value:g}{unit}"


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of cleaning did.

    Attributes
    ----------
    why : str
        The rationale of the rule, or what the step is.
    applied : Rule or None
        None for a step that is no rule of a file: reading, and the count of marks.
    cut_off : float or None
        What the index was compared with, where the rule does not say it itself.
    unknown : int
        Respondents for whom the index does not exist.
    set_missing : int or None
        Answers taken out, by a rule that takes out answers.
    unavailable : NotAvailable or None
        Why the rule could not be applied.
    """

    rule: str
    n_in: int
    why: str
    excluded: int = 0
    marked: int = 0
    applied: Rule | None = None
    cut_off: float | None = None
    unknown: int = 0
    set_missing: int | None = None
    unavailable: NotAvailable | None = None

    @property
    def n_out(self) -> int:
        """Respondents after the step."""
        return self.n_in - self.excluded

    @property
    def reason(self) -> str:
        """Plain words first; in brackets the condition and how it was applied."""
        if self.applied is None:
            return self.why
        told = (
            self.applied.condition,
            "" if self.unavailable is None else str(self.unavailable),
            "" if self.cut_off is None else f"cut-off {self.cut_off:.3g}",
            f"unknown for {self.unknown}" if self.unknown else "",
            "" if self.set_missing is None else f"{counted(self.set_missing, 'answer')} set missing",
        )
        return f"{self.why} [{'; '.join(filter(None, told))}]"


@dataclass(frozen=True, slots=True)
class CleaningRules:
    """Ordered rules.

    Attributes
    ----------
    dated : str
        The day on which the rules were fixed (``"2026-01-05"``); empty when not stated.
    min_flags : int
        Exclude who was marked by rules of at least so many different families; 0 for never. Indices that see
        the same thing (a long string and a low variability) are one family and count once.
    seed : int
        For simulated cut-offs.
    name, sha256 : str
        The file they came from, and its hash.
    """

    version: str
    dated: str
    min_flags: int
    rules: tuple[Rule, ...]
    seed: int = 1
    name: str = ""
    sha256: str = ""
