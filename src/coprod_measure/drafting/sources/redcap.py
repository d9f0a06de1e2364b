"""REDCap: the data dictionary CSV, or an instrument ZIP with one ``instrument.csv``."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

from coprod_measure.drafting.question import Choice, Found, Question, plain_text
from coprod_measure.drafting.rules import compare
from coprod_measure.instrument.definition import Kind

_NAMES = {
    "Variable / Field Name": "field_name",
    "Form Name": "form_name",
    "Section Header": "section_header",
    "Field Type": "field_type",
    "Field Label": "field_label",
    "Choices, Calculations, OR Slider Labels": "select_choices_or_calculations",
    "Text Validation Type OR Show Slider Number": "text_validation_type_or_show_slider_number",
    "Text Validation Min": "text_validation_min",
    "Text Validation Max": "text_validation_max",
    "Branching Logic (Show field only if...)": "branching_logic",
    "Matrix Group Name": "matrix_group_name",
    "Field Annotation": "field_annotation",
}
_FIXED = {"yesno": (("1", "Yes"), ("0", "No")), "truefalse": (("1", "True"), ("0", "False"))}
_NUMBERS = {"integer", "number"}
_COMPARISON = re.compile(
    r"""\[(\w+)(?:\((-?\w+)\))?\]\s*(=|<>|!=|<=|>=|<|>)\s*(?:'([^']*)'|"([^"]*)"|(-?\d+(?:\.\d+)?))"""
)
_OPERATORS = {"=": "==", "<>": "!="}
_KEYING = re.compile(r"coprod:\s*(?:construct=(\w+))?\s*(reverse)?")
_MOST_BYTES = 1 << 26


def recognise(path: Path, start: bytes) -> bool:
    """Whether the file is a data dictionary, alone or in an instrument ZIP."""
    if path.suffix.lower() == ".zip":
        try:
            with zipfile.ZipFile(path) as archive:
                return "instrument.csv" in archive.namelist()
        except (zipfile.BadZipFile, OSError):
            return False
    head = start.lstrip(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    return b"Variable / Field Name" in head or (b"field_name" in head and b"field_type" in head)


def read(path: Path) -> Found:
    """Read fields, choices, matrices and branching logic; names as the dictionary or the API gives them."""
    text = _text(path)
    lines = csv.DictReader(io.StringIO(text, newline=""))
    rows = [{_NAMES.get(key, key): value or "" for key, value in row.items() if key} for row in lines]
    notes: list[str] = []
    questions: list[Question] = []
    tables: dict[str, dict[str, str]] = {}
    blocks: dict[str, dict[str, str]] = {}
    block = ""
    for number, row in enumerate(rows):
        heading = plain_text(row.get("section_header", ""))
        if heading or not block or row.get("form_name") != rows[number - 1].get("form_name"):
            block = f"{row.get('form_name') or 'form'}_{len(blocks) + 1}"
            blocks[block] = {"en": heading} if heading else {}
        if table := row.get("matrix_group_name", ""):
            tables.setdefault(table, {"en": heading} if heading else {})
        if number == 0 and row["field_type"] == "text" and row["field_name"].endswith("_id"):
            continue
        if one := _question(row, block, notes):
            questions.append(one)
    return Found(
        "redcap", path.stem, ("en",), tuple(questions), blocks=blocks, tables=tables, notes=tuple(notes)
    )


def _text(path: Path) -> str:
    if path.suffix.lower() != ".zip":
        return path.read_text(encoding="utf-8-sig")
    with zipfile.ZipFile(path) as archive, archive.open("instrument.csv") as file:
        return file.read(_MOST_BYTES).decode("utf-8-sig")


def _question(row: dict[str, str], block: str, notes: list[str]) -> Question | None:
    name, kind = row["field_name"], row["field_type"]
    stated = row.get("select_choices_or_calculations", "")
    options = _FIXED.get(kind) or tuple(_options(stated) if kind in {"radio", "dropdown", "checkbox"} else ())
    choices = tuple(Choice(stored, {"en": plain_text(label)}) for stored, label in options)
    validation = row.get("text_validation_type_or_show_slider_number", "")
    kinds: dict[str, Kind] = {
        "slider": "slider",
        "notes": "text",
        "descriptive": "display",
        "text": "number" if validation in _NUMBERS else "text",
        "checkbox": "multiple_choice",
        "radio": "single_choice",
        "dropdown": "single_choice",
        "yesno": "single_choice",
        "truefalse": "single_choice",
    }
    if kind not in kinds:
        notes.append(f"{name}: a field of the type {kind}")
        return None
    rule = _rule(row.get("branching_logic", ""))
    keying = _KEYING.match(row.get("field_annotation", ""))
    numeric = kinds[kind] in {"number", "slider"}
    return Question(
        name=name,
        column=name,
        texts={"en": plain_text(row.get("field_label", ""))},
        kind=kinds[kind],
        choices=choices,
        ticked={one.stored: f"{name}___{one.stored.replace('-', '_')}" for one in choices}
        if kind == "checkbox"
        else {},
        table=row.get("matrix_group_name", ""),
        block=block,
        rule=rule,
        minimum=_bound(row.get("text_validation_min", "")) if numeric else None,
        maximum=_bound(row.get("text_validation_max", "")) if numeric else None,
        construct=(keying[1] or "") if keying else "",
        reverse=bool(keying and keying[2]),
    )


def _options(stated: str) -> list[tuple[str, str]]:
    parted = [part.partition(",") for part in stated.split("|") if part.strip()]
    return [(code.strip(), label.strip()) for code, _, label in parted]


def _rule(logic: str) -> str:
    def said(found: re.Match[str]) -> str:
        name, option, op = found[1], found[2], _OPERATORS.get(found[3], found[3])
        value = next(one for one in (found[4], found[5], found[6]) if one is not None)
        if option is None:
            return compare(name, op, value)
        return compare(name, "==" if (value == "1") == (op == "==") else "!=", option)

    return re.sub(r"!(?=\s*\()", " not ", _COMPARISON.sub(said, logic))


def _bound(text: str) -> float | None:
    return float(text) if text.strip().lstrip("-").replace(".", "", 1).isdigit() else None
