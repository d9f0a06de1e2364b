"""What a methodologist would say about an instrument file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from coprod_measure.instrument.file_model import InstrumentFile
from coprod_measure.instrument.form_checks import form_findings
from coprod_measure.instrument.read import instrument_of, open_instrument
from coprod_measure.instrument.references import Placed, placed_items
from coprod_measure.instrument.rule_checks import rule_findings
from coprod_measure.instrument.wording import source_hash
from coprod_measure.instrument.wording_checks import wording_findings
from coprod_measure.theory.checks import findings_in_order
from coprod_measure.theory.definition import Construct, Theory
from coprod_measure.yaml_files import Finding, Severity, YamlFile

FEWEST_ITEMS = 3
_RESERVED = {
    "SPSS": {"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"},
    "LimeSurvey": {"lang", "sid", "savedid", "token", "qid", "gid", "sgq", "self", "that", "this", "time"},
}
# What belongs to a category alone, such as its success on the market, no respondent knows.
_ASKED_UNITS = {"respondent", "partner", "episode"}
_NAMED = 8
# In English, German, French, Dutch, Scandinavian languages, Portuguese, Polish, Czech and Finnish.
_NO = {"no", "not", "none", "never", "nein", "nicht", "non", "nee", "nei", "nej", "não", "nie", "ne", "ei"}


@dataclass(frozen=True, slots=True)
class Checked:
    """What the lints look at."""

    file: YamlFile
    parsed: InstrumentFile
    items: list[Placed]


def check_instrument(name_or_path: str | Path) -> list[Finding]:
    """Check an instrument file, its theory's ids included.

    ``name_or_path``: name of a shipped instrument or path of a YAML file. Errors forbid to use the file;
    warnings and notes do not. In the order of the file. An item that lists a code under ``accepts`` is not
    reported for it again.

    Raises
    ------
    InstrumentError
        If the file is no YAML at all.
    """
    source = open_instrument(name_or_path)
    findings = [Finding("error", problem) for problem in source.problems]
    if source.parsed is not None:
        checked = Checked(source.file, source.parsed, placed_items(source.parsed))
        for lint in _LINTS:
            findings += lint(checked)
        findings += _item_findings(checked)
        findings += rule_findings(checked.file, checked.parsed, checked.items)
        if source.theory is not None and not source.problems:
            findings += form_findings(
                checked.file, instrument_of(checked.file, checked.parsed, source.theory)
            )
        if source.theory is not None:
            findings += _construct_findings(checked, source.theory)
            findings += _hypothesis_findings(checked, source.theory)
    return findings_in_order(findings)


def _item_findings(checked: Checked) -> Iterator[Finding]:
    source = checked.parsed.languages[0]
    for item in checked.items:
        for finding in (*wording_findings(checked.file, item, source), *_stale_findings(checked.file, item)):
            if finding.problem.code not in item.entry.accepts:
                yield finding


def _stale_findings(file: YamlFile, item: Placed) -> Iterator[Finding]:
    now = source_hash(item.entry.text)
    for language, translation in item.entry.translations.items():
        if translation.source_hash and translation.source_hash != now:
            at = [*item.at, "translations", language]
            cause = f"the '{language}' text of '{item.id}' was made from an older source text"
            cure = f"Review it, then set 'source_hash: \"{now}\"'"
            yield file.finding("warning", at, cause, cure, "stale-translation")


def _licence(checked: Checked) -> Iterator[Finding]:
    if not checked.parsed.license:
        cause = "no licence is stated, so nobody may use the wording"
        yield checked.file.finding(
            "warning", [], cause, "Add 'license: CC-BY-4.0' or another", "licence-missing"
        )


def _is_no(label: str) -> bool:
    return re.split(r"\W+", label.strip().casefold())[0] in _NO


def _scales(checked: Checked) -> Iterator[Finding]:
    used = {item.scale for item in checked.items}
    for id_, scale in checked.parsed.scales.items():
        steps = {high - low for low, high in pairwise(scale.codes)}
        if scale.ordered and len(steps) > 1 and min(steps) > 0:
            cause = f"the values of scale '{id_}' skip: {', '.join(map(str, scale.codes))}"
            at = ["scales", id_, "codes"]
            yield checked.file.finding("warning", at, cause, "Use equal steps", "scale-gap")
        if (twofold := scale.labels_like_codes) and not scale.stored:
            cause = f"labels of scale '{id_}' are other codes of it ({_list(list(twofold))})"
            cure = f"Say what the platform stores: stored: [{', '.join(map(str, scale.codes))}] for the codes"
            yield checked.file.finding("warning", ["scales", id_], cause, cure, "labels-like-codes")
        if len(scale.codes) == 2 and any(
            _is_no(two[-1]) and not _is_no(two[0]) for two in scale.labels.values()
        ):
            cause = f"no has the higher code in scale '{id_}': claims about a choice are about that answer"
            stored_of = {code: value for value, code in scale.code_of_stored.items()}
            numbers = ", ".join(str(stored_of.get(code, code)) for code in reversed(scale.codes))
            cure = f"Put no first: codes: [0, 1], stored: [{numbers}], and its labels the other way round"
            yield checked.file.finding("warning", ["scales", id_], cause, cure, "no-above-yes")
        if id_ not in used:
            cause = f"no item uses scale '{id_}'"
            yield checked.file.finding("note", ["scales", id_], cause, "Remove it", "unused-scale")
        for language, labels in scale.labels.items():
            if twice := [label for label, count in Counter(labels).items() if count > 1]:
                cause = f"two answers are both labelled '{twice[0]}'"
                where = ["scales", id_, "labels", language]
                yield checked.file.finding("warning", where, cause, "Tell them apart", "same-label")


def _names(checked: Checked) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for item in checked.items:
        bare = item.id.casefold().replace("_", "")
        if seen.get(bare, item.id) != item.id:
            cause = f"'{item.id}' and '{seen[bare]}' differ by case or '_' only"
            cure = "Rename one: LimeSurvey knows no '_', REDCap and SPSS no case"
            yield checked.file.finding("error", item.at, cause, cure, "name-collision")
        seen.setdefault(bare, item.id)
        for platform, words in _RESERVED.items():
            if item.id.casefold() in words:
                cause = f"'{item.id}' is a reserved word in {platform}"
                yield checked.file.finding("warning", item.at, cause, "Rename the item", "reserved-name")


def _same_wording(checked: Checked) -> Iterator[Finding]:
    seen: dict[tuple[str, str | None], str] = {}
    for item in checked.items:
        key = (" ".join(item.entry.text.casefold().split()), item.scale)
        if key in seen and seen[key] != item.id:
            cause = f"'{item.id}' asks the same as '{seen[key]}'"
            yield checked.file.finding(
                "warning", item.at, cause, "Reword or drop one of them", "same-wording"
            )
        seen.setdefault(key, item.id)


def _unused(checked: Checked) -> Iterator[Finding]:
    """Items that no form shows: one line, because a bank may hold many."""
    if not checked.parsed.forms:
        return
    named = {name for form in checked.parsed.forms.values() for block in form.blocks for name in block.items}
    idle = [item for item in checked.items if item.id not in named and not _by_construct(item, named)]
    if idle:
        cause = (
            f"{len(idle)} of {len(checked.items)} items stand in no form: {_list([item.id for item in idle])}"
        )
        cure = "Add them to a block, or drop them"
        yield checked.file.finding("warning", idle[0].at, cause, cure, "unused-item")


def _by_construct(item: Placed, named: set[str]) -> bool:
    return item.role == "construct" and item.construct_id in named


def _translations(checked: Checked) -> Iterator[Finding]:
    """Missing translations, one line a form and language: a bank may be translated form by form."""
    parsed = checked.parsed
    at: list[str | int]
    for language in parsed.languages[1:]:
        for id_, form in parsed.forms.items():
            named = {name for block in form.blocks for name in block.items}
            shown = [item for item in checked.items if item.id in named or _by_construct(item, named)]
            yield from _untranslated(checked, shown, ["forms", id_], language, f"form '{id_}'")
        if not parsed.forms:
            yield from _untranslated(checked, checked.items, ["questions"], language, "the instrument")
        lacking = [
            n for n in parsed.placeholders if n not in parsed.placeholder_translations.get(language, {})
        ]
        if lacking:
            cause = f"the default of {_list(lacking)} has no '{language}' text"
            cure = f"Add 'placeholder_translations: {{{language}: {{{lacking[0]}: ...}}}}'"
            yield checked.file.finding("note", ["placeholders"], cause, cure, "missing-translation")
        for id_, scale in parsed.scales.items():
            if language not in scale.labels:
                cause = f"scale '{id_}' has no '{language}' labels"
                at = ["scales", id_, "labels"]
                yield checked.file.finding(
                    "warning", at, cause, f"Add '{language}: [...]'", "missing-translation"
                )


def _untranslated(
    checked: Checked, shown: list[Placed], at: list[str | int], language: str, where: str
) -> Iterator[Finding]:
    lacking = [item.id for item in shown if language not in item.entry.translations]
    if lacking:
        cause = f"{len(lacking)} of {len(shown)} items of {where} have no '{language}' text: {_list(lacking)}"
        cure = f"Add 'translations: {{{language}: {{text: ...}}}}', or do not field it in this language"
        yield checked.file.finding("warning", at, cause, cure, "missing-translation")


def _versions(checked: Checked) -> Iterator[Finding]:
    for id_, form in checked.parsed.forms.items():
        shown = {name for blocks in form.versions.values() for name in blocks}
        for number, block in enumerate(form.blocks):
            if form.versions and block.id not in shown:
                cause = f"no version of form '{id_}' shows block '{block.id}'"
                at: list[str | int] = ["forms", id_, "blocks", number, "id"]
                yield checked.file.finding("warning", at, cause, "Add it to a version", "block-never-shown")


_LINTS: tuple[Callable[[Checked], Iterator[Finding]], ...] = (
    _licence,
    _scales,
    _names,
    _same_wording,
    _unused,
    _translations,
    _versions,
)


def _construct_findings(checked: Checked, theory: Theory) -> Iterator[Finding]:
    members: dict[str, list[Placed]] = {}
    for item in checked.items:
        if item.role == "construct" and item.construct_id and item.construct_id in theory.constructs:
            members.setdefault(item.construct_id, []).append(item)
    for id_, items in members.items():
        yield from _measurement_findings(checked.file, theory.constructs[id_], items)


def _measurement_findings(file: YamlFile, construct: Construct, items: list[Placed]) -> Iterator[Finding]:
    if construct.measurement != "reflective":
        return
    id_, at = construct.id, items[0].at
    if len(items) < FEWEST_ITEMS and "few-items" not in items[0].entry.accepts:
        cause = f"reflective construct '{id_}' has {len(items)} item{'s' * (len(items) > 1)}"
        cure = f"Write at least {FEWEST_ITEMS}, or write 'measurement: observed' below it in the theory"
        yield file.finding("warning", at, cause, cure, "few-items")
    if len(items) > 1 and all(item.entry.reverse for item in items):
        cause = f"every item of '{id_}' is reversed"
        yield file.finding("warning", at, cause, "Key the items with the construct", "all-reversed")
    if len(scales := {item.scale for item in items}) > 1:
        cause = f"items of '{id_}' have different answer options: {_list(sorted(map(str, scales)))}"
        yield file.finding("note", at, cause, "Use one scale, or expect unequal variances", "mixed-scales")


def _hypothesis_findings(checked: Checked, theory: Theory) -> Iterator[Finding]:
    """Claims that no item of this instrument speaks to; a claim about other units needs other data.

    A factor of the design measures nothing, but its item bears its name: ``partner_type_1``.
    """
    measured = {item.construct_id or re.sub(r"_\d+$", "", item.id) for item in checked.items}
    # What a group measures but for its role is an error with a cure of its own.
    measured.update(group.construct_id for group in checked.parsed.questions if group.construct_id)
    measured.update(part for item in checked.items for part in _set_by(theory, item))
    found = []
    for id_, hypothesis in theory.hypotheses.items():
        ends = dict.fromkeys((*hypothesis.sources, *hypothesis.targets, *hypothesis.moderators))
        dark = [term for term in ends if not _is_measured(theory, term, measured)]
        if dark:
            asked = any(_can_be_asked(theory, term) for term in dark)
            cause = f"hypothesis {id_} cannot be tested: nothing measures {_list(dark)}"
            cure = "Write items for it" if asked else "Bring these values from other data"
            severity: Severity = "warning" if asked else "note"
            found.append(checked.file.finding(severity, ["theory"], cause, cure, "hypothesis-unmeasured"))
    if 2 * len(found) <= len(theory.hypotheses):
        yield from found
        return
    cause = f"{len(found)} of {len(theory.hypotheses)} hypotheses of its theory cannot be tested"
    cure = "If the questionnaire is about a part of the theory only, that is as it should be"
    yield checked.file.finding("note", ["theory"], cause, cure, "hypothesis-unmeasured")


def _set_by(theory: Theory, item: Placed) -> tuple[str, ...]:
    known = {*theory.constructs, *theory.higher_order}
    return theory.first_order(item.entry.assigns) if item.entry.assigns in known else ()


def _is_measured(theory: Theory, term: str, measured: set[str]) -> bool:
    parts = theory.first_order(term)
    rules = [rule for part in parts if (rule := theory.constructs[part].computed)]
    if any(all(_is_measured(theory, one, measured) for one in rule.of) for rule in rules):
        return True
    return any(part in measured for part in parts)


def _can_be_asked(theory: Theory, term: str) -> bool:
    return any(
        _ASKED_UNITS & set(theory.constructs[part].unit)
        and theory.constructs[part].measurement != "not_scaled"
        for part in theory.first_order(term)
    )


def _list(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
