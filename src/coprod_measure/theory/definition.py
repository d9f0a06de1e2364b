"""The records of a theory, as the other rooms see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Measurement = Literal["reflective", "composite", "observed", "computed", "not_scaled"]
Unit = Literal["respondent", "category", "partner", "episode", "society", "firm"]
Level = Literal[
    "direct",
    "mediated",
    "moderated",
    "group_difference",
    "relative_importance",
    "stage_transition",
    "discrepancy",
    "measurement",
    "necessity",
    "choice",
    "over_time",
    "segmentation",
    "incremental",
    "nomological",
]
Sign = Literal["positive", "negative", "unsigned"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the process that the theory describes; its place in the file is its place in time."""

    id: str
    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Construct:
    """A property that the theory names.

    Attributes
    ----------
    stage : str
        Id of a :class:`Stage`; empty when the construct stands outside the stages.
    domain : str
        Branch inside the stage, levels separated by ``/`` (``"antecedent/macro/cultural"``).
    measurement : str
        How it is measured. ``composite`` and ``observed`` constructs get no AVE, reliability or HTMT.
    unit : tuple of str
        What one observation of it belongs to; several when it varies at several levels.
    direction : str
        Sign of its expected relation with the focal outcome, or with the target it names.
    sources : tuple of str
        Works cited for it; ``place`` says where the theory's own text names it.
    parent : str or None
        Id of the :class:`HigherOrder` structure it is a facet of.
    merge_with : str or None
        Id of a construct to merge with when the two cannot be told apart (HTMT above ``merge_above``).
    """

    id: str
    name: str
    definition: str
    stage: str = ""
    domain: str = ""
    measurement: Measurement = "reflective"
    unit: tuple[Unit, ...] = ("respondent",)
    direction: str = ""
    sources: tuple[str, ...] = ()
    place: str = ""
    suggested_items: str = ""
    parent: str | None = None
    merge_with: str | None = None
    merge_above: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class HigherOrder:
    """A structure above the first-order constructs.

    Attributes
    ----------
    kind : str
        ``reflective``: facets share one cause; ``composite``: facets make it up (no AVE, CR, HTMT).
    facets : tuple of str
        Ids of constructs or of other higher-order structures; ``-id`` counts reversed.
    rival : str or None
        The other kind, where the theory leaves it open and both are to be compared.
    """

    id: str
    name: str
    kind: Literal["reflective", "composite"]
    facets: tuple[str, ...]
    rival: str | None = None
    stage: str = ""
    definition: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A claim that data can contradict.

    Attributes
    ----------
    sources, via, targets : tuple of str
        Ids of constructs or higher-order structures. ``via`` holds the mediators in order; each entry may
        name alternatives separated by ``|``.
    moderators : tuple of str
        Ids whose product with the sources carries the claim.
    sign : str
        Expected sign of the effect; of the indirect effect when ``via`` is given.
    source_signs : mapping
        Signs of single sources that differ from ``sign``.
    level : str
        Kind of claim; decides which test fits.
    needs_unit, needs_waves : tuple of str, int
        What the data must offer for the claim to be testable.
    """

    id: str
    statement: str
    level: Level
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    sign: Sign = "unsigned"
    via: tuple[str, ...] = ()
    moderators: tuple[str, ...] = ()
    source_signs: Mapping[str, Sign] = field(default_factory=dict)
    test: str = ""
    needs_unit: tuple[Unit, ...] = ("respondent",)
    needs_waves: int = 1
    rests_on: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A place where the theory's text is ambiguous, the reading that was taken, and why."""

    id: str
    place: str
    ambiguity: str
    reading: str
    reason: str


@dataclass(frozen=True, slots=True)
class Theory:
    """A whole theory; mappings keep the order of the file."""

    id: str
    title: str
    version: str
    source: str
    stages: Mapping[str, Stage]
    constructs: Mapping[str, Construct]
    higher_order: Mapping[str, HigherOrder]
    hypotheses: Mapping[str, Hypothesis]
    readings: tuple[Reading, ...] = ()
    sha256: str = ""

    def stage_of(self, id_: str) -> str:
        """Id of the stage of a construct or a higher-order structure; empty outside the stages."""
        return self.constructs[id_].stage if id_ in self.constructs else self.higher_order[id_].stage

    def first_order(self, id_: str) -> tuple[str, ...]:
        """Ids of the first-order constructs below ``id_`` (itself, if it is one)."""
        if id_ not in self.higher_order:
            return (id_,)
        found: list[str] = []
        for facet in self.higher_order[id_].facets:
            found.extend(self.first_order(facet.removeprefix("-")))
        return tuple(dict.fromkeys(found))
