"""SurveyJS: the JSON of a survey, pages of questions and matrices in every language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coprod_measure.drafting.question import Choice, Found, Question, one_line
from coprod_measure.drafting.rules import compare
from coprod_measure.instrument.definition import Kind

_SINGLE = {"radiogroup", "dropdown", "buttongroup", "imagepicker"}
_TICKS = {"checkbox", "tagbox"}
_COMPARISON = re.compile(
    r"""\{([^{}]+)\}\s*(==|=|!=|<>|<=|>=|<|>|contains|notcontains|anyof)\s*
    (?:'([^']*)'|"([^"]*)"|(-?\d+(?:\.\d+)?)|\[([^\]]*)\])""",
    re.VERBOSE,
)
_OPERATORS = {"=": "==", "<>": "!=", "contains": "==", "notcontains": "!="}


def recognise(path: Path, start: bytes) -> bool:
    """Whether the file is the JSON of a survey."""
    return start.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{") and (
        b'"pages"' in start or b'"elements"' in start
    )


def read(path: Path) -> Found:
    """Read pages, panels, questions, matrices, choices and simple rules of visibility."""
    survey = json.loads(path.read_text(encoding="utf-8-sig"))
    language = str(survey.get("locale") or "en")
    notes: list[str] = []
    questions: list[Question] = []
    blocks: dict[str, dict[str, str]] = {}
    tables: dict[str, dict[str, str]] = {}
    for page in survey.get("pages") or [survey]:
        block = str(page.get("name") or "page")
        blocks[block] = _texts(page.get("title"), language)
        for element in _elements(page):
            if element.get("type") == "matrix":
                tables[str(element["name"])] = _texts(element.get("title"), language)
            questions += _questions(element, block, language, notes)
    others = dict.fromkeys(lang for one in questions for lang in one.texts if lang != language)
    title = _texts(survey.get("title"), language).get(language) or path.stem
    return Found(
        "surveyjs", title, (language, *others), tuple(questions),
        blocks=blocks, tables=tables, notes=tuple(notes),
    )  # fmt: skip


def _elements(page: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for element in page.get("elements") or page.get("questions") or ():
        if element.get("type") == "panel":
            yield from _elements(element)
        else:
            yield element


def _questions(element: Mapping[str, Any], block: str, language: str, notes: list[str]) -> Iterator[Question]:
    type_, name = str(element.get("type")), str(element.get("name"))
    texts = _texts(element.get("title"), language) or {language: name}
    rule = _rule(element.get("visibleIf"))
    if type_ == "matrix":
        choices = _choices(element.get("columns"), language)
        for row in element.get("rows") or ():
            value = str(row.get("value") if isinstance(row, dict) else row)
            words = row.get("text", value) if isinstance(row, dict) else row
            own = _rule(row.get("visibleIf")) if isinstance(row, dict) else ""
            both = " and ".join(f"({one})" for one in (rule, own) if one)
            yield Question(
                f"{name}.{value}", f"{name}.{value}", _texts(words, language), "single_choice", choices,
                table=name, block=block, rule=both,
            )  # fmt: skip
        return
    low, high = element.get("min"), element.get("max")
    choices = _choices(element.get("choices"), language)
    kind = _kind(type_, str(element.get("inputType", "")))
    if type_ == "rating":
        values = element.get("rateValues") or range(
            element.get("rateMin", 1), int(element.get("rateMax", 5)) + 1
        )
        choices, low, high = _choices(list(values), language), None, None
    if type_ == "boolean":
        choices = (Choice("true", {language: "Yes"}), Choice("false", {language: "No"}))
    if kind is None:
        notes.append(f"{name}: a question of the type {type_}")
        return
    if kind == "display":
        texts = _texts(element.get("html"), language)
    yield Question(
        name, name, texts, kind, choices, block=block, rule=rule,
        minimum=float(low) if isinstance(low, int | float) else None,
        maximum=float(high) if isinstance(high, int | float) else None,
    )  # fmt: skip


def _kind(type_: str, input_type: str) -> Kind | None:
    if type_ in _SINGLE or type_ in {"rating", "boolean"}:
        return "single_choice"
    if type_ in _TICKS:
        return "multiple_choice"
    if type_ == "text" and input_type in {"number", "range"}:
        return "slider" if input_type == "range" else "number"
    kinds: dict[str, Kind] = {"text": "text", "comment": "text", "html": "display", "slider": "slider"}
    return kinds.get(type_)


def _choices(listed: Any, language: str) -> tuple[Choice, ...]:
    found = []
    for one in listed or ():
        stored = one.get("value") if isinstance(one, dict) else one
        words = one.get("text", stored) if isinstance(one, dict) else one
        found.append(Choice(str(stored), _texts(words, language)))
    return tuple(found)


def _texts(text: Any, language: str) -> dict[str, str]:
    """One text, or one a language; ``default`` is the survey's own."""
    if isinstance(text, dict):
        named = {language if key == "default" else key: one_line(str(value)) for key, value in text.items()}
        return {key: value for key, value in named.items() if value}
    return {language: one_line(str(text))} if text not in (None, "") else {}


def _rule(expression: Any) -> str:
    if not isinstance(expression, str):
        return ""

    def said(found: re.Match[str]) -> str:
        name, op = found[1], found[2]
        if op == "anyof":
            listed = [one.strip().strip("'\"") for one in (found[6] or "").split(",")]
            return "(" + " or ".join(compare(name, "==", one) for one in listed) + ")"
        value = next((one for one in (found[3], found[4], found[5]) if one is not None), "")
        return compare(name, _OPERATORS.get(op, op), value)

    return re.sub(r"!(?=\s*[({])", " not ", _COMPARISON.sub(said, expression))
