"""The text of an instrument file, with what was guessed marked where it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from coprod_measure.drafting.codes import Coded
from coprod_measure.drafting.constructs import Group
from coprod_measure.drafting.question import Choice, Found, Question

GUESSED = "  # guessed"


@dataclass(frozen=True, slots=True)
class Placed:
    """Everything decided about the questions, by name of the question.

    Attributes
    ----------
    scales : mapping
        Scale id to its options.
    scale_of : mapping
        Question to scale id.
    construct_of : mapping
        Question to construct id; ``constructs`` says from which group each comes.
    against : frozenset of str
        Ids of the items that the answers show to run against the others of their construct.
    """

    ids: Mapping[str, str]
    scales: Mapping[str, Coded]
    scale_of: Mapping[str, str]
    ordered: frozenset[str]
    constructs: Mapping[str, Group]
    construct_of: Mapping[str, str]
    rules: Mapping[str, str]
    rated: frozenset[str] = field(default_factory=frozenset)
    against: frozenset[str] = frozenset()


def instrument_text(id_: str, found: Found, placed: Placed, origin: str) -> str:
    """Write the instrument as YAML; every text is quoted, so that nothing in it is taken for YAML."""
    lines = [
        "# yaml-language-server: $schema=schema/instrument.schema.json",
        f"# Drafted from {json.dumps(origin, ensure_ascii=False)}. Read it through: guesses are marked.",
        f"id: {id_}",
        f"title: {_quoted(found.title)}",
        'version: "0.1"',
        f"languages: [{', '.join(found.languages)}]",
    ]
    if placed.constructs:
        lines.append("constructs:")
    for construct, group in placed.constructs.items():
        name = found.tables.get(group.key, {}).get(found.languages[0]) or group.key.replace("_", " ")
        lines.append(f"  {construct}: {_quoted(name)}{GUESSED * group.guessed}")
    lines += [*_scales(found, placed), "questions:", *_questions(found, placed), *_form(found, placed)]
    return "\n".join(lines) + "\n"


def _scales(found: Found, placed: Placed) -> Iterator[str]:
    if placed.scales:
        yield "scales:"
    for id_, coded in placed.scales.items():
        yield f"  {id_}:"
        yield f"    codes: [{', '.join(map(str, coded.codes))}]"
        if id_ not in placed.ordered:
            yield f"    ordered: false{GUESSED}"
        if coded.not_applicable is not None:
            yield f"    not_applicable: {coded.not_applicable_code}{GUESSED}"
            labels = [(lang, _label(coded.not_applicable, lang, found)) for lang in found.languages]
            yield "    not_applicable_labels:"
            yield from (f"      {lang}: {_quoted(label)}" for lang, label in labels)
        yield "    labels:"
        for lang in _complete(coded.choices, found):
            listed = ", ".join(_quoted(_label(choice, lang, found)) for choice in coded.choices)
            yield f"      {lang}: [{listed}]"


def _complete(choices: Sequence[Choice], found: Found) -> list[str]:
    """Languages in which every option has a label, the first one in any case."""
    first, *others = found.languages
    return [first, *(lang for lang in others if all(choice.labels.get(lang) for choice in choices))]


def _label(choice: Choice, language: str, found: Found) -> str:
    return choice.labels.get(language) or choice.labels.get(found.languages[0]) or choice.stored


def _questions(found: Found, placed: Placed) -> Iterator[str]:
    """Questions in their order; neighbours of one construct and scale share an entry."""
    before: tuple[object, ...] | None = None
    for one in found.questions:
        construct, scale = placed.construct_of.get(one.name), placed.scale_of.get(one.name)
        kind = "scale" if one.name in placed.rated else one.kind
        head = (construct, scale, kind)
        if head != before:
            guessed = construct is not None and placed.constructs[construct].guessed
            role = "text" if kind == "display" else "demographic"
            first = f"construct: {construct}{GUESSED * guessed}" if construct else f"role: {role}{GUESSED}"
            yield f"  - {first}"
            yield f"    kind: {kind}"
            if scale:
                yield f"    scale: {scale}"
            yield "    items:"
        before = head
        yield from _item(one, found, placed)


def _item(one: Question, found: Found, placed: Placed) -> Iterator[str]:
    first, *others = found.languages
    yield f"      {placed.ids[one.name]}:"
    yield f"        text: {_quoted(one.texts.get(first) or next(iter(one.texts.values()), one.name))}"
    translated = {lang: one.texts[lang] for lang in others if lang in one.texts}
    if translated:
        yield "        translations:"
        yield from (f"          {lang}: {{text: {_quoted(text)}}}" for lang, text in translated.items())
    if one.reverse or placed.ids[one.name] in placed.against:
        yield f"        reverse: true{GUESSED * (not one.reverse)}"
    for key, bound in (("minimum", one.minimum), ("maximum", one.maximum)):
        if bound is not None:
            yield f"        {key}: {bound:g}"
    if rule := placed.rules.get(one.name):
        yield f"        show_if: {_quoted(rule)}"


def _form(found: Found, placed: Placed) -> Iterator[str]:
    """One form with the blocks of the file."""
    blocks: dict[str, list[str]] = {}
    for one in found.questions:
        blocks.setdefault(one.block, []).append(placed.ids[one.name])
    yield "forms:"
    yield "  all:"
    yield f"    title: {_quoted(found.title)}"
    yield "    blocks:"
    for number, (block, ids) in enumerate(blocks.items(), start=1):
        yield f"      - id: block_{number}"
        title = {lang: text for lang, text in found.blocks.get(block, {}).items() if lang in found.languages}
        if title:
            shown = ", ".join(f"{lang}: {_quoted(text)}" for lang, text in title.items())
            yield f"        title: {{{shown}}}"
        yield f"        items: [{', '.join(ids)}]"


def _quoted(text: str) -> str:
    """Quote a text as JSON, which is YAML too; braces, which mark placeholders, become parentheses."""
    safe = "".join(
        character if character.isprintable() else " "
        for character in text.replace("{", "(").replace("}", ")")
    )
    return json.dumps(" ".join(safe.split()) or "-", ensure_ascii=False)
