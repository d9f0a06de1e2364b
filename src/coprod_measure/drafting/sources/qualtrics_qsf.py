"""Qualtrics survey file (``.qsf``): JSON with one element a question, and blocks that name them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coprod_measure.drafting.question import Choice, Found, Question, plain_text
from coprod_measure.drafting.rules import compare
from coprod_measure.instrument.definition import Kind

_SINGLE = {"SAVR", "SAHR", "SACOL", "DL", "SB", "NPS"}
_SELECTED = {"Selected": "==", "NotSelected": "!="}
_NUMBERS = {"EqualTo": "==", "NotEqualTo": "!=", "GreaterThan": ">", "LessThan": "<"} | {
    "GreaterThanOrEqual": ">=",
    "LessThanOrEqual": "<=",
}


def recognise(path: Path, start: bytes) -> bool:
    """Whether the file is a survey of Qualtrics."""
    return path.suffix.lower() == ".qsf" or b'"SurveyElements"' in start


def read(path: Path) -> Found:
    """Read blocks, questions, options, recode values, export tags, translations and simple display logic."""
    content = json.loads(path.read_text(encoding="utf-8-sig"))
    entry, elements = content["SurveyEntry"], content["SurveyElements"]
    payloads = {one["PrimaryAttribute"]: one["Payload"] for one in elements if one.get("Element") == "SQ"}
    language = str(entry.get("SurveyLanguage") or "EN").lower()
    notes: list[str] = []
    questions: list[Question] = []
    headings: dict[str, dict[str, str]] = {}
    for block, ids in _blocks(elements, payloads):
        for id_ in ids:
            found = list(_questions(id_, payloads, block, language, notes))
            questions += found
            if found and found[0].table:
                headings[found[0].table] = _texts(payloads[id_], "QuestionText", language)
    others = dict.fromkeys(lang for one in questions for lang in one.texts if lang != language)
    return Found(
        platform="qualtrics",
        title=str(entry.get("SurveyName") or "Questionnaire"),
        languages=(language, *others),
        questions=tuple(questions),
        blocks={},
        tables=headings,
        notes=tuple(notes),
    )


def _blocks(elements: list[Any], payloads: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Blocks in their order with the ids of their questions; the bin of deleted questions is left out."""
    for element in elements:
        if element.get("Element") != "BL":
            continue
        listed = element["Payload"]
        for block in listed.values() if isinstance(listed, dict) else listed:
            if block.get("Type") == "Trash":
                continue
            members = block.get("BlockElements") or []
            ids = [one["QuestionID"] for one in members if one.get("Type") == "Question"]
            yield str(block.get("Description") or "block"), [id_ for id_ in ids if id_ in payloads]


def _questions(
    id_: str, payloads: Mapping[str, Any], block: str, language: str, notes: list[str]
) -> Iterator[Question]:
    asked = payloads[id_]
    tag, type_, selector = str(asked["DataExportTag"]), asked["QuestionType"], str(asked.get("Selector", ""))
    texts = _texts(asked, "QuestionText", language)
    rule = _rule(asked.get("DisplayLogic"), payloads)
    if asked.get("DisplayLogic") and not rule:
        notes.append(f"{tag}: its display logic")
    if type_ == "MC" and selector in _SINGLE:
        choices = _choices(asked, "Choices", language)
        yield Question(tag, tag, texts, "single_choice", choices, block=block, rule=rule)
    elif type_ == "MC":
        choices = _choices(asked, "Choices", language)
        ticked = {one.stored: f"{tag}_{one.stored}" for one in choices}
        yield Question(tag, tag, texts, "multiple_choice", choices, ticked, block=block, rule=rule)
    elif type_ in {"Matrix", "Slider"} and asked.get("SubSelector") != "MultipleAnswer" and selector != "TE":
        yield from _rows(asked, tag, block, rule, language)
    elif type_ == "TE" and selector != "FORM":
        kind: Kind = "number" if "ValidNumber" in json.dumps(asked.get("Validation")) else "text"
        yield Question(tag, tag, texts, kind, block=block, rule=rule)
    elif type_ == "DB":
        yield Question(tag, tag, texts, "display", block=block, rule=rule)
    else:
        notes.append(f"{tag}: a question of the type {type_} {selector}".rstrip())


def _rows(asked: Mapping[str, Any], tag: str, block: str, rule: str, language: str) -> Iterator[Question]:
    """Rows of a matrix or a group of sliders: one question each."""
    tags = asked.get("ChoiceDataExportTags") or {}
    slider = asked["QuestionType"] == "Slider"
    choices = () if slider else _choices(asked, "Answers", language)
    limits = asked.get("Configuration") or {}
    for row in _order(asked, "Choices"):
        texts = {
            lang: plain_text(str(shown.get("Choices", {}).get(row, {}).get("Display", "")))
            for lang, shown in _versions(asked, language)
        }
        named = tags.get(row) if isinstance(tags, dict) else None
        yield Question(
            name=f"{tag}_{row}",
            column=str(named or f"{tag}_{row}"),
            texts={lang: text for lang, text in texts.items() if text},
            kind="slider" if slider else "single_choice",
            choices=choices,
            table=tag,
            block=block,
            rule=rule,
            minimum=float(limits.get("CSSliderMin", 0)) if slider else None,
            maximum=float(limits.get("CSSliderMax", 100)) if slider else None,
        )


def _choices(asked: Mapping[str, Any], part: str, language: str) -> tuple[Choice, ...]:
    """Options in the order shown, stored as their recode value or else their id."""
    recoded = asked.get("RecodeValues") or {}
    return tuple(
        Choice(
            str(recoded.get(id_, id_)),
            {
                lang: plain_text(str(shown[part][id_].get("Display", "")))
                for lang, shown in _versions(asked, language)
                if id_ in (shown.get(part) or {})
            },
        )
        for id_ in _order(asked, part)
    )


def _order(asked: Mapping[str, Any], part: str) -> list[str]:
    listed = asked.get(part) or {}
    if isinstance(listed, list):
        return []
    order = asked.get(part.removesuffix("s") + "Order") or list(listed)
    shown = order.values() if isinstance(order, dict) else order
    return [str(id_) for id_ in shown if str(id_) in listed]


def _versions(asked: Mapping[str, Any], language: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Give the question in its own language, then its translations."""
    others = asked.get("Language") or {}
    translated = others.items() if isinstance(others, dict) else ()
    return [(language, asked), *((lang.lower(), one) for lang, one in translated)]


def _texts(asked: Mapping[str, Any], part: str, language: str) -> dict[str, str]:
    found = {lang: plain_text(str(one.get(part) or "")) for lang, one in _versions(asked, language)}
    return {lang: text for lang, text in found.items() if text}


def _rule(logic: Any, payloads: Mapping[str, Any]) -> str:
    """Read sets of conditions, joined by and or by or; empty where one cannot be said.

    Qualtrics binds sets by and before those by or, as skip rules do.
    """
    sets = [one for key, one in logic.items() if key.isdigit()] if isinstance(logic, dict) else []
    told = [(_set(one, payloads), str(one.get("Type"))) for one in sets if isinstance(one, dict)]
    if len(told) < len(sets) or not all(rule for rule, _ in told):
        return ""
    said = "".join(
        f" {'or' if kind == 'OrIf' else 'and'} ({rule})" if number else f"({rule})"
        for number, (rule, kind) in enumerate(told)
    )
    return told[0][0] if len(told) == 1 else said


def _set(conditions: Mapping[str, Any], payloads: Mapping[str, Any]) -> str:
    said = ""
    for key, condition in conditions.items():
        if not key.isdigit():
            continue
        one = _comparison(condition, payloads)
        if not one:
            return ""
        word = str(condition.get("Conjuction") or condition.get("Conjunction") or "And").lower()
        said = f"({said}) {word} {one}" if said else one
    return said


def _comparison(condition: Mapping[str, Any], payloads: Mapping[str, Any]) -> str:
    """One condition: an option chosen or not, or a number compared."""
    other = payloads.get(str(condition.get("QuestionID")))
    where = str(condition.get("LeftOperand") or condition.get("ChoiceLocator") or "")
    if other is None or condition.get("LogicType") != "Question":
        return ""
    tag, operator = str(other["DataExportTag"]), str(condition.get("Operator"))
    if operator in _SELECTED and "SelectableChoice" in where and other["QuestionType"] == "MC":
        id_ = where.rsplit("/", 1)[-1]
        stored = str((other.get("RecodeValues") or {}).get(id_, id_))
        return compare(tag, _SELECTED[operator], stored)
    if operator == "Empty" and other["QuestionType"] == "TE":  # no comparison holds of what was not answered
        return f"not ({compare(tag, '<=', '0')} or {compare(tag, '>', '0')})"
    if operator in _NUMBERS:
        return compare(tag, _NUMBERS[operator], str(condition.get("RightOperand", "")))
    return ""
