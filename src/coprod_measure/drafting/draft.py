"""Draft an instrument from a file: the door of the room."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from coprod_measure.drafting.against import items_against
from coprod_measure.drafting.codes import Coded, code_options
from coprod_measure.drafting.constructs import Group, group, neighbours
from coprod_measure.drafting.names import identifier, item_ids, unlike
from coprod_measure.drafting.question import Choice, Found, Question, one_line
from coprod_measure.drafting.rules import in_our_words
from coprod_measure.drafting.sniff import find_questions
from coprod_measure.drafting.sources.answers import alike, common_range
from coprod_measure.drafting.word_scales import is_known
from coprod_measure.drafting.write_instrument import Placed, instrument_text
from coprod_measure.errors import CoprodError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.name_map import Named, NameMap
from coprod_measure.instrument.read import read_instrument
from coprod_measure.notebook import Shown
from coprod_measure.responses.imports.raw_table import MissingKind
from coprod_measure.responses.read import read_responses
from coprod_measure.theory.definition import Theory

_FEWEST_POINTS = 3


@dataclass(frozen=True, slots=True, repr=False)
class Draft(Shown):
    """An instrument drafted from a file.

    Attributes
    ----------
    text : str
        The instrument as a YAML file, guesses marked.
    names : NameMap
        Which column of the platform's export is which item, and which stored value is which code.
    answers : bool
        Whether the file itself holds answers.
    missing_codes : mapping
        Stored value to kind of missing, as the file declares it.
    notes : tuple of str
        What could not be taken over.
    """

    instrument: Instrument
    text: str
    names: NameMap
    answers: bool
    missing_codes: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def theory(self) -> Theory:
        """The constructs that were guessed, with names and nothing claimed about them."""
        return self.instrument.theory


def draft_instrument(path: str | Path, encoding: str | None = None) -> Draft:
    """Draft an instrument from a questionnaire on a platform or a file of answers.

    Parameters
    ----------
    path : str or pathlib.Path
        Qualtrics ``.qsf`` or Advanced Format ``.txt``; LimeSurvey ``.lss``, ``.lsq`` or tab-separated
        ``.txt``; a REDCap data dictionary; an XLSForm; the JSON of a SurveyJS survey; a Google form as its
        API or a script gives it or as a saved page; a Microsoft form as JSON; a Word document or a text with
        one item a line (:mod:`.sources.word_or_text`); or a file of answers: SPSS,
        Stata, an export of any platform, a plain table.
    encoding : str, optional
        Of a file of answers that does not say it: text that is not UTF-8, Stata before 14.

    Raises
    ------
    CoprodError
        If there is no such file, or no question can be taken from it.

    Examples
    --------
    >>> import coprod_measure as cm
    >>> bfi = cm.shipped_folder("data/sample") / "bfi" / "bfi.csv"
    >>> draft = cm.draft_instrument(bfi)
    >>> [len(draft.instrument.items_of(one)) for one in draft.theory.constructs]
    [5, 5, 5, 5, 5]
    """
    source = Path(path)
    found = find_questions(source, encoding)
    id_ = identifier(source.stem, "survey")
    placed, notes = _place(found)
    draft = _draft(id_, found, placed, notes, source.name)
    if found.answers and (against := _against(source, draft, encoding)):
        draft = _draft(id_, found, replace(placed, against=against), notes, source.name)
    return draft


def _draft(id_: str, found: Found, placed: Placed, notes: Sequence[str], origin: str) -> Draft:
    text = instrument_text(id_, found, placed, origin)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{id_}.yaml"
        file.write_text(text, encoding="utf-8")
        instrument = read_instrument(file)
    return Draft(
        instrument=instrument,
        text=text,
        names=_names(instrument, found, placed),
        answers=found.answers,
        missing_codes=found.missing_codes,
        notes=tuple(map(one_line, (*found.notes, *notes))),
    )


def _against(file: Path, draft: Draft, encoding: str | None) -> frozenset[str]:
    """Ids of items that the answers in the file show to be reversed; none where they cannot be read so."""
    codes = {code: cast("MissingKind", kind) for code, kind in draft.missing_codes.items()}
    try:
        return frozenset(
            items_against(
                read_responses(
                    file, draft.instrument, names=draft.names, missing_codes=codes, encoding=encoding
                )
            )
        )
    except CoprodError:
        return frozenset()


def _place(found: Found) -> tuple[Placed, list[str]]:
    """Decide ids, scales, constructs and rules of all questions."""
    ids = item_ids(found.questions)
    options = {one.name: one.choices for one in found.questions if one.choices}
    if found.answers:
        options |= _widened(found, options)
    by_key = {name: _key(choices) for name, choices in options.items()}
    shared: dict[object, list[Question]] = {}
    for one in found.questions:
        if one.name in options:
            shared.setdefault(by_key[one.name], []).append(one)
    scales: dict[str, Coded] = {}
    scale_of: dict[str, str] = {}
    ordered: set[str] = set()
    rated: dict[str, object] = {}
    for members in shared.values():
        coded = code_options(options[members[0].name])
        scale = unlike(_scale_name(members, ids, coded), scales)
        scales[scale] = coded
        scale_of |= {one.name: scale for one in members}
        single = [one for one in members if one.kind in {"single_choice", "scale"}]
        rating = [one for one in single if one.kind == "scale" or _is_rated(one, members, coded)]
        if rating or _is_ordered(coded):
            ordered.add(scale)
        rated |= {one.name: _either_way(options[one.name]) for one in rating}
    sliders = {one.name: "slider" for one in found.questions if one.kind == "slider"}
    groups = group(found.questions, rated | sliders)
    groups += neighbours(found.questions, rated | sliders, groups)
    constructs, construct_of = _constructs(groups, ids)
    notes: list[str] = []
    rules = _rules(found, ids, scales, scale_of, notes)
    placed = Placed(
        ids=ids,
        scales=scales,
        scale_of=scale_of,
        ordered=frozenset(ordered),
        constructs=constructs,
        construct_of=construct_of,
        rules=rules,
        rated=frozenset(rated),
    )
    return placed, notes


def _widened(found: Found, options: Mapping[str, tuple[Choice, ...]]) -> dict[str, tuple[Choice, ...]]:
    """Give the columns of a series whose codes mean the same the widest range that stands in any of them."""
    rated = {name: "any" for name, choices in options.items() if len(choices) >= _FEWEST_POINTS}
    by_name = {one.name: one for one in found.questions}
    wide: dict[str, tuple[Choice, ...]] = {}
    for one in group(found.questions, rated):
        for members in alike([by_name[name] for name in one.members]):
            wide |= dict.fromkeys([member.name for member in members], common_range(members))
    return wide


def _key(choices: tuple[Choice, ...]) -> tuple[object, ...]:
    return tuple((one.stored, tuple(sorted(one.labels.items()))) for one in choices)


def _either_way(choices: tuple[Choice, ...]) -> object:
    """Tell a scale by its points, whichever end is high: items against each other measure one thing."""
    stored = frozenset(one.stored for one in choices)
    return stored, frozenset(tuple(sorted(one.labels.items())) for one in choices)


def _is_rated(one: Question, members: list[Question], coded: Coded) -> bool:
    """Whether a question is answered on a scale that measures: points in order, used more than once."""
    enough = len(coded.codes) >= _FEWEST_POINTS
    return bool(one.construct) or (enough and (bool(one.table) or len(members) > 1 or _is_ordered(coded)))


def _is_ordered(coded: Coded) -> bool:
    """Whether labels tell an order: those of a known scale, or numbers."""
    labels = [label for one in coded.choices for label in list(one.labels.values())[:1]]
    return is_known(labels) or (bool(labels) and all(label.lstrip("-").isdigit() for label in labels))


def _scale_name(members: list[Question], ids: Mapping[str, str], coded: Coded) -> str:
    if len(members) > 1:
        return f"points{len(coded.codes)}"
    return identifier(f"{ids[members[0].name]}_options", "options")


def _constructs(groups: tuple[Group, ...], ids: Mapping[str, str]) -> tuple[dict[str, Group], dict[str, str]]:
    constructs: dict[str, Group] = {}
    construct_of: dict[str, str] = {}
    for one in groups:
        # In the blocks of a form a name stands for an item or for all items of a construct.
        id_ = unlike(identifier(one.key, "construct").lower(), {*constructs, *map(str.lower, ids.values())})
        constructs[id_] = one
        construct_of |= dict.fromkeys(one.members, id_)
    return constructs, construct_of


def _rules(
    found: Found,
    ids: Mapping[str, str],
    scales: Mapping[str, Coded],
    scale_of: Mapping[str, str],
    notes: list[str],
) -> dict[str, str]:
    by_spelling = {spelling: one for one in found.questions for spelling in (one.name, one.column)}

    def code_of(name: str, stored: str) -> tuple[str, float] | None:
        one = by_spelling.get(name)
        if one is None:
            return None
        if one.name not in scale_of:
            return (ids[one.name], float(stored)) if _is_number(stored) else None
        coded = scales[scale_of[one.name]]
        if stored in coded.stored:
            return ids[one.name], float(coded.stored[stored])
        # A rule may compare with a number between the codes, where codes are stored as they are.
        return (ids[one.name], float(stored)) if coded.as_stored and _is_number(stored) else None

    rules: dict[str, str] = {}
    for one in found.questions:
        if one.rule:
            said = in_our_words(one.rule, code_of)
            if said:
                rules[one.name] = said
            else:
                notes.append(f"{one.name}: its skip rule")
    return rules


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def _names(instrument: Instrument, found: Found, placed: Placed) -> NameMap:
    items: dict[str, Named] = {}
    for one in found.questions:
        scale = placed.scale_of.get(one.name)
        stored = placed.scales[scale].stored if scale else {}
        items[placed.ids[one.name]] = Named(
            one.name,
            one.column,
            {str(stored[value]): column for value, column in one.ticked.items()},
            {value: code for value, code in stored.items() if str(code) != value},
        )
    return NameMap(found.platform, instrument.id, instrument.sha256, "all", items)
