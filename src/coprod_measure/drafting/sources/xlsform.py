"""XLSForm (ODK, KoboToolbox): a workbook with the sheets ``survey``, ``choices`` and ``settings``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from coprod_measure.codes_as_text import code_as_text
from coprod_measure.drafting.question import Choice, Found, Question, one_line, plain_text
from coprod_measure.drafting.rules import compare
from coprod_measure.instrument.definition import Kind
from coprod_measure.responses.imports.workbook import checked_archive

_LABEL = re.compile(r"^label(?:::?\s*(.*))?$", re.IGNORECASE)
_CODE = re.compile(r"\(([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\)\s*$")
_KINDS: Mapping[str, Kind] = {
    "integer": "number",
    "decimal": "number",
    "range": "slider",
    "text": "text",
    "note": "display",
}
_PARADATA = {"start", "end", "today", "deviceid", "audit", "username", "phonenumber", "calculate", "hidden"}
_TICKED = re.compile(r"selected\(\s*\$\{(\w+)\}\s*,\s*['\"]([^'\"]*)['\"]\s*\)")
_COMPARISON = re.compile(r"""\$\{(\w+)\}\s*(=|!=|<=|>=|<|>)\s*(?:'([^']*)'|"([^"]*)"|(-?\d+(?:\.\d+)?))""")
_BOUND = re.compile(r"\.\s*(>=|<=)\s*(-?\d+(?:\.\d+)?)")
_MOST_ROWS = 20_000


def recognise(path: Path, start: bytes) -> bool:
    """Whether a workbook has the sheets of a form."""
    if path.suffix.lower() not in {".xlsx", ".xlsm"}:
        return False
    from openpyxl import load_workbook

    checked_archive(path)
    try:
        book = load_workbook(BytesIO(path.read_bytes()), read_only=True, data_only=True)
    except Exception:  # openpyxl lets KeyError, ValueError, zlib and XML errors through
        return False
    names = {name.lower() for name in book.sheetnames}
    book.close()
    return "survey" in names and ({"choices", "settings"} & names != set())


def read(path: Path) -> Found:
    """Read questions, choices, groups, translations, bounds and simple rules of relevance."""
    sheets = _sheets(path)
    settings = (sheets.get("settings") or [{}])[0]
    survey, languages = sheets["survey"], _languages(sheets["survey"], settings)
    lists: dict[str, list[Choice]] = defaultdict(list)
    for row in sheets.get("choices", []):
        stored = row.get("name") or row.get("value") or ""
        lists[row.get("list_name") or row.get("list name") or ""].append(
            Choice(stored, _labels(row, languages))
        )
    notes: list[str] = []
    questions: list[Question] = []
    blocks: dict[str, dict[str, str]] = {}
    tables: dict[str, dict[str, str]] = {}
    open_: list[tuple[str, bool]] = []
    for row in survey:
        type_, _, argument = one_line(row.get("type", "")).partition(" ")
        if (type_, argument) == ("begin", "repeat") or type_ == "begin_repeat":
            notes.append(f"{row.get('name', '')}: a repeat, read as if it were asked once")
        if type_ in {"begin_group", "begin", "begin_repeat"}:
            table = "table-list" in row.get("appearance", "")
            open_.append((row.get("name", ""), table))
            (tables if table else blocks)[row.get("name", "")] = _labels(row, languages)
        elif type_ in {"end_group", "end", "end_repeat"} and (argument or type_ != "end"):
            if open_:
                open_.pop()
        elif type_ and type_ not in _PARADATA:
            place = _place(open_)
            if one := _question(row, type_, argument, lists, languages, place, notes):
                questions.append(one)
    title = settings.get("form_title") or path.stem
    return Found(
        platform="kobo",
        title=title,
        languages=tuple(languages),
        questions=tuple(questions),
        blocks=blocks,
        tables=tables,
        notes=tuple(notes),
    )


def _place(open_: list[tuple[str, bool]]) -> tuple[str, str]:
    """Block and table that are open: the outermost group, the innermost table."""
    block = next((name for name, table in open_ if not table), "")
    return block, next((name for name, table in reversed(open_) if table), "")


def _question(
    row: Mapping[str, str],
    type_: str,
    argument: str,
    lists: Mapping[str, list[Choice]],
    languages: Mapping[str, str],
    place: tuple[str, str],
    notes: list[str],
) -> Question | None:
    name = row.get("name", "")
    select = type_ in {"select_one", "select_multiple"}
    if not select and type_ not in _KINDS:
        notes.append(f"{name}: a question of the type {type_}")
        return None
    kind: Kind = "multiple_choice" if type_ == "select_multiple" else _KINDS.get(type_, "single_choice")
    choices = tuple(lists.get(argument.split(" ")[0], ())) if select else ()
    rule = _rule(row.get("relevant", ""))
    bounds = dict(_BOUND.findall(row.get("constraint", "")))
    slider = dict(part.split("=", 1) for part in row.get("parameters", "").split() if "=" in part)
    low, high = bounds.get(">=", slider.get("start")), bounds.get("<=", slider.get("end"))
    return Question(
        name=name,
        column=name,
        texts=_labels(row, languages),
        kind=kind,
        choices=choices,
        ticked={one.stored: f"{name}/{one.stored}" for one in choices} if kind == "multiple_choice" else {},
        block=place[0],
        table=place[1],
        rule=rule,
        minimum=float(low) if low is not None and not select else None,
        maximum=float(high) if high is not None and not select else None,
        construct=row.get("coprod_construct", ""),
        reverse=row.get("coprod_reverse", "") == "yes",
    )


def _sheets(path: Path) -> dict[str, list[dict[str, str]]]:
    try:
        return _read_sheets(path)
    except Exception as error:  # as above
        raise ValueError("a damaged workbook") from error


def _read_sheets(path: Path) -> dict[str, list[dict[str, str]]]:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(path.read_bytes()), read_only=True, data_only=True)
    found = {}
    for sheet in book.worksheets:
        rows = sheet.iter_rows(values_only=True, max_row=_MOST_ROWS)
        header = [str(cell or "").strip() for cell in next(rows, ())]
        found[sheet.title.lower()] = [
            {
                name: code_as_text(cell)
                for name, cell in zip(header, row, strict=False)
                if name and cell is not None
            }
            for row in rows
            if any(cell is not None for cell in row)
        ]
    book.close()
    return found


def _languages(survey: list[dict[str, str]], settings: Mapping[str, str]) -> dict[str, str]:
    """Language code to the heading of its labels; plain labels count as the default language."""
    found: dict[str, str] = {}
    default = settings.get("default_language", "")
    for heading in dict.fromkeys(name for row in survey for name in row):
        if label := _LABEL.match(heading):
            named = label[1] or default or "en"
            code = _CODE.search(named)
            found.setdefault((code[1] if code else named[:2]).lower(), heading)
    chosen = _CODE.search(default)
    first = chosen[1].lower() if chosen else next(iter(found), "en")
    return dict(sorted(found.items(), key=lambda pair: pair[0] != first)) or {"en": "label"}


def _labels(row: Mapping[str, str], languages: Mapping[str, str]) -> dict[str, str]:
    return {lang: plain_text(row[name]) for lang, name in languages.items() if row.get(name)}


def _rule(relevant: str) -> str:
    def compared(found: re.Match[str]) -> str:
        value = next(one for one in (found[3], found[4], found[5]) if one is not None)
        return compare(found[1], "==" if found[2] == "=" else found[2], value)

    ticked = _TICKED.sub(lambda found: compare(found[1], "==", found[2]), relevant)
    return re.sub(r"\bnot\(", "not (", _COMPARISON.sub(compared, ticked))
