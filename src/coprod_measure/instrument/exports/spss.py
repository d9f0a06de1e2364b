"""SPSS template: an empty ``.sav`` whose variables carry wording, answer labels and missing values."""

from __future__ import annotations

import tempfile
from pathlib import Path

from coprod_measure.instrument.definition import Item
from coprod_measure.instrument.exports.questionnaire import (
    Export,
    Questionnaire,
    bound_remarks,
    planned_remarks,
    rule_remarks,
)
from coprod_measure.instrument.name_map import Named, unique_names

LONGEST_NAME = 64
LONGEST_VARIABLE_LABEL = 256
LONGEST_VALUE_LABEL = 120
RESERVED = ("all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with")


def export(shown: Questionnaire) -> Export:
    """Write an SPSS template.

    ``shown``: what to write; of several languages the first. Returns ``<name>.sav`` without cases.
    """
    asked = [item for item in shown.items if item.kind != "display"]
    names = unique_names([item.id for item in asked], str, LONGEST_NAME - 8, RESERVED)
    named = {item.id: _named(shown, item, names[item.id]) for item in asked}
    name_map = shown.name_map("spss", named)
    return Export({f"{shown.name}.sav": _sav(shown, asked, named)}, name_map, tuple(_remarks(shown, asked)))


def _named(shown: Questionnaire, item: Item, name: str) -> Named:
    if item.kind != "multiple_choice":
        return Named(name, name)
    return Named(
        name, name, {str(code): f"{name}_{str(code).replace('-', 'm')}" for code, _ in shown.options(item)}
    )


def _remarks(shown: Questionnaire, asked: list[Item]) -> list[str]:
    remarks = [
        *shown.incomplete,
        *planned_remarks(shown, randomizes=False, versions=False),
        *rule_remarks(shown),
        *bound_remarks(shown),
    ]
    if len(shown.languages) > 1:
        remarks.append(f"languages {', '.join(shown.languages[1:])}: export them one by one")
    texts = [item.id for item in shown.items if item.kind == "display"]
    if texts:
        remarks.append(f"texts that are not questions: {', '.join(texts)}")
    for item in asked:
        if _cut(shown.text(item), LONGEST_VARIABLE_LABEL) != shown.text(item):
            remarks.append(f"wording of {item.id}: cut at {LONGEST_VARIABLE_LABEL} bytes")
        for code, label in shown.options(item):
            if _cut(label, LONGEST_VALUE_LABEL) != label:
                remarks.append(f"answer {code} of {item.id}: cut at {LONGEST_VALUE_LABEL} bytes")
    return remarks


def _sav(shown: Questionnaire, asked: list[Item], named: dict[str, Named]) -> bytes:
    import pandas as pd
    import pyreadstat

    labels: dict[str, str] = {}
    values: dict[str, dict[int, str]] = {}
    missing: dict[str, list[float]] = {}
    measure: dict[str, str] = {}
    columns: dict[str, pd.Series] = {}
    for item in asked:
        scale = shown.instrument.scales.get(item.scale_id or "")
        for column, label, answers in _variables(shown, item, named[item.id]):
            labels[column] = _cut(label, LONGEST_VARIABLE_LABEL)
            columns[column] = pd.Series([], dtype="object" if item.kind == "text" else "float64")
            measure[column] = _measure(item, ordered=scale is None or scale.ordered)
            if answers:
                values[column] = {code: _cut(text, LONGEST_VALUE_LABEL) for code, text in answers}
            if scale is not None and scale.not_applicable is not None and item.kind != "multiple_choice":
                missing[column] = [scale.not_applicable]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.sav"
        pyreadstat.write_sav(
            pd.DataFrame(columns),
            str(path),
            file_label=_cut(shown.heading(), 60),
            column_labels=labels,
            variable_value_labels=values,
            missing_ranges=missing,
            variable_measure=measure,
        )
        return path.read_bytes()


def _variables(
    shown: Questionnaire, item: Item, named: Named
) -> list[tuple[str, str, tuple[tuple[int, str], ...]]]:
    """Name, label and answers of each variable; a multiple choice has one for each option."""
    if item.kind != "multiple_choice":
        return [(named.column, shown.text(item), shown.options(item))]
    ticked = ((0, "no"), (1, "yes"))
    labels = dict(shown.options(item))
    return [
        (named.option_columns[str(code)], f"{labels[code]}: {shown.text(item)}", ticked) for code in labels
    ]


def _measure(item: Item, *, ordered: bool) -> str:
    if item.kind in {"number", "slider"}:
        return "scale"
    return "ordinal" if ordered and item.kind == "scale" else "nominal"


def _cut(text: str, longest: int) -> str:
    """Cut at whole letters: a byte more would be dropped by the format without a word."""
    return text.encode()[:longest].decode(errors="ignore")
