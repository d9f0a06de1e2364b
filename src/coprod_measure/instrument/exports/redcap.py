"""REDCap instrument ZIP: one ``instrument.csv`` with the 18 columns of a data dictionary.

An instrument ZIP adds a form to a project; uploading a dictionary would replace the project.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from itertools import chain

from coprod_measure.instrument.conditions import parse_condition
from coprod_measure.instrument.definition import Block, Item
from coprod_measure.instrument.exports.questionnaire import (
    Export,
    Questionnaire,
    assignment_remarks,
    gate_remarks,
    planned_remarks,
)
from coprod_measure.instrument.exports.rule_text import Dialect, rule_text
from coprod_measure.instrument.exports.web_text import web_text
from coprod_measure.instrument.name_map import Named, lowercase, unique_names
from coprod_measure.output_files import csv_text

LONGEST_NAME = 26
COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
_TYPES = {
    "scale": "radio",
    "single_choice": "radio",
    "multiple_choice": "checkbox",
    "number": "text",
    "slider": "slider",
    "text": "notes",
    "display": "descriptive",
}
_OPERATORS = {"==": "=", "!=": "<>"}
# A ZIP without the hour of its making: the same instrument gives the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def export(shown: Questionnaire) -> Export:
    """Write a questionnaire for REDCap.

    ``shown``: what to write; of several languages the first. Returns ``<name>.zip`` with ``instrument.csv``.
    """
    names = unique_names([item.id for item in shown.items], lowercase, LONGEST_NAME, ["record_id"])
    matrices = _matrices(shown, names)
    rows = (_block_rows(shown, block, names, matrices) for block in shown.form.blocks)
    cells = ([row.get(name, "") for name in COLUMNS] for row in chain.from_iterable(rows))
    text = csv_text(chain([COLUMNS], cells), defused=False)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("instrument.csv", _EPOCH), text)
    name_map = shown.name_map(
        "redcap", {item.id: _named(shown, item, names[item.id]) for item in shown.items}
    )
    return Export({f"{shown.name}.zip": content.getvalue()}, name_map, tuple(_remarks(shown)))


def _remarks(shown: Questionnaire) -> list[str]:
    remarks = [
        *shown.incomplete,
        *planned_remarks(shown, randomizes=False, versions=False),
        *gate_remarks(shown),
        *assignment_remarks(shown, "name the field in the randomization module"),
    ]
    if len(shown.languages) > 1:
        others = ", ".join(shown.languages[1:])
        remarks.append(f"languages {others}: a dictionary holds one, add them in Multi-Language Management")
    barred = [item.id for item in shown.items if any("|" in label for _, label in shown.options(item))]
    return [*remarks, *(f"the sign | in the answers to {id_}: written as /" for id_ in barred)]


def _named(shown: Questionnaire, item: Item, name: str) -> Named:
    if item.kind != "multiple_choice":
        return Named(name, name)
    ticked = {str(code): f"{name}___{str(code).replace('-', '_')}" for code, _ in shown.options(item)}
    return Named(name, name, ticked)


def _matrices(shown: Questionnaire, names: dict[str, str]) -> dict[str, str]:
    """Item to the name of the matrix it stands in: its own among matrices and fields alike."""
    runs = [run for block in shown.form.blocks for run in shown.runs(block) if len(run) > 1]
    found = unique_names(
        [run[0].id for run in runs],
        lambda id_: f"{names[id_][: LONGEST_NAME - 2]}_m",
        LONGEST_NAME,
        names.values(),
    )
    return {item.id: found[run[0].id] for run in runs for item in run}


def _block_rows(
    shown: Questionnaire, block: Block, names: dict[str, str], matrices: dict[str, str]
) -> Iterator[dict[str, str]]:
    header = web_text(shown.title(block))
    for run in shown.runs(block):
        matrix = matrices.get(run[0].id, "")
        for item in run:
            # A matrix of its own kind needs its own header, or REDCap joins it to the one before.
            yield _row(shown, item, names, header or ("<br>" if matrix and item is run[0] else ""), matrix)
            header = ""


def _row(shown: Questionnaire, item: Item, names: dict[str, str], header: str, matrix: str) -> dict[str, str]:
    row = {
        "Variable / Field Name": names[item.id],
        "Form Name": lowercase(shown.name),
        "Section Header": header,
        "Field Type": _TYPES[item.kind],
        "Field Label": web_text(shown.text(item)),
        "Choices, Calculations, OR Slider Labels": _choices(shown, item),
        "Branching Logic (Show field only if...)": _rule(shown, item, names),
        "Required Field?": "y" if item in shown.gates else "",
        "Matrix Group Name": matrix,
        "Field Annotation": _annotation(item),
    }
    if item.kind in {"number", "slider"}:
        row["Text Validation Type OR Show Slider Number"] = "number"
        row["Text Validation Min"] = "" if item.minimum is None else f"{item.minimum:g}"
        row["Text Validation Max"] = "" if item.maximum is None else f"{item.maximum:g}"
    return row


def _choices(shown: Questionnaire, item: Item) -> str:
    return " | ".join(f"{code}, {web_text(label.replace('|', '/'))}" for code, label in shown.options(item))


def _annotation(item: Item) -> str:
    """How the item is keyed, as free text; only an arm that is drawn has an action tag, which hides it."""
    if item.assigns:
        return "@HIDDEN-SURVEY"
    parts = [f"construct={item.construct_id}"] * bool(item.construct_id) + ["reverse"] * item.reverse
    return f"coprod: {' '.join(parts)}" if parts else ""


def _rule(shown: Questionnaire, item: Item, names: dict[str, str]) -> str:
    if not item.show_if:
        return ""
    kinds = {one.id: one.kind for one in shown.items}

    def compare(name: str, op: str, number: str) -> str:
        field = names.get(name, lowercase(name))
        if kinds.get(name) == "multiple_choice" and op in {"==", "!="}:
            return f"([{field}({number})] = '{1 if op == '==' else 0}')"
        return f"([{field}] {_OPERATORS.get(op, op)} '{number}')"

    return rule_text(parse_condition(item.show_if), Dialect(compare, negate=lambda part: f"!({part})"))
