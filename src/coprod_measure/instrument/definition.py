"""The records of an instrument, as the other rooms see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from coprod_measure.theory.definition import Construct, Theory

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


@dataclass(frozen=True, slots=True)
class Scale:
    """Answer options in order.

    Attributes
    ----------
    codes : tuple of int
        The stored values, ascending.
    labels : mapping
        Language code to one label for each code, in the order of ``codes``.
    bipolar : bool
        Whether the scale has two opposite ends, so that an item on it can be reversed.
    ordered : bool
        False for nominal options.
    not_applicable : int or None
        Code of "does not apply", outside ``codes``.
    not_applicable_labels : mapping
        Language code to its label; a plain one is shown where none is given.
    """

    id: str
    codes: tuple[int, ...]
    labels: Mapping[str, tuple[str, ...]]
    bipolar: bool = True
    ordered: bool = True
    not_applicable: int | None = None
    not_applicable_labels: Mapping[str, str] = field(default_factory=dict)

    def reverse(self, code: float) -> float:
        """Mirror a code on the scale (1 becomes 7 on a seven-point scale)."""
        return self.codes[0] + self.codes[-1] - code


@dataclass(frozen=True, slots=True)
class Translation:
    """The wording of an item in a language other than the instrument's first one."""

    text: str
    status: Status = "draft"
    translators: tuple[str, ...] = ()
    source_hash: str = ""


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
    minimum, maximum : float or None
        Bounds of a number or slider.
    show_if : str
        Condition on earlier items (``"decision_1 == 1"``); empty means always.
    """

    id: str
    text: str
    kind: Kind = "scale"
    role: Role = "construct"
    construct_id: str | None = None
    scale_id: str | None = None
    reverse: bool = False
    expected: tuple[int, ...] = ()
    failing: tuple[int, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    show_if: str = ""
    status: Status = "draft"
    translations: Mapping[str, Translation] = field(default_factory=dict)
    label: str = ""
    history: tuple[Mapping[str, str], ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Items shown together; ``randomize`` shuffles them and keeps the shown order."""

    id: str
    items: tuple[str, ...]
    title: Mapping[str, str] = field(default_factory=dict)
    randomize: bool = False


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


@dataclass(frozen=True, slots=True)
class Instrument:
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

    def items_of(self, construct_id: str) -> tuple[Item, ...]:
        """Items that measure a construct, in the order of the file."""
        return tuple(item for item in self.items.values() if item.construct_id == construct_id)

    def scale_of(self, item_id: str) -> Scale | None:
        """Answer options of an item; None for numbers and text."""
        scale_id = self.items[item_id].scale_id
        return None if scale_id is None else self.scales[scale_id]
