"""Where a platform's questionnaire and an instrument say different things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from coprod_measure.instrument.definition import Instrument, Item
from coprod_measure.instrument.name_map import NameMap

What = Literal["only here", "only in the questionnaire", "wording", "options", "skip rule"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    Attributes
    ----------
    item : str
        Id in the instrument, or the platform's name of a question that the instrument lacks.
    here, there : str
        What the instrument and the questionnaire say; empty where one of them lacks the item.
    """

    item: str
    what: What
    here: str
    there: str


def differences(
    instrument: Instrument, fielded: Instrument, names: NameMap, form: str | None = None
) -> tuple[Difference, ...]:
    """Compare what was fielded with the instrument that it is meant to be.

    Parameters
    ----------
    instrument : Instrument
        The definition.
    fielded : Instrument
        Drafted from the platform's file.
    names : NameMap
        Of the draft: under which name or column each of its items stands on the platform.
    form : str, optional
        Which form of the instrument was meant; all items without it.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> from coprod_measure.drafting.draft import draft_instrument
    >>> bfi = draft_instrument(cm.shipped_folder("data/sample") / "bfi" / "bfi.csv")
    >>> found = differences(bfi.instrument, bfi.instrument, bfi.names)
    >>> len(found)
    0
    """
    wanted = instrument.forms[form].item_ids if form else tuple(instrument.items)
    placed = _placed(instrument, fielded, names, wanted)
    found: list[Difference] = []
    for id_ in wanted:
        item = instrument.items[id_]
        if id_ not in placed:
            if item.kind != "display":
                found.append(Difference(id_, "only here", item.text, ""))
            continue
        found += _compared(instrument, fielded, item, fielded.items[placed[id_]])
    matched = set(placed.values())
    found += [
        Difference(names.items[id_].code, "only in the questionnaire", "", item.text)
        for id_, item in fielded.items.items()
        if id_ not in matched and item.kind != "display"
    ]
    return tuple(found)


def _placed(
    instrument: Instrument, fielded: Instrument, names: NameMap, wanted: tuple[str, ...]
) -> dict[str, str]:
    """Item of the instrument to item of the questionnaire: by id or column, else by its exact wording."""
    spelled: dict[str, str] = {}
    worded: dict[str, str] = {}
    for id_, item in fielded.items.items():
        for name in (id_, names.items[id_].code, names.items[id_].column):
            spelled.setdefault(name.casefold().replace("_", ""), id_)
        worded.setdefault(_folded(item.text), id_)
    found = {}
    for id_ in wanted:
        other = spelled.get(id_.casefold().replace("_", "")) or worded.get(
            _folded(instrument.items[id_].text)
        )
        if other is not None:
            found[id_] = other
    return found


def _compared(instrument: Instrument, fielded: Instrument, ours: Item, theirs: Item) -> Iterator[Difference]:
    if _folded(ours.text) != _folded(theirs.text):
        yield Difference(ours.id, "wording", ours.text, theirs.text)
    here, there = _options(instrument, ours), _options(fielded, theirs)
    if {code: _folded(label) for code, label in here.items()} != {
        code: _folded(label) for code, label in there.items()
    }:
        yield Difference(ours.id, "options", _listed(here), _listed(there))
    if bool(ours.show_if) != bool(theirs.show_if):
        yield Difference(ours.id, "skip rule", ours.show_if, theirs.show_if)


def _options(instrument: Instrument, item: Item) -> dict[int, str]:
    scale = instrument.scale_of(item.id)
    if scale is None:
        return {}
    labels = scale.labels[instrument.languages[0]]
    return dict(zip(scale.codes, labels, strict=True))


def _listed(options: Mapping[int, str]) -> str:
    return ", ".join(f"{code} {label}" for code, label in options.items()) or "none"


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
