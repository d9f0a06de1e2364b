"""Ids and codes that an instrument file uses: each must exist and fit where it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from coprod_measure.errors import Problem
from coprod_measure.instrument.conditions import ConditionSyntaxError, comparisons_in, parse_condition
from coprod_measure.instrument.definition import Kind, Role, Scale
from coprod_measure.instrument.file_model import FormEntry, GroupEntry, InstrumentFile, ItemEntry
from coprod_measure.instrument.wording import PLACEHOLDER
from coprod_measure.theory.definition import Theory
from coprod_measure.yaml_files import Loc, YamlFile, did_you_mean

CHOICE_KINDS = ("scale", "single_choice", "multiple_choice")
_NAMED = 8
CONTROL_ROLES: Mapping[Role, str] = {"attention": "expected", "bogus": "failing", "consent": "expected"}


@dataclass(frozen=True, slots=True)
class Placed:
    """An item entry with the defaults of its group filled in, and its place in the file."""

    id: str
    at: tuple[str | int, ...]
    entry: ItemEntry
    construct_id: str | None
    role: Role
    kind: Kind
    scale: str | None


def placed_items(parsed: InstrumentFile) -> list[Placed]:
    """All items of a file in its order, group defaults filled in."""
    return [
        _placed(id_, ("questions", number, "items", id_), entry, group)
        for number, group in enumerate(parsed.questions)
        for id_, entry in group.items.items()
    ]


def _placed(id_: str, at: tuple[str | int, ...], entry: ItemEntry, group: GroupEntry) -> Placed:
    construct = entry.construct_id or group.construct_id
    role = entry.role or group.role or "construct"
    kind = entry.kind or group.kind or ("display" if role == "text" else "scale")
    scale = entry.scale or (group.scale if kind in CHOICE_KINDS else None)
    return Placed(
        id_,
        at,
        entry,
        construct if role in {"construct", "marker"} else entry.construct_id,
        role,
        kind,
        scale,
    )


def reference_problems(file: YamlFile, parsed: InstrumentFile, theory: Theory | None) -> Iterator[Problem]:
    """Yield every id, code, language and placeholder that leads nowhere, each once with all its lines.

    ``file``: for places, and for ids of entries that are unsound themselves: they count as known. ``theory``:
    None when it could not be read: constructs are then not checked.
    """
    same: dict[tuple[str, str], list[Problem]] = {}
    for problem in _all_problems(file, parsed, theory):
        same.setdefault((problem.code, problem.cause), []).append(problem)
    for first, *others in same.values():
        places = dict.fromkeys(problem.place for problem in others if problem.place != first.place)
        lines = [place.split(":")[-2] for place in places]
        more = f" and {len(lines) - _NAMED} more" if len(lines) > _NAMED else ""
        also = f" (also in line{'s' * (len(lines) > 1)} {', '.join(lines[:_NAMED])}{more})" if lines else ""
        yield replace(first, cause=first.cause + also)


def _all_problems(file: YamlFile, parsed: InstrumentFile, theory: Theory | None) -> Iterator[Problem]:
    for id_, scale in parsed.scales.items():
        yield from _scale_problems(file, ["scales", id_], scale, parsed.languages)
    if "theory" in file.data and parsed.constructs:
        cause = "constructs stand here and in the theory file"
        yield file.problem(["constructs"], cause, "Keep them in the theory file", "constructs-twice")
    yield from _placeholder_problems(file, parsed)
    yield from _unknown_languages(file, ["title_translations"], parsed.title_translations, parsed.languages)
    yield from _ignored_construct_problems(file, parsed)
    items = placed_items(parsed)
    seen: set[str] = set()
    weighed: dict[tuple[str | None, str], str] = {}
    asked = dict.fromkeys(_ids_in_file(file))
    for item in items:
        if item.id in seen:
            cause = f"item '{item.id}' stands in two groups"
            yield file.problem(item.at, cause, "Rename one of the two", "duplicate-id")
        seen.add(item.id)
        yield from _item_problems(file, parsed, theory, item)
        yield from _rule_problems(file, item, asked)
        yield from _weight_problems(file, item, asked, weighed)
    constructs = {item.construct_id for item in items if item.construct_id} | _constructs_in_file(file)
    for id_, form in parsed.forms.items():
        yield from _form_problems(
            file, ["forms", id_], form, dict.fromkeys([*asked, *sorted(constructs)]), items
        )


def _ids_in_file(file: YamlFile) -> list[str]:
    """Item ids as written, also of items that are unsound."""
    groups = file.data.get("questions")
    found = (
        [group.get("items") for group in groups if isinstance(group, dict)]
        if isinstance(groups, list)
        else []
    )
    return [id_ for items in found if isinstance(items, dict) for id_ in items]


def _constructs_in_file(file: YamlFile) -> set[str]:
    groups = file.data.get("questions")
    return {str(group.get("construct", "")) for group in groups or () if isinstance(group, dict)} - {""}


def _scale_problems(
    file: YamlFile, at: list[str | int], scale: Scale, languages: Iterable[str]
) -> Iterator[Problem]:
    ascending = all(low < high for low, high in zip(scale.codes, scale.codes[1:], strict=False))
    if not ascending:
        cause = f"codes {list(scale.codes)} are not in ascending order, each once"
        stored = ", ".join(map(str, scale.codes))
        cure = (
            "Write codes from low to high; where the platform stores other values than the codes, write them "
            f"in the order of the labels below: stored: [{stored}]"
        )
        yield file.problem([*at, "codes"], cause, cure, "codes-not-ascending")
    yield from _stored_problems(file, [*at, "stored"], scale)
    for language, labels in scale.labels.items():
        if len(labels) != len(scale.codes):
            cause = f"{len(labels)} labels for {len(scale.codes)} codes"
            yield file.problem([*at, "labels", language], cause, "Give each code one label", "label-count")
    yield from _unknown_languages(file, [*at, "labels"], scale.labels, languages)
    source = next(iter(languages))
    if source not in scale.labels:
        cause = f"there are no labels in the source language '{source}'"
        yield file.problem([*at, "labels"], cause, f"Add '{source}: [...]'", "missing-labels")
    if scale.not_applicable in scale.codes:
        cause = f"code {scale.not_applicable} means both an answer and 'does not apply'"
        yield file.problem([*at, "not_applicable"], cause, "Choose a code outside the scale", "code-twice")


def _stored_problems(file: YamlFile, at: list[str | int], scale: Scale) -> Iterator[Problem]:
    """Find stored values that lead to no code, or to two."""
    if not isinstance(scale.stored, Mapping):
        if scale.stored and len(scale.stored) != len(scale.codes):
            cause = f"{len(scale.stored)} stored values for {len(scale.codes)} codes"
            yield file.problem(at, cause, "Give each code one, in the order of 'codes'", "stored-count")
        if len(set(scale.stored)) < len(scale.stored):
            yield file.problem(at, "a stored value stands twice", "Write each once", "stored-twice")
        return
    for value, code in scale.stored.items():
        if code not in (*scale.codes, scale.not_applicable):
            cause = f"the stored value {value!r} leads to {code}, which is no code of the scale"
            cure = f"Its codes are {', '.join(map(str, scale.codes))}"
            yield file.problem([*at, value], cause, cure, "unknown-code")


def _placeholder_problems(file: YamlFile, parsed: InstrumentFile) -> Iterator[Problem]:
    at = ["placeholder_translations"]
    yield from _unknown_languages(file, [*at], parsed.placeholder_translations, parsed.languages)
    for language, texts in parsed.placeholder_translations.items():
        for name in texts:
            if name not in parsed.placeholders:
                cause, cure = f"there is no placeholder '{name}'", did_you_mean(name, parsed.placeholders)
                yield file.problem([*at, language, name], cause, cure, "unknown-placeholder")


def _unknown_languages(
    file: YamlFile, at: list[str | int], used: Iterable[str], known: Iterable[str]
) -> Iterator[Problem]:
    for language in used:
        if language not in known:
            cause = f"language '{language}' is not among the languages of this instrument"
            cure = f"Add it to 'languages', or remove it here. {did_you_mean(language, known)}"
            yield file.problem([*at, language], cause, cure, "unknown-language")


def _item_problems(
    file: YamlFile, parsed: InstrumentFile, theory: Theory | None, item: Placed
) -> Iterator[Problem]:
    yield from _construct_problems(file, theory, item)
    yield from _scale_use_problems(file, parsed, item)
    yield from _wording_problems(file, parsed, item)
    yield from _assignment_problems(file, parsed, theory, item)
    low, high = item.entry.minimum, item.entry.maximum
    if low is not None and high is not None and low >= high:
        cause = f"minimum {low:g} is not below maximum {high:g}"
        yield file.problem([*item.at, "minimum"], cause, "Swap or mend the two", "empty-range")
    key = CONTROL_ROLES.get(item.role)
    if item.entry.expected_text and item.kind != "text":
        cause = f"'{item.id}' is no text, so nothing can be typed"
        yield file.problem([*item.at, "expected_text"], cause, "Write 'kind: text', or 'expected'", "no-text")
    if key and not (item.entry.expected or item.entry.failing or item.entry.expected_text):
        cause = f"{item.role} item '{item.id}' does not say which answers count"
        cure = f"Add '{key}: [code]'" if item.kind != "text" else "Add 'expected_text: [word]'"
        yield file.problem(item.at, cause, cure, "control-without-key")


def _assignment_problems(
    file: YamlFile, parsed: InstrumentFile, theory: Theory | None, item: Placed
) -> Iterator[Problem]:
    """Random arms: of a design item, of a construct that the theory has, with codes that can be drawn."""
    named, at = item.entry.assigns, [*item.at, "assigns"]
    if not named:
        return
    scale = parsed.scales.get(item.scale or "")
    if item.role != "design" or item.kind != "single_choice":
        cause = f"'{item.id}' is no single choice of the design, so nobody can be put into its options"
        yield file.problem(at, cause, "Write 'role: design' and 'kind: single_choice'", "assigned-role")
    elif scale is not None and list(scale.codes) != list(range(1, len(scale.codes) + 1)):
        cause = f"the codes of '{item.scale}' are not 1 to {len(scale.codes)}, from which platforms draw"
        yield file.problem(at, cause, "Number its options from 1", "assigned-codes")
    if theory is not None and named not in {*theory.constructs, *theory.higher_order}:
        cause = f"the theory '{theory.id}' has no construct '{named}'"
        yield file.problem(at, cause, did_you_mean(named, theory.constructs), "unknown-construct")


def _construct_problems(file: YamlFile, theory: Theory | None, item: Placed) -> Iterator[Problem]:
    at: Loc = [*item.at, "construct"] if item.entry.construct_id else [*item.at[:2], "construct"]
    if item.role == "construct" and not item.construct_id:
        cause = f"item '{item.id}' measures no construct and has no other role"
        yield file.problem(item.at, cause, "Add 'construct: ...' or 'role: ...'", "item-without-construct")
    elif item.construct_id and item.role not in {"construct", "marker"}:
        cause = f"item '{item.id}' has the role '{item.role}', so it can measure no construct"
        yield file.problem(at, cause, "Remove 'construct' or 'role'", "role-with-construct")
    elif item.construct_id and theory is not None and item.construct_id not in theory.constructs:
        own = "theory" not in file.data
        cause = f"the theory '{theory.id}' has no construct '{item.construct_id}'"
        where = "to the theory file"
        if own:
            cause, where = f"there is no construct '{item.construct_id}'", "with its name under 'constructs:'"
        near = did_you_mean(item.construct_id, theory.constructs) if theory.constructs else ""
        cure = f"Correct the id, or add the construct {where}. {near}"
        yield file.problem(at, cause, cure, "unknown-construct")


def _ignored_construct_problems(file: YamlFile, parsed: InstrumentFile) -> Iterator[Problem]:
    """Find groups whose construct no item measures, because the role of the group is another."""
    for number, group in enumerate(parsed.questions):
        roles = [entry.role or group.role or "construct" for entry in group.items.values()]
        if group.construct_id and group.role and not {"construct", "marker"} & {*roles, group.role}:
            cause = f"with the role '{group.role}' the construct '{group.construct_id}' is ignored"
            cure = "Remove 'role', and the items measure it; otherwise remove 'construct'"
            yield file.problem(["questions", number, "construct"], cause, cure, "role-with-construct")


def _scale_use_problems(file: YamlFile, parsed: InstrumentFile, item: Placed) -> Iterator[Problem]:
    at: Loc = [*item.at, "scale"] if item.entry.scale else [*item.at[:2], "scale"]
    known = file.names("scales")
    if item.scale is None:
        if item.kind in CHOICE_KINDS:
            cause = f"item '{item.id}' has no answer options"
            yield file.problem(
                item.at, cause, "Add 'scale: ...', or a kind without options", "item-without-scale"
            )
        if item.entry.reverse:
            cause = f"item '{item.id}' is reversed but has no scale to mirror it on"
            yield file.problem([*item.at, "reverse"], cause, "Remove 'reverse'", "reverse-without-scale")
        return
    if item.scale not in known:
        yield file.problem(
            at, f"there is no scale '{item.scale}'", did_you_mean(item.scale, known), "unknown-scale"
        )
        return
    scale = parsed.scales.get(item.scale)
    if scale is None:
        return
    if len(scale.codes) == 1 and item.kind != "multiple_choice":
        cause = f"scale '{item.scale}' has one option, between which nobody can choose"
        yield file.problem(at, cause, "Add options, or write 'kind: multiple_choice' for a box", "one-option")
    if item.entry.reverse and not (scale.bipolar and scale.ordered):
        cause = f"item '{item.id}' is reversed, but scale '{item.scale}' has no two opposite ends"
        cure = "Remove 'reverse', or set 'bipolar: true' if the scale runs from one extreme to its opposite"
        yield file.problem([*item.at, "reverse"], cause, cure, "reverse-unipolar")
    for key, codes in (("expected", item.entry.expected), ("failing", item.entry.failing)):
        for code in codes:
            if code not in scale.codes and code != scale.not_applicable:
                cause = f"scale '{item.scale}' has no code {code}"
                cure = f"Its codes are {', '.join(map(str, scale.codes))}"
                yield file.problem([*item.at, key], cause, cure, "unknown-code")


def _wording_problems(file: YamlFile, parsed: InstrumentFile, item: Placed) -> Iterator[Problem]:
    yield from _unknown_languages(file, [*item.at, "translations"], item.entry.translations, parsed.languages)
    texts: list[tuple[list[str | int], str]] = [([*item.at, "text"], item.entry.text)]
    texts += [([*item.at, "translations", lang], t.text) for lang, t in item.entry.translations.items()]
    for at, text in texts:
        for name in PLACEHOLDER.findall(text):
            if name not in parsed.placeholders:
                cause = f"placeholder '{{{name}}}' is not declared"
                cure = f"Add it to 'placeholders'. {did_you_mean(name, parsed.placeholders)}"
                yield file.problem(at, cause, cure, "unknown-placeholder")
        if "{" in (rest := PLACEHOLDER.sub("", text)) or "}" in rest:
            yield file.problem(
                at, "a brace has no partner", "Write placeholders as {name}", "open-placeholder"
            )
    source = set(PLACEHOLDER.findall(item.entry.text))
    for at, text in texts[1:]:
        if lost := source - set(PLACEHOLDER.findall(text)):
            cause = f"the translation lacks the placeholder '{{{sorted(lost)[0]}}}' of the source"
            yield file.problem(at, cause, "Put it where the word belongs", "placeholder-lost")


def _rule_problems(file: YamlFile, item: Placed, asked: Collection[str]) -> Iterator[Problem]:
    if not item.entry.show_if:
        return
    at = [*item.at, "show_if"]
    try:
        condition = parse_condition(item.entry.show_if)
    except ConditionSyntaxError as error:
        cure = "Write it like: decision_1 == 1 and not (age < 18)"
        yield file.problem(at, f"the skip rule cannot be read: {error}", cure, "bad-skip-rule")
        return
    for comparison in comparisons_in(condition):
        if comparison.item not in asked:
            cure = did_you_mean(comparison.item, asked)
            yield file.problem(at, f"there is no item '{comparison.item}'", cure, "unknown-item")


def _weight_problems(
    file: YamlFile, item: Placed, asked: Collection[str], weighed: dict[tuple[str | None, str], str]
) -> Iterator[Problem]:
    """Find what an item weighs that is not asked, or that another item of its construct weighs too."""
    for position, name in enumerate(item.entry.weighs):
        at = [*item.at, "weighs", position]
        if name not in asked:
            yield file.problem(at, f"there is no item '{name}'", did_you_mean(name, asked), "unknown-item")
        other = weighed.setdefault((item.construct_id, name), item.id)
        if other != item.id:
            cause = f"'{name}' is weighed by '{other}' too"
            yield file.problem(at, cause, "Give each value one weight", "weighed-twice")


def _form_problems(
    file: YamlFile, at: list[str | int], form: FormEntry, known: Collection[str], items: list[Placed]
) -> Iterator[Problem]:
    members: dict[str, list[str]] = {}
    for item in items:
        if item.construct_id and item.role == "construct":
            members.setdefault(item.construct_id, []).append(item.id)
    shown: set[str] = set()
    block_ids: list[str] = []
    for number, block in enumerate(form.blocks):
        here = [*at, "blocks", number]
        if block.id in block_ids:
            yield file.problem(
                [*here, "id"], f"block '{block.id}' stands here twice", "Rename one", "duplicate-id"
            )
        block_ids.append(block.id)
        for position, name in enumerate(block.items):
            where = [*here, "items", position]
            if name not in known:
                cause = f"there is no item or construct '{name}'"
                yield file.problem(where, cause, did_you_mean(name, known), "unknown-item")
            for id_ in members.get(name, [name]):
                if id_ in shown:
                    cause = f"item '{id_}' is asked twice in this form"
                    yield file.problem(where, cause, "Keep one of the two places", "item-twice")
                shown.add(id_)
    yield from _block_problems(file, at, form, block_ids)


def _block_problems(
    file: YamlFile, at: list[str | int], form: FormEntry, block_ids: list[str]
) -> Iterator[Problem]:
    named = [([*at, "versions", version], blocks) for version, blocks in form.versions.items()]
    if not isinstance(form.randomize_blocks, bool):
        named.append(([*at, "randomize_blocks"], form.randomize_blocks))
    for key, blocks in named:
        for position, name in enumerate(blocks):
            if name not in block_ids:
                cure = did_you_mean(name, block_ids)
                where = [*key, position]
                yield file.problem(where, f"there is no block '{name}'", cure, "unknown-block")
