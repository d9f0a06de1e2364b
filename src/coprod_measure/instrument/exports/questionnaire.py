"""What is exported: one form of an instrument, in the languages asked for, placeholders filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby, takewhile

from coprod_measure.errors import InstrumentError
from coprod_measure.instrument.conditions import (
    Comparison,
    Condition,
    Every,
    Negation,
    Some,
    parse_condition,
)
from coprod_measure.instrument.definition import Block, Form, Instrument, Item
from coprod_measure.instrument.name_map import Named, NameMap
from coprod_measure.instrument.wording import PLACEHOLDER, fill, item_text, options, placeholder_texts
from coprod_measure.yaml_files import did_you_mean


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One form, ready to be written for a platform.

    Attributes
    ----------
    languages : tuple of str
        The first is the one shown by default.
    incomplete : tuple of str
        What is lacking in these languages, or which were left out, in plain words.
    """

    instrument: Instrument
    form: Form
    languages: tuple[str, ...]
    fills: Mapping[str, str] = field(default_factory=dict)
    incomplete: tuple[str, ...] = ()

    @property
    def language(self) -> str:
        """The language shown by default."""
        return self.languages[0]

    @property
    def name(self) -> str:
        """Name for files: ``etgar2007_core``."""
        return f"{self.instrument.id}_{self.form.id}"

    @property
    def items(self) -> tuple[Item, ...]:
        """All items in the order shown."""
        return tuple(self.instrument.items[id_] for id_ in self.form.item_ids)

    @property
    def gates(self) -> tuple[Item, ...]:
        """Questions that end the survey unless they are answered as expected: consent and screening."""
        return tuple(item for item in self.items if item.role in {"consent", "screening"} and item.expected)

    def items_of(self, block: Block) -> tuple[Item, ...]:
        """Items of a block in the order of the file."""
        return tuple(self.instrument.items[id_] for id_ in block.items)

    def heading(self, language: str | None = None) -> str:
        """Title of the instrument on one line."""
        titles = self.instrument.title_translations
        return " ".join(titles.get(language or self.language, self.instrument.title).split())

    def title(self, block: Block, language: str | None = None) -> str:
        """Heading of a block; empty when it has none."""
        lang = language or self.language
        title = block.title.get(lang) or block.title.get(self.instrument.languages[0], "")
        return fill(title, placeholder_texts(self.instrument, lang) | dict(self.fills))

    def text(self, item: Item, language: str | None = None) -> str:
        """Wording of an item on one line."""
        return " ".join(item_text(self.instrument, item, language or self.language, self.fills).split())

    def options(self, item: Item, language: str | None = None) -> tuple[tuple[int, str], ...]:
        """Codes and labels that a respondent can choose; empty for numbers and text."""
        if item.scale_id is None:
            return ()
        scale = self.instrument.scales[item.scale_id]
        found = options(scale, language or self.language)
        return tuple((code, " ".join(label.split())) for code, label in found)

    def name_map(self, platform: str, names: Mapping[str, Named]) -> NameMap:
        """Names of the items on the platform; a scale's ``stored`` values are another platform's.

        A file that we write lets the platform store our codes: where the scale says otherwise, each is named.
        """
        told = {}
        for id_, named in names.items():
            scale = self.instrument.scale_of(id_)
            if scale is not None and scale.stored:
                renamed = set(named.values.values())
                codes = [code for code, _ in self.options(self.instrument.items[id_]) if code not in renamed]
                named = replace(named, values={**{str(code): code for code in codes}, **named.values})
            told[id_] = named
        return NameMap(platform, self.instrument.id, self.instrument.sha256, self.form.id, told)

    def runs(self, block: Block) -> tuple[tuple[Item, ...], ...]:
        """Neighbours that can share one table: same scale, kind ``scale``; every other item alone."""
        runs: list[tuple[Item, ...]] = []
        for (kind, _), group in groupby(self.items_of(block), key=lambda item: (item.kind, item.scale_id)):
            members = tuple(group)
            runs += [members] if kind == "scale" else [(item,) for item in members]
        return tuple(runs)


@dataclass(frozen=True, slots=True)
class Export:
    """Files for a platform.

    Attributes
    ----------
    files : mapping
        File name to its bytes.
    names : NameMap
        Which platform code stands for which item.
    cannot_say : tuple of str
        What the definition says and the files do not.
    """

    files: Mapping[str, bytes]
    names: NameMap
    cannot_say: tuple[str, ...] = ()


def questionnaire(
    instrument: Instrument,
    form_id: str | None = None,
    language: str | None = None,
    fills: Mapping[str, str] | None = None,
) -> Questionnaire:
    """Choose what to export.

    Parameters
    ----------
    form_id : str, optional
        A form of it; ``core`` or else the first form without it. Without forms: all items.
    language : str, optional
        The only language; without it the source language and every other one that is complete.
    fills : mapping, optional
        Placeholder to text.

    Returns
    -------
    Questionnaire
        With remarks on languages that are incomplete.

    Raises
    ------
    InstrumentError
        If the form or the language does not exist.
    """
    form = _form(instrument, form_id)
    if language is not None and language not in instrument.languages:
        cure = did_you_mean(language, instrument.languages)
        raise InstrumentError(
            f"'{instrument.id}' has no language '{language}'", cure=cure, code="unknown-language"
        )
    lacking = {lang: _lacking(instrument, form, lang) for lang in instrument.languages}
    if language is None:
        languages = tuple(lang for lang in instrument.languages if not lacking[lang])
        remarks = [
            f"language {lang}: left out, {what} not translated" for lang, what in lacking.items() if what
        ]
    else:
        languages = (language,)
        what = lacking[language]
        remarks = (
            [f"language {language}: {what} not translated, shown in {instrument.languages[0]}"]
            if what
            else []
        )
    remarks += _unfilled(instrument, form, languages, fills or {})
    return Questionnaire(instrument, form, languages, fills or {}, tuple(remarks))


def _form(instrument: Instrument, form_id: str | None) -> Form:
    if not instrument.forms and form_id is None:
        return Form("all", instrument.title, (Block("all", tuple(instrument.items)),))
    chosen = form_id or ("core" if "core" in instrument.forms else next(iter(instrument.forms)))
    if chosen not in instrument.forms:
        cure = did_you_mean(chosen, instrument.forms)
        raise InstrumentError(f"'{instrument.id}' has no form '{chosen}'", cure=cure, code="unknown-form")
    return instrument.forms[chosen]


def _lacking(instrument: Instrument, form: Form, language: str) -> str:
    if language == instrument.languages[0]:
        return ""
    items = [instrument.items[id_] for id_ in form.item_ids]
    scales = dict.fromkeys(item.scale_id for item in items if item.scale_id)
    texts = [item.id for item in items if language not in item.translations]
    labels = [id_ for id_ in scales if language not in instrument.scales[id_].labels]
    parts = [f"{len(texts)} of {len(items)} items"] * bool(texts) + [f"scale {id_}" for id_ in labels]
    return ", ".join(parts)


def _unfilled(
    instrument: Instrument, form: Form, languages: tuple[str, ...], fills: Mapping[str, str]
) -> list[str]:
    """Find placeholders whose default exists in the source language only."""
    source, *_ = instrument.languages
    used = {name for id_ in form.item_ids for name in PLACEHOLDER.findall(instrument.items[id_].text)}
    unfilled = used & set(instrument.placeholders) - set(fills)
    translated = instrument.placeholder_translations
    lacking = {lang: unfilled - set(translated.get(lang, {})) for lang in languages if lang != source}
    foreign = [lang for lang, names_ in lacking.items() if names_]
    if not foreign:
        return []
    names = ", ".join(f"{{{name}}}" for name in sorted(set().union(*lacking.values())))
    return [
        f"placeholders {names} in {', '.join(foreign)}: filled with the {source} default, give your own text"
    ]


def planned_remarks(shown: Questionnaire, *, randomizes: bool, versions: bool) -> list[str]:
    """Remarks on randomisation and planned missing for platforms that have no word for them."""
    remarks = []
    shuffled = [block.id for block in shown.form.blocks if block.randomize]
    if shuffled and not randomizes:
        remarks.append(f"random order of items in {', '.join(shuffled)}: set it on the platform")
    if shown.form.randomize_blocks and not randomizes:
        listed = ", ".join(shown.form.randomize_blocks)
        remarks.append(f"random order of the blocks {listed}: set it on the platform")
    if shown.form.versions and not versions:
        remarks.append(
            f"planned missing versions {', '.join(shown.form.versions)}: every block is shown to all"
        )
    return remarks


def assignment_remarks(shown: Questionnaire, how: str) -> list[str]:
    """Remarks on random arms for platforms that cannot draw them in the file; ``how`` it is done there."""
    return [
        f"random arm {item.id}, 1 to {len(shown.options(item))}: {how}"
        for item in shown.items
        if item.assigns
    ]


def gate_rule(gates: Iterable[Item]) -> Condition:
    """Rule under which the survey goes on: every gate was answered as expected."""
    stays = tuple(map(_stays, gates))
    return stays[0] if len(stays) == 1 else Every(stays)


def _stays(gate: Item) -> Condition:
    expected = Comparison(gate.id, "in", tuple(map(float, gate.expected)))
    # Who was not asked is not sent away.
    return Some((Negation(parse_condition(gate.show_if)), expected)) if gate.show_if else expected


def gates_before(shown: Questionnaire, block: Block) -> tuple[Item, ...]:
    """Gates that stand in earlier blocks."""
    earlier = list(takewhile(lambda other: other.id != block.id, shown.form.blocks))
    return tuple(gate for gate in shown.gates if any(gate.id in other.items for other in earlier))


def gate_remarks(shown: Questionnaire) -> list[str]:
    """Remarks on the end of the survey for platforms that have no word for it."""
    remarks = []
    for gate in shown.gates:
        codes = " or ".join(f"'{label}'" for code, label in shown.options(gate) if code in gate.expected)
        remarks.append(f"the survey ends unless {gate.id} is {codes}: set it on the platform")
    return remarks


def shuffle_remarks(shown: Questionnaire) -> list[str]:
    """Remarks for platforms that shuffle the rows of a table, not the questions of a block."""
    blocks = [block.id for block in shown.form.blocks if block.randomize and len(shown.runs(block)) > 1]
    return [f"random order in {', '.join(blocks)}: within each table only"] if blocks else []


def rule_remarks(shown: Questionnaire) -> list[str]:
    """Remarks on skip rules for platforms that have no word for them."""
    by_rule: dict[str, list[str]] = {}
    for item in shown.items:
        if item.show_if:
            by_rule.setdefault(item.show_if, []).append(item.id)
    return [
        f"skip rule '{rule}' of {', '.join(ids)}: set it on the platform" for rule, ids in by_rule.items()
    ]


def bound_remarks(shown: Questionnaire) -> list[str]:
    """Remarks on bounds of numbers for platforms that have no word for them."""
    remarks = []
    for item in shown.items:
        bounds = {"at least": item.minimum, "at most": item.maximum}
        words = [f"{word} {value:g}" for word, value in bounds.items() if value is not None]
        if words:
            remarks.append(f"bounds of {item.id}, {', '.join(words)}: set them on the platform")
    return remarks
