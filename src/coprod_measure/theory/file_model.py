"""What a theory file may hold. The fields and their meaning: :mod:`coprod_measure.theory.definition`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from coprod_measure.theory.definition import Level, Measurement, Sign, Unit
from coprod_measure.yaml_files import FileModel

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][A-Za-z0-9_]*$", max_length=64)]
HypothesisId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.]*$", max_length=32)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class StageEntry(FileModel):
    """One stage; the order of the file is the order in time."""

    name: Text
    definition: str = ""


class ConstructEntry(FileModel):
    """One property that the theory names."""

    elsewhere: ClassVar = {
        "reverse": "It belongs to the item: write 'reverse: true' below the item's id in the questionnaire"
    }

    name: Text
    definition: Text = Field(description="What it is, in words of this file, not copied from a publication")
    stage: str = Field("", description="Id of a stage; leave out for factors of the design")
    domain: str = Field("", description="Branch inside the stage, levels separated by /")
    measurement: Measurement = "reflective"
    unit: tuple[Unit, ...] = Field(("respondent",), min_length=1, description="Whose property it is")
    direction: str = Field("", description="Expected sign on the focal outcome, or on the target named here")
    sources: tuple[Text, ...] = Field((), description="Works cited for it")
    place: str = Field("", description="Where the theory's own text names it")
    suggested_items: str = ""
    parent: str | None = Field(None, description="Id of the higher-order structure it is a facet of")
    merge_with: str | None = Field(None, description="Construct to merge with when both look alike")
    merge_above: float | None = Field(None, gt=0, le=1, description="HTMT above which they are merged")
    note: str = ""


class HigherOrderEntry(FileModel):
    """A structure above the first-order constructs."""

    name: Text
    kind: Literal["reflective", "composite"]
    facets: tuple[str, ...] = Field(min_length=1, description="Ids; -id counts reversed")
    rival: Literal["reflective", "composite"] | None = None
    stage: str = ""
    definition: str = ""
    note: str = ""


class HypothesisEntry(FileModel):
    """A claim that data can contradict."""

    statement: Text
    level: Level = Field(description="Kind of claim; decides which test fits")
    sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    via: tuple[str, ...] = Field((), description="Mediators in order; alternatives separated by |")
    moderators: tuple[str, ...] = ()
    sign: Sign = "unsigned"
    source_signs: dict[str, Sign] = Field(default_factory=dict, description="Sources whose sign differs")
    test: str = ""
    needs_unit: tuple[Unit, ...] = ("respondent",)
    needs_waves: int = Field(1, ge=1, le=50)
    rests_on: str = ""
    note: str = ""


class ReadingEntry(FileModel):
    """A place where the theory's text is ambiguous, and the reading taken."""

    id: Id
    place: str = ""
    ambiguity: Text
    reading: Text
    reason: Text


class TheoryFile(FileModel):
    """A theory: stages, constructs, structures above them, hypotheses."""

    id: Id
    title: Text
    version: Text
    source: str = Field("", description="The publication that states the theory")
    stages: dict[Id, StageEntry] = Field(default_factory=dict)
    constructs: dict[Id, ConstructEntry] = Field(min_length=1)
    higher_order: dict[Id, HigherOrderEntry] = Field(default_factory=dict)
    hypotheses: dict[HypothesisId, HypothesisEntry] = Field(default_factory=dict)
    readings: tuple[ReadingEntry, ...] = ()
