"""What an instrument file may hold; :mod:`coprod_measure.instrument.definition` says what the fields mean."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from coprod_measure.instrument.definition import Block, Id, Kind, Language, Role, Scale, Status, Translation
from coprod_measure.yaml_files import KEYED, FileModel, Text


class ItemEntry(FileModel):
    """One question."""

    text: Text = Field(description="Wording in the first language; may hold {category} and {partner}")
    translations: dict[Language, Translation] = Field(default_factory=dict)
    construct_id: str | None = Field(None, alias="construct", description="What it measures")
    role: Role | None = None
    kind: Kind | None = None
    scale: str | None = Field(None, description="Id of its answer options")
    reverse: bool = Field(False, description="A high answer means a low standing on the construct")
    expected: tuple[int, ...] = Field((), description="Codes of a right answer")
    expected_text: tuple[str, ...] = Field((), description="Right answers to a typed check, case apart")
    failing: tuple[int, ...] = Field((), description="Codes of a wrong answer")
    minimum: float | None = None
    maximum: float | None = None
    show_if: str = Field("", description="Condition on earlier items, such as decision_1 == 1")
    assigns: str = Field(
        "",
        description="Of a design item: the construct whose arm the platform draws at random; nobody is asked",
    )
    weighs: tuple[str, ...] = Field(
        (),
        description="Of a question how much something counts: those that ask how much of it is there",
    )
    status: Status = "draft"
    label: str = ""
    history: tuple[dict[str, str], ...] = Field((), description="What happened to it: date, action, why")
    source: str = ""
    accepts: tuple[str, ...] = Field((), description="Codes of findings that were looked at and are accepted")


class GroupEntry(FileModel):
    """Items with what they have in common."""

    elsewhere: ClassVar = {
        key: f"It belongs to the item: write '{key}: ...' below the item's id"
        for key in (
            "reverse",
            "text",
            "translations",
            "expected",
            "expected_text",
            "failing",
            "minimum",
            "maximum",
            "show_if",
            "assigns",
            "weighs",
        )
    }

    construct_id: str | None = Field(None, alias="construct", description="Construct of every item below")
    role: Role | None = None
    kind: Kind | None = None
    scale: str | None = None
    items: dict[Id, ItemEntry] = Field(min_length=1)


class FormEntry(FileModel):
    """A questionnaire made from the bank."""

    title: Text
    blocks: tuple[Block, ...] = Field(min_length=1)
    versions: dict[Id, tuple[str, ...]] = Field(
        default_factory=dict, description="Planned missing: version to the ids of the blocks it shows"
    )
    randomize_blocks: bool | tuple[str, ...] = Field(
        False, description="Ids of the blocks that change places at random; true for all"
    )
    wave: int | None = Field(None, ge=1, le=50)
    note: str = ""


class InstrumentFile(FileModel):
    """An instrument: answer scales, questions, forms."""

    id: Id
    title: Text
    title_translations: dict[Language, Text] = Field(
        default_factory=dict, description="The title that respondents see in other languages"
    )
    version: Text
    license: str = Field("", description="Terms of the wording, best as an SPDX id such as CC-BY-4.0")
    theory: Text | None = Field(
        None, description="Name of a shipped theory, or path of a theory file beside this one"
    )
    constructs: dict[Id, Text] = Field(
        default_factory=dict,
        description="Without a theory file: the name of each construct; enough for reliability and factors",
    )
    languages: tuple[Language, ...] = Field(min_length=1, description="The first is the source language")
    placeholders: dict[Id, Text] = Field(
        default_factory=dict, description="What is shown when a study fills in nothing"
    )
    placeholder_translations: dict[Language, dict[Id, Text]] = Field(
        default_factory=dict, description="The same in other languages: language, then placeholder to text"
    )
    scales: Annotated[dict[Id, Scale], KEYED] = Field(default_factory=dict)
    questions: tuple[GroupEntry, ...] = Field(min_length=1)
    forms: dict[Id, FormEntry] = Field(default_factory=dict)
