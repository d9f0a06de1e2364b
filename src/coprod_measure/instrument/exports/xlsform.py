"""XLSForm (ODK, KoboToolbox): one workbook with the sheets ``survey``, ``choices`` and ``settings``.

Neighbours on the same scale share a ``table-list`` group, unless one of them has a skip rule, which such a
group cannot hold. The group adds two columns to the data that the import drops.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from coprod_measure.instrument.conditions import parse_condition
from coprod_measure.instrument.definition import Block, Item
from coprod_measure.instrument.exports.questionnaire import (
    Export,
    Questionnaire,
    gate_rule,
    gates_before,
    planned_remarks,
)
from coprod_measure.instrument.exports.rule_text import Dialect, rule_text
from coprod_measure.instrument.name_map import Named, unique_names
from coprod_measure.instrument.wording import LANGUAGE_NAMES

_TYPES = {"number": "decimal", "slider": "range", "text": "text", "display": "note"}
_OPERATORS = {"==": "="}
_SLIDER_ENDS = (0.0, 100.0)


def export(shown: Questionnaire) -> Export:
    """Write a questionnaire as an XLSForm.

    Returns ``<name>.xlsx``; columns ``coprod_construct`` and ``coprod_reverse`` travel along, ignored by the
    platforms.
    """
    names = {
        item.id: Named(
            item.id,
            item.id,
            {str(code): f"{item.id}/{code}" for code, _ in shown.options(item)}
            if item.kind == "multiple_choice"
            else {},
        )
        for item in shown.items
    }
    name_map = shown.name_map("xlsform", names)
    remarks = [*shown.incomplete, *planned_remarks(shown, randomizes=False, versions=False)]
    sheets = {
        "survey": [_start(), *_survey(shown)],
        "choices": list(_choices(shown)),
        "settings": [_settings(shown)],
    }
    return Export({f"{shown.name}.xlsx": _workbook(sheets)}, name_map, tuple(remarks))


def _start() -> dict[str, str]:
    return {"type": "start", "name": "start"}


def _settings(shown: Questionnaire) -> dict[str, str]:
    return {
        "form_title": _literal(shown.heading()),
        "form_id": shown.name,
        "version": shown.instrument.version,
        "default_language": _language(shown.language),
    }


def _language(code: str) -> str:
    return f"{LANGUAGE_NAMES.get(code.split('-')[0], code)} ({code})"


def _labels(texts: dict[str, str]) -> dict[str, str]:
    return {f"label::{_language(language)}": text for language, text in texts.items()}


def _survey(shown: Questionnaire) -> Iterator[dict[str, str]]:
    # A group and a question of one name would make ${name} ambiguous.
    taken = [item.id for item in shown.items] + ["start", "meta"]
    groups = unique_names([block.id for block in shown.form.blocks], str, 60, taken)
    for block in shown.form.blocks:
        if all(item.assigns for item in shown.items_of(block)):
            yield from _block(shown, block)  # a group of which nothing is seen is refused
            continue
        title = {language: _literal(shown.title(block, language)) for language in shown.languages}
        gates = gates_before(shown, block)
        yield {
            "type": "begin_group",
            "name": groups[block.id],
            "appearance": "field-list",
            "relevant": rule_text(gate_rule(gates), _dialect(shown)) if gates else "",
            **_labels(title),
        }
        yield from _block(shown, block)
        yield {"type": "end_group", "name": groups[block.id]}


def _block(shown: Questionnaire, block: Block) -> Iterator[dict[str, str]]:
    for run in shown.runs(block):
        table = len(run) > 1 and not any(item.show_if for item in run)
        if table:
            name = f"{run[0].id}_table"
            yield {"type": "begin_group", "name": name, "appearance": "table-list"}
        for item in run:
            yield _question(shown, item)
        if table:
            yield {"type": "end_group", "name": f"{run[0].id}_table"}


def _question(shown: Questionnaire, item: Item) -> dict[str, str]:
    if item.assigns:
        draw = f"once(int(random() * {len(shown.options(item))}) + 1)"
        return {"type": "calculate", "name": item.id, "calculation": draw}
    kind = _TYPES.get(item.kind) or f"{'select_multiple' if item.kind == 'multiple_choice' else 'select_one'}"
    row = {
        "type": kind if item.scale_id is None else f"{kind} {item.scale_id}",
        "name": item.id,
        **_labels({language: _literal(shown.text(item, language)) for language in shown.languages}),
        "relevant": rule_text(parse_condition(item.show_if), _dialect(shown)) if item.show_if else "",
        "required": "yes" if item in shown.gates else "",
        "coprod_construct": item.construct_id or "",
        "coprod_reverse": "yes" if item.reverse else "",
    }
    if item.kind == "slider":
        ends = zip((item.minimum, item.maximum), _SLIDER_ENDS, strict=True)
        low, high = (end if own is None else own for own, end in ends)
        row["parameters"] = f"start={low:g} end={high:g} step=1"
    elif item.kind == "number":
        bounds = [(">=", item.minimum), ("<=", item.maximum)]
        row["constraint"] = " and ".join(f". {sign} {value:g}" for sign, value in bounds if value is not None)
    return row


def _choices(shown: Questionnaire) -> Iterator[dict[str, str]]:
    done: set[str] = set()
    for item in shown.items:
        if item.scale_id is None or item.scale_id in done:
            continue
        done.add(item.scale_id)
        labels = {language: dict(shown.options(item, language)) for language in shown.languages}
        for code, _ in shown.options(item):
            texts = {language: _literal(labels[language][code]) for language in shown.languages}
            yield {"list_name": item.scale_id, "name": str(code), **_labels(texts)}


def _literal(text: str) -> str:
    """Break up ``${``, which the platform would take for the answer to a question."""
    return text.replace("${", "$ {")


def _dialect(shown: Questionnaire) -> Dialect:
    kinds = {one.id: one.kind for one in shown.items}

    def compare(name: str, op: str, number: str) -> str:
        if kinds.get(name) == "multiple_choice" and op in {"==", "!="}:
            ticked = f"selected(${{{name}}}, '{number}')"
            return ticked if op == "==" else f"not({ticked})"
        return f"${{{name}}} {_OPERATORS.get(op, op)} {number}"

    return Dialect(compare, negate=lambda part: f"not({part})")


def _workbook(sheets: dict[str, list[dict[str, str]]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        columns = list(dict.fromkeys(column for row in rows for column in row)) or ["list_name", "name"]
        sheet.append(columns)
        for number, row in enumerate(rows, start=2):
            for position, column in enumerate(columns, start=1):
                if value := row.get(column):
                    cell = sheet.cell(number, position, value)
                    # Text stays text, also where it begins like a formula.
                    cell.data_type = "s"
                    cell.quotePrefix = value[0] in "=+-@"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
