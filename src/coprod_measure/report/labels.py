"""Names that a reader understands, instead of ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coprod_measure.errors import Message, NotAvailable
from coprod_measure.instrument.definition import Instrument, Item

if TYPE_CHECKING:
    import pandas as pd

    from coprod_measure.structure.controls import Control

_ID = re.compile(r"\b[a-z][a-z0-9]*_[a-z0-9_]+\b")
_ANSWERED = re.compile(r"(respondents with )?\b(\w+) == (\d+)\b")


@dataclass(frozen=True, slots=True)
class Labels:
    """Names of an instrument's items and of its theory's constructs; an unknown id stands for itself.

    Attributes
    ----------
    controls : tuple of Control
        Columns that models hold constant, as they were coded.
    language : str
        That the questionnaire was fielded in; wordings and answers follow where it has them.
    fills : mapping
        Placeholder to what respondents read in its place.
    beside : Labels or None
        The same in a second language, for a column beside the fielded one.
    """

    instrument: Instrument
    controls: tuple[Control, ...] = ()
    language: str = ""
    fills: Mapping[str, str] = field(default_factory=dict)
    beside: Labels | None = None

    def construct(self, id_: str) -> str:
        """Name of a construct, of a higher-order structure or of a control."""
        theory = self.instrument.theory
        found = theory.constructs.get(id_) or theory.higher_order.get(id_)
        if found:
            return found.name
        control = next((one for one in self.controls if one.column == id_), None)
        return self.control(control) if control else id_

    def control(self, control: Control) -> str:
        """Name a control: what it is, and of a category which and against which (``Gender: Man``)."""
        name = self.question(control.source)
        return f"{name}: {self.answer(control.source, control.level)}" if control.level else name

    def question(self, id_: str) -> str:
        """Short name of an item or column: its label, else its id as words (``Household size``).

        An item of the design that is called after a construct bears that one's name.
        """
        item = self.instrument.items.get(id_)
        named = self.instrument.theory.constructs.get(re.sub(r"_\d+$", "", id_))
        if named is not None and (id_ == named.id if item is None else not item.label):
            return named.name
        words = id_.replace("_", " ").strip()
        return (item.label if item is not None else "") or sentence_case(words)

    def constructs(self, ids: list[str] | tuple[str, ...]) -> str:
        """Names in one phrase: ``A, B and C``."""
        return phrase([self.construct(id_) for id_ in ids])

    def reasons(self, unavailable: Mapping[str, NotAvailable]) -> tuple[str, ...]:
        """Say for which constructs something does not exist, one line a reason."""
        ids_of: dict[str, list[str]] = {}
        for id_, why in unavailable.items():
            ids_of.setdefault(why.reason, []).append(id_)
        return tuple(f"{self.constructs(ids)}: {reason}." for reason, ids in ids_of.items())

    def why(self, unavailable: pd.DataFrame) -> tuple[str, ...]:
        """Say of each line of a frame ``construct reason`` why something does not exist."""
        columns = (unavailable["construct"], unavailable["reason"])
        return tuple(f"{self.construct(str(id_))}: {reason}." for id_, reason in zip(*columns, strict=True))

    def named(self, text: str) -> str:
        """Put names for ids in a sentence, and answers for codes; an id that is also a plain word stays."""
        if isinstance(text, Message):
            about = self.construct(text.about) if text.about else ""
            return Message(self.named(text.words), text.code, about)
        plain = _ANSWERED.sub(
            lambda found: f"{'respondents' if found[1] else 'those'} who {self._answered(found)}", text
        ).replace(" -> ", " → ")
        return _ID.sub(lambda found: self.construct(found.group()), plain)

    def respondents(self, condition: str) -> str:
        """Say who a condition chooses: ``who answered “Yes” to decision_1``."""
        told = _ANSWERED.sub(self._answered, condition)
        named = _ID.sub(lambda found: self.construct(found.group()), told)
        return f"who {named}" if told != condition else f"with {named}"

    def _answered(self, condition: re.Match[str]) -> str:
        """Say which answer a condition asks for; the only item of a construct is told by its name."""
        _, id_, code = condition.groups()
        item = self.instrument.items.get(id_)
        alone = (
            item is not None and item.construct_id and len(self.instrument.items_of(item.construct_id)) == 1
        )
        asked = f"“{self.construct(str(item.construct_id))}”" if item is not None and alone else id_
        return f"answered “{self.answer(id_, code)}” to {asked}"

    def item(self, id_: str) -> str:
        """Id and wording of an item; (R) marks one that is keyed against its construct."""
        item = self.instrument.items.get(id_)
        if item is None:
            return id_
        return f"{self.short_item(id_)} {self._wording(item)}"

    def item_of(self, construct_id: str, id_: str) -> str:
        """Wording of an item under a heading that names its construct, led by its number only."""
        short = self.short_item(id_).removeprefix(f"{construct_id}_")
        item = self.instrument.items.get(id_)
        return f"{short} {self._wording(item)}" if item else short

    def wording(self, id_: str) -> str:
        """Wording of an item, without its id."""
        item = self.instrument.items.get(id_)
        return self._wording(item) if item else ""

    def short_item(self, id_: str) -> str:
        """Id of an item with its (R)."""
        item = self.instrument.items.get(id_)
        return f"{id_} (R)" if item is not None and item.reverse else id_

    def _wording(self, item: Item) -> str:
        return self._filled(self._asked(item) if self.language else item.label or item.text)

    def _asked(self, item: Item) -> str:
        translated = item.translations.get(self.language)
        return translated.text if translated else item.text

    def _filled(self, text: str) -> str:
        own = self.instrument.placeholder_translations.get(self.language, {})
        for name, filling in {**self.instrument.placeholders, **own, **self.fills}.items():
            text = text.replace(f"{{{name}}}", filling)
        return text

    def stage(self, id_: str) -> str:
        """Place in time and name of a stage (``2 Motivations``)."""
        stages = self.instrument.theory.stages
        return f"{list(stages).index(id_) + 1} {stages[id_].name}" if id_ in stages else id_

    def answer(self, item_id: str, given: object) -> str:
        """Label of one answer to an item (``Female``); what has no label stands for itself."""
        scale = self.instrument.scale_of(item_id) if item_id in self.instrument.items else None
        try:
            return self.codes(item_id)[scale.codes.index(int(float(str(given))))] if scale else str(given)
        except ValueError:
            return str(given)

    def codes(self, item_id: str) -> tuple[str, ...]:
        """Labels of the answer options of an item in the source language, codes ascending."""
        scale = self.instrument.scale_of(item_id)
        if scale is None:
            return ()
        labels = scale.labels.get(self.language) or scale.labels.get(self.instrument.languages[0], ())
        return tuple(
            label or str(code)
            for code, label in zip(scale.codes, labels or ("",) * len(scale.codes), strict=True)
        )


def sentence_case(text: str) -> str:
    """Begin with a capital and leave the names that follow as they are."""
    return text[:1].upper() + text[1:]


def phrase(names: list[str] | tuple[str, ...]) -> str:
    """Join names for a sentence: ``A``, ``A and B``, ``A, B and C``; names that hold commas by semicolons."""
    if len(names) < 2:
        return "".join(names)
    if any(", " in name for name in names):
        return f"{'; '.join(names[:-1])}; and {names[-1]}"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def inside(title: str) -> str:
    """Write a title as it stands inside a sentence.

    Examples
    --------
    >>> inside("Reading"), inside("HTMT")
    ('reading', 'HTMT')
    """
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]
