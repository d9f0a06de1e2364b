"""Qualtrics Advanced Format TXT: one file a language.

A matrix returns columns ``tag_1, tag_2``; with one question an item the column is the item id, so that is the
default.
"""

from __future__ import annotations

import re
from typing import Literal

from coprod_measure.instrument.definition import Item
from coprod_measure.instrument.exports.questionnaire import (
    Export,
    Questionnaire,
    assignment_remarks,
    bound_remarks,
    gate_remarks,
    planned_remarks,
    rule_remarks,
)
from coprod_measure.instrument.name_map import Named

Layout = Literal["single", "matrix"]
_COMMAND = re.compile(r"\[\[")
_TYPES = {
    "scale": "MC:SingleAnswer:Horizontal",
    "single_choice": "MC:SingleAnswer:Vertical",
    "multiple_choice": "MC:MultipleAnswer:Vertical",
    "number": "TE:SingleLine",
    "slider": "TE:SingleLine",
    "text": "TE:Essay",
    "display": "DB",
}


def export(shown: Questionnaire, layout: Layout = "single") -> Export:
    """Write a questionnaire for Qualtrics.

    ``layout``: one question an item, or one table for neighbours on the same scale. Returns
    ``<name>_<language>.txt``, UTF-8 without byte order mark.
    """
    files = {f"{shown.name}_{lang}.txt": _file(shown, layout, lang).encode() for lang in shown.languages}
    extra = [f"languages {', '.join(shown.languages)}: one file each, join them on the platform"]
    sliders = [f"slider {item.id}: a text field" for item in shown.items if item.kind == "slider"]
    remarks = [
        *shown.incomplete,
        *(extra if len(shown.languages) > 1 else []),
        *planned_remarks(shown, randomizes=False, versions=False),
        *rule_remarks(shown),
        *gate_remarks(shown),
        *bound_remarks(shown),
        *assignment_remarks(
            shown, "Survey flow, Randomizer, one Embedded Data of this name an option, before the first block"
        ),
        *sliders,
    ]
    return Export(files, shown.name_map("qualtrics", _names(shown, layout)), tuple(remarks))


def _names(shown: Questionnaire, layout: Layout) -> dict[str, Named]:
    found: dict[str, Named] = {}
    for block in shown.form.blocks:
        for run in shown.runs(block):
            matrix = layout == "matrix" and _is_matrix(run)
            for row, item in enumerate(run, start=1):
                code = _tag(run) if matrix else item.id
                column = f"{code}_{row}" if matrix else item.id
                ticked = {}
                if item.kind == "multiple_choice":
                    ticked = {str(option): f"{item.id}_{option}" for option, _ in shown.options(item)}
                found[item.id] = Named(code, column, ticked)
    return found


def _is_matrix(run: tuple[Item, ...]) -> bool:
    return len(run) > 1


def _tag(run: tuple[Item, ...]) -> str:
    """Tag of a table: from its first item, so that no two tables share it."""
    return f"{run[0].id}_table"


def _file(shown: Questionnaire, layout: Layout, language: str) -> str:
    lines = ["[[AdvancedFormat]]", ""]
    for number, block in enumerate(shown.form.blocks):
        lines += ["[[PageBreak]]", ""] * bool(number) + [f"[[Block:{block.id}]]", ""]
        title = shown.title(block, language)
        runs = shown.runs(block)
        if layout == "single" or not any(map(_is_matrix, runs)):
            lines += _question("DB", f"{block.id}_title", title) if title else []
        for run in runs:
            if layout == "matrix" and _is_matrix(run):
                lines += _matrix(shown, run, title, language)
            else:
                for item in run:
                    lines += [] if item.assigns else _single(shown, item, language)
    return "\n".join(lines)


def _question(kind: str, tag: str, text: str) -> list[str]:
    return [f"[[Question:{kind}]]", f"[[ID:{tag}]]", _escape(text), ""]


def _single(shown: Questionnaire, item: Item, language: str) -> list[str]:
    lines = _question(_TYPES[item.kind], item.id, shown.text(item, language))
    choices = shown.options(item, language)
    if not choices:
        return lines
    lines[-1] = "[[AdvancedChoices]]"
    for code, label in choices:
        lines += [f"[[Choice:{code}]]", _escape(label)]
    return [*lines, ""]


def _matrix(shown: Questionnaire, run: tuple[Item, ...], title: str, language: str) -> list[str]:
    lines = _question("Matrix", _tag(run), title or "-")
    lines[-1] = "[[AdvancedChoices]]"
    for row, item in enumerate(run, start=1):
        lines += [f"[[Choice:{row}]]", _escape(shown.text(item, language))]
    lines.append("[[AdvancedAnswers]]")
    for code, label in shown.options(run[0], language):
        lines += [f"[[Answer:{code}]]", _escape(label)]
    return [*lines, ""]


def _escape(text: str) -> str:
    """Text goes in as HTML would show it, and can never open a command."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _COMMAND.sub("&#91;&#91;", safe)
