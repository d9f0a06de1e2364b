"""The records of an instrument, as the other rooms see them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from coprod_measure.notebook import Shown
from coprod_measure.theory.definition import Construct, Theory
from coprod_measure.yaml_files import ENTRY, Key, Text

if TYPE_CHECKING:
    import pandas as pd

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=64)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Role = Literal[
    "construct",  # measures a construct
    "attention",  # instructed response: `expected` holds the codes of a right answer
    "bogus",  # nobody can truthfully give the codes in `failing`
    "marker",  # theoretically unrelated marker variable for method-bias tests
    "diligence",  # self-reported care
    "consent",  # `expected` holds the codes that consent
    "screening",  # `expected` holds the codes that stay in
    "demographic",
    "design",  # factor of the study (category, partner, scenario arm)
    "text",  # shown, not asked
]
Kind = Literal["scale", "single_choice", "multiple_choice", "number", "slider", "text", "display"]
Status = Literal["draft", "reviewed", "adjudicated", "pretested", "final"]


def as_texts(given: object) -> object:
    """Take numbers as what a file would show: ``{1: 1}`` and ``{"1": 1}`` say the same of stored values."""
    if isinstance(given, Mapping):
        return {str(key): value for key, value in given.items()}
    return [str(one) for one in given] if isinstance(given, list | tuple) else given


Stored = Annotated[Mapping[str, int] | tuple[str, ...], BeforeValidator(as_texts)]


@dataclass(frozen=True, slots=True)
class Scale:
    """Answer options in order."""

    __pydantic_config__: ClassVar = ENTRY

    id: Key
    codes: Annotated[
        tuple[int, ...],
        Field(
            min_length=1,
            max_length=101,
            description="Ascending; what a platform stores instead goes under stored",
        ),
    ]
    labels: Annotated[
        dict[Language, tuple[Text, ...]], Field(description="One label for each code, by language")
    ]
    bipolar: Annotated[
        bool, Field(description="Whether it has two opposite ends, so that items can be reversed")
    ] = True
    ordered: Annotated[bool, Field(description="false for nominal options")] = True
    not_applicable: Annotated[int | None, Field(description="Code of 'does not apply'")] = None
    not_applicable_labels: Annotated[
        dict[Language, Text], Field(description="A plain one is shown where none is given")
    ] = field(default_factory=dict)
    stored: Annotated[
        Stored,
        Field(description="What the platform stores: values to codes, or values in the order of 'codes'"),
    ] = ()

    def reverse(self, code: float) -> float:
        """Mirror a code on the scale (1 becomes 7 on a seven-point scale)."""
        return self.codes[0] + self.codes[-1] - code

    @property
    def code_of_stored(self) -> Mapping[str, int]:
        """Stored value to code; empty where the platform stores the codes themselves."""
        if isinstance(self.stored, Mapping):
            return self.stored
        return dict(zip(self.stored, self.codes, strict=False))

    @property
    def labels_like_codes(self) -> tuple[str, ...]:
        """Labels that are numbers and other codes of the scale: ``"2"`` on code 3."""
        codes = set(self.codes)
        return tuple(
            dict.fromkeys(
                label
                for labels in self.labels.values()
                for code, label in zip(self.codes, labels, strict=False)
                if re.fullmatch(r"[+-]?\d+", label.strip()) and int(label) != code and int(label) in codes
            )
        )


@dataclass(frozen=True, slots=True)
class Translation:
    """The wording in another language."""

    __pydantic_config__: ClassVar = ENTRY

    text: Text
    status: Status = "draft"
    translators: tuple[Text, ...] = ()
    source_hash: Annotated[
        str, Field(description="Hash of the source wording it was made from; written by the program")
    ] = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    Attributes
    ----------
    text : str
        Wording in the instrument's first language; may hold ``{category}`` and ``{partner}``.
    construct_id : str or None
        What it measures; None unless ``role`` is ``construct`` or ``marker``.
    scale_id : str or None
        Its answer options; None for numbers and text.
    reverse : bool
        Keyed against its construct: a high answer means a low standing.
    expected, failing : tuple of int
        Codes of a right and of a wrong answer, for control items.
    expected_text : tuple of str
        Right answers to a typed control item; read as 1 where one was typed and 0 where not.
    minimum, maximum : float or None
        Bounds of a number or slider.
    show_if : str
        Condition on earlier items (``"decision_1 == 1"``); empty means always.
    assigns : str
        Of a design item: the construct or structure that its options set. The platform draws one of them at
        random, 1 to the number of options, and nobody is asked.
    weighs : tuple of str
        Of an item that asks how much something counts: the items that ask how much of it there is.
    """

    id: str
    text: str
    kind: Kind = "scale"
    role: Role = "construct"
    construct_id: str | None = None
    scale_id: str | None = None
    reverse: bool = False
    expected: tuple[int, ...] = ()
    expected_text: tuple[str, ...] = ()
    failing: tuple[int, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    show_if: str = ""
    assigns: str = ""
    weighs: tuple[str, ...] = ()
    status: Status = "draft"
    translations: Mapping[str, Translation] = field(default_factory=dict)
    label: str = ""
    history: tuple[Mapping[str, str], ...] = ()
    source: str = ""

    @property
    def right_codes(self) -> tuple[int, ...]:
        """Codes of a right answer; 1 for a typed one."""
        return (1,) if self.expected_text else self.expected


@dataclass(frozen=True, slots=True)
class Block:
    """Items shown together."""

    __pydantic_config__: ClassVar = ENTRY

    id: Id
    items: Annotated[
        tuple[str, ...],
        Field(min_length=1, description="Item ids; a construct id stands for all its items"),
    ]
    title: dict[Language, Text] = field(default_factory=dict)
    randomize: Annotated[bool, Field(description="Shuffle the items")] = False


@dataclass(frozen=True, slots=True)
class Form:
    """A questionnaire made from the bank.

    Attributes
    ----------
    blocks : tuple of Block
        In the order shown.
    versions : mapping
        Planned missing: version name to the ids of the blocks it shows; empty when all see all.
    randomize_blocks : tuple of str
        Ids of the blocks that change places at random, among their own places.
    """

    id: str
    title: str
    blocks: tuple[Block, ...]
    versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    randomize_blocks: tuple[str, ...] = ()
    wave: int | None = None
    note: str = ""

    @property
    def item_ids(self) -> tuple[str, ...]:
        """Ids of all items of the form, in the order of the file."""
        return tuple(item for block in self.blocks for item in block.items)


@dataclass(frozen=True, slots=True, repr=False)
class Instrument(Shown):
    """A whole questionnaire; mappings keep the order of the file.

    Attributes
    ----------
    constructs : mapping
        Constructs of the theory that at least one item measures, in the theory's order.
    languages : tuple of str
        Language codes (BCP 47); the first is the source language.
    placeholders : mapping
        Placeholder name to the text shown when a study fills in nothing, in the source language.
    placeholder_translations, title_translations : mapping
        Language code to the same in that language.
    """

    id: str
    title: str
    version: str
    license: str
    theory: Theory
    languages: tuple[str, ...]
    scales: Mapping[str, Scale]
    items: Mapping[str, Item]
    forms: Mapping[str, Form]
    constructs: Mapping[str, Construct]
    placeholders: Mapping[str, str] = field(default_factory=dict)
    placeholder_translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    title_translations: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""
    _measures: Mapping[str, tuple[Item, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[str, tuple[Item, ...]] = {}
        for item in self.items.values():
            if item.construct_id is not None:
                found[item.construct_id] = (*found.get(item.construct_id, ()), item)
        object.__setattr__(self, "_measures", found)

    def table(self) -> pd.DataFrame:
        """One row an item: ``item construct role scale reverse text``."""
        import pandas as pd

        columns = ["item", "construct", "role", "scale", "reverse", "text"]
        rows = [
            (one.id, one.construct_id or "", one.role, one.scale_id or "", one.reverse, one.text)
            for one in self.items.values()
        ]
        return pd.DataFrame(rows, columns=columns)

    def items_of(self, construct_id: str) -> tuple[Item, ...]:
        """Items that measure a construct, in the order of the file."""
        return self._measures.get(construct_id, ())

    def scale_of(self, item_id: str) -> Scale | None:
        """Answer options of an item; None for numbers and text."""
        scale_id = self.items[item_id].scale_id
        return None if scale_id is None else self.scales[scale_id]
