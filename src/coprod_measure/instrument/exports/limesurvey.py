"""LimeSurvey tab-separated survey: one file, every language in it.

Neighbours on the same scale become an array (type F) whose columns in the data are ``CODE[m1]``; codes are
letters and digits only, so ``names.json`` says which item each one is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coprod_measure.instrument.conditions import parse_condition
from coprod_measure.instrument.definition import Block, Item
from coprod_measure.instrument.exports.questionnaire import (
    Export,
    Questionnaire,
    gate_rule,
    gates_before,
    planned_remarks,
    shuffle_remarks,
)
from coprod_measure.instrument.exports.rule_text import Dialect, rule_text
from coprod_measure.instrument.exports.web_text import web_text
from coprod_measure.instrument.name_map import Named, alphanumeric, unique_names
from coprod_measure.output_files import csv_text

LONGEST_CODE = 20
RESERVED = ("LANG", "SID", "SAVEDID", "TOKEN", "QID", "GID", "SGQ", "self", "that", "this", "time")
COLUMNS = (
    *("id", "related_id", "class", "type/scale", "name", "relevance", "text", "help", "language"),
    *("validation", "mandatory", "other", "default", "same_default"),
    *("random_order", "random_group", "min_num_value_n", "max_num_value_n", "hidden"),
)
_TYPES = {
    "scale": "F",
    "single_choice": "L",
    "multiple_choice": "M",
    "number": "N",
    "slider": "N",
    "text": "T",
    "display": "X",
}


@dataclass(frozen=True, slots=True)
class _Codes:
    """Codes of tables and items, of answers, and how rules name them."""

    tables: dict[str, str]
    items: dict[str, str]
    answers: dict[int, str]

    def dialect(self, shown: Questionnaire) -> Dialect:
        kinds = {item.id: item.kind for item in shown.items}

        def compare(item: str, op: str, number: str) -> str:
            code = self.items.get(item, item)
            if kinds.get(item) == "multiple_choice" and op in {"==", "!="}:
                ticked = f'({code}_o{number.replace("-", "m")}.NAOK == "Y")'
                return ticked if op == "==" else f"!{ticked}"
            name = f"{self.tables[item]}_{code}" if item in self.tables else code
            answer = self.answers.get(int(float(number)), number)
            value = answer if answer.lstrip("-").replace(".", "", 1).isdigit() else f'"{answer}"'
            return f"({name}.NAOK {op} {value})"

        return Dialect(compare, negate=lambda part: f"!({part})")


def export(shown: Questionnaire) -> Export:
    """Write a questionnaire for LimeSurvey. Returns ``<name>.txt``, UTF-8 with byte order mark."""
    codes = _codes(shown)
    cells = [[row.get(name, "") for name in COLUMNS] for row in _rows(shown, codes)]
    lines = csv_text([COLUMNS, *cells], delimiter="\t", lineterminator="\r\n", defused=False)
    names = {item.id: _named(shown, item, codes) for item in shown.items}
    name_map = shown.name_map("limesurvey", names)
    remarks = [*shown.incomplete, *planned_remarks(shown, randomizes=True, versions=False)]
    remarks += shuffle_remarks(shown)
    remarks += [f"slider {item.id}: a number field" for item in shown.items if item.kind == "slider"]
    return Export({f"{shown.name}.txt": b"\xef\xbb\xbf" + lines.encode()}, name_map, tuple(remarks))


def _codes(shown: Questionnaire) -> _Codes:
    runs = [run for block in shown.form.blocks for run in shown.runs(block)]
    first = {f"{run[0].id} table": run for run in runs if run[0].kind == "scale"}
    items = unique_names([item.id for item in shown.items], alphanumeric, LONGEST_CODE, RESERVED)
    tables = unique_names(
        first, lambda name: f"{alphanumeric(name)[:14]}", LONGEST_CODE, [*RESERVED, *items.values()]
    )
    answers = {code: _answer_code(code) for item in shown.items for code, _ in shown.options(item)}
    return _Codes({item.id: tables[name] for name, run in first.items() for item in run}, items, answers)


def _answer_code(code: int) -> str:
    """Answer codes are letters and digits, so a negative code gets an m for its minus."""
    return str(code) if code >= 0 else f"m{-code}"


def _named(shown: Questionnaire, item: Item, codes: _Codes) -> Named:
    code = codes.items[item.id]
    column = f"{codes.tables[item.id]}[{code}]" if item.id in codes.tables else code
    options = shown.options(item)
    if item.kind == "multiple_choice":
        return Named(code, code, {str(one): f"{code}[o{codes.answers[one]}]" for one, _ in options})
    values = {codes.answers[one]: one for one, _ in options if codes.answers[one] != str(one)}
    return Named(code, column, values=values)


def _rows(shown: Questionnaire, codes: _Codes) -> Iterator[dict[str, str]]:
    yield {"class": "S", "name": "language", "text": shown.language}
    if len(shown.languages) > 1:
        yield {"class": "S", "name": "additional_languages", "text": " ".join(shown.languages[1:])}
    yield {"class": "S", "name": "format", "text": "G"}
    for language in shown.languages:
        title = web_text(shown.heading(language))
        yield {"class": "SL", "name": "surveyls_title", "text": title, "language": language}
    for language in shown.languages:
        for number, block in enumerate(shown.form.blocks, start=1):
            yield from _block_rows(shown, codes, block, number, language)


def _block_rows(
    shown: Questionnaire, codes: _Codes, block: Block, number: int, language: str
) -> Iterator[dict[str, str]]:
    title = web_text(shown.title(block, language))
    name = title or block.id
    gates = gates_before(shown, block)
    yield {
        "class": "G",
        "type/scale": str(number),
        "name": name,
        "relevance": rule_text(gate_rule(gates), codes.dialect(shown)) if gates else "1",
        "language": language,
        "random_group": "blocks" if block.id in shown.form.randomize_blocks else "",
    }
    for run in shown.runs(block):
        shuffle = "1" if block.randomize and len(run) > 1 else ""
        if run[0].id in codes.tables:
            yield from _table_rows(shown, codes, run, title, language, shuffle)
        else:
            yield from _question_rows(shown, codes, run[0], language)


def _table_rows(
    shown: Questionnaire, codes: _Codes, run: tuple[Item, ...], title: str, language: str, shuffle: str
) -> Iterator[dict[str, str]]:
    yield {
        "class": "Q",
        "type/scale": "F",
        "name": codes.tables[run[0].id],
        "relevance": "1",
        "text": title,
        "language": language,
        "mandatory": "N",
        "other": "N",
        "random_order": shuffle,
    }
    for item in run:
        yield {
            "class": "SQ",
            "type/scale": "0",
            "name": codes.items[item.id],
            "relevance": _relevance(shown, codes, item),
            "text": web_text(shown.text(item, language)),
            "language": language,
        }
    yield from _answer_rows(shown, codes, run[0], language)


def _question_rows(
    shown: Questionnaire, codes: _Codes, item: Item, language: str
) -> Iterator[dict[str, str]]:
    if item.assigns:
        yield _assignment(codes.items[item.id], len(shown.options(item)), language)
        return
    bounds = {"min_num_value_n": item.minimum, "max_num_value_n": item.maximum}
    yield {
        "class": "Q",
        "type/scale": _TYPES[item.kind],
        "name": codes.items[item.id],
        "relevance": _relevance(shown, codes, item),
        "text": web_text(shown.text(item, language)),
        "language": language,
        "mandatory": "Y" if item in shown.gates else "N",
        "other": "N",
        **{key: f"{value:g}" for key, value in bounds.items() if value is not None},
    }
    if item.kind == "multiple_choice":
        for code, label in shown.options(item, language):
            name = f"o{codes.answers[code]}"
            yield {
                "class": "SQ",
                "type/scale": "0",
                "name": name,
                "text": web_text(label),
                "language": language,
            }
    else:
        yield from _answer_rows(shown, codes, item, language)


def _assignment(code: str, options: int, language: str) -> dict[str, str]:
    """Draw an arm once: the platform computes an equation anew on every page."""
    return {
        "class": "Q",
        "type/scale": "*",
        "name": code,
        "relevance": "1",
        "text": f"{{if(is_empty({code}.NAOK), rand(1, {options}), {code}.NAOK)}}",
        "language": language,
        "mandatory": "N",
        "other": "N",
        "hidden": "1",
    }


def _answer_rows(shown: Questionnaire, codes: _Codes, item: Item, language: str) -> Iterator[dict[str, str]]:
    for code, label in shown.options(item, language):
        yield {
            "class": "A",
            "type/scale": "0",
            "name": codes.answers[code],
            "text": web_text(label),
            "language": language,
        }


def _relevance(shown: Questionnaire, codes: _Codes, item: Item) -> str:
    return rule_text(parse_condition(item.show_if), codes.dialect(shown)) if item.show_if else "1"
