"""SurveyJS JSON: pages of matrices and single questions, every language, rules and shuffling included."""

from __future__ import annotations

import json
from typing import Any

from coprod_measure.instrument.conditions import parse_condition
from coprod_measure.instrument.definition import Block, Item
from coprod_measure.instrument.exports.questionnaire import (
    Export,
    Questionnaire,
    assignment_remarks,
    gate_rule,
    shuffle_remarks,
)
from coprod_measure.instrument.exports.rule_text import Dialect, rule_text
from coprod_measure.instrument.exports.web_text import web_text
from coprod_measure.instrument.name_map import Named

_OPERATORS = {"==": "=", "!=": "<>"}
_SLIDER_ENDS = (0.0, 100.0)


def export(shown: Questionnaire) -> Export:
    """Write a questionnaire for SurveyJS.

    Returns ``<name>.json``. Answers to a matrix come back as ``{"table": {"item": 3}}``; the map writes such
    a column as ``table.item``.
    """
    tables = _tables(shown)
    pages = [_page(shown, block, tables) for block in shown.form.blocks]
    survey: dict[str, Any] = {
        "title": _texts(shown, {language: shown.heading(language) for language in shown.languages}),
        "locale": shown.language,
        "pages": pages,
    }
    if shown.gates:
        survey["triggers"] = [_end(shown, gate, tables) for gate in shown.gates]
    remarks = list(shown.incomplete)
    if shown.form.randomize_blocks:
        shuffled = ", ".join(shown.form.randomize_blocks)
        remarks.append(f"random order of the pages {shuffled}: sort them in the code that shows the survey")
    if shown.form.versions:
        versions = ", ".join(shown.form.versions)
        remarks.append(f"planned missing versions {versions}: every block is shown to all")
    remarks += shuffle_remarks(shown)
    remarks += assignment_remarks(shown, 'draw it in the code that shows the survey: survey.setValue("…", …)')
    if any(block.randomize for block in shown.form.blocks):
        remarks.append("the order in which shuffled items were shown is not in the answers: log it")
    names = {item.id: Named(item.id, _column(item, tables)) for item in shown.items}
    name_map = shown.name_map("surveyjs", names)
    text = json.dumps(survey, ensure_ascii=False, indent=2) + "\n"
    return Export({f"{shown.name}.json": text.encode()}, name_map, tuple(remarks))


def _tables(shown: Questionnaire) -> dict[str, str]:
    """Item to the name of the matrix it stands in."""
    runs = [run for block in shown.form.blocks for run in shown.runs(block)]
    return {item.id: f"{run[0].id}_table" for run in runs if run[0].kind == "scale" for item in run}


def _column(item: Item, tables: dict[str, str]) -> str:
    return f"{tables[item.id]}.{item.id}" if item.id in tables else item.id


def _page(shown: Questionnaire, block: Block, tables: dict[str, str]) -> dict[str, Any]:
    page: dict[str, Any] = {"name": block.id}
    title = {language: text for language in shown.languages if (text := shown.title(block, language))}
    if title:
        page["title"] = _texts(shown, title)
    page["elements"] = [_element(shown, block, run, tables) for run in shown.runs(block)]
    return page


def _element(
    shown: Questionnaire, block: Block, run: tuple[Item, ...], tables: dict[str, str]
) -> dict[str, Any]:
    item = run[0]
    if item.id in tables:
        return {
            "type": "matrix",
            "name": tables[item.id],
            "titleLocation": "hidden",
            "rowOrder": "random" if block.randomize else "initial",
            "columns": _choices(shown, item),
            "rows": [_row(shown, one, tables) for one in run],
        }
    element: dict[str, Any] = {"type": _type(item), "name": item.id}
    if item.kind == "display":
        texts = {language: web_text(shown.text(item, language)) for language in shown.languages}
        element["html"] = _texts(shown, texts)
    else:
        element["title"] = _wording(shown, item)
    if item.show_if:
        element["visibleIf"] = rule_text(parse_condition(item.show_if), _dialect(shown, tables))
    if item.assigns:
        element |= {"visible": False, "clearIfInvisible": "none"}
    if item in shown.gates:
        element["isRequired"] = True
    return element | _details(shown, item)


def _type(item: Item) -> str:
    types = {
        "single_choice": "radiogroup",
        "multiple_choice": "checkbox",
        "text": "comment",
        "display": "html",
    }
    return types.get(item.kind, "text")


def _details(shown: Questionnaire, item: Item) -> dict[str, Any]:
    if item.scale_id is not None:
        return {"choices": _choices(shown, item)}
    if item.kind not in {"number", "slider"}:
        return {}
    low, high = item.minimum, item.maximum
    if item.kind == "slider":
        low, high = (end if own is None else own for own, end in zip((low, high), _SLIDER_ENDS, strict=True))
    bounds = {"min": low, "max": high}
    input_type = "range" if item.kind == "slider" else "number"
    return {"inputType": input_type, **{key: value for key, value in bounds.items() if value is not None}}


def _row(shown: Questionnaire, item: Item, tables: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {"value": item.id, "text": _wording(shown, item)}
    if item.show_if:
        row["visibleIf"] = rule_text(parse_condition(item.show_if), _dialect(shown, tables))
    return row


def _choices(shown: Questionnaire, item: Item) -> list[dict[str, Any]]:
    labels = {language: dict(shown.options(item, language)) for language in shown.languages}
    return [
        {
            "value": code,
            "text": _texts(shown, {language: labels[language][code] for language in shown.languages}),
        }
        for code, _ in shown.options(item)
    ]


def _wording(shown: Questionnaire, item: Item) -> str | dict[str, str]:
    return _texts(shown, {language: shown.text(item, language) for language in shown.languages})


def _texts(shown: Questionnaire, texts: dict[str, str]) -> str | dict[str, str]:
    """One text, or one for each language with the default one first.

    Braces would be run by the platform as an expression, so they become parentheses.
    """
    safe = {language: _literal(text) for language, text in texts.items()}
    if len(shown.languages) == 1:
        return safe[shown.language]
    default = safe.get(shown.language, next(iter(safe.values())))
    return {"default": default} | {lang: text for lang, text in safe.items() if lang != shown.language}


def _literal(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")


def _end(shown: Questionnaire, gate: Item, tables: dict[str, str]) -> dict[str, str]:
    """End the survey when its page is left with another answer than the expected ones."""
    dialect = _dialect(shown, tables)
    answered = f"({{{_column(gate, tables)}}} notempty)"
    return {
        "type": "complete",
        "expression": f"{answered} and {dialect.negate(rule_text(gate_rule([gate]), dialect))}",
    }


def _dialect(shown: Questionnaire, tables: dict[str, str]) -> Dialect:
    kinds = {one.id: one.kind for one in shown.items}

    def compare(name: str, op: str, number: str) -> str:
        place = f"{tables[name]}.{name}" if name in tables else name
        if kinds.get(name) == "multiple_choice" and op in {"==", "!="}:
            word = "contains" if op == "==" else "notcontains"
            return f"({{{place}}} {word} {number})"
        return f"({{{place}}} {_OPERATORS.get(op, op)} {number})"

    return Dialect(compare, negate=lambda part: f"!({part})")
